import { type Clock, systemClock } from '../clock';
import { later, say } from '../i18n/say';
import type { OpenSession, Picture, Reports, Session } from '../session';
import { VideoView } from '../video';
import { Feed, type FeedFailure } from './feed';
import { Lifeline } from './lifeline';
import { Pace } from './pace';
import type { Configuration, Source, Unit } from './source';

const START = 1000; // ms; where the timeline begins, so that no decoding time lies before its zero
const GAP = 300; // ms; a keyframe after such a hole is put where the pictures before it ended
const KEPT = 3000; // ms of what was shown

/** A unit on the timeline of the element, in ms, and when the server had it, in ms since 1970. */
interface Mark {
  readonly time: number;
  readonly arrived: number;
  readonly key: boolean;
}

/** What this browser lacks for it, as a reason for people; null when it can be used. */
export const lackOfMse = (): string | null =>
  Feed.isThere() ? null : later('This browser plays no video that a page gives it');

/** Fragments of the live edge, one for each picture, through the browser's media element. */
export const openMse =
  (source: Source, cameraId: string, video: HTMLVideoElement, clock: Clock = systemClock): OpenSession =>
  (held, reports) =>
    new Fed(source, cameraId, video, clock, reports, new Lifeline(clock, held, reports));

class Fed implements Session {
  private readonly view: VideoView;
  private readonly pace = new Pace();
  private readonly leave: () => void;
  private feed: Feed | null = null;
  private marks: Mark[] = [];
  /** What is added to presentation times of this run, in ms; null before its first unit. */
  private shift: number | null = null;
  private end = START;
  private interval = 40;
  private needsKey = true;
  private isPlaced = false;
  private lost = 0;

  constructor(
    private readonly source: Source,
    private readonly cameraId: string,
    private readonly video: HTMLVideoElement,
    private readonly clock: Clock,
    private readonly reports: Reports,
    private readonly lifeline: Lifeline,
  ) {
    this.view = new VideoView(video);
    this.leave = source.subscribe(cameraId, 'fmp4', {
      configured: (configuration) => this.configured(configuration),
      unit: (unit) => this.unit(unit),
      told: (told) => lifeline.told(told),
      lost: (reason) => lifeline.broke(reason),
    });
  }

  frames(): number {
    return this.view.frames();
  }

  age(serverNow: number): number | null {
    const mark = this.marks[this.shownMark()];
    return mark === undefined ? null : Math.max(0, serverNow - mark.arrived);
  }

  ahead(): number {
    return this.view.ahead();
  }

  skip(): void {
    this.placeAt(this.newest - this.pace.wanted);
  }

  play(): void {
    this.view.play();
  }

  repair(): void {
    this.stop();
    this.source.askKeyframe(this.cameraId, 'fmp4');
  }

  picture(): Picture | null {
    return this.view.picture();
  }

  dropped(): number {
    return this.lost + this.lifeline.strain.skipped + this.view.dropped();
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
  }

  private get newest(): number {
    return this.marks.at(-1)?.time ?? this.end;
  }

  private configured({ codec, record }: Configuration): void {
    this.lifeline.configured();
    const type = `video/mp4; codecs="${codec}"`;
    this.feed ??= new Feed(this.video, {
      fed: () => this.onFed(),
      failed: (failure) => this.onFailed(failure),
    });
    this.shift = null; // another run counts its times anew
    this.needsKey = true;
    this.feed.begin(type, record);
  }

  private unit(unit: Unit): void {
    this.lifeline.heard();
    if (this.feed === null || (this.needsKey && !unit.key)) {
      this.lost += 1;
      return;
    }
    this.needsKey = false;
    this.put(unit, this.feed);
  }

  /** Gives it a place on the timeline: runs, and what comes after a hole, go on where the pictures ended. */
  private put({ key, arrived, presentation, data }: Unit, feed: Feed): void {
    const isAway = this.shift === null || Math.abs(presentation + this.shift - this.end) > GAP;
    if (this.shift === null || (key && isAway)) {
      this.shift = this.end - presentation;
      this.pace.restart();
      feed.shift(this.shift / 1000);
    }
    const time = presentation + this.shift;
    const step = time - this.newest;
    if (step > 0 && step < GAP) this.interval = step;
    this.end = Math.max(this.end, time + this.interval);
    this.marks.push({ time, arrived, key });
    this.pace.note(this.clock.now(), time);
    if (feed.push(data)) this.keepUp();
    else this.repair(); // more waits than the element takes: what waits is given up for what is newer
  }

  private onFed(): void {
    if (!this.isPlaced && this.video.buffered.length > 0) {
      this.isPlaced = true;
      this.skip();
    }
    this.trim();
  }

  private keepUp(): void {
    if (!this.isPlaced || this.video.seeking || this.video.paused) return;
    const { rate, jumpTo } = this.pace.advise(this.clock.now(), this.video.currentTime * 1000);
    if (jumpTo !== null) this.placeAt(jumpTo);
    if (this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }

  private placeAt(time: number): void {
    const { buffered } = this.video;
    if (buffered.length === 0) return;
    const last = buffered.length - 1;
    const place = Math.min(Math.max(time / 1000, buffered.start(last)), buffered.end(last));
    if (place > this.video.currentTime) this.video.currentTime = place;
  }

  /** Lets go of what was shown, in whole groups: what follows on something removed would go too. */
  private trim(): void {
    const shown = this.video.currentTime * 1000;
    const until = this.marks.findLast(({ key, time }) => key && time <= shown - KEPT)?.time;
    if (until === undefined || until <= (this.marks[0]?.time ?? 0)) return;
    this.marks = this.marks.filter(({ time }) => time >= until);
    this.feed?.trim(until / 1000);
  }

  /** The place among the marks of the picture that is shown; -1 when there is none. */
  private shownMark(): number {
    if (!this.isPlaced) return -1;
    const shown = this.video.currentTime * 1000 + 1;
    return this.marks.findLastIndex(({ time }) => time <= shown);
  }

  private onFailed(failure: FeedFailure): void {
    const reason =
      failure === 'unplayable'
        ? say('This browser cannot play the video of this camera')
        : say('The browser could not decode the video');
    this.reports.failed({ kind: failure, reason });
  }

  private stop(): void {
    this.feed?.close();
    this.feed = null;
    this.marks = [];
    this.shift = null;
    this.end = START;
    this.isPlaced = false;
    this.needsKey = true;
    this.pace.restart();
    this.video.playbackRate = 1;
  }
}
