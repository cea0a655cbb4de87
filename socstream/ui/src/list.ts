import type { Camera } from './camera';
import type { Clock } from './clock';
import type { Events, ServerEvent } from './events';
import type { Answer } from './http';
import { type Listing, NOTHING_HEARD, changed, confirmed, heard, isOver, without } from './listing';

const PERIOD = 2000; // between two questions while nothing comes by itself
const SILENCE = 5000; // of a connection that stands: is it still one?
const SECOND_ASKING = 500;

type ConnectEvents = (tell: (event: ServerEvent) => void) => Pick<Events, 'wake' | 'drop' | 'end'>;

/** Keeps the list: the server tells what changes; while it does not, or is silent, it is asked. */
export class ListKeeper {
  /** When the server is asked next, monotonic ms; null while its answer is waited for. */
  askAt: number | null = null;

  private listing = NOTHING_HEARD;
  private readonly events: Pick<Events, 'wake' | 'drop' | 'end'>;
  private connected = false;
  private asking = false;
  private ended = false;
  private news = 0; // how often the server told what is in the list
  private eventAt = 0;
  private cancel: () => void = () => undefined;

  constructor(
    private readonly ask: () => Promise<Answer<readonly Camera[]>>,
    connect: ConnectEvents,
    private readonly clock: Clock,
    private readonly tell: (listing: Listing) => void,
    private readonly denied: () => void,
  ) {
    this.events = connect((event) => this.onEvent(event));
  }

  /** Asks now instead of when the next time has come, and connects if that has not succeeded yet. */
  wake(): void {
    if (this.ended) return;
    this.events.wake();
    if (!this.asking) void this.round();
  }

  end(): void {
    this.ended = true;
    this.cancel();
    this.events.end();
  }

  private onEvent(event: ServerEvent): void {
    const now = this.clock.now();
    this.eventAt = now;
    if (event.kind === 'cameras' || event.kind === 'camera' || event.kind === 'gone') this.news += 1;
    switch (event.kind) {
      case 'up':
        this.connected = true;
        break;
      case 'cameras':
        this.set(heard(this.listing, { kind: 'ok', value: event.cameras }, now));
        break;
      case 'camera':
        this.set(changed(this.listing, event.camera, now));
        break;
      case 'gone':
        this.set(without(this.listing, event.cameraId, now));
        break;
      case 'wall':
      case 'sign':
        this.set(confirmed(this.listing, now));
        break;
      case 'garbled':
        return this.next(0);
      case 'down':
        this.connected = false;
        if (event.denied) this.denied();
        return this.next(0);
    }
    this.next();
  }

  private set(listing: Listing): void {
    const isBack = isOver(this.listing, listing);
    this.listing = listing;
    this.tell(listing);
    if (isBack) this.events.wake();
  }

  /** Sees to it that the server is asked when it is time. */
  private next(delay = this.listing.doubted ? SECOND_ASKING : this.connected ? SILENCE : PERIOD): void {
    this.cancel();
    if (this.asking || this.ended) return;
    this.askAt = this.clock.now() + delay;
    this.cancel = this.clock.after(delay, () => void this.round());
  }

  private async round(): Promise<void> {
    this.cancel();
    this.asking = true;
    this.askAt = null;
    const [news, askedAt] = [this.news, this.clock.now()];
    const answer = await this.ask();
    this.asking = false;
    if (this.ended) return;
    const now = this.clock.now();
    if (answer.kind === 'failed' && answer.status === 0 && this.connected && this.eventAt < askedAt)
      this.events.drop(); // neither answers nor tells anything: the connection is one no more
    // what was told meanwhile may be newer than the answer
    const isOlder = answer.kind === 'ok' && this.news !== news && answer.value.length > 0;
    this.set(isOlder ? confirmed(this.listing, now) : heard(this.listing, answer, now));
    this.next();
  }
}
