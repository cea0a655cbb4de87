import type { Clock } from '../clock';

const WINDOW = 8000; // ms; so long a frame is remembered
const AWAITED = 0.98; // of all frames come in time; who waits for the very last one is late with all others
const AWAITED_IN_CROWD = 0.75; // in a crowd most lateness is this machine's own work, and small tiles forgive it;
// so of a network's jitter only a part is waited for there, and what comes later than that is shown unevenly
const CROWD = 4; // more streams than that on one page
const UNSEEN = 20; // ms; unevenness of half a picture, which no wait is worth; twice that is waited for in full
const LONGEST = 200; // what comes later than that is no jitter: it is shown late, and nobody waits for its like
const GENTLE = 0.05; // plays so much faster while it has more in hand than it needs
const JUMP = 250; // … and jumps when that would take too long
const BROKEN = 1000; // ms off: the stream's clock went elsewhere
const LOOK = 250; // ms between two looks at the jitter
const SOON = 4; // ms; less than a screen can tell, and not worth a timer
const HELD = 8; // frames at most: a hardware decoder has few to give

interface Frame<T> {
  readonly what: T;
  readonly presentation: number;
}

/** How late a frame came; `alone` when it did not come together with the one before. */
interface Sample {
  readonly at: number;
  readonly offset: number;
  readonly alone: boolean;
}

/**
 * Says when each decoded frame is to be shown: as early as frames come, and no later than their jitter asks.
 *
 * All times are ms. A frame is due at its presentation time plus `line`; the line lies where nearly all frames of the
 * last seconds would have come in time, or, among many streams, most: these hinder each other, above all when their
 * keyframes come at once, and who waits for that is late with every picture. It rises at once and falls slowly, so that
 * pictures catch up unnoticed. Late frames are shown when they come, and of several late ones only the newest: delay
 * never adds up.
 *
 * Smooth under a jitter of 100 ms at 15, 25 and 30 frames per second: that holds for up to four streams on a page.
 */
export class Playout<T> {
  private readonly held: Frame<T>[] = [];
  private samples: Sample[] = [];
  private line: number | null = null;
  private wanted = 0;
  private last: { readonly at: number; readonly presentation: number } | null = null;
  private lookedAt = -Infinity;
  private settled = false;
  private cancel: () => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly show: (frame: T) => void,
    private readonly drop: (frame: T) => void,
    /** How many streams this machine shows. */
    private readonly streams: () => number,
  ) {}

  /** Takes a frame as it leaves the decoder; frames come in the order of their presentation times. */
  take(what: T, presentation: number): void {
    const now = this.clock.now();
    this.measure(now, presentation);
    this.held.push({ what, presentation });
    if (this.held.length > HELD) this.pass();
    this.flow();
  }

  /** Shows the newest frame that is here, now. */
  skip(): void {
    while (this.held.length > 1) this.pass();
    const frame = this.held.shift();
    if (frame !== undefined) this.show(frame.what);
    this.cancel();
  }

  /** Forgets all: another run of the stream begins, or nobody looks. */
  clear(): void {
    this.cancel();
    for (const { what } of this.held.splice(0)) this.drop(what);
    this.restart();
  }

  private restart(): void {
    this.samples = [];
    this.line = this.last = null;
    this.settled = false;
    this.lookedAt = -Infinity;
  }

  private pass(): void {
    const frame = this.held.shift();
    if (frame !== undefined) this.drop(frame.what);
  }

  private measure(now: number, presentation: number): void {
    const offset = now - presentation;
    if (this.line !== null && Math.abs(offset - this.line) > BROKEN) this.restart();
    const { last } = this;
    this.last = { at: now, presentation };
    // what was held up somewhere comes all together; only the first of these tells for how long
    const alone = last === null || now - last.at > (presentation - last.presentation) / 2;
    if (last === null || this.line === null) {
      this.line = offset; // of no frame is known yet how late it came
      return;
    }
    this.samples.push({ at: now, offset, alone });
    this.settled ||= alone;
    if (this.settled) this.follow(now, now - last.at);
    else this.line = Math.min(this.line, offset); // of what the server had kept the newest is the earliest
  }

  private follow(now: number, passed: number): void {
    if (now - this.lookedAt >= LOOK) {
      this.lookedAt = now;
      this.samples = this.samples.filter(({ at }) => now - at <= WINDOW);
      this.wanted = enough(this.samples, this.streams() > CROWD ? AWAITED_IN_CROWD : AWAITED);
    }
    const line = this.line ?? this.wanted;
    const isFar = line - this.wanted > JUMP;
    this.line = isFar ? this.wanted : Math.max(this.wanted, line - GENTLE * passed);
  }

  /** Shows what is due, and comes again when the next one is. */
  private flow(): void {
    this.cancel();
    const line = this.line ?? 0;
    const now = this.clock.now();
    let due: Frame<T> | undefined;
    for (let next = this.held[0]; next && next.presentation + line <= now + SOON; next = this.held[0]) {
      if (due !== undefined) this.drop(due.what);
      due = this.held.shift();
    }
    if (due !== undefined) this.show(due.what);
    const next = this.held[0];
    if (next !== undefined) this.cancel = this.clock.after(next.presentation + line - now, () => this.flow());
  }
}

/** The offset at which this share of what jitter makes late would have come in time, unless it is not worth a wait. */
function enough(samples: readonly Sample[], awaited: number): number {
  const earliest = Math.min(...samples.map(({ offset }) => offset));
  const late = samples
    .filter(({ offset, alone }) => alone && offset - earliest <= LONGEST)
    .map(({ offset }) => offset)
    .sort((one, other) => one - other);
  const jitter = (late[Math.floor((late.length - 1) * awaited)] ?? earliest) - earliest;
  return earliest + Math.min(jitter, Math.max(0, 2 * (jitter - UNSEEN)));
}
