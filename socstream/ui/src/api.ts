import { type Camera, decodeCameras } from './camera';
import { type Answer, type Http, type Reply, refused } from './http';
import { say } from './i18n/say';
import { type User, decodeUser } from './user';

const CAMERAS = '/api/security-operations/cameras';
const SESSION = '/api/auth/session';
const PASSWORD = '/api/users/me/password';

/** Where the server has a camera. */
export const cameraUrl = (cameraId: string): string => `${CAMERAS}/${encodeURIComponent(cameraId)}`;

/** Where a camera is played from, whatever its source is. */
export const playlistUrl = (cameraId: string): string => `${cameraUrl(cameraId)}/hls/index.m3u8`;

/** How somebody says who he is: with his password, or with a link that works once. */
export type Proof = { readonly username: string; readonly password: string } | { readonly code: string };

/** Every request of the page but the media itself. `denied` is told when a camera's answer is that we are nobody. */
export class Api {
  private last: { etag: string; cameras: readonly Camera[] } | null = null;

  constructor(
    private readonly http: Http,
    private readonly denied: () => void,
  ) {}

  /** Who we are to the server; null when it knows nobody here. */
  async session(): Promise<Answer<User | null>> {
    const response = await this.http.get(SESSION);
    if (response.kind === 'ok' && response.value.status === 401) return { kind: 'ok', value: null };
    return decoded(response, 'user', decodeUser);
  }

  /** Signs in; the session itself is a cookie, which only the browser sees. */
  async signIn(proof: Proof): Promise<Answer<null>> {
    return done(await this.http.send('POST', SESSION, proof));
  }

  async signOut(): Promise<Answer<null>> {
    // what is asked for next may be somebody else's
    this.last = null;
    const answer = done(await this.http.send('DELETE', SESSION));
    return answer.kind === 'failed' && answer.status === 401 ? { kind: 'ok', value: null } : answer;
  }

  async changePassword(old: string, wished: string): Promise<Answer<null>> {
    return done(await this.http.send('POST', PASSWORD, { old_password: old, password: wished }));
  }

  /** The camera list; the same array again while the server says that nothing changed. */
  async cameras(): Promise<Answer<readonly Camera[]>> {
    const known = this.last === null ? {} : { 'If-None-Match': this.last.etag };
    const response = this.noticed(await this.http.get(CAMERAS, known));
    if (response.kind === 'ok' && response.value.status === 304 && this.last !== null)
      return { kind: 'ok', value: this.last.cameras };
    const answer = decoded(response, 'camera list', decodeCameras);
    if (answer.kind === 'ok' && response.kind === 'ok') {
      const { etag } = response.value;
      this.last = etag === null ? null : { etag, cameras: answer.value };
    }
    return answer;
  }

  /** Asks the server to try a camera that is down now instead of later. */
  async retry(cameraId: string): Promise<Answer<null>> {
    return done(this.noticed(await this.http.send('POST', `${cameraUrl(cameraId)}/retry`)));
  }

  private noticed(response: Answer<Reply>): Answer<Reply> {
    if (response.kind === 'failed' || response.value.status !== 401) return response;
    this.denied();
    return { kind: 'failed', status: 401, message: say('You are signed out') };
  }
}

/** What a 200 or 201 holds; anything else, and a body that is not a `what`, is a failure. */
export function decoded<T>(response: Answer<Reply>, what: string, decode: (body: unknown) => T): Answer<T> {
  if (response.kind === 'failed') return response;
  const { status, body } = response.value;
  if (status !== 200 && status !== 201) return refused(response.value);
  try {
    return { kind: 'ok', value: decode(JSON.parse(body)) };
  } catch (error) {
    const where = error instanceof SyntaxError ? '' : ` (${(error as Error).message})`;
    return {
      kind: 'failed',
      status,
      message: say('The server sent something that is not a {what}', {
        what: what + where,
      }),
    };
  }
}

/** The text of an answer that is no JSON. */
export function plainText(response: Answer<Reply>): Answer<string> {
  if (response.kind === 'failed') return response;
  const { status, body } = response.value;
  return status === 200 ? { kind: 'ok', value: body } : refused(response.value);
}

/** Whether the server did it. */
export function done(response: Answer<Reply>): Answer<null> {
  if (response.kind === 'failed') return response;
  const { status } = response.value;
  return status >= 200 && status < 300 ? { kind: 'ok', value: null } : refused(response.value);
}
