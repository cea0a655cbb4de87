import type { Picture, Screen } from './session';

const WIDEST = 960; // of the kept picture: it lies under words, grey

/** The canvas over a tile's moving pictures that keeps the last one. */
export class TileScreen implements Screen {
  /** `video`: what moves below it; null for who only lays a picture there. */
  constructor(
    private readonly kept: HTMLCanvasElement,
    private readonly video: HTMLVideoElement | null = null,
  ) {}

  hidden(): boolean {
    return document.hidden;
  }

  floats(): boolean {
    return this.video !== null && document.pictureInPictureElement === this.video;
  }

  freeze({ image, width, height }: Picture): void {
    const { kept } = this;
    kept.width = Math.min(WIDEST, width);
    kept.height = Math.round((kept.width * height) / width);
    kept.getContext('2d')?.drawImage(image, 0, 0, kept.width, kept.height);
    kept.hidden = false;
  }

  thaw(): void {
    this.kept.hidden = true;
  }
}
