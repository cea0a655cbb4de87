import { beforeEach, describe, expect, test } from 'vitest';
import { AdminApi } from '../../src/admin/api';
import { decodeAccount } from '../../src/admin/people';
import { changes, userBody, userProblem } from '../../src/admin/user-form';
import { CamerasApi } from '../../src/cameras-form/api';
import { problemAt } from '../../src/cameras-form/fields';
import { generalProblem } from '../../src/cameras-form/form';
import { decodeReport } from '../../src/cameras-form/record';
import { troubleOf } from '../../src/cameras-form/import';
import { failedTest, reportFacts } from '../../src/cameras-form/report';
import { Http } from '../../src/http';
import { ServerTime } from '../../src/servertime';
import { SignedHttp } from '../../src/signed';
import { FakeClock } from '../fakes';

let asked: { path: string; method: string; headers: Headers; body: unknown }[];
let denials: number;
let answer: () => Response;
let clock: FakeClock;
let signed: SignedHttp;

beforeEach(() => {
  [asked, denials, clock] = [[], 0, new FakeClock()];
  const fetch = async (path: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    asked.push({
      path: String(path),
      method: init?.method ?? '',
      headers: new Headers(init?.headers),
      body: init?.body,
    });
    return answer();
  };
  signed = new SignedHttp(new Http(fetch, clock, new ServerTime(clock)), () => (denials += 1));
});

const says = (status: number, body: unknown): void => {
  answer = () => new Response(status === 204 ? null : JSON.stringify(body), { status });
};

const never: typeof fetch = (_, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new Error('given up')));
  });

const REPORT = {
  ok: true,
  failure: null,
  codec: 'h264',
  width: 1920,
  height: 1080,
  fps: 24.98,
  keyframe_interval: 4,
  audio: null,
  picture: 'data:image/jpeg;base64,AAAA',
  advice: [{ code: 'keyframe_interval', message: 'Every 4 s.', remedy: 'Set 1 s.' }],
};

/** "Tür" as Windows writes it: no UTF-8, which only the server may say. */
const LATIN = new Uint8Array([0x54, 0xfc, 0x72]).buffer;

describe('requests', () => {
  test('a table is sent as it is, and proves where it comes from', async () => {
    says(200, [
      {
        line: 2,
        name: 'Gate',
        outcome: 'invalid',
        camera_id: null,
        errors: [{ field: 'name', message: 'is missing' }],
      },
    ]);
    const told = await new CamerasApi(signed).importTable(LATIN, true);
    expect(told).toEqual({
      kind: 'ok',
      value: [
        { line: 2, name: 'Gate', outcome: 'invalid', errors: [{ field: 'name', message: 'is missing' }] },
      ],
    });
    expect(asked[0]).toMatchObject({
      path: '/api/security-operations/cameras/import?dry_run',
      method: 'POST',
    });
    expect(asked[0]?.body).toBe(LATIN);
    expect(asked[0]?.headers.get('Content-Type')).toBe('text/csv');
    expect(asked[0]?.headers.get('X-CSRF')).toBe('1');
  });

  test('what is wrong with a table as a whole is told in sentences', async () => {
    const wrong = [{ field: 'body', message: 'is not UTF-8 (byte 1); save the table as “CSV UTF-8”' }];
    says(422, { detail: 'body: is not UTF-8', errors: wrong });
    const told = await new CamerasApi(signed).importTable(LATIN, true);
    expect(told.kind === 'failed' && troubleOf(told)).toBe(
      'The file is not UTF-8 (byte 1); save the table as “CSV UTF-8”.',
    );
    says(413, { detail: 'The body is larger than 1024 KiB.', code: 'body_too_large' });
    const large = await new CamerasApi(signed).importTable(LATIN, true);
    expect(large.kind === 'failed' && troubleOf(large)).toBe('The body is larger than 1024 KiB.');
  });

  test('a camera that is there is tested without its address, and for as long as that takes', async () => {
    says(200, REPORT);
    const told = await new CamerasApi(signed).probeKnown('a/b');
    expect(told).toMatchObject({ kind: 'ok', value: { failure: null, codec: 'h264', keyframes: 4 } });
    expect(asked[0]).toMatchObject({
      path: '/api/security-operations/cameras/a%2Fb/probe',
      method: 'POST',
      body: undefined,
    });
    const slow = new CamerasApi(new SignedHttp(new Http(never, clock, new ServerTime(clock)), () => 0));
    let ended = false;
    const asking = slow.probeKnown('a').then(() => (ended = true));
    clock.advance(19_000);
    await new Promise(process.nextTick);
    expect(ended).toBe(false);
    clock.advance(1000);
    expect(await asking).toBe(true);
  });

  test('a test that did not take place says why', () => {
    const problems = [{ field: 'stream_url', message: 'can be probed for rtsp and rtsps only' }];
    expect(failedTest({ kind: 'failed', status: 422, message: 'stream_url: …', problems })).toMatchObject({
      message: 'The test did not take place. Address of the stream can be probed for rtsp and rtsps only.',
    });
  });

  test('a lost session is told, and that nothing is lost', async () => {
    says(401, { detail: 'Who?' });
    const told = await new AdminApi(signed).removeUser('a b');
    expect(told).toMatchObject({
      kind: 'failed',
      status: 401,
      message: expect.stringContaining('nothing is lost'),
    });
    expect(denials).toBe(1);
    expect(asked[0]).toMatchObject({ path: '/api/users/a%20b', method: 'DELETE' });
  });

  test('a table of another kind than asked for is a failure with the words of the server', async () => {
    says(403, { detail: 'Administrators only.', code: 'forbidden' });
    expect(await new AdminApi(signed).auditTable(10)).toMatchObject({
      message: 'Administrators only.',
      code: 'forbidden',
    });
    expect(asked[0]?.headers.get('Accept')).toBe('text/csv');
  });

  test('half an answer is none', async () => {
    says(200, [{ user_id: '1' }]);
    expect(await new AdminApi(signed).users()).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('no username'),
    });
  });
});

