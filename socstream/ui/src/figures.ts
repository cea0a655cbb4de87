import type { Camera } from './camera';
import type { PictureFacts } from './wall';

/** The figures of a stream and of its picture here, as label and value; what is not known is left out. */
export function figuresOf(camera: Camera, picture: PictureFacts): readonly (readonly [string, string])[] {
  const { codec, fps, bitrate } = camera.stream;
  const [width, height] = [picture.width ?? camera.stream.width, picture.height ?? camera.stream.height];
  const known: [string, string | null][] = [
    ['Codec', codec],
    ['Size', width === null || height === null ? null : `${width} × ${height}`],
    ['Frames', fps === null ? null : `${Math.round(fps * 10) / 10} fps`],
    ['Bit rate', bitrate === null ? null : bits(bitrate)],
    ['Behind', picture.age === null ? null : `${(picture.age / 1000).toFixed(1)} s`],
    ['Dropped', picture.dropped === null ? null : `${picture.dropped}`],
  ];
  return known.filter((one): one is [string, string] => one[1] !== null);
}

/** "640 kbit/s", "4.1 Mbit/s". */
export const bits = (rate: number): string =>
  rate < 1_000_000 ? `${Math.round(rate / 1000)} kbit/s` : `${(rate / 1_000_000).toFixed(1)} Mbit/s`;
