import { decodeFailure } from '../camera';
import type { Failure } from '../camera';
import { fields, listOf, number, text } from '../decode';

/** What the server knows of one camera beyond what the wall needs. */
export interface CameraRecord {
  readonly id: string;
  readonly name: string;
  readonly location: Readonly<Record<string, unknown>>;
  /** The location for people. */
  readonly label: string;
  readonly host: string;
  readonly username: string;
  readonly hasPassword: boolean;
  readonly onDemand: boolean;
  /** Seconds. */
  readonly idleAfter: number;
  readonly maintenance: boolean;
  /** Counts edits. */
  readonly version: number;
  /** The part of the last 24 h that it had pictures, 0 to 1; null when that is not known. */
  readonly uptime: number | null;
  readonly warnings: readonly Advice[];
  /** How often FFmpeg was started. */
  readonly run: number;
  /** Seconds of a segment: from keyframe to keyframe, or more. */
  readonly segment: number | null;
}

export interface Advice {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** What a camera showed when it was tested. */
export interface Report {
  /** Null: all is well. */
  readonly failure: Failure | null;
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  /** Seconds. */
  readonly keyframes: number | null;
  readonly audio: string | null;
  /** A small JPEG as a data URL. */
  readonly picture: string | null;
  readonly advice: readonly Advice[];
}

/** The fate of one line of an import. */
export interface ImportLine {
  readonly line: number;
  readonly name: string;
  readonly outcome: string;
  readonly errors: readonly { readonly field: string; readonly message: string }[];
}

const word = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Decodes a camera with all that managers see; throws Malformed. */
export function decodeRecord(value: unknown): CameraRecord {
  const camera = fields(value, 'camera');
  const stream = fields(camera['stream'], 'stream');
  const location = fields(camera['location'] ?? {}, 'location');
  return {
    id: text(camera, 'camera_id'),
    name: text(camera, 'name'),
    location,
    label: word(location['label']),
    host: word(camera['ip_address']),
    username: word(camera['source_username']),
    hasPassword: camera['source_password_set'] === true,
    onDemand: camera['mode'] === 'on_demand',
    idleAfter: number(camera['idle_after']) ?? 60,
    maintenance: camera['status'] === 'maintenance',
    version: number(camera['version']) ?? 1,
    uptime: number(camera['uptime']),
    warnings: decodeAdvice(camera['warnings']),
    run: number(stream['run']) ?? 0,
    segment: number(stream['target_duration']),
  };
}

/** Decodes the report of a test; throws Malformed. */
export function decodeReport(value: unknown): Report {
  const report = fields(value, 'report');
  const [codec, audio, picture] = [word(report['codec']), word(report['audio']), word(report['picture'])];
  return {
    failure: decodeFailure(report['failure']),
    codec: codec || null,
    width: number(report['width']),
    height: number(report['height']),
    fps: number(report['fps']),
    keyframes: number(report['keyframe_interval']),
    audio: audio || null,
    picture: picture.startsWith('data:image/jpeg;base64,') ? picture : null,
    advice: decodeAdvice(report['advice']),
  };
}

/** Decodes the fate of every line; throws Malformed. */
export function decodeImport(value: unknown): readonly ImportLine[] {
  return listOf(value, (one) => {
    const line = fields(one, 'line');
    const errors = listOf(line['errors'] ?? [], (each) => {
      const error = fields(each, 'error');
      return { field: text(error, 'field'), message: text(error, 'message') };
    });
    return {
      line: number(line['line']) ?? 0,
      name: word(line['name']),
      outcome: text(line, 'outcome'),
      errors,
    };
  });
}

const decodeAdvice = (value: unknown): readonly Advice[] =>
  listOf(value ?? [], (each) => {
    const advice = fields(each, 'advice');
    return { code: text(advice, 'code'), message: text(advice, 'message'), remedy: word(advice['remedy']) };
  });
