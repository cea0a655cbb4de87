import type { Screen } from './session';

const WIDEST = 960; // of the kept picture: it lies under words, grey

/** A screen made of a video element and, over it, a canvas that keeps the last picture. */
export class VideoScreen implements Screen {
  private count = 0;
  private decoded = 0;
  private time = 0;

  constructor(
    readonly video: HTMLVideoElement,
    private readonly kept: HTMLCanvasElement,
  ) {}

  frames(): number {
    const decoded = this.video.getVideoPlaybackQuality().totalVideoFrames; // begins anew with each session
    const time = this.video.currentTime;
    // a hidden page may play on without decoding; then only the time moves
    if (decoded > this.decoded || (this.hidden() && time > this.time)) this.count += 1;
    this.decoded = decoded;
    this.time = time;
    return this.count;
  }

  hidden(): boolean {
    return document.hidden;
  }

  ahead(): number {
    return this.bufferedEnd() - this.video.currentTime;
  }

  skip(): void {
    this.video.currentTime = Math.max(this.video.currentTime, this.bufferedEnd() - 1);
  }

  play(): void {
    if (!this.video.paused || this.video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return;
    this.video.play().catch(() => undefined); // refused, or ended by the next session: the next tick tries again
  }

  freeze(): void {
    const { video, kept } = this;
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return;
    kept.width = Math.min(WIDEST, video.videoWidth);
    kept.height = Math.round((kept.width * video.videoHeight) / video.videoWidth);
    kept.getContext('2d')?.drawImage(video, 0, 0, kept.width, kept.height);
    kept.hidden = false;
  }

  thaw(): void {
    this.kept.hidden = true;
  }

  private bufferedEnd(): number {
    const { buffered } = this.video;
    return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);
  }
}
