const EMPTY = 2; // units that a decoder may have in hand at any time
const TRIAL = 700; // ms; so long a decoder gets for making it less

/** Tells whether a decoder gets done what it is given, or falls behind. Times are ms. */
export class Backlog {
  private since: number | null = null;
  private most = 0;

  /** Whether there is more to decode than a decoder may have in hand. */
  get isThere(): boolean {
    return this.since !== null;
  }

  /** Notes how many units wait, with each that comes; true when a trial has not made them fewer. */
  grows(now: number, waiting: number): boolean {
    if (waiting <= EMPTY) {
      this.since = null;
      return false;
    }
    if (this.since === null) [this.since, this.most] = [now, 0];
    this.most = Math.max(this.most, waiting); // a whole group of pictures may come at once, and is no fault of it
    if (now - this.since <= TRIAL) return false;
    const isWorse = waiting >= this.most;
    [this.since, this.most] = [now, waiting];
    return isWorse;
  }

  clear(): void {
    this.since = null;
  }
}
