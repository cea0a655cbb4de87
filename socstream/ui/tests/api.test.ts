import { beforeEach, describe, expect, test } from 'vitest';
import { Api, playlistUrl } from '../src/api';
import { Http, explanation } from '../src/http';
import { ServerTime } from '../src/servertime';
import { FakeClock } from './fakes';

const CAMERA = {
  camera_id: '0b4c',
  name: 'Gate 4',
  location: { label: 'Yard' },
  status: 'offline',
  status_since: '2026-03-01T11:00:00Z',
  stream: {
    state: 'backoff',
    since: '2026-03-01T11:59:00Z',
    failure: { code: 'refused', message: 'It refuses.', remedy: 'Is it on?', since: '2026-03-01T11:58:00Z' },
    retry_at: '2026-03-01T12:00:30Z',
    failures: 3,
  },
};

let clock: FakeClock;
let serverTime: ServerTime;
let asked: { path: string; method: string; headers: Headers; body: unknown }[];
let denials: number;
let answer: () => Promise<Response>;
let api: Api;

beforeEach(() => {
  clock = new FakeClock();
  serverTime = new ServerTime(clock);
  asked = [];
  const fetch = (path: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const headers = new Headers(init?.headers);
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
    asked.push({ path: String(path), method: init?.method ?? '', headers, body });
    const aborted = new Promise<never>((_, reject) =>
      init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
    );
    return Promise.race([answer(), aborted]);
  };
  denials = 0;
  api = new Api(new Http(fetch, clock, serverTime), () => (denials += 1));
});

const says = (body: string, init: ResponseInit = {}): void => {
  answer = () => Promise.resolve(new Response(init.status === 304 ? null : body, init));
};
const list = (...cameras: unknown[]): string => JSON.stringify(cameras);

test('a camera is decoded, its times to milliseconds', async () => {
  says(list(CAMERA));
  expect(await api.cameras()).toEqual({
    kind: 'ok',
    value: [
      {
        id: '0b4c',
        name: 'Gate 4',
        location: 'Yard',
        maintenance: false,
        onDemand: false,
        statusSince: Date.parse('2026-03-01T11:00:00Z'),
        stream: {
          state: 'backoff',
          since: Date.parse('2026-03-01T11:59:00Z'),
          failure: {
            code: 'refused',
            message: 'It refuses.',
            remedy: 'Is it on?',
            since: Date.parse('2026-03-01T11:58:00Z'),
          },
          retryAt: Date.parse('2026-03-01T12:00:30Z'),
          codec: null,
          width: null,
          height: null,
          fps: null,
          bitrate: null,
        },
        unplayable: null,
      },
    ],
  });
  expect(asked[0]?.path).toBe('/api/security-operations/cameras');
});

test('the warning about the format is kept, others are not', async () => {
  const late = { code: 'keyframe_interval', message: 'Late.', remedy: 'Set 1 s.' };
  const format = { code: 'h265', message: 'It sends H.265.', remedy: 'Use H.264.' };
  says(list({ ...CAMERA, warnings: [late, format] }));
  expect(await api.cameras()).toMatchObject({
    value: [{ unplayable: { message: 'It sends H.265.', remedy: 'Use H.264.' } }],
  });
});

test('an unchanged list is asked for with its ETag and stays the same array', async () => {
  says(list(CAMERA), { headers: { ETag: '"7"' } });
  const first = await api.cameras();
  says('', { status: 304 });
  const second = await api.cameras();
  expect(asked.map(({ headers }) => headers.get('If-None-Match'))).toEqual([null, '"7"']);
  expect(first.kind === 'ok' && second.kind === 'ok' && first.value === second.value).toBe(true);
});

test('a broken answer does not become the one that an ETag stands for', async () => {
  says(list(CAMERA), { headers: { ETag: '"7"' } });
  await api.cameras();
  says('[{"camera', { headers: { ETag: '"8"' } });
  await api.cameras();
  await api.cameras();
  expect(asked[2]?.headers.get('If-None-Match')).toBe('"7"');
});

describe('an answer that is not a list is a failure', () => {
  test.each([
    ['a page', '<!doctype html><p>Sign in', 200, 'not a camera list'],
    ['half a list', '[{"camera_id": "0b', 200, 'not a camera list'],
    ['nothing', '', 200, 'not a camera list'],
    ['an object', '{"cameras": []}', 200, 'not a list'],
    ['a camera without a name', list(CAMERA, { ...CAMERA, name: undefined }), 200, 'no name'],
    ['a camera without a stream', list({ ...CAMERA, stream: null }), 200, 'no stream'],
    ['a state of the future', list({ ...CAMERA, stream: { state: 'dreaming' } }), 200, 'dreaming'],
    ['a 503 with its reason', '{"detail": "The store cannot be read."}', 503, 'The store cannot be read.'],
    ['a 500 of a proxy', '<h1>Oops</h1>', 500, 'The server answered 500'],
    ['a 304 that nobody asked for', '', 304, 'The server answered 304'],
  ])('%s', async (_what, body, status, message) => {
    says(body, { status });
    const told = await api.cameras();
    expect(told).toMatchObject({ kind: 'failed', status, message: expect.stringContaining(message) });
  });
});

