import { beforeEach, expect, test } from 'vitest';
import { openLateHls } from '../src/latehls';
import type { Reports } from '../src/session';
import { FakeClock, FakeSessions } from './fakes';

let clock: FakeClock;
let sessions: FakeSessions;
let failures: string[];
let loads: number;
let bring: (what: 'hls' | 'offline' | 'older') => Promise<void>;

const nothing = (): undefined => undefined;
const reports: Reports = {
  playlist: nothing,
  arrived: nothing,
  unit: nothing,
  better: nothing,
  hindered: nothing,
  failed: ({ kind, reason }) => failures.push(`${kind}: ${reason}`),
};

type Loaded = Awaited<ReturnType<NonNullable<Parameters<typeof openLateHls>[3]>>>;

const opens = (): ReturnType<typeof openLateHls> =>
  openLateHls('/a.m3u8', {} as HTMLVideoElement, clock, () => {
    loads += 1;
    return new Promise<Loaded>((resolve) => {
      bring = async (what) => {
        resolve(what === 'hls' ? { openHls: () => sessions.open } : what);
        await Promise.resolve();
        await Promise.resolve();
      };
    });
  });

beforeEach(() => {
  clock = new FakeClock();
  sessions = new FakeSessions();
  [failures, loads] = [[], 0];
});

test('a session begins when its player has come, and the next one at once', async () => {
  const open = opens();
  const session = open(true, reports);
  expect([session.frames(), session.age(0), session.picture(), sessions.all.length]).toEqual([
    0,
    null,
    null,
    0,
  ]);
  await bring('hls');
  expect(sessions.newest.held).toBe(true);
  sessions.newest.count = 3;
  session.repair();
  expect([session.frames(), session.age(0), sessions.newest.done]).toEqual([3, 1500, ['repair']]);
  session.close('old');
  expect([sessions.alive, sessions.newest.faults, clock.pending]).toEqual([0, ['old'], 0]);
  open(false, reports);
  expect([sessions.alive, loads]).toEqual([1, 1]);
});

test('when its player does not come it says why, and the next one asks again', async () => {
  const open = opens();
  open(false, reports);
  await bring('offline');
  open(false, reports);
  await bring('older');
  expect(failures).toEqual([
    'network: The server does not answer',
    'network: The page is of an older version: reload',
  ]);
  expect(clock.pending).toBe(0);
});

test('it does not wait for ever', async () => {
  opens()(false, reports);
  clock.advance(10_000);
  expect(failures).toEqual(['network: The server takes too long to answer']);
  await bring('hls');
  expect([sessions.all.length, failures.length]).toEqual([0, 1]);
});

test('what was closed before begins no more', async () => {
  opens()(false, reports).close();
  await bring('hls');
  expect([sessions.all.length, clock.pending]).toEqual([0, 0]);
});
