import type { Stream } from '../src/camera';
import type { Clock } from '../src/clock';
import type { Socket } from '../src/events';
import type {
  OpenSession,
  PlaylistFacts,
  Reports,
  Screen,
  Session,
  SessionFailure,
  Transport,
} from '../src/session';

/** A stream of which nothing is known. */
export const STREAM: Stream = {
  state: 'live',
  since: null,
  failure: null,
  retryAt: null,
  codec: null,
  width: null,
  height: null,
  fps: null,
  bitrate: null,
};

export class FakeClock implements Clock {
  private time = 0;
  private timers: { at: number; then: () => void }[] = [];

  /** `ahead`: how much the wall clock shows more than the monotonic one. */
  constructor(private readonly ahead = Date.parse('2026-03-01T12:00:00Z')) {}

  now(): number {
    return this.time;
  }

  wall(): number {
    return this.time + this.ahead;
  }

  after(delay: number, then: () => void): () => void {
    const timer = { at: this.time + delay, then };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Lets `ms` pass, with every timer called at its time. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.at);
      next.then();
    }
    this.time = end;
  }

  /** Lets `ms` pass in one step: the machine slept, and all that is due is called only now. */
  sleep(ms: number): void {
    this.time += ms;
    this.advance(0);
  }

  get pending(): number {
    return this.timers.length;
  }
}

/** A connection for events that does what the test says. */
export class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  closed = false;

  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.onopen?.call({} as WebSocket, {} as Event);
  }
  says(data: unknown): void {
    this.onmessage?.call({} as WebSocket, { data } as MessageEvent);
  }
  closes(code = 1006): void {
    this.onclose?.call({} as WebSocket, { code } as CloseEvent);
  }
}

/** A screen that can be seen when the test says so. */
export class FakeScreen implements Screen {
  isHidden = false;
  isFloating = false;
  frozen = false;

  hidden(): boolean {
    return this.isHidden;
  }
  floats(): boolean {
    return this.isFloating;
  }
  freeze(): void {
    this.frozen = true;
  }
  thaw(): void {
    this.frozen = false;
  }
}

/** A session whose pictures move when the test says so. */
export class FakeSession {
  closed = false;
  count = 0;
  buffered = 0;
  old = 1500;
  strain: string | null = null;
  readonly done: string[] = [];
  /** Why its owner had no use for it. */
  readonly faults: string[] = [];

  constructor(
    readonly held: boolean,
    private readonly reports: Reports,
  ) {}

  get session(): Session {
    const note = (what: string) => () => void this.done.push(what);
    return {
      frames: () => this.count,
      age: () => this.old,
      ahead: () => this.buffered,
      skip: note('skip'),
      play: note('play'),
      repair: note('repair'),
      picture: () => (this.count > 0 ? { image: {} as CanvasImageSource, width: 16, height: 9 } : null),
      dropped: () => 0,
      hasSound: () => false,
      strain: () => this.strain,
      close: (fault) => {
        this.closed = true;
        if (fault !== undefined) this.faults.push(fault);
      },
    };
  }

  times(what: string): number {
    return this.done.filter((one) => one === what).length;
  }

  playlist(lastSegment: number, facts: Partial<PlaylistFacts> = {}): void {
    const ordinary = { ended: false, firstSegment: lastSegment - 5, lastSegment, targetDuration: 1 };
    this.reports.playlist({ ...ordinary, ...facts });
  }

  arrived(): void {
    this.reports.arrived();
  }

  unit(): void {
    this.reports.unit();
  }

  better(): void {
    this.reports.better();
  }

  hindered(reason: string): void {
    this.reports.hindered(reason);
  }

  failed(reason: string, kind: SessionFailure['kind'] = 'network'): void {
    this.reports.failed({ kind, reason });
  }
}

/** Opens fake sessions and keeps them all, the newest last. */
export class FakeSessions implements Transport {
  needsConnections = true;
  readonly way = { rung: 'hls', because: null } as const;
  readonly all: FakeSession[] = [];

  readonly open: OpenSession = (held, reports) => {
    const session = new FakeSession(held, reports);
    this.all.push(session);
    return session.session;
  };

  get newest(): FakeSession {
    const session = this.all.at(-1);
    if (session === undefined) throw new Error('no session was opened');
    return session;
  }

  get alive(): number {
    return this.all.filter((session) => !session.closed).length;
  }
}
