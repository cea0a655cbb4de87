import type { Clock } from '../clock';
import { Backlog } from './backlog';
import type { Configuration, Unit } from './source';

const OLD = 500; // ms behind the newest unit: of no use while there is a backlog
const KEPT = 512; // arrivals that are remembered for frames that never came out

/** A decoded frame, and when the server had its unit: ms since 1970. */
export interface Dated {
  readonly frame: VideoFrame;
  readonly arrived: number;
}

/**
 * The browser's decoder, which is never given more than it can do.
 *
 * It begins at keyframes; what it does not get done it gives up for the next keyframe. It ends with its first error and
 * is started again.
 */
export class UnitDecoder {
  /** How many units were given up. */
  lost = 0;
  /** The presentation time of the newest unit, in ms. */
  newest = 0;

  private decoder: VideoDecoder | null = null;
  private settings: VideoDecoderConfig = { codec: '' };
  private readonly backlog = new Backlog();
  private readonly arrivals = new Map<number, number>(); // of the units inside, by their time in µs
  private needsKey = true;
  private needsPicture = true;

  constructor(
    private readonly clock: Clock,
    private readonly output: (dated: Dated) => void,
    private readonly erred: (error: unknown) => void,
  ) {}

  /** Whether it has more to do than it should. */
  get isBehind(): boolean {
    return this.backlog.isThere;
  }

  /** Begins anew; what was inside is gone. */
  start({ codec, width, height, record }: Configuration): void {
    this.stop();
    const [codedWidth, codedHeight] = [width, height];
    this.settings = { codec, codedWidth, codedHeight, description: record, optimizeForLatency: true };
    const decoder = new VideoDecoder({
      output: (frame) => this.put(frame),
      error: (error) => this.fail(decoder, error),
    });
    this.decoder = decoder;
    this.attempt(decoder, () => decoder.configure(this.settings));
  }

  take(unit: Unit): void {
    this.newest = unit.presentation;
    const { decoder } = this;
    if (decoder === null) return; // after an error: what it needs is on its way
    const isStuck = this.backlog.grows(this.clock.now(), decoder.decodeQueueSize);
    if (isStuck || (unit.key && this.backlog.isThere)) this.leap(decoder);
    if (this.needsKey && !unit.key) this.lost += 1;
    else this.attempt(decoder, () => this.decode(decoder, unit));
  }

  stop(): void {
    if (this.decoder !== null && this.decoder.state !== 'closed') this.decoder.close();
    this.decoder = null;
    this.startAfresh();
  }

  private decode(decoder: VideoDecoder, { key, arrived, presentation, data }: Unit): void {
    const timestamp = Math.round(presentation * 1000);
    decoder.decode(new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp, data }));
    this.needsKey = false;
    this.arrivals.set(timestamp, arrived);
    if (this.arrivals.size > KEPT) this.arrivals.delete(this.arrivals.keys().next().value ?? 0);
  }

  /** Gives up what waits to be decoded: the next keyframe is newer. */
  private leap(decoder: VideoDecoder): void {
    this.lost += decoder.decodeQueueSize;
    this.attempt(decoder, () => {
      decoder.reset();
      decoder.configure(this.settings);
    });
    this.startAfresh();
  }

  private put(frame: VideoFrame): void {
    const arrived = this.arrivals.get(frame.timestamp);
    if (arrived === undefined) return frame.close();
    this.arrivals.delete(frame.timestamp);
    // what the server had kept need not be seen in a rush
    const isOld = this.backlog.isThere && this.newest - frame.timestamp / 1000 > OLD;
    if (isOld && !this.needsPicture) return frame.close();
    this.needsPicture = false;
    this.output({ frame, arrived });
  }

  /** Does something that may be too much for it. */
  private attempt(decoder: VideoDecoder, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.fail(decoder, error);
    }
  }

  private fail(decoder: VideoDecoder, error: unknown): void {
    if (decoder !== this.decoder) return; // told already
    this.stop();
    this.erred(error);
  }

  private startAfresh(): void {
    this.backlog.clear();
    this.arrivals.clear();
    this.needsKey = this.needsPicture = true;
  }
}
