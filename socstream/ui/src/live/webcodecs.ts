import { type Clock, systemClock } from '../clock';
import { say } from '../i18n/say';
import type { OpenSession, Picture, Reports, Session } from '../session';
import { VideoView } from '../video';
import { Backlog } from './backlog';
import { Frames, canShowFrames } from './frames';
import { Lifeline } from './lifeline';
import { Playout } from './playout';
import { type Configuration, type Source, type Told, type Unit, failureOf } from './source';

const AGAIN = 10_000; // ms; two errors within that, and the decoder is not what helps
const OLD = 500; // ms behind the newest unit: not shown while there is a backlog
const KEPT = 512; // arrivals that are remembered for frames that never came out

/** Whether this browser can be used: its decoder is there (in secure contexts only), and a way to show its frames. */
export const hasWebCodecs = (): boolean => 'VideoDecoder' in globalThis && canShowFrames();

/** The fastest transport: units of the live edge through the browser's own decoder, shown as they come. */
export const openWebCodecs =
  (source: Source, cameraId: string, video: HTMLVideoElement, clock: Clock = systemClock): OpenSession =>
  (held, reports) =>
    new Decoding(source, cameraId, video, clock, reports, new Lifeline(clock, held, reports));

/** A decoded frame, and when the server had its unit: ms since 1970. */
interface Dated {
  readonly frame: VideoFrame;
  readonly arrived: number;
}

class Decoding implements Session {
  private readonly view: VideoView;
  private readonly out: Frames;
  private readonly playout: Playout<Dated>;
  private readonly backlog = new Backlog();
  private readonly leave: () => void;

  private decoder: VideoDecoder | null = null;
  private settings: VideoDecoderConfig = { codec: '' };
  private readonly arrivals = new Map<number, number>(); // of the units in the decoder, by their time in µs
  private needsKey = true;
  private needsPicture = true;
  private newest = 0; // presentation time in ms, as the next
  private shown = 0;
  private shownOf: number | null = null; // when the server had what is shown
  private lost = 0;
  private moves = 0;
  private isAsleep = false;
  private erredAt = -Infinity;

  constructor(
    private readonly source: Source,
    private readonly cameraId: string,
    private readonly video: HTMLVideoElement,
    private readonly clock: Clock,
    private readonly reports: Reports,
    private readonly lifeline: Lifeline,
  ) {
    this.view = new VideoView(video);
    this.out = new Frames(video);
    this.playout = new Playout(
      clock,
      (dated) => this.show(dated),
      (dated) => this.drop(dated),
    );
    this.leave = source.subscribe(cameraId, 'units', {
      configured: (configuration) => this.configured(configuration),
      unit: (unit) => this.unit(unit),
      told: (told) => this.told(told),
      lost: (reason) => lifeline.broke(reason),
    });
  }

  frames(): number {
    return this.moves;
  }

  age(serverNow: number): number | null {
    return this.shownOf === null ? null : Math.max(0, serverNow - this.shownOf);
  }

  ahead(): number {
    return Math.max(0, this.newest - this.shown) / 1000;
  }

  skip(): void {
    if (this.backlog.isThere) this.repair();
    else this.playout.skip();
  }

  play(): void {
    this.view.play();
  }

  repair(): void {
    this.stop();
    this.source.askKeyframe(this.cameraId, 'units');
  }

  picture(): Picture | null {
    return this.view.picture();
  }

  dropped(): number {
    return this.lost + this.view.dropped();
  }

  hasSound(): boolean {
    return false;
  }

  close(): void {
    this.lifeline.end();
    this.leave();
    this.stop();
    this.out.close();
  }

  private told(told: Told): void {
    const failure = failureOf(told);
    if (failure !== null) this.reports.failed(failure);
  }

  private configured({ codec, width, height, record }: Configuration): void {
    this.stop();
    if (this.isAsleep) return; // it comes again for who asks
    const [codedWidth, codedHeight] = [width, height];
    this.settings = { codec, codedWidth, codedHeight, description: record, optimizeForLatency: true };
    const decoder = new VideoDecoder({
      output: (frame) => this.output(frame),
      error: (error) => this.erred(decoder, error),
    });
    this.decoder = decoder;
    this.attempt(decoder, () => decoder.configure(this.settings));
  }

  private unit(unit: Unit): void {
    this.lifeline.heard();
    if (isUnseen(this.video)) return this.sleep();
    if (this.isAsleep) return this.awake();
    this.newest = unit.presentation;
    const { decoder } = this;
    if (decoder === null) return; // after an error: what it needs is on its way
    const isStuck = this.backlog.grows(this.clock.now(), decoder.decodeQueueSize);
    if (isStuck || (unit.key && this.backlog.isThere)) this.leap(decoder);
    if (this.needsKey && !unit.key) this.lost += 1;
    else this.attempt(decoder, () => this.decode(decoder, unit));
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

  private output(frame: VideoFrame): void {
    const arrived = this.arrivals.get(frame.timestamp);
    if (arrived === undefined) return frame.close();
    this.arrivals.delete(frame.timestamp);
    const presentation = frame.timestamp / 1000;
    // what the server had kept need not be seen in a rush
    const isOld = this.backlog.isThere && this.newest - presentation > OLD;
    if (isOld && !this.needsPicture) return frame.close();
    this.needsPicture = false;
    this.playout.take({ frame, arrived }, presentation);
  }

  private show({ frame, arrived }: Dated): void {
    this.shown = frame.timestamp / 1000;
    if (this.out.show(frame)) this.shownOf = arrived;
    else this.lost += 1;
    if (!this.video.paused) this.moves += 1;
  }

  private drop({ frame }: Dated): void {
    frame.close();
    this.lost += 1;
  }

  /** Does something with the decoder that may be too much for it. */
  private attempt(decoder: VideoDecoder, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.erred(decoder, error);
    }
  }

  private erred(decoder: VideoDecoder, error: unknown): void {
    if (decoder !== this.decoder) return;
    this.stop();
    const now = this.clock.now();
    const isAgain = now - this.erredAt <= AGAIN;
    this.erredAt = now;
    if (error instanceof DOMException && error.name === 'NotSupportedError')
      this.reports.failed({
        kind: 'unplayable',
        reason: say('This browser cannot play the video of this camera'),
      });
    else if (isAgain)
      this.reports.failed({ kind: 'decoder', reason: say('The browser could not decode the video') });
    else this.repair();
  }

  /** Nobody sees it: nothing is decoded, and what moves is only told. */
  private sleep(): void {
    if (!this.isAsleep) this.stop();
    this.isAsleep = true;
    this.moves += 1;
  }

  private awake(): void {
    this.isAsleep = false;
    this.repair();
  }

  /** Nothing of before is decoded or shown any more. */
  private stop(): void {
    if (this.decoder !== null && this.decoder.state !== 'closed') this.decoder.close();
    this.decoder = null;
    this.playout.clear();
    this.startAfresh();
  }

  private startAfresh(): void {
    this.backlog.clear();
    this.arrivals.clear();
    this.needsKey = this.needsPicture = true;
  }
}

/** A hidden page is seen all the same while the picture stands in a window of its own. */
const isUnseen = (video: HTMLVideoElement): boolean =>
  document.hidden && document.pictureInPictureElement !== video;
