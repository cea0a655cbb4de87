import type { Clock } from './clock';
import { say, sayCode, sayWords } from './i18n/say';
import type { ServerTime } from './servertime';

/** What became of a request. */
export type Answer<T> = { kind: 'ok'; value: T } | Failed;

export interface Failed {
  readonly kind: 'failed';
  /** 0 when there was no HTTP answer at all. */
  readonly status: number;
  readonly message: string;
  /** The server's own word for it. */
  readonly code?: string;
  /** What is wrong with which field of what we sent. */
  readonly problems?: readonly Problem[];
  /** The server wants to be left alone for so long, in ms. */
  readonly retryAfter?: number;
}

export interface Problem {
  readonly field: string;
  readonly message: string;
}

export interface Reply {
  readonly status: number;
  readonly etag: string | null;
  readonly retryAfter: string | null;
  readonly body: string;
}

export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const TIMEOUT = 8000;
const CSRF = { 'X-CSRF': '1' };

/** One request at a time and whatever comes back: never an exception. */
export class Http {
  constructor(
    private readonly fetch: typeof globalThis.fetch,
    private readonly clock: Clock,
    private readonly serverTime: ServerTime,
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Answer<Reply>> {
    return this.request(path, { method: 'GET', headers });
  }

  /** A request that changes something; our own page proves with a header that it is not somebody else's form. */
  send(method: Method, path: string, body?: unknown, timeout = TIMEOUT): Promise<Answer<Reply>> {
    if (body !== undefined)
      return this.sendBody(method, path, 'application/json', JSON.stringify(body), timeout);
    return this.request(path, { method, headers: CSRF }, timeout);
  }

  /** The same, with a body of any type. */
  sendBody(
    method: Method,
    path: string,
    type: string,
    body: string | ArrayBuffer,
    timeout = TIMEOUT,
  ): Promise<Answer<Reply>> {
    return this.request(path, { method, headers: { ...CSRF, 'Content-Type': type }, body }, timeout);
  }

  private async request(path: string, init: RequestInit, timeout = TIMEOUT): Promise<Answer<Reply>> {
    const giveUp = new AbortController();
    const cancel = this.clock.after(timeout, () => giveUp.abort());
    const sent = this.clock.wall();
    try {
      const { fetch } = this; // the browser's own fetch may not be called as a method of ours
      const answer = await fetch(path, { ...init, cache: 'no-store', signal: giveUp.signal });
      const { status, headers } = answer;
      this.serverTime.heard(headers.get('Date'), sent, this.clock.wall());
      const [etag, retryAfter] = [headers.get('ETag'), headers.get('Retry-After')];
      return { kind: 'ok', value: { status, etag, retryAfter, body: await answer.text() } };
    } catch {
      const message = giveUp.signal.aborted
        ? say('The server takes too long to answer')
        : say('The server does not answer');
      return { kind: 'failed', status: 0, message };
    } finally {
      cancel();
    }
  }
}

/** An answer that is not the wished one, in words for people. */
export function refused({ status, body, retryAfter }: Reply): Failed {
  const seconds = Number(retryAfter ?? NaN);
  const code = parsed(body)?.['code'];
  const wrong = status === 422 ? problems(body) : [];
  return {
    kind: 'failed',
    status,
    message:
      wrong.map(({ field, message }) => `${field}: ${message}`).join('; ') ||
      (explanation(body) ?? say('The server answered {code}', { code: status })),
    ...(typeof code === 'string' && { code }),
    ...(status === 422 && { problems: wrong }),
    ...(seconds > 0 && { retryAfter: seconds * 1000 }),
  };
}

/** The human text of an error answer, null when it carries none (a proxy's HTML page, say). */
export function explanation(body: string): string | null {
  const error = parsed(body);
  if (error === null) return null;
  const { failure, detail, code } = error;
  if (typeof failure === 'object' && failure !== null && 'message' in failure)
    if (typeof failure.message === 'string')
      return sayCode('code' in failure ? String(failure.code) : '', failure.message);
  if (typeof detail !== 'string') return null;
  // its words tell paths of the server; the other codes of refusals mean no failure of a camera
  return code === 'ffmpeg_missing' ? sayCode(code, detail) : sayWords(detail);
}

function problems(body: string): readonly Problem[] {
  const errors = parsed(body)?.['errors'];
  const found = Array.isArray(errors) ? errors.filter(isProblem) : [];
  return found.map(({ field, message }) => ({ field, message: sayWords(message) }));
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'field' in value &&
    typeof value.field === 'string' &&
    'message' in value &&
    typeof value.message === 'string'
  );
}

function parsed(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
