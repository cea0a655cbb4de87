import { locale } from './i18n/say';
/** A length of time in its two largest units: "8 s", "4 min 10 s", "3 h 5 min", "2 d 3 h". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [days, hours, minutes] = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return join(days, 'd', hours, 'h');
  if (hours > 0) return join(hours, 'h', minutes, 'min');
  if (minutes > 0) return join(minutes, 'min', seconds % 60, 's');
  return `${seconds} s`;
}

const join = (large: number, unit: string, small: number, part: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${part}`;

const TIME = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const DAY = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
const written = new Map<string, Intl.DateTimeFormat>(); // made once: that takes longer than all the rest

function dated(at: number, options: typeof TIME | typeof DAY): string {
  const key = `${locale()} ${options === TIME}`;
  const format = written.get(key) ?? new Intl.DateTimeFormat(locale(), options);
  written.set(key, format);
  return format.format(at);
}

/** The time of day, "14:32:07"; `at` in ms since 1970. */
export const timeOfDay = (at: number): string => dated(at, TIME);

/** "14:32:07" for the last day, "3 Mar, 14:32" before that. */
export const moment = (at: number, now: number): string => dated(at, now - at < 86_400_000 ? TIME : DAY);

const CODECS: Readonly<Record<string, string>> = {
  h264: 'H.264',
  hevc: 'H.265',
  mpeg4: 'MPEG-4',
  mjpeg: 'Motion JPEG',
  aac: 'AAC',
  pcm_alaw: 'G.711',
  pcm_mulaw: 'G.711',
};

/** What people call a codec of FFmpeg's name: "H.264". */
export const codecName = (codec: string): string => CODECS[codec] ?? codec.toUpperCase();

/** With one digit after the point if there is need of it, "12.5", "25". */
export const rounded = (value: number): string =>
  value.toLocaleString(locale(), { maximumFractionDigits: 1 });

/** With so many digits after the point, "2.4". */
export const decimal = (value: number, digits = 1): string =>
  value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
