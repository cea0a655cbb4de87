import { later, sayCode } from '../i18n/say';
import type { SessionFailure } from '../session';

/** What the server makes of a camera's pictures: units for a decoder, or fragments for a media element. */
export type Form = 'units' | 'fmp4';

/** What has to be known before anything can be decoded. */
export interface Configuration {
  /** As RFC 6381 says it: "avc1.64001f". */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** The count of the server's FFmpeg for this camera. */
  readonly run: number;
  /** The decoder's own record (avcC), or the init segment. */
  readonly record: Uint8Array<ArrayBuffer>;
}

/** One picture, not yet decoded. */
export interface Unit {
  readonly key: boolean;
  /** When the server had it: ms since 1970 by its clock. */
  readonly arrived: number;
  /** ms, on a clock of this run. */
  readonly presentation: number;
  readonly data: Uint8Array<ArrayBuffer>;
  /** It follows on nothing: the first of a run, or after another configuration. */
  readonly first: boolean;
}

/** What the server says of a stream, as documented with its WebSocket. */
export interface Told {
  readonly type: string;
  readonly code?: string;
  readonly message?: string;
  /** How many pictures it left out. */
  readonly units?: number;
}

/** Where the pictures of one camera go. */
export interface Sink {
  configured(configuration: Configuration): void;
  unit(unit: Unit): void;
  told(told: Told): void;
  /** The connection is gone and comes again by itself; `reason` for people. */
  lost(reason: string): void;
}

/** The live edges of all cameras. */
export interface Source {
  /** How many come. */
  readonly streams: number;
  /** Has the pictures of a camera come, from the newest keyframe on; the result ends it. */
  subscribe(cameraId: string, form: Form, sink: Sink): () => void;
  /** Has the configuration and everything from the newest keyframe on come once more. */
  askKeyframe(cameraId: string, form: Form): void;
}

/** Why nothing more will come; null when what was told is only news. */
export function failureOf({ type, code, message }: Told): SessionFailure | null {
  const reason = sayCode(`edge.${code ?? ''}`, message ?? '');
  if (type === 'unavailable') return { kind: 'unavailable', reason };
  if (type === 'refused') return { kind: 'network', reason };
  if (type === 'overloaded')
    return { kind: 'network', reason: later('The connection is too slow for pictures of now') };
  return null;
}
