import { STREAM } from './fakes';
import { describe, expect, test } from 'vitest';
import type { Camera, Failure, Stream, StreamState } from '../src/camera';
import type { PlayerState, PlayerView } from '../src/player';
import { truth, wishFor } from '../src/truth';

const NOW = { server: 1_000_000, here: 50_000 };
const REFUSES: Failure = {
  code: 'unauthorized',
  message: 'The camera refuses the password.',
  remedy: 'Check user and password in the camera.',
  since: 750_000,
};

function camera(state: StreamState, stream: Partial<Stream> = {}, more: Partial<Camera> = {}): Camera {
  return {
    id: 'a',
    name: 'Gate 4',
    location: 'Yard',
    maintenance: false,
    onDemand: false,
    statusSince: 400_000,
    stream: { ...STREAM, state, since: 990_000, ...stream },
    unplayable: null,
    ...more,
  };
}

const player = (state: PlayerState, more: Partial<PlayerView> = {}): PlayerView => ({
  state,
  reason: '',
  since: 47_000,
  retryAt: null,
  edge: false,
  ...more,
});

const STREAM_STATES: StreamState[] = ['stopped', 'starting', 'live', 'stalled', 'backoff'];
const PLAYER_STATES: PlayerState[] = ['waiting', 'connecting', 'playing', 'stalled', 'reconnecting'];

test('LIVE only while the server receives the camera and pictures move here', () => {
  const live = STREAM_STATES.flatMap((stream) =>
    PLAYER_STATES.filter((state) => truth(camera(stream), player(state), NOW).word === 'LIVE').map(
      (state) => [stream, state],
    ),
  );
  expect(live).toEqual([['live', 'playing']]);
});

test('a camera that starts is LIVE with the first picture that moves, if it comes from the live edge', () => {
  for (const failure of [null, REFUSES]) {
    const starting = camera('starting', { failure });
    expect(truth(starting, player('playing', { edge: true }), NOW)).toMatchObject({
      word: 'LIVE',
      still: false,
    });
    expect(truth(starting, player('stalled', { edge: true }), NOW).word).not.toBe('LIVE');
    expect(truth(starting, player('playing'), NOW).word).not.toBe('LIVE'); // of what was kept from before
  }
});

test('a format that this browser cannot play is said with its remedy, not as a bad connection', () => {
  const unplayable = {
    code: 'h265',
    message: 'The camera sends H.265.',
    remedy: 'Use its H.264 sub-stream.',
  };
  const told = truth(camera('live', {}, { unplayable }), player('reconnecting'), NOW);
  expect(told).toMatchObject({ word: 'NOT PLAYABLE', why: unplayable.message, remedy: unplayable.remedy });
  expect(truth(camera('live', {}, { unplayable }), player('playing'), NOW).word).toBe('LIVE');
});

test('whatever is not live says a word, a reason and an age', () => {
  for (const stream of STREAM_STATES) {
    for (const state of PLAYER_STATES) {
      const told = truth(camera(stream), player(state, { reason: 'The server does not answer' }), NOW);
      if (told.state === 'live') continue;
      expect(told.word, `${stream}, ${state}`).not.toBe('');
      expect(told.why, `${stream}, ${state}`).not.toBe('');
      expect(told.age, `${stream}, ${state}`).not.toBeNull();
    }
  }
});

test('a picture lies still under words unless it moves', () => {
  for (const stream of STREAM_STATES) {
    for (const state of PLAYER_STATES) {
      expect(truth(camera(stream), player(state), NOW).still).toBe(state !== 'playing');
    }
  }
});

test('a camera that is down says since when, why, what to do, and when the next try is', () => {
  const down = camera('backoff', { since: 960_000, failure: REFUSES, retryAt: 1_040_000 });
  expect(truth(down, player('waiting'), NOW)).toEqual({
    state: 'backoff',
    tone: 'bad',
    word: 'DOWN',
    age: 250_000,
    why: 'The camera refuses the password.',
    remedy: 'Check user and password in the camera.',
    next: { left: 40_000, part: 0.5 },
    still: true,
  });
});

test('a try whose time has come is not in the past', () => {
  const down = camera('backoff', { failure: REFUSES, retryAt: 999_000 });
  expect(truth(down, player('waiting'), NOW).next).toMatchObject({ left: 0, part: 0 });
});

test('the last second of a picture before a break is no alarm yet', () => {
  const down = camera('backoff', { failure: REFUSES });
  expect(truth(down, player('playing'), NOW)).toMatchObject({ word: 'DOWN', tone: 'warn', still: false });
});

test('a camera that tries again after a failure is still down', () => {
  const trying = camera('starting', { failure: REFUSES });
  expect(truth(trying, player('waiting'), NOW)).toMatchObject({
    state: 'starting',
    tone: 'bad',
    word: 'DOWN',
    age: 250_000,
    why: REFUSES.message,
    next: { left: 0 },
  });
  expect(truth(camera('starting'), player('connecting'), NOW)).toMatchObject({
    word: 'STARTING',
    tone: 'info',
  });
});

test('a camera that runs on demand is starting as soon as it is shown', () => {
  expect(truth(camera('stopped', {}, { onDemand: true }), player('connecting'), NOW).word).toBe('STARTING');
  expect(truth(camera('stopped'), player('waiting'), NOW)).toMatchObject({ word: 'STOPPED', tone: 'quiet' });
});

test('maintenance is meant to be so', () => {
  const served = camera('stopped', {}, { maintenance: true });
  expect(truth(served, player('waiting'), NOW)).toMatchObject({
    state: 'maintenance',
    tone: 'quiet',
    word: 'MAINTENANCE',
    age: 600_000,
  });
});

describe('when the server has pictures that do not move here', () => {
  test.each([
    ['waiting', 'connecting', 'info'],
    ['connecting', 'connecting', 'info'],
    ['stalled', 'frozen', 'warn'],
    ['reconnecting', 'reconnecting', 'warn'],
  ] as const)('a player that is %s makes the tile %s', (state, tile, tone) => {
    const told = truth(camera('live'), player(state, { reason: 'The server does not answer' }), NOW);
    expect(told).toMatchObject({ state: tile, tone, age: 3000, why: 'The server does not answer' });
  });

  test('the next try of the player is counted down on our own clock', () => {
    const told = truth(camera('live'), player('reconnecting', { retryAt: 51_000 }), NOW);
    expect(told.next).toEqual({ left: 1000, part: 0.25 });
  });
});

test('a picture that stands still tells when it is tried again, if that is known', () => {
  const next = (retryAt: number | null) => truth(camera('live'), player('stalled', { retryAt }), NOW).next;
  expect(next(51_000)).toEqual({ left: 1000, part: 0.25 });
  expect(next(null)).toBeNull();
});

test('a player that is opening its next session says that it tries', () => {
  expect(truth(camera('live'), player('reconnecting'), NOW).next).toEqual({ left: 0, part: 0 });
});

test('a clock that runs behind makes no negative age', () => {
  expect(truth(camera('starting', { since: 1_002_000 }), player('waiting'), NOW).age).toBe(0);
});

test('a player is wanted for a camera that runs or starts for the first time, and for no other', () => {
  expect(STREAM_STATES.map((state) => wishFor(camera(state)))).toEqual([
    'down',
    'starting',
    'live',
    'down',
    'down',
  ]);
  expect(wishFor(camera('starting', { failure: REFUSES }))).toBe('again');
  expect(wishFor(camera('live', {}, { maintenance: true }))).toBe('down');
  expect(wishFor(camera('stopped', {}, { onDemand: true }))).toBe('starting');
});
