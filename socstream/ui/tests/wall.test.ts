import { beforeEach, describe, expect, test } from 'vitest';
import type { Camera } from '../src/camera';
import type { Answer } from '../src/http';
import { ServerTime } from '../src/servertime';
import { Wall } from '../src/wall';
import { FakeClock, FakeScreen, FakeSessions, FakeSocket, STREAM } from './fakes';

const GATE: Camera = {
  id: 'gate',
  name: 'Gate',
  location: 'Yard',
  maintenance: false,
  onDemand: false,
  statusSince: null,
  stream: STREAM,
  unplayable: null,
};
const DOWN: Camera = { ...GATE, stream: { ...STREAM, state: 'backoff' } };
const AWAY: Answer<never> = { kind: 'failed', status: 0, message: 'The server does not answer' };
const VIDEO = {} as HTMLVideoElement;

let clock: FakeClock;
let answer: Answer<readonly Camera[]>;
let isThere: boolean;
let sessions: FakeSessions;
let sockets: FakeSocket[];
let wokenEdge: number;
let ordered: string[];
let wall: Wall;

beforeEach(() => {
  clock = new FakeClock();
  [answer, isThere, sessions] = [{ kind: 'ok', value: [GATE] }, true, new FakeSessions()];
  [sockets, wokenEdge, ordered] = [[], 0, []];
  const api = {
    cameras: async () => answer,
    retry: async (cameraId: string) => {
      ordered.push(cameraId);
      return { kind: 'ok', value: null } as const;
    },
  };
  const open = (): FakeSocket => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  };
  const edge = { wake: () => void (wokenEdge += 1) };
  wall = new Wall(
    api,
    () => sessions,
    clock,
    new ServerTime(clock),
    edge,
    open,
    () => undefined,
  );
});

/** Lets time pass; while the server is away, whatever is opened fails. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    clock.advance(100);
    for (let turn = 0; turn < 4; turn += 1) await Promise.resolve(); // an answer goes through some hands
    if (isThere) continue;
    if (sessions.alive > 0) sessions.newest.failed('The server does not answer');
    const socket = sockets.at(-1);
    if (socket === undefined || socket.closed) continue;
    socket.closed = true;
    socket.closes();
  }
}

/** A tile that is in view, with a player whose pictures have moved for a while. */
async function playing(): Promise<void> {
  wall.start();
  await pass(100);
  wall.mount('gate', VIDEO, new FakeScreen()).show(true);
  sockets[0]?.opens();
  for (let n = 0; n < 24; n += 1) {
    sessions.newest.playlist(100 + n);
    sessions.newest.count += 12;
    await pass(500);
  }
  expect(wall.truths.value.get('gate')?.state).toBe('live');
}

async function goes(ms: number): Promise<void> {
  [isThere, answer] = [false, AWAY];
  await pass(ms);
}

function comes(): void {
  [isThere, answer] = [true, { kind: 'ok', value: [GATE] }];
}

describe('a server that was away for a quarter of an hour', () => {
  test('has its pictures, its events and its live edge asked for as soon as it answers', async () => {
    await playing();
    await goes(900_000);
    // at the worst moment: all that was tried in vain would be tried again in a long time
    while ((wall.truths.value.get('gate')?.next?.left ?? 0) < 14_000) await pass(100);
    const before = [sessions.all.length, wokenEdge];
    comes();
    await pass(2100); // the list is asked every two seconds
    expect([sessions.all.length, wokenEdge]).toEqual([before[0]! + 1, before[1]! + 1]);
    expect(sessions.alive).toBe(1);
  });

  test('finds its events connected again', async () => {
    await playing();
    await goes(900_000);
    let quiet = 0;
    for (let known = sockets.length; quiet < 3000; quiet += 100) {
      await pass(100);
      if (sockets.length > known) [known, quiet] = [sockets.length, 0];
    }
    const before = sockets.length;
    comes();
    await pass(2100);
    expect(sockets.length).toBe(before + 1);
  });

  test('is not asked for pictures of a camera that it says is down', async () => {
    await playing();
    await goes(900_000);
    [isThere, answer] = [true, { kind: 'ok', value: [DOWN] }];
    await pass(5000);
    expect(sessions.alive).toBe(0);
  });
});

describe('to try now', () => {
  test('opens what waits here, for everybody, and orders nothing from the server', async () => {
    await playing();
    sessions.newest.failed('gone');
    const before = sessions.all.length;
    expect(await wall.tryNow('gate', false)).toBeNull();
    expect(sessions.all).toHaveLength(before + 1);
    expect(ordered).toEqual([]);
  });

  test.each([
    [true, ['gate'], null],
    [false, [], 'The server tries by itself; operators can hurry it'],
  ])('a camera that is down is ordered from the server by operators (%s)', async (may, orders, refusal) => {
    answer = { kind: 'ok', value: [DOWN] };
    wall.start();
    await pass(100);
    expect(await wall.tryNow('gate', may)).toBe(refusal);
    expect(ordered).toEqual(orders);
  });
});

describe('the date of a picture', () => {
  test('that stands still is that of its programme, not when it came here', async () => {
    await playing();
    const at = clock.wall();
    await pass(30_000);
    const { shownAt } = wall.picture('gate');
    expect(at - (shownAt ?? 0)).toBe(sessions.newest.old);
  });

  test('goes with it to another place', async () => {
    await playing();
    const look = wall.look('gate', VIDEO, new FakeScreen());
    expect(look.picture().shownAt).toBe(wall.picture('gate').shownAt);
  });
});
