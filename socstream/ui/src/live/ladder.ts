import type { Clock } from '../clock';
import type {
  OpenSession,
  Picture,
  Reports,
  Rung,
  Session,
  SessionFailure,
  Transport,
  Way,
} from '../session';
import { type Form, type Source, failureOf } from './source';

/** One way by which a camera's pictures can come. */
export interface Step {
  readonly rung: Rung;
  /** As which the live edge sends them; null: they do not come from there. */
  readonly form: Form | null;
  readonly open: OpenSession;
}

/** The ways by which pictures can come to one place. */
export interface Ways {
  /** Those that are there, the best first. */
  readonly steps: readonly [Step, ...Step[]];
  /** Why the best of all is not among them, for people; null when it is. */
  readonly lack: string | null;
}

/** Finds out whether pictures come from the live edge now, and tells it once; the result ends that. */
export type Probe = (form: Form, tell: (comes: boolean) => void) => () => void;

// all of these are ms
const FIRST_CLIMB = 20_000; // of pictures on a lower step, before a better one is tried
const RAREST = 600_000;
const STEADY = 60_000; // so long on the best step, and it counts as good again

/**
 * The ways by which the pictures of one place come, the best first.
 *
 * Who fails on one step is sent to the next at once, and from there looks now and then whether a better one is there:
 * unseen, and ever more rarely, so that nobody's pictures are disturbed for nothing.
 */
export class Ladder implements Transport {
  private at = 0;
  private because: string | null = null;
  private wait = FIRST_CLIMB;
  private openedAt = 0;
  private session: OnStep | null = null;

  constructor(
    private readonly ways: Ways,
    private readonly probe: Probe,
    private readonly clock: Clock,
  ) {}

  get needsConnections(): boolean {
    return this.step.form === null;
  }

  get way(): Way | null {
    if (this.session === null) return null;
    return { rung: this.step.rung, because: this.session.strain() ?? this.because ?? this.ways.lack };
  }

  readonly open: OpenSession = (held, reports) => {
    this.openedAt = this.clock.now();
    return (this.session = new OnStep(this.step.open, held, reports, this));
  };

  private get step(): Step {
    const { steps } = this.ways;
    return steps[this.at] ?? steps[0];
  }

  /** Takes the next step down; false when this one is the last, and so the first is tried again. */
  fall({ kind, reason }: SessionFailure): boolean {
    if (this.step.form !== null && this.clock.now() - this.openedAt >= STEADY) this.wait = FIRST_CLIMB;
    if (kind === 'unplayable') this.wait = RAREST;
    const isForAll = kind === 'network' || kind === 'unavailable';
    const next = this.ways.steps.findIndex(({ form }, at) => at > this.at && !(isForAll && form !== null));
    const isLast = next < 0;
    this.at = isLast ? 0 : next;
    this.because = isLast ? null : (this.because ?? reason);
    return !isLast;
  }

  /** Looks now and then for the best step, and takes it when it is there; the result ends that. */
  climb(found: () => void): () => void {
    const { form } = this.ways.steps[0];
    if (this.at === 0 || form === null) return () => undefined;
    let cancel: () => void;
    const look = (): void => {
      cancel = this.clock.after(this.wait, () => {
        this.wait = Math.min(RAREST, this.wait * 2);
        cancel = this.probe(form, (comes) => {
          if (!comes) return look();
          [this.at, this.because] = [0, null];
          found();
        });
      });
    };
    look();
    return () => cancel();
  }
}

/** A session on one step: its failures lead to the next one. */
class OnStep implements Session {
  private readonly inner: Session;
  private readonly stopClimbing: () => void;
  private hasFallen = false;

  constructor(
    open: OpenSession,
    held: boolean,
    private readonly reports: Reports,
    private readonly ladder: Ladder,
  ) {
    this.stopClimbing = ladder.climb(() => reports.better());
    this.inner = open(held, {
      playlist: (facts) => reports.playlist(facts),
      arrived: () => reports.arrived(),
      unit: () => reports.unit(),
      better: () => reports.better(),
      hindered: (reason) => reports.hindered(reason),
      failed: (failure) => this.failed(failure),
    });
  }

  frames(): number {
    return this.inner.frames();
  }
  age(serverNow: number): number | null {
    return this.inner.age(serverNow);
  }
  ahead(): number {
    return this.inner.ahead();
  }
  skip(): void {
    this.inner.skip();
  }
  play(): void {
    this.inner.play();
  }
  repair(): void {
    this.inner.repair();
  }
  picture(): Picture | null {
    return this.inner.picture();
  }
  dropped(): number {
    return this.inner.dropped();
  }
  hasSound(): boolean {
    return this.inner.hasSound();
  }
  strain(): string | null {
    return this.inner.strain?.() ?? null;
  }

  close(fault?: string): void {
    this.stopClimbing();
    if (fault !== undefined && !this.hasFallen) this.ladder.fall({ kind: 'decoder', reason: fault });
    this.hasFallen = true;
    this.inner.close();
  }

  private failed(failure: SessionFailure): void {
    // this the player has mended first; when that does not help, he closes with a fault
    if (failure.kind === 'decoder') return this.reports.failed(failure);
    this.hasFallen = true;
    const isLast = !this.ladder.fall(failure);
    this.reports.failed(isLast ? failure : { kind: 'elsewhere', reason: failure.reason });
  }
}

// all of these are ms
const FLOWS = 1000; // between the first picture and one that came after it: what the server had kept comes at once
const NOTHING = 5000; // from a camera that does not run
const KEYFRAMES = 30_000; // so long may two of them take: cameras leave up to ten seconds between them

/**
 * Looks by a subscription of its own whether pictures of a camera come from the live edge.
 *
 * It is found with a keyframe: whoever begins then has a picture at once, however much the camera sends until the next
 * one, of which the server keeps only so much.
 */
export const probeOf =
  (source: Source, cameraId: string, clock: Clock): Probe =>
  (form, tell) => {
    let began: number | null = null;
    const end = (): void => {
      cancel();
      leave();
    };
    const found = (comes: boolean): void => {
      end();
      tell(comes);
    };
    let cancel = clock.after(NOTHING, () => found(false));
    const leave = source.subscribe(cameraId, form, {
      configured: () => {
        cancel();
        cancel = clock.after(KEYFRAMES, () => found(false));
      },
      unit: ({ key }) => {
        began ??= clock.now();
        if (key && clock.now() - began >= FLOWS) found(true);
      },
      told: (told) => {
        if (failureOf(told) !== null) found(false);
      },
      lost: () => found(false),
    });
    return end;
  };
