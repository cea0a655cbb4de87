import { type Camera, decodeEventCamera } from './camera';
import type { Clock } from './clock';
import { fields, text } from './decode';

/** What the server tells by itself. */
export type ServerEvent =
  /** The connection is there; a whole list follows. */
  | { readonly kind: 'up' }
  | { readonly kind: 'cameras'; readonly cameras: readonly Camera[] }
  | { readonly kind: 'camera'; readonly camera: Camera }
  | { readonly kind: 'gone'; readonly cameraId: string }
  /** Somebody changed a wall. */
  | { readonly kind: 'wall' }
  /** A message that nothing follows from but that the server lives. */
  | { readonly kind: 'sign' }
  /** A message that cannot be understood: what it said has to be asked for. */
  | { readonly kind: 'garbled' }
  /** The connection is gone, and another one will be tried. `denied`: because the server does not know us. */
  | { readonly kind: 'down'; readonly denied: boolean };

/** The part of a WebSocket that is used here. */
export type Socket = Pick<WebSocket, 'onopen' | 'onmessage' | 'onclose' | 'close'>;

const PREFIX = 'security-operations.';
const POLICY_VIOLATION = 1008;
const STABLE = 10_000;
const HANDSHAKE = 4000; // ms; a longer one was begun when nobody could be reached, and may hang for minutes

/** Keeps one WebSocket to the server, for ever; tries again after 1 s, 2 s … 30 s. */
export class Events {
  private socket: Socket | null = null;
  private cancelRetry: () => void = () => undefined;
  private attempt = 0;
  private beganAt = 0;
  private openedAt: number | null = null;
  private parts: Camera[] = [];
  private ended = false;

  constructor(
    private readonly open: () => Socket,
    private readonly clock: Clock,
    private readonly tell: (event: ServerEvent) => void,
    private readonly random: () => number = Math.random,
  ) {}

  /** Connects now, unless that is done already; what failed before counts no more. */
  wake(): void {
    if (this.ended) return;
    this.attempt = 0;
    const isHung = this.openedAt === null && this.clock.now() - this.beganAt >= HANDSHAKE;
    if (this.socket !== null && isHung) this.letGo();
    if (this.socket === null) this.connect();
  }

  private connect(): void {
    this.cancelRetry();
    const socket = (this.socket = this.open());
    this.beganAt = this.clock.now();
    this.openedAt = null;
    this.parts = [];
    socket.onopen = () => {
      this.openedAt = this.clock.now();
      this.tell({ kind: 'up' });
    };
    socket.onmessage = ({ data }) => this.tell(this.understood(data));
    socket.onclose = ({ code }) => this.lost(code);
  }

  /** Gives up a connection that says nothing any more, and tries another one. */
  drop(): void {
    this.letGo();
    this.lost(0);
  }

  end(): void {
    this.ended = true;
    this.cancelRetry();
    this.letGo();
  }

  private letGo(): void {
    if (this.socket === null) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  private lost(code: number): void {
    this.socket = null;
    if (this.openedAt !== null && this.clock.now() - this.openedAt > STABLE) this.attempt = 0;
    const delay = Math.min(30_000, 1000 * 2 ** Math.min(this.attempt++, 10)) * (0.5 + this.random() / 2);
    this.cancelRetry = this.clock.after(delay, () => this.connect());
    this.tell({ kind: 'down', denied: code === POLICY_VIOLATION });
  }

  private understood(message: unknown): ServerEvent {
    try {
      return this.decoded(fields(JSON.parse(String(message)), 'message'));
    } catch {
      return { kind: 'garbled' };
    }
  }

  private decoded({ type, data }: Record<string, unknown>): ServerEvent {
    switch (type) {
      case `${PREFIX}snapshot`:
        return this.snapshot(fields(data, 'snapshot'));
      case `${PREFIX}camera.updated`:
        return { kind: 'camera', camera: decodeEventCamera(fields(data, 'update')['camera']) };
      case `${PREFIX}camera.deleted`:
        return { kind: 'gone', cameraId: text(fields(data, 'deletion'), 'cameraId') };
      case `${PREFIX}wall.changed`:
        return { kind: 'wall' };
      default:
        return { kind: 'sign' };
    }
  }

  /** A snapshot may come in parts; it counts when it is whole. */
  private snapshot(data: Record<string, unknown>): ServerEvent {
    const part = data['cameras'];
    const cameras = this.parts.concat(Array.isArray(part) ? part.map(decodeEventCamera) : []);
    this.parts = data['more'] === true ? cameras : [];
    return data['more'] === true ? { kind: 'sign' } : { kind: 'cameras', cameras };
  }
}

/** Our own server's WebSocket; the cookie says who we are. */
export const openEvents = (): Socket =>
  new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/security-operations/events`);
