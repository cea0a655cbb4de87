import type { Clock } from './clock';

/**
 * The server's clock as seen from here.
 *
 * Ages and countdowns are the server's times; a browser whose clock is wrong would tell lies about them. Each answer's
 * `Date` bounds the difference to about a second, and many answers together bound it much closer.
 */
export class ServerTime {
  private low = -Infinity;
  private high = Infinity;

  constructor(private readonly clock: Clock) {}

  /** Learns from an answer's `Date` header; `sent` and `received` are our own wall clock in ms. */
  heard(date: string | null, sent: number, received: number): void {
    const second = date === null ? NaN : Date.parse(date);
    if (Number.isNaN(second)) return;
    // the header is cut to whole seconds, and was written somewhere between sending and receiving
    const [low, high] = [second - received, second + 1000 - sent];
    this.low = Math.max(this.low, low);
    this.high = Math.min(this.high, high);
    if (this.low > this.high) [this.low, this.high] = [low, high]; // one of the two clocks was set
  }

  /** Learns from a time that the server has stamped on something before it sent it, in ms since 1970. */
  stamped(at: number): void {
    const low = at - this.clock.wall();
    this.low = Math.max(this.low, low);
    if (this.low > this.high) [this.low, this.high] = [low, Infinity];
  }

  /** Milliseconds since 1970 by the server's clock: ours with the smallest correction that fits what was heard. */
  now(): number {
    return this.clock.wall() + Math.min(Math.max(0, this.low), this.high);
  }
}
