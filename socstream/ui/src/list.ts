import type { Answer } from './http';
import type { Camera } from './camera';
import type { Clock } from './clock';

/** What we know of the camera list, and how well. Times are monotonic ms. */
export interface Listing {
  /** The last list that we believe. */
  readonly cameras: readonly Camera[];
  /** When the server last confirmed it; null before the first time. */
  readonly heardAt: number | null;
  readonly trouble: { readonly message: string; readonly since: number } | null;
  /** The server said "no cameras" once; only the second time in a row counts. */
  readonly doubted: boolean;
}

export const NOTHING_HEARD: Listing = { cameras: [], heardAt: null, trouble: null, doubted: false };

const PERIOD = 2000;
const SECOND_ASKING = 500;

/** The listing after one more answer. A failure, or an empty list said once, takes nothing away. */
export function heard(listing: Listing, answer: Answer<readonly Camera[]>, now: number): Listing {
  if (answer.kind === 'failed') {
    const since = listing.trouble?.since ?? now;
    return { ...listing, trouble: { message: answer.message, since }, doubted: false };
  }
  const news = listing.heardAt === null || listing.cameras.length > 0;
  if (answer.value.length === 0 && news && !listing.doubted) return { ...listing, doubted: true };
  return { cameras: answer.value, heardAt: now, trouble: null, doubted: false };
}

/** Asks for the list again and again, one request at a time. */
export class ListPoller {
  private listing = NOTHING_HEARD;
  private asking = false;
  private ended = false;
  private cancel: () => void = () => undefined;

  constructor(
    private readonly ask: () => Promise<Answer<readonly Camera[]>>,
    private readonly clock: Clock,
    private readonly tell: (listing: Listing) => void,
  ) {}

  /** Asks now instead of when the next time has come. */
  wake(): void {
    if (!this.asking && !this.ended) void this.round();
  }

  end(): void {
    this.ended = true;
    this.cancel();
  }

  private async round(): Promise<void> {
    this.cancel();
    this.asking = true;
    const answer = await this.ask();
    this.asking = false;
    if (this.ended) return;
    this.listing = heard(this.listing, answer, this.clock.now());
    this.tell(this.listing);
    this.cancel = this.clock.after(this.listing.doubted ? SECOND_ASKING : PERIOD, () => this.wake());
  }
}
