import type { Clock } from '../clock';
import { fields, text } from '../decode';
import { later } from '../i18n/say';
import { Places } from './places';
import type { Form, Sink, Source, Told } from './source';

/** The part of a WebSocket that is used here. */
export type Socket = Pick<
  WebSocket,
  'onopen' | 'onmessage' | 'onclose' | 'send' | 'close' | 'readyState' | 'binaryType'
>;

const HEADER = 20; // bytes: stream, kind, flags, arrival, presentation
const CONFIGURATION = 0; // kinds
const KEYFRAME = 1;
const FIRST = 1; // a flag
const OPEN = 1; // a readyState
const POLICY_VIOLATION = 1008;

// all of these are ms
const HANDSHAKE = 4000;
const SILENT = 20_000; // no word, though somebody waits for pictures: the connection may be dead
const IDLE = 10_000; // nobody wants pictures any more
const STABLE = 10_000;
const SOONEST = 500;
const LONGEST = 10_000;

/** A camera in one form, shared by all places of the page that show it. */
class Subscription {
  readonly places = new Places();
  stream: number | null = null;

  constructor(
    readonly cameraId: string,
    readonly form: Form,
  ) {}
}

/** The one connection by which the live pictures of the whole page come; open while somebody wants some. */
export class LiveSocket implements Source {
  private socket: Socket | null = null;
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly byStream = new Map<number, Subscription>();
  private cancelRetry: () => void = () => undefined;
  private cancelWatch: () => void = () => undefined;
  private cancelIdle: () => void = () => undefined;
  private attempt = 0;
  private openedAt: number | null = null;
  private failedAt = -Infinity;
  private heardAt = 0;

  constructor(
    private readonly open: () => Socket,
    private readonly clock: Clock,
    /** The server does not know us any more. */
    private readonly denied: () => void,
    /** The server had something at this time, ms since 1970 by its clock. */
    private readonly stamped: (at: number) => void,
    private readonly random: () => number = Math.random,
  ) {}

  get streams(): number {
    return this.subscriptions.size;
  }

  /** Connects now, or with the next who wants pictures, instead of when the time has come. */
  wake(): void {
    this.attempt = 0;
    if (this.socket !== null) return;
    this.failedAt = -Infinity;
    if (this.subscriptions.size > 0) this.connect();
  }

  subscribe(cameraId: string, form: Form, sink: Sink): () => void {
    this.cancelIdle();
    const key = keyOf(cameraId, form);
    const known = this.subscriptions.get(key);
    const subscription = known ?? new Subscription(cameraId, form);
    this.subscriptions.set(key, subscription);
    const leave = subscription.places.add(sink);
    const mute = this.ask(subscription, known !== undefined, sink);
    return () => {
      mute();
      leave();
      if (subscription.places.areEmpty) this.end(subscription);
    };
  }

  askKeyframe(cameraId: string, form: Form): void {
    const subscription = this.subscriptions.get(keyOf(cameraId, form));
    if (subscription === undefined) return;
    subscription.places.awaitAll();
    this.order('keyframe', subscription);
  }

  /** Has the beginning come for somebody new; the result takes back what would be told later. */
  private ask(subscription: Subscription, isKnown: boolean, sink: Sink): () => void {
    if (this.socket !== null) this.order(isKnown ? 'keyframe' : 'sub', subscription);
    else if (this.clock.now() - this.failedAt >= SOONEST) this.connect();
    // there was no connection a moment ago; another try is on its way
    else return this.clock.after(0, () => sink.lost(GONE));
    return () => undefined;
  }

  private end(subscription: Subscription): void {
    const key = keyOf(subscription.cameraId, subscription.form);
    if (this.subscriptions.get(key) !== subscription) return;
    this.subscriptions.delete(key);
    if (subscription.stream !== null) this.byStream.delete(subscription.stream);
    this.order('unsub', subscription);
    if (this.subscriptions.size > 0) return;
    this.cancelIdle();
    this.cancelIdle = this.clock.after(IDLE, () => this.letGo());
  }

  private order(type: 'sub' | 'unsub' | 'keyframe', { cameraId, form }: Subscription): void {
    if (this.socket?.readyState !== OPEN) return; // all that is wanted is said when it opens
    this.socket.send(JSON.stringify({ type, camera_id: cameraId, form }));
  }

