const WINDOW = 8000; // ms; so long a unit is remembered
const LOOK = 250; // ms between two looks at the jitter
const AWAITED = 0.98; // of all units come in time
const LONGEST = 300; // ms; what comes later than that is no jitter, and nobody waits for its like
const MARGIN = 20; // ms in hand besides a whole picture: with less, Chromium began to wait for data
const FAR = 800; // ms behind what is wanted: too much to catch up unnoticed
const REST = 3000; // ms between two jumps
const SLOWLY = 0.97;
const FAST = 1.1;
const GENTLY = 1.03;

/** What is to be done with a media element now. */
export interface Advice {
  readonly rate: number;
  /** Where to go on, in ms of its timeline; null: where it is. */
  readonly jumpTo: number | null;
}

/** How late a unit came; `alone` when it did not come together with the one before. */
interface Sample {
  readonly at: number;
  readonly offset: number;
  readonly alone: boolean;
}

/**
 * Keeps a media element as near to its newest picture as the jitter of these allows.
 *
 * All times are ms: those of units and positions on the timeline of the element. `offset` is how much later than its
 * time a unit came; the earliest of these say where the newest picture would be now, also between two of them.
 */
export class Pace {
  private samples: Sample[] = [];
  private last: { readonly at: number; readonly time: number } | null = null;
  private earliest: number | null = null;
  private jitter = 0;
  private interval = 40;
  private lookedAt = -Infinity;
  private jumpedAt = -Infinity;
  private hasSettled = false;
  private rate = 1;

  /** Another timeline begins: what was measured says nothing of it. */
  restart(): void {
    this.samples = [];
    this.last = this.earliest = null;
    this.lookedAt = -Infinity;
    this.hasSettled = false;
  }

  /** A unit came. */
  note(now: number, time: number): void {
    const offset = now - time;
    const { last } = this;
    this.last = { at: now, time };
    if (last === null) {
      this.earliest = offset;
      return;
    }
    const step = time - last.time;
    if (step > 0 && step < 250) this.interval += (step - this.interval) / 8;
    // what was held up somewhere comes all together, and only the first of it tells for how long
    const alone = now - last.at > step / 2;
    this.hasSettled ||= alone;
    if (this.hasSettled) this.samples.push({ at: now, offset, alone });
    this.earliest = Math.min(this.earliest ?? offset, offset);
    if (now - this.lookedAt >= LOOK) this.look(now);
  }

  /** What to do with an element that is at `position` now. */
  advise(now: number, position: number): Advice {
    const behind = this.behind(now, position);
    if (behind === null) return { rate: 1, jumpTo: null };
    const excess = behind - this.wanted;
    if (excess > FAR && now - this.jumpedAt >= REST) {
      this.jumpedAt = now;
      this.rate = 1;
      return { rate: 1, jumpTo: position + excess };
    }
    this.rate = this.rateFor(excess);
    return { rate: this.rate, jumpTo: null };
  }

  /** How far a position lies behind the newest picture that could be here, in ms. */
  behind(now: number, position: number): number | null {
    return this.earliest === null ? null : now - this.earliest - position;
  }

  /** How far it should: a picture and a little, and what the jitter asks for. */
  get wanted(): number {
    return MARGIN + this.interval + this.jitter;
  }

  private rateFor(excess: number): number {
    if (excess > 200) return FAST;
    if (excess > 40) return this.rate === FAST && excess > 100 ? FAST : GENTLY;
    if (excess < -40) return SLOWLY; // what it has in hand does not last for this jitter
    const isThere = this.rate < 1 ? excess >= -5 : excess <= 5;
    return isThere ? 1 : Math.min(this.rate, GENTLY);
  }

  private look(now: number): void {
    this.lookedAt = now;
    this.samples = this.samples.filter(({ at }) => now - at <= WINDOW);
    if (this.samples.length === 0) return;
    const earliest = Math.min(...this.samples.map(({ offset }) => offset));
    const late = this.samples
      .filter(({ offset, alone }) => alone && offset - earliest <= LONGEST)
      .map(({ offset }) => offset - earliest)
      .sort((one, other) => one - other);
    this.earliest = earliest;
    this.jitter = late[Math.floor((late.length - 1) * AWAITED)] ?? 0;
  }
}
