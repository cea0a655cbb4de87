import { Malformed, fields, number, text, time } from './decode';

/** What the server says about one camera, decoded once and trusted afterwards. Times are ms since 1970. */
export interface Camera {
  readonly id: string;
  readonly name: string;
  /** Where it hangs, for people; may be empty. */
  readonly location: string;
  readonly maintenance: boolean;
  /** It runs only while somebody plays it. */
  readonly onDemand: boolean;
  readonly statusSince: number | null;
  readonly stream: Stream;
  /** Why browsers may be unable to show it, although it streams; null when nothing speaks against it. */
  readonly unplayable: Advice | null;
}

export interface Advice {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export interface Stream {
  readonly state: StreamState;
  readonly since: number | null;
  readonly failure: Failure | null;
  readonly retryAt: number | null;
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  /** Bits per second over the last segments. */
  readonly bitrate: number | null;
}

const STATES = ['stopped', 'starting', 'live', 'stalled', 'backoff'] as const;
export type StreamState = (typeof STATES)[number];

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly since: number | null;
}

/** Decodes the camera list; throws Malformed. One bad camera makes the whole answer bad: half a list would hide tiles. */
export function decodeCameras(body: unknown): readonly Camera[] {
  if (!Array.isArray(body)) throw new Malformed('not a list');
  return body.map(decodeCamera);
}

/** Decodes a failure as it stands in a camera and in a playlist's 503; null when there is none. */
export function decodeFailure(value: unknown): Failure | null {
  if (value === null || value === undefined) return null;
  const failure = fields(value, 'failure');
  return {
    code: text(failure, 'code'),
    message: text(failure, 'message'),
    remedy: typeof failure['remedy'] === 'string' ? failure['remedy'] : '',
    since: time(failure['since']),
  };
}

/** Decodes a camera as events tell it: the same, with its names in camelCase and its id as `id`; throws Malformed. */
export function decodeEventCamera(value: unknown): Camera {
  const camera = snakes(fields(value, 'camera'));
  return decodeCamera({
    ...camera,
    camera_id: camera['id'],
    stream: snakes(fields(camera['stream'], 'stream')),
  });
}

const snakes = (of: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(of).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );

function decodeCamera(value: unknown): Camera {
  const camera = fields(value, 'camera');
  const stream = fields(camera['stream'], 'stream');
  const state = STATES.find((known) => known === stream['state']);
  if (state === undefined) throw new Malformed(`unknown state ${String(stream['state'])}`);
  return {
    id: text(camera, 'camera_id'),
    name: text(camera, 'name'),
    location: place(camera['location']),
    maintenance: camera['status'] === 'maintenance',
    onDemand: camera['mode'] === 'on_demand',
    statusSince: time(camera['status_since']),
    stream: {
      state,
      since: time(stream['since']),
      failure: decodeFailure(stream['failure']),
      retryAt: time(stream['retry_at']),
      codec: typeof stream['codec'] === 'string' ? stream['codec'] : null,
      width: number(stream['width']),
      height: number(stream['height']),
      fps: number(stream['fps']),
      bitrate: number(stream['bitrate']),
    },
    unplayable: decodeUnplayable(camera['warnings']),
  };
}

/** The warning about the video format among all warnings; older servers send none. */
function decodeUnplayable(warnings: unknown): Advice | null {
  for (const warning of Array.isArray(warnings) ? warnings : []) {
    const advice = fields(warning, 'warning');
    if (advice['code'] === 'h265' || advice['code'] === 'codec')
      return { code: advice['code'], message: text(advice, 'message'), remedy: text(advice, 'remedy') };
  }
  return null;
}

/** A location is an object of the operator's own making: its label, else all its texts. */
function place(location: unknown): string {
  if (typeof location === 'string') return location;
  if (typeof location !== 'object' || location === null) return '';
  if ('label' in location && typeof location.label === 'string') return location.label;
  return Object.values(location)
    .filter((part) => typeof part === 'string')
    .join(' · ');
}
