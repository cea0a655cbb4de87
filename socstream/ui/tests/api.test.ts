import { beforeEach, describe, expect, test } from 'vitest';
import { Api, explanation, playlistUrl } from '../src/api';
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
let asked: { path: string; method: string; headers: Headers }[];
let answer: () => Promise<Response>;
let api: Api;

beforeEach(() => {
  clock = new FakeClock();
  serverTime = new ServerTime(clock);
  asked = [];
  const fetch = (path: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    asked.push({ path: String(path), method: init?.method ?? '', headers: new Headers(init?.headers) });
    const aborted = new Promise<never>((_, reject) =>
      init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
    );
    return Promise.race([answer(), aborted]);
  };
  api = new Api(fetch, clock, serverTime);
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
