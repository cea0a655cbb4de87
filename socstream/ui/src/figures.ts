import type { Camera } from './camera';
import { say } from './i18n/say';
import type { PictureFacts } from './wall';
import { codecName, decimal, rounded } from './words';

/** The figures of a stream and of its picture here, as label and value; what is not known is left out. */
export function figuresOf(camera: Camera, picture: PictureFacts): readonly (readonly [string, string])[] {
  const { codec, fps, bitrate } = camera.stream;
  const [width, height] = [picture.width ?? camera.stream.width, picture.height ?? camera.stream.height];
  const known: [string, string | null][] = [
    [say('Codec'), codec && codecName(codec)],
    [say('Size'), width === null || height === null ? null : `${width} × ${height}`],
    [say('Frames'), fps === null ? null : `${rounded(fps)} fps`],
    [say('Bit rate'), bitrate === null ? null : bits(bitrate)],
    [say('Behind'), picture.age === null ? null : `${decimal(picture.age / 1000)} s`],
    [say('Dropped'), picture.dropped === null ? null : `${picture.dropped}`],
  ];
  return known.filter((one): one is [string, string] => one[1] !== null);
}

/** "640 kbit/s", "4.1 Mbit/s". */
export const bits = (rate: number): string =>
  rate < 1_000_000 ? `${Math.round(rate / 1000)} kbit/s` : `${decimal(rate / 1_000_000)} Mbit/s`;