  private connect(): void {
    this.cancelRetry();
    const socket = (this.socket = this.open());
    socket.binaryType = 'arraybuffer';
    this.openedAt = null;
    this.cancelWatch = this.clock.after(HANDSHAKE, () => this.drop());
    socket.onopen = () => {
      this.openedAt = this.heardAt = this.clock.now();
      this.watch();
      for (const subscription of this.subscriptions.values()) this.order('sub', subscription);
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      this.heardAt = this.clock.now();
      if (data instanceof ArrayBuffer) this.take(data);
      else this.hear(String(data));
    };
    socket.onclose = ({ code }) => this.lost(code);
  }

  private watch(): void {
    this.cancelWatch();
    this.cancelWatch = this.clock.after(SILENT / 4, () => {
      if (this.subscriptions.size > 0 && this.clock.now() - this.heardAt >= SILENT) this.drop();
      else this.watch();
    });
  }

  private drop(): void {
    this.letGo();
    this.lost(0);
  }

  private letGo(): void {
    this.cancelRetry();
    this.cancelWatch();
    this.byStream.clear();
    if (this.socket === null) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  private lost(code: number): void {
    this.cancelWatch();
    this.socket = null;
    this.byStream.clear();
    this.failedAt = this.clock.now();
    if (this.openedAt !== null && this.failedAt - this.openedAt > STABLE) this.attempt = 0;
    const longest = Math.min(LONGEST, SOONEST * 2 ** Math.min(this.attempt++, 10));
    const delay = longest * (0.5 + this.random() / 2);
    this.cancelRetry = this.clock.after(delay, () => {
      if (this.subscriptions.size > 0) this.connect();
    });
    for (const subscription of [...this.subscriptions.values()]) {
      subscription.stream = null;
      subscription.places.lost(GONE);
    }
    if (code === POLICY_VIOLATION) this.denied();
  }

  private hear(message: string): void {
    const told = decoded(message);
    const subscription = told && this.subscriptions.get(keyOf(told.cameraId, told.form));
    if (!told || !subscription) return;
    if (told.stream !== null && told.type === 'subscribed') {
      subscription.stream = told.stream;
      this.byStream.set(told.stream, subscription);
    }
    if (told.configuration !== null) subscription.places.announced(told.configuration);
    subscription.places.told(told);
  }

  private take(message: ArrayBuffer): void {
    if (message.byteLength < HEADER) return;
    const head = new DataView(message);
    const places = this.byStream.get(head.getUint16(0))?.places;
    if (places === undefined) return; // nobody wants it any more
    const kind = head.getUint8(2);
    const data = new Uint8Array(message, HEADER);
    if (kind === CONFIGURATION) return places.configured(data);
    const arrived = head.getFloat64(4);
    this.stamped(arrived);
    places.unit({
      key: kind === KEYFRAME,
      first: (head.getUint8(3) & FIRST) !== 0,
      arrived,
      presentation: head.getFloat64(12),
      data,
    });
  }
}

const GONE = later('No connection for live pictures');

const keyOf = (cameraId: string, form: string): string => `${form} ${cameraId}`;

interface Heard extends Told {
  readonly cameraId: string;
  readonly form: string;
  readonly stream: number | null;
  readonly configuration: Parameters<Places['announced']>[0] | null;
}

/** What a text of the server says; null when it cannot be understood. */
function decoded(message: string): Heard | null {
  try {
    const told = fields(JSON.parse(message), 'message');
    const [type, cameraId, form] = [text(told, 'type'), text(told, 'camera_id'), text(told, 'form')];
    const { stream, width, height, run, code, units, message: words } = told;
    return {
      type,
      cameraId,
      form,
      stream: typeof stream === 'number' ? stream : null,
      configuration:
        type === 'configuration'
          ? { codec: text(told, 'codec'), width: Number(width), height: Number(height), run: Number(run) }
          : null,
      ...(typeof code === 'string' && { code }),
      ...(typeof units === 'number' && { units }),
      ...(typeof words === 'string' && { message: words }),
    };
  } catch {
    return null;
  }
}

/** Our own server's WebSocket with pictures; the cookie says who we are. */
export const openLive = (): Socket =>
  new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/security-operations/live`);
