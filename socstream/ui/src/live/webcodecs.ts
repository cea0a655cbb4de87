import { type Clock, systemClock } from '../clock';
import { later, say } from '../i18n/say';
import type { OpenSession, Picture, Reports, Session } from '../session';
import { VideoView } from '../video';
import { type Dated, UnitDecoder } from './decoder';
import { Frames, canShowFrames } from './frames';
import { Lifeline } from './lifeline';
import { Playout } from './playout';
import type { Configuration, Source, Unit } from './source';

const AGAIN = 10_000; // ms; two errors within that, and the decoder is not what helps

/** What this browser lacks for it, as a reason for people; null when it can be used. */
export function lackOfWebCodecs(): string | null {
  if (!('VideoDecoder' in globalThis))
    return isSecureContext ? later('This browser has no WebCodecs') : later('WebCodecs only by HTTPS');
  return canShowFrames() ? null : later('This browser cannot show decoded frames');
}

/** The fastest transport: units of the live edge through the browser's own decoder, shown as they come. */
export const openWebCodecs =
  (source: Source, cameraId: string, video: HTMLVideoElement, clock: Clock = systemClock): OpenSession =>
  (held, reports) =>
    new Decoding(source, cameraId, video, clock, reports, new Lifeline(clock, held, reports));

class Decoding implements Session {
  private readonly view: VideoView;
  private readonly out: Frames;
  private readonly playout: Playout<Dated>;
  private readonly decoder: UnitDecoder;
  private readonly leave: () => void;

  private shown = 0; // presentation time in ms
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
      () => source.streams,
    );
    this.decoder = new UnitDecoder(
      clock,
      (dated) => this.playout.take(dated, dated.frame.timestamp / 1000),
      (error) => this.erred(error),
    );
    this.leave = source.subscribe(cameraId, 'units', {
      configured: (configuration) => this.configured(configuration),
      unit: (unit) => this.unit(unit),
      told: (told) => lifeline.told(told),
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
    return Math.max(0, this.decoder.newest - this.shown) / 1000;
  }

  skip(): void {
    if (this.decoder.isBehind) this.repair();
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
    return this.lost + this.decoder.lost + this.lifeline.strain.skipped + this.view.dropped();
  }

  hasSound(): boolean {
    return false;
  }

  strain(): string | null {
    return this.lifeline.strain.reason;
  }

  close(): void {
    this.lifeline.end();
    this.leave();
    this.stop();
    this.out.close();
  }

  private configured(configuration: Configuration): void {
    this.lifeline.configured();
    this.stop();
    if (!this.isAsleep) this.decoder.start(configuration); // else it comes again when it is asked for
  }

  private unit(unit: Unit): void {
    this.lifeline.heard();
    if (isUnseen(this.video)) this.sleep();
    else if (this.isAsleep) this.awake();
    else this.decoder.take(unit);
  }

  private show({ frame, arrived }: Dated): void {
    const time = frame.timestamp / 1000; // which the frame no longer knows when it was taken
    const isTaken = this.out.show(frame, () => {
      this.shown = time;
      this.shownOf = arrived;
      if (!this.video.paused) this.moves += 1;
    });
    if (!isTaken) this.lost += 1;
  }

  private drop({ frame }: Dated): void {
    frame.close();
    this.lost += 1;
  }

  private erred(error: unknown): void {
    this.playout.clear();
    const now = this.clock.now();
    const isAgain = now - this.erredAt <= AGAIN;
    this.erredAt = now;
    const isNever = error instanceof DOMException && error.name === 'NotSupportedError';
    if (isNever)
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
    this.decoder.stop();
    this.playout.clear();
  }
}

/** A hidden page is seen all the same while the picture stands in a window of its own. */
const isUnseen = (video: HTMLVideoElement): boolean =>
  document.hidden && document.pictureInPictureElement !== video;