describe('who sits here', () => {
  const ADA = { user_id: '7', username: 'ada', first_name: 'Ada', last_name: 'King', roles: ['operator'] };

  test('a session names its user, with the highest of his roles in any letter case', async () => {
    says(JSON.stringify({ ...ADA, roles: ['VIEWER', 'security_manager', 'JANITOR'] }));
    const value = { id: '7', username: 'ada', name: 'Ada King', role: 'SECURITY_MANAGER', language: null };
    expect(await api.session()).toEqual({ kind: 'ok', value });
    expect(asked[0]).toMatchObject({ method: 'GET', path: '/api/auth/session' });
  });

  test('a role that nobody knows may only look, and who has no name is called by his user name', async () => {
    says(JSON.stringify({ ...ADA, first_name: '', last_name: null, roles: ['JANITOR'] }));
    expect(await api.session()).toMatchObject({ value: { name: 'ada', role: 'VIEWER', language: null } });
  });

  test('a 401 is an answer, not a failure and no news', async () => {
    says('{"detail": "Log in first."}', { status: 401 });
    expect(await api.session()).toEqual({ kind: 'ok', value: null });
    expect(denials).toBe(0);
  });

  test.each(['{}', 'null', '<p>Sign in', ''])('%j is no session', async (body) => {
    says(body);
    expect(await api.session()).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('not a user'),
    });
  });

  test('what changes something says that it comes from our own page', async () => {
    says('', { status: 201 });
    await api.signIn({ username: 'ada', password: 'x' });
    await api.signOut();
    await api.changePassword('x', 'y');
    await api.retry('a');
    expect(asked.map(({ headers }) => headers.get('X-CSRF'))).toEqual(['1', '1', '1', '1']);
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'DELETE', 'POST', 'POST']);
    expect(asked[0]?.body).toEqual({ username: 'ada', password: 'x' });
    expect(asked[2]?.body).toEqual({ old_password: 'x', password: 'y' });
  });

  test('a refused password is no news about the session, a refused list is', async () => {
    says('{"detail": "Wrong."}', { status: 401 });
    expect(await api.signIn({ code: 'c' })).toEqual({ kind: 'failed', status: 401, message: 'Wrong.' });
    expect(await api.signOut()).toEqual({ kind: 'ok', value: null });
    expect(denials).toBe(0);
    expect(await api.cameras()).toEqual({ kind: 'failed', status: 401, message: 'You are signed out' });
    await api.retry('a');
    expect(denials).toBe(2);
  });

  test('who comes after a sign-out is not given the list of who went', async () => {
    says(list(CAMERA), { headers: { ETag: '"7"' } });
    await api.cameras();
    await api.signOut();
    await api.cameras();
    expect(asked.at(-1)?.headers.get('If-None-Match')).toBeNull();
  });

  test('a refusal says what is wrong with which field, and when to come again', async () => {
    const errors = [{ field: 'password', message: 'Too short.' }, { field: 5 }, null];
    says(JSON.stringify({ detail: 'No.', errors }), { status: 422 });
    expect(await api.changePassword('x', 'y')).toMatchObject({
      problems: [{ field: 'password', message: 'Too short.' }],
    });
    says('{"detail": "Too many."}', { status: 429, headers: { 'Retry-After': '42' } });
    expect(await api.signIn({ code: 'c' })).toMatchObject({ status: 429, retryAfter: 42_000 });
  });
});

test('a camera is tried at once when the server takes the wish', async () => {
  says('{}', { status: 202 });
  expect(await api.retry('a/b')).toEqual({ kind: 'ok', value: null });
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/api/security-operations/cameras/a%2Fb/retry' });
});

test('a wish that the server refuses tells why', async () => {
  says('{"detail": "The camera is in maintenance."}', { status: 409 });
  expect(await api.retry('a')).toEqual({
    kind: 'failed',
    status: 409,
    message: 'The camera is in maintenance.',
  });
});

test('no answer is a failure', async () => {
  answer = () => Promise.reject(new TypeError('Failed to fetch'));
  expect(await api.cameras()).toEqual({ kind: 'failed', status: 0, message: 'The server does not answer' });
  expect(clock.pending).toBe(0);
});

test('an answer that does not come is given up after 8 s', async () => {
  answer = () => new Promise(() => undefined);
  const told = api.cameras();
  clock.advance(8000);
  expect(await told).toMatchObject({ kind: 'failed', message: 'The server takes too long to answer' });
});

test('every answer tells the time, also a failure', async () => {
  says('{}', { status: 500, headers: { Date: 'Sun, 01 Mar 2026 13:00:00 GMT' } });
  await api.cameras();
  expect(serverTime.now()).toBe(Date.parse('2026-03-01T13:00:00Z'));
});

test.each([
  [{ label: 'Yard' }, 'Yard'],
  ['Yard', 'Yard'],
  [{ building: 'A', floor: '2', level: 3 }, 'A · 2'],
  [null, ''],
  [undefined, ''],
])('the location %j is shown as "%s"', async (location, shown) => {
  says(list({ ...CAMERA, location }));
  expect(await api.cameras()).toMatchObject({ value: [{ location: shown }] });
});

test('an error explains itself by its failure, else by its detail, else not at all', () => {
  const body = { detail: 'Not now.', failure: { message: 'It refuses the password.' } };
  expect(explanation(JSON.stringify(body))).toBe('It refuses the password.');
  expect(explanation(JSON.stringify({ ...body, failure: null }))).toBe('Not now.');
  for (const other of ['', 'null', '[]', '{"detail": 5}', '<h1>502</h1>'])
    expect(explanation(other)).toBeNull();
});

test('an id cannot leave its place in the URL', () => {
  expect(playlistUrl('../a?b')).toBe('/api/security-operations/cameras/..%2Fa%3Fb/hls/index.m3u8');
});
