import type { Clock } from '../clock';
import { every } from '../clock';

const PERIOD = 30_000; // a battery that was low may be full again

/** The parts of the browser that are used here. */
export interface Lights {
  request(type: 'screen'): Promise<Pick<WakeLockSentinel, 'released' | 'release'>>;
}

/** Keeps the screen lit for as long as it lives. The browser takes the lock away from a hidden page; it is taken again. */
export class WakeLock {
  private lock: Pick<WakeLockSentinel, 'released' | 'release'> | null = null;
  private asking = false;
  private ended = false;
  private readonly stop: () => void;

  constructor(
    /** Undefined where browsers offer none: pages without TLS. */
    private readonly lights: Lights | undefined,
    private readonly hidden: () => boolean,
    clock: Clock,
  ) {
    this.stop = every(clock, PERIOD, () => void this.take());
    void this.take();
  }

  /** Takes the lock unless we have it; called when the page can be seen again, too. */
  async take(): Promise<void> {
    if (this.lights === undefined || this.asking || this.hidden() || this.lock?.released === false) return;
    this.asking = true;
    try {
      this.lock = await this.lights.request('screen');
    } catch {
      this.lock = null; // the browser may refuse; the next turn asks again
    }
    this.asking = false;
    if (this.ended) await this.lock?.release();
  }

  end(): void {
    this.ended = true;
    this.stop();
    void this.lock?.release();
  }
}
