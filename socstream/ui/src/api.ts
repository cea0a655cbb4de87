import { type Camera, decodeCameras } from './camera';
import type { Clock } from './clock';
import type { ServerTime } from './servertime';

/** What became of a request; `status` is 0 when there was no HTTP answer at all. */
export type Answer<T> = { kind: 'ok'; value: T } | { kind: 'failed'; status: number; message: string };

const CAMERAS = '/api/security-operations/cameras';
const TIMEOUT = 8000;

const cameraUrl = (cameraId: string): string => `${CAMERAS}/${encodeURIComponent(cameraId)}`;

/** Where a camera is played from, whatever its source is. */
export const playlistUrl = (cameraId: string): string => `${cameraUrl(cameraId)}/hls/index.m3u8`;

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
    const known = this.last === null ? {} : { 'If-None-Match': this.last.etag };
    const response = await this.request('GET', CAMERAS, known);
    if (response.kind === 'failed') return response;
    const { status, etag, body } = response.value;
    if (status === 304 && this.last !== null) return { kind: 'ok', value: this.last.cameras };
    if (status !== 200) return refused(response.value);
    try {
      const cameras = decodeCameras(JSON.parse(body));
      this.last = etag === null ? null : { etag, cameras };
      return { kind: 'ok', value: cameras };
    } catch (error) {
      const where = error instanceof SyntaxError ? '' : ` (${(error as Error).message})`;
      return {
        kind: 'failed',
        status,
        message: `The server sent something that is not a camera list${where}`,
      };
    }
  }

  /** Asks the server to try a camera that is down now instead of later. */
  async retry(cameraId: string): Promise<Answer<null>> {
    const response = await this.request('POST', `${cameraUrl(cameraId)}/retry`, {});
    if (response.kind === 'failed') return response;
    return response.value.status === 202 ? { kind: 'ok', value: null } : refused(response.value);
  }

  private async request(
    method: string,
    path: string,
    headers: Record<string, string>,
  ): Promise<Answer<Reply>> {
    const giveUp = new AbortController();
    const cancel = this.clock.after(TIMEOUT, () => giveUp.abort());
    const sent = this.clock.wall();
    try {
      const { fetch } = this; // the browser's own fetch may not be called as a method of ours
      const answer = await fetch(path, { method, headers, cache: 'no-store', signal: giveUp.signal });
      this.serverTime.heard(answer.headers.get('Date'), sent, this.clock.wall());
      const body = await answer.text();
      return { kind: 'ok', value: { status: answer.status, etag: answer.headers.get('ETag'), body } };
    } catch {
      const message = giveUp.signal.aborted
        ? 'The server takes too long to answer'
        : 'The server does not answer';
      return { kind: 'failed', status: 0, message };
    } finally {
      cancel();
    }
  }
}

interface Reply {
  readonly status: number;
  readonly etag: string | null;
  readonly body: string;
}

const refused = ({ status, body }: Reply): Answer<never> => ({
  kind: 'failed',
  status,
  message: explanation(body) ?? `The server answered ${status}`,
});

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
