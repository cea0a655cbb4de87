import type { Clock } from '../clock';
import { later } from '../i18n/say';
import type { Told } from './source';

const REMEMBERED = 10_000; // ms; so long it is told that pictures were left out

/** What the server said of a connection that does not keep up: a tile with few pictures shall say why. */
export class Strain {
  /** How many pictures it left out. */
  skipped = 0;
  /** Only keyframes come. */
  isReduced = false;
  private skippedAt = -Infinity;

  constructor(private readonly clock: Clock) {}

  told({ type, units = 0 }: Told): void {
    if (type === 'reduced') this.isReduced = true;
    if (type === 'restored') this.isReduced = false;
    if (type !== 'skipped') return;
    this.skipped += units;
    this.skippedAt = this.clock.now();
  }

  /** Another connection begins with all pictures. */
  restart(): void {
    this.isReduced = false;
  }

  /** Why not all pictures come; null when they do. */
  get reason(): string | null {
    if (this.isReduced) return later('Only some pictures come: the connection is too slow for all');
    const isLate = this.clock.now() - this.skippedAt < REMEMBERED;
    return isLate ? later('Pictures were left out: the connection did not keep up') : null;
  }
}
