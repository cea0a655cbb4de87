import type { Camera } from './camera';
import { later, say } from './i18n/say';
import type { Way } from './session';
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
    [say('Behind'), picture.age === null ? null : `${seconds(picture.age)} s`],
    [say('Way'), picture.way && wayOf(picture.way)],
    [say('Dropped'), picture.dropped === null ? null : `${picture.dropped}`],
  ];
  return known.filter((one): one is [string, string] => one[1] !== null);
}

const WAYS = {
  webcodecs: later('Live edge (WebCodecs)'),
  mse: later('Live edge (MSE)'),
  hls: 'HLS',
};

/** By which way pictures come, and why by no better one: "HLS (The server does not answer)". */
export const wayOf = ({ rung, because }: Way): string =>
  because === null ? say(WAYS[rung]) : `${say(WAYS[rung])} (${say(because)})`;

/** An age in ms as seconds; of what is nearly of now, in hundredths: "0.16", "2.4". */
export const seconds = (age: number): string => decimal(age / 1000, age < 995 ? 2 : 1);

/** "640 kbit/s", "4.1 Mbit/s". */
export const bits = (rate: number): string =>
  rate < 1_000_000 ? `${Math.round(rate / 1000)} kbit/s` : `${decimal(rate / 1_000_000)} Mbit/s`;
