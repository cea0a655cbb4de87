import type { Course } from '../delays';
import { fields, listOf, number, text, time } from '../decode';

/** How one camera was. Times are ms since 1970. */
export interface History {
  readonly states: readonly Phase[];
  /** In bits/s. */
  readonly bitrate: Course;
}

export interface Phase {
  readonly state: string;
  readonly since: number;
}

export interface Outage {
  readonly began: number;
  /** Null while it lasts. */
  readonly ended: number | null;
  /** In ms. */
  readonly lasted: number;
  readonly code: string;
  readonly message: string;
}

export const DAY = 86_400_000;

const moment = (value: unknown): number => time(value) ?? 0;

/** Decodes a history; throws Malformed. */
export function decodeHistory(value: unknown): History {
  const history = fields(value, 'history');
  return {
    states: listOf(history['states'], (one) => {
      const phase = fields(one, 'state');
      return { state: text(phase, 'state'), since: moment(phase['since']) };
    }),
    bitrate: {
      points: listOf(history['bitrate'], (one) => {
        const [at, rate] = listOf(one, (part) => part);
        return [moment(at), number(rate)] as const;
      }),
      step: (number(history['bitrate_step']) ?? 10) * 1000,
    },
  };
}

/** Decodes outages, newest first; throws Malformed. */
export const decodeOutages = (value: unknown): readonly Outage[] =>
  listOf(value, (one) => {
    const outage = fields(one, 'outage');
    return {
      began: moment(outage['began']),
      ended: time(outage['ended']),
      lasted: (number(outage['seconds']) ?? 0) * 1000,
      code: text(outage, 'code'),
      message: text(outage, 'message'),
    };
  });

/** How a part of the strip looks: `none` is neither good nor bad, as nobody wanted pictures, or nobody knows. */
export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'none';

const TONES: Readonly<Record<string, readonly [Tone, string]>> = {
  live: ['good', 'Live'],
  starting: ['info', 'Starting'],
  stalled: ['warn', 'Stalled'],
  backoff: ['bad', 'Down'],
  down: ['bad', 'Down'],
  stopped: ['none', 'Off'],
};

/** A part of the strip; `from` and `to` are parts of the whole, 0 to 1. */
export interface Bar {
  readonly tone: Tone;
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

/** The states between two times as bars, neighbours of one tone as one; what lies before the first is not known. */
export function bars(states: readonly Phase[], since: number, until: number): readonly Bar[] {
  const found: Bar[] = [];
  const place = (at: number): number => Math.min(1, Math.max(0, (at - since) / (until - since)));
  for (const [index, { state, since: began }] of states.entries()) {
    const [tone, word] = TONES[state] ?? ['none', 'Not known'];
    const [from, to] = [place(began), place(states[index + 1]?.since ?? until)];
    const before = found.at(-1);
    if (to <= from) continue;
    if (before?.tone === tone && before.word === word) found[found.length - 1] = { ...before, to };
    else found.push({ tone, word, from, to });
  }
  return found;
}

/** How long the outages since a time were: their number, and the longest; null when there was none. */
export function worst(
  outages: readonly Outage[],
  since: number,
): { readonly count: number; readonly longest: Outage } | null {
  const those = outages.filter(({ ended }) => ended === null || ended >= since);
  const [first, ...rest] = those;
  if (first === undefined) return null;
  const longest = rest.reduce((most, one) => (one.lasted > most.lasted ? one : most), first);
  return { count: those.length, longest };
}

/** The lines of a plot in a box of 1 × 1, the highest value at the top; a line breaks where nothing is known. */
export function lines(
  { points, step }: Course,
  until: number,
): { readonly paths: readonly string[]; readonly most: number } {
  const since = points[0]?.[0] ?? until;
  const most = Math.max(0, ...points.map(([, value]) => value ?? 0));
  const paths: string[] = [];
  let line = '';
  for (const [at, value] of points) {
    if (value === null) {
      if (line !== '') paths.push(line);
      line = '';
      continue;
    }
    const x = (at + step / 2 - since) / Math.max(step, until - since);
    line += `${line === '' ? 'M' : 'L'}${x.toFixed(4)} ${(1 - value / Math.max(1, most)).toFixed(4)}`;
  }
  if (line !== '') paths.push(line);
  return { paths, most };
}
