import type { Picture, Session } from './session';

/** What transports that play through a video element have in common. */
export class VideoView implements Pick<
  Session,
  'frames' | 'ahead' | 'skip' | 'play' | 'picture' | 'dropped'
> {
  private count = 0;
  private decoded: number;
  private time: number;

  constructor(private readonly video: HTMLVideoElement) {
    // what the session before has shown is none of ours
    this.decoded = video.getVideoPlaybackQuality().totalVideoFrames;
    this.time = video.currentTime;
  }

  frames(): number {
    const decoded = this.video.getVideoPlaybackQuality().totalVideoFrames;
    const time = this.video.currentTime;
    // a hidden page may play on without decoding; then only the time moves
    if (decoded > this.decoded || (document.hidden && time > this.time)) this.count += 1;
    this.decoded = decoded;
    this.time = time;
    return this.count;
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

  picture(): Picture | null {
    const { video } = this;
    const [width, height] = [video.videoWidth, video.videoHeight];
    const has = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && width > 0;
    return has ? { image: video, width, height } : null;
  }

  dropped(): number {
    return this.video.getVideoPlaybackQuality().droppedVideoFrames;
  }

  private bufferedEnd(): number {
    const { buffered } = this.video;
    return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);
  }
}
