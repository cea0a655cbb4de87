import type { Advice, Camera, Failure, Stream } from './camera';
import { later, sayCode } from './i18n/say';
import type { PlayerView, Wish } from './player';

/** What a tile says about its camera. */
export interface Truth {
  readonly state: TileState;
  /** good: live; info: on its way; warn: degraded; bad: no picture, somebody must act; quiet: meant to be so. */
  readonly tone: 'good' | 'info' | 'warn' | 'bad' | 'quiet';
  /** The one word of the badge. */
  readonly word: string;
  /** How long it has been so, in ms; null when nobody knows. */
  readonly age: number | null;
  readonly why: string;
  readonly remedy: string;
  /** The next try, by the server or by the player here. */
  readonly next: Next | null;
  /** The picture does not move: it lies under the words. */
  readonly still: boolean;
}

/** `left` in ms, and which `part` (0–1) of the whole wait that is. */
export interface Next {
  readonly left: number;
  readonly part: number;
}

export type TileState =
  | 'live'
  | 'late'
  | 'connecting'
  | 'frozen'
  | 'reconnecting'
  | 'starting'
  | 'stalled'
  | 'backoff'
  | 'stopped'
  | 'maintenance';

/** Now, by the two clocks that the facts come with: the server's (ms since 1970) and our monotonic one (ms). */
export interface Now {
  readonly server: number;
  readonly here: number;
}

/** What the player of this camera shall do. */
export function wishFor(camera: Camera): Wish {
  if (camera.maintenance) return 'down';
  const { state, failure } = camera.stream;
  if (state === 'live') return 'live';
  const begins = state === 'starting' || (state === 'stopped' && camera.onDemand);
  if (!begins) return 'down';
  return failure === null ? 'starting' : 'again';
}

/** The truth about a tile: LIVE only while the server receives the camera and pictures move here. */
export function truth(camera: Camera, player: PlayerView, now: Now): Truth {
  const { stream, maintenance, statusSince } = camera;
  const still = player.state !== 'playing' && player.state !== 'late';
  const told = { still, age: ago(stream.since, now.server), next: null, ...words(stream.failure) };
  if (maintenance) {
    const age = ago(statusSince, now.server);
    const why = later('Nothing is pulled from this camera');
    return { ...told, state: 'maintenance', tone: 'quiet', word: later('MAINTENANCE'), age, why, remedy: '' };
  }
  switch (stream.state) {
    case 'live':
      return here(player, camera.unplayable, now);
    case 'starting':
      // the edge is ahead of the first segment, with which the server calls a camera live
      if (player.edge && !still) return here(player, camera.unplayable, now);
      if (stream.failure !== null) return down(stream, still, UNDER_WAY, now);
      return { ...told, ...STARTING };
    case 'stalled':
      return {
        ...told,
        state: 'stalled',
        tone: 'warn',
        word: later('STALLED'),
        ...(stream.failure ? {} : SILENT),
      };
    case 'backoff':
      return down(stream, still, upTo(stream.retryAt, stream.since, now.server), now);
    case 'stopped':
      if (camera.onDemand && stream.failure === null) return { ...told, ...STARTING }; // for we ask for it
      return {
        ...told,
        state: 'stopped',
        tone: 'quiet',
        word: later('STOPPED'),
        why: stream.failure === null ? later('It is not running') : words(stream.failure).why,
      };
  }
}

const STARTING = {
  state: 'starting',
  tone: 'info',
  word: later('STARTING'),
  why: later('The first picture is on its way'),
} as const;

const SILENT = {
  why: later('No new picture from the camera'),
  remedy: later('It is still connected, but sends nothing. We reconnect by ourselves.'),
};

/** The next try is this one. */
const UNDER_WAY: Next = { left: 0, part: 0 };

/** The truth when the server has no pictures, and tries again. */
function down(stream: Stream, still: boolean, next: Next | null, now: Now): Truth {
  const { failure, since } = stream;
  return {
    state: stream.state === 'starting' ? 'starting' : 'backoff',
    tone: still ? 'bad' : 'warn', // the last second before the break is still to be seen: no alarm yet
    word: later('DOWN'),
    age: ago(failure?.since ?? since, now.server),
    next,
    still,
    ...words(failure),
  };
}

/** The truth when the server has the pictures: what matters is whether they move here. */
function here(player: PlayerView, unplayable: Advice | null, now: Now): Truth {
  const told = { age: ago(player.since, now.here), why: player.reason, remedy: '', next: null, still: true };
  switch (player.state) {
    case 'playing':
      return { ...told, state: 'live', tone: 'good', word: later('LIVE'), still: false };
    case 'late':
      return { ...told, state: 'late', tone: 'warn', word: later('DELAYED'), still: false };
    case 'waiting':
    case 'connecting':
      return {
        ...told,
        state: 'connecting',
        tone: 'info',
        word: later('CONNECTING'),
        why: player.reason || later('The picture is on its way'),
      };
    case 'stalled':
      return {
        ...told,
        state: 'frozen',
        tone: 'warn',
        word: later('FROZEN'),
        remedy: ON_THE_WAY,
        next: upTo(player.retryAt, player.since, now.here),
      };
    case 'reconnecting':
      return {
        ...told,
        state: 'reconnecting',
        tone: 'warn',
        word: later('RECONNECTING'),
        remedy: ON_THE_WAY,
        ...(unplayable && {
          word: later('NOT PLAYABLE'),
          why: sayCode(`advice.${unplayable.code}`, unplayable.message),
          remedy: sayCode(`advice.${unplayable.code}.remedy`, unplayable.remedy),
        }),
        next: upTo(player.retryAt, player.since, now.here) ?? UNDER_WAY,
      };
  }
}

const ON_THE_WAY = later('For the server this camera is live, but its picture does not reach this screen.');

const words = (failure: Failure | null): { why: string; remedy: string } => ({
  why: failure === null ? later('The camera is not there') : sayCode(failure.code, failure.message),
  remedy: failure === null ? '' : sayCode(`${failure.code}.remedy`, failure.remedy),
});

const ago = (since: number | null, now: number): number | null =>
  since === null ? null : Math.max(0, now - since);

function upTo(at: number | null, since: number | null, now: number): Next | null {
  if (at === null) return null;
  const left = Math.max(0, at - now);
  const whole = at - (since ?? now);
  return { left, part: whole <= 0 ? 0 : Math.min(1, left / whole) };
}