describe('a report', () => {
  test('is told in figures', () => {
    expect(reportFacts(decodeReport(REPORT))).toEqual([
      ['Codec', 'H.264'],
      ['Size', '1920 × 1080'],
      ['Frames', '25 fps'],
      ['Keyframe every', '4.0 s'],
      ['Sound', 'none'],
    ]);
  });

  test('shows no picture from elsewhere', () => {
    expect(decodeReport(REPORT).picture).toBe(REPORT.picture);
    expect(decodeReport({ ...REPORT, picture: 'https://example.com/x.jpg' }).picture).toBeNull();
    expect(decodeReport({ ...REPORT, picture: 'data:image/svg+xml,<svg/>' }).picture).toBeNull();
  });
});

describe('refusals', () => {
  const refusal = { kind: 'failed', status: 422, message: 'Not valid.' } as const;

  test('stand at their fields', () => {
    const problems = [
      { field: 'credentials.username', message: 'must be text' },
      { field: 'name', message: 'must not be empty.' },
      { field: 'hardware', message: 'is unknown' },
    ];
    const told = { ...refusal, problems };
    expect(problemAt(told, 'credentials')).toBe('Must be text.');
    expect(problemAt(told, 'name')).toBe('Must not be empty.');
    expect(problemAt(told, 'location')).toBeNull();
    expect(generalProblem(told)).toBe('hardware is unknown');
  });

  test('a name that is taken is a matter of the name', () => {
    const taken = { kind: 'failed', status: 409, message: 'There is one.', code: 'camera_exists' } as const;
    expect(problemAt(taken, 'name')).toBe('There is one.');
    expect(generalProblem(taken)).toBeNull();
    expect(generalProblem({ ...taken, code: 'version_conflict' })).toBe('There is one.');
    const user = { ...taken, code: 'user_exists' };
    expect([userProblem(user, 'username'), userProblem(user, '')]).toEqual(['There is one.', null]);
    expect(userProblem({ ...taken, code: 'last_admin' }, '')).toBe('There is one.');
  });
});

describe('users', () => {
  const account = decodeAccount({
    user_id: '1',
    username: 'eve',
    email: 'eve@example.com',
    first_name: '',
    last_name: 'Night',
    roles: ['viewer', 'SECURITY_OFFICER'],
    status: 'active',
    scope: ['0b4c'],
  });

  test('are what the most of their roles allows', () => {
    expect(account).toMatchObject({ role: 'SECURITY_OFFICER', isActive: true, scope: ['0b4c'] });
  });

  test('change only in what was changed; all cameras have to be said', () => {
    const draft = { ...account, password: '' };
    expect(changes(draft, account)).toEqual({});
    expect(changes({ ...draft, scope: null, isActive: false }, account)).toEqual({
      scope: null,
      status: 'disabled',
    });
    expect(changes({ ...draft, lastName: '', password: 'a new password' }, account)).toEqual({
      last_name: '',
      password: 'a new password',
    });
  });

  test('wish a language, or what their browser does: the server writes that as English', () => {
    expect([account.language, userBody({ ...account, password: '' })]).toMatchObject([null, {}]);
    const german = decodeAccount({
      ...{ user_id: '1', username: 'eve', roles: [], status: 'active', scope: null },
      preferred_language: 'de-AT',
    });
    expect(german.language).toBe('de-AT');
    expect(changes({ ...german, password: '', language: null }, german)).toEqual({
      preferred_language: 'en',
    });
    expect(changes({ ...account, password: '', language: 'de' }, account)).toEqual({
      preferred_language: 'de',
    });
  });

  test('begin with what was typed', () => {
    expect(userBody({ ...account, email: '', password: 'long enough' })).toEqual({
      username: 'eve',
      password: 'long enough',
      roles: ['SECURITY_OFFICER'],
      last_name: 'Night',
      status: 'active',
      scope: ['0b4c'],
    });
  });
});
