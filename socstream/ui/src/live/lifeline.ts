import { type Clock, every } from '../clock';
import { later } from '../i18n/say';
import type { Reports } from '../session';
import { type Told, failureOf } from './source';
import { Strain } from './strain';

const TICK = 1000; // ms, as all here
const SLEPT = 5000; // a gap in our own tick: nothing came because we were asleep
const GONE = 3000; // without a connection for so long
const STARTING = 18_000; // for the first picture of a camera that still starts; the server gives it about as long
const FIRST = 6000; // … of one that runs
const SILENT = 10_000; // … for another picture
const KEYFRAME = 20_000; // … when a keyframe has to come first: cameras may leave ten seconds between two of them

/** Ends a session of the live edge to which nothing comes any more: no request of its own would ever fail. */
export class Lifeline {
  readonly strain: Strain;
  private heardAt: number;
  private tickedAt: number;
  private lost: { readonly at: number; readonly reason: string } | null = null;
  private hasBegun = false;
  private awaitsKey = false;
  private readonly stop: () => void;

  constructor(
    private readonly clock: Clock,
    private readonly isHeld: boolean,
    private readonly reports: Reports,
  ) {
    this.strain = new Strain(clock);
    this.heardAt = this.tickedAt = clock.now();
    this.stop = every(clock, TICK, () => this.tick());
  }

  /** A picture came. */
  heard(): void {
    if (!this.hasBegun) this.reports.arrived();
    this.reports.unit();
    this.hasBegun = true;
    this.awaitsKey = false;
    this.heardAt = this.clock.now();
    this.lost = null;
  }

  /** The camera runs, so its pictures come: with the next keyframe, where the server has kept none. */
  configured(): void {
    this.awaitsKey = true;
  }

  told(told: Told): void {
    const failure = failureOf(told);
    if (failure !== null) this.reports.failed(failure);
    this.strain.told(told);
  }

  /** The connection is gone. */
  broke(reason: string): void {
    this.awaitsKey = false;
    this.strain.restart();
    this.lost ??= { at: this.clock.now(), reason };
    if (this.hasBegun) this.reports.hindered(reason);
    else this.fail(reason); // another way may be there
  }

  end(): void {
    this.stop();
  }

  private tick(): void {
    const now = this.clock.now();
    const gap = now - this.tickedAt;
    this.tickedAt = now;
    if (gap > SLEPT) [this.heardAt, this.lost] = [now, null];
    if (this.lost !== null && now - this.lost.at >= GONE) this.fail(this.lost.reason);
    else if (now - this.heardAt >= this.patience())
      this.fail(this.hasBegun ? later('No new video arrives') : later('No picture came'));
  }

  private patience(): number {
    if (this.awaitsKey || this.strain.isReduced) return KEYFRAME;
    if (this.hasBegun) return SILENT;
    return this.isHeld ? STARTING : FIRST;
  }

  private fail(reason: string): void {
    this.stop();
    this.reports.failed({ kind: 'network', reason });
  }
}
