import type { CameraRecord } from './record';
import { addressOf, madeBy } from './makes';

/** What stands in the form: texts, as they are typed. */
export interface Draft {
  readonly name: string;
  readonly place: string;
  /** The id of a make; empty: none of them, and the address is typed. */
  readonly make: string;
  /** Which of the make's streams. */
  readonly stream: number;
  /** Channel or key, as the make asks for. */
  readonly detail: string;
  readonly host: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly onDemand: boolean;
  /** Seconds without anybody looking. */
  readonly idleAfter: string;
}

export const NEW: Draft = {
  name: '',
  place: '',
  make: '',
  stream: 0,
  detail: '',
  host: '',
  url: '',
  username: '',
  password: '',
  onDemand: false,
  idleAfter: '60',
};

/** The form of a camera that is there; nobody tells its address and password, so they are empty: as they are. */
export const draftOf = (camera: CameraRecord): Draft => ({
  ...NEW,
  name: camera.name,
  place: camera.label,
  host: camera.host,
  username: camera.username,
  onDemand: camera.onDemand,
  idleAfter: String(camera.idleAfter),
});

/** The draft after a change; what follows from it is filled in. */
export function changed(draft: Draft, change: Partial<Draft>): Draft {
  if (change.url !== undefined) return fromAddress({ ...draft, ...change, make: '' });
  // streams and keys of another make mean nothing to this one
  const next = { ...draft, ...(change.make !== undefined && { stream: 0, detail: '' }), ...change };
  const make = madeBy(next.make);
  if (make === undefined) return next;
  return { ...next, url: addressOf(make, next.stream, next.host, next.detail) };
}

const ADDRESS = /^([a-z]+:\/\/)(?:([^/?#]*)@)?(\[[^\]]*\]|[^/:?#]*)/i;

/** The host of a typed address is the camera's. */
function fromAddress(draft: Draft): Draft {
  const host = ADDRESS.exec(draft.url.trim())?.[3];
  return host ? { ...draft, host: host.replace(/^\[|\]$/g, '') } : draft;
}

/** User and password of a pasted address move to their own fields. */
export function withoutSecrets(draft: Draft): Draft {
  const url = draft.url.trim();
  const [whole, scheme, user, host] = ADDRESS.exec(url) ?? [];
  if (whole === undefined || user === undefined) return { ...draft, url };
  const [username, ...password] = user.split(':');
  return {
    ...draft,
    url: `${scheme}${host}${url.slice(whole.length)}`,
    username: plain(username ?? '') || draft.username,
    password: plain(password.join(':')) || draft.password,
  };
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that stands for itself
  }
}

/** What a test of the camera depends on: the same text, the same test. */
export const sourceKey = ({ url, username, password }: Draft): string =>
  JSON.stringify([url, username, password]);

/** The source for a test. */
export const sourceBody = (draft: Draft): object => ({
  stream_url: draft.url,
  ...credentials(draft.username !== '' || draft.password !== '', draft),
});

/** A new camera, as the server wants it. */
export const newBody = (draft: Draft): object => ({
  ...sourceBody(draft),
  name: draft.name,
  location: draft.place,
  ip_address: draft.host,
  mode: mode(draft),
  ...(draft.onDemand && { idle_after: Number(draft.idleAfter) }),
});

/** What is to change about a camera, guarded by its version. */
export function changeBody(draft: Draft, camera: CameraRecord, version = camera.version): object {
  const before = draftOf(camera);
  return {
    version,
    ...(draft.name !== before.name && { name: draft.name }),
    // a location is an object of the operator's own making: what else stands there stays
    ...(draft.place !== before.place && { location: { ...camera.location, label: draft.place } }),
    ...(draft.host !== before.host && { ip_address: draft.host }),
    ...(draft.url !== '' && { stream_url: draft.url }),
    ...credentials(draft.username !== before.username || draft.password !== '', draft),
    ...(draft.onDemand !== before.onDemand && { mode: mode(draft) }),
    ...(draft.onDemand && draft.idleAfter !== before.idleAfter && { idle_after: Number(draft.idleAfter) }),
  };
}

const mode = ({ onDemand }: Draft): string => (onDemand ? 'on_demand' : 'always');

/** An empty password stays as it is, but without a user there is none. */
const credentials = (wished: boolean, { username, password }: Draft): object =>
  wished ? { credentials: { username, ...((password || !username) && { password }) } } : {};
