import { type Camera, decodeCameras } from './camera';
import type { Clock } from './clock';
import type { ServerTime } from './servertime';

/** What became of a request; `status` is 0 when there was no HTTP answer at all. */
export type Answer<T> = { kind: 'ok'; value: T } | { kind: 'failed'; status: number; message: string };

const CAMERAS = '/api/security-operations/cameras';
const TIMEOUT = 8000;

/** Where a camera is played from, whatever its source is. */
export const playlistUrl = (cameraId: string): string =>
  `${CAMERAS}/${encodeURIComponent(cameraId)}/hls/index.m3u8`;

/** Every request of the page but the media itself. */
export class Api {
  private last: { etag: string; cameras: readonly Camera[] } | null = null;

  constructor(
    private readonly fetch: typeof globalThis.fetch,
    private readonly clock: Clock,
    private readonly serverTime: ServerTime,
  ) {}

  /** The camera list; the same array again while the server says that nothing changed. */
  async cameras(): Promise<Answer<readonly Camera[]>> {
    const response = await this.get(CAMERAS, this.last === null ? {} : { 'If-None-Match': this.last.etag });
    if (response.kind === 'failed') return response;
    const { status, etag, body } = response.value;
    if (status === 304 && this.last !== null) return { kind: 'ok', value: this.last.cameras };
    if (status !== 200)
      return { kind: 'failed', status, message: explanation(body) ?? `The server answered ${status}.` };
    try {
      const cameras = decodeCameras(JSON.parse(body));
      this.last = etag === null ? null : { etag, cameras };
      return { kind: 'ok', value: cameras };
    } catch (error) {
      const where = error instanceof SyntaxError ? '' : ` (${(error as Error).message})`;
      return {
        kind: 'failed',
        status,
        message: `The server sent something that is not a camera list${where}.`,
      };
    }
  }

  private async get(path: string, headers: Record<string, string>): Promise<Answer<Response>> {
    const giveUp = new AbortController();
    const cancel = this.clock.after(TIMEOUT, () => giveUp.abort());
    const sent = this.clock.wall();
    try {
      const { fetch } = this; // the browser's own fetch may not be called as a method of ours
      const answer = await fetch(path, { headers, cache: 'no-store', signal: giveUp.signal });
      this.serverTime.heard(answer.headers.get('Date'), sent, this.clock.wall());
      const body = await answer.text();
      return { kind: 'ok', value: { status: answer.status, etag: answer.headers.get('ETag'), body } };
    } catch {
      const message = giveUp.signal.aborted
        ? 'The server takes too long to answer.'
        : 'The server does not answer.';
      return { kind: 'failed', status: 0, message };
    } finally {
      cancel();
    }
  }
}

interface Response {
  readonly status: number;
  readonly etag: string | null;
  readonly body: string;
}

/** The human text of an error answer, null when it carries none (a proxy's HTML page, say). */
export function explanation(body: string): string | null {
  try {
    const error: unknown = JSON.parse(body);
    if (typeof error !== 'object' || error === null) return null;
    if ('failure' in error && typeof error.failure === 'object' && error.failure !== null) {
      if ('message' in error.failure && typeof error.failure.message === 'string')
        return error.failure.message;
    }
    return 'detail' in error && typeof error.detail === 'string' ? error.detail : null;
  } catch {
    return null;
  }
}
