import { beforeEach, describe, expect, test } from 'vitest';
import { Gate } from '../src/gate';
import { Player, type PlayerView, retryDelay } from '../src/player';
import { FakeClock, FakeScreen, FakeSessions } from './fakes';

let clock: FakeClock;
let screen: FakeScreen;
let sessions: FakeSessions;
let gate: Gate;
let player: Player;
let told: PlayerView[];
let segment: number;

beforeEach(() => {
  clock = new FakeClock();
  screen = new FakeScreen();
  sessions = new FakeSessions();
  gate = new Gate();
  told = [];
  segment = 100;
  player = new Player(
    sessions,
    screen,
    gate,
    clock,
    () => clock.now(),
    (view) => told.push(view),
    () => 1,
  );
  player.show(true);
});

/** Frames move and segments come for so long. */
function playFor(seconds: number): void {
  for (let second = 0; second < seconds; second += 1) {
    sessions.newest.playlist((segment += 1));
    for (const _half of [1, 2]) {
      sessions.newest.count += 12;
      clock.advance(500);
    }
  }
}

/** The camera is live and its pictures have moved for a while. */
function playing(): void {
  player.follow('live');
  playFor(12);
  expect(player.view.state).toBe('playing');
}

test('a player that was not asked to play opens nothing', () => {
  clock.advance(60_000);
  expect(sessions.all).toHaveLength(0);
  expect(player.view.state).toBe('waiting');
});

test('it is connecting until the first picture moves', () => {
  player.follow('live');
  sessions.newest.playlist(100);
  clock.advance(1000);
  expect(player.view.state).toBe('connecting');
  sessions.newest.count = 1;
  clock.advance(100); // nobody waits for the half second of our tick
  expect(player.view).toMatchObject({ state: 'playing', reason: '', since: 1100 });
  expect(player.age()).toBe(1500);
});

test('it makes room for the next one as soon as its first media are here', () => {
  player.follow('live');
  let entered = 0;
  for (let other = 0; other < 4; other += 1) gate.ask(true, () => (entered += 1));
  expect(entered).toBe(3);
  sessions.newest.arrived();
  expect(entered).toBe(4);
});

test('it stalls when no picture moved for two seconds, and plays on by itself', () => {
  playing();
  clock.advance(1500);
  expect(player.view.state).toBe('playing');
  clock.advance(500);
  expect(player.view).toMatchObject({ state: 'stalled', reason: 'No new video arrives' });
  expect(player.age()).toBeNull();
  playFor(1);
  expect(player.view.state).toBe('playing');
  expect(sessions.all).toHaveLength(1);
});

test('an old picture that comes at last ends no stall, and pictures of now do', () => {
  playing();
  sessions.newest.unit();
  clock.advance(4500);
  expect(player.view.state).toBe('stalled');
  sessions.newest.old = 4500;
  sessions.newest.count += 1;
  clock.advance(500);
  expect(player.view.state).toBe('stalled');
  sessions.newest.old = 100;
  sessions.newest.unit();
  sessions.newest.count += 1;
  clock.advance(500);
  expect(player.view.state).toBe('playing');
});

test('old pictures that go on coming after a stall are said to be late', () => {
  playing();
  clock.advance(3000);
  sessions.newest.old = 9000;
  const states = [];
  for (let half = 0; half < 6; half += 1) {
    sessions.newest.playlist((segment += 1));
    sessions.newest.count += 12;
    clock.advance(500);
    states.push(player.view.state);
  }
  expect(states).toEqual(['stalled', 'stalled', 'stalled', 'stalled', 'late', 'late']);
});

test('a stall says what hinders it', () => {
  playing();
  sessions.newest.hindered('The server answered 500');
  clock.advance(3000);
  expect(player.view.reason).toBe('The server answered 500');
});

test('a stall while segments come tells when the next session is opened, and that can be at once', () => {
  playing();
  const due = clock.now() + 6000;
  for (let second = 0; second < 3; second += 1) {
    sessions.newest.playlist((segment += 1));
    clock.advance(1000);
  }
  expect(player.view).toMatchObject({ state: 'stalled', retryAt: due });
  player.wake();
  expect(sessions.all).toHaveLength(2);
});

test('a stall without anything new tells of no try: none would help', () => {
  playing();
  clock.advance(3500);
  expect(player.view).toMatchObject({ state: 'stalled', retryAt: null });
});

test('a picture that stands still is of the time that it shows, not of when it came', () => {
  playing();
  const moved = clock.now() - 500; // when the last frames were counted
  expect(player.takenAt).toBe(clock.now() - 1500);
  clock.advance(60_000);
  expect(player.takenAt).toBeLessThan(moved);
});

test('what hindered before the last segment hinders no more', () => {
  playing();
  sessions.newest.hindered('The server answered 500');
  playFor(1);
  clock.advance(3000);
  expect(player.view.reason).toBe('No new video arrives');
});

test('a first playlist that the server holds back is waited for', () => {
  player.follow('starting');
  clock.advance(17_000);
  expect(player.view.state).toBe('connecting');
  expect(sessions.all).toHaveLength(1);
});

test('a playlist without anything new is no reason for a new session: it would play old seconds again', () => {
  playing();
  for (let second = 0; second < 60; second += 1) {
    sessions.newest.playlist(segment);
    clock.advance(1000);
  }
  expect(player.view.state).toBe('stalled');
  expect(sessions.all).toHaveLength(1);
});

test('pictures that stand still while segments come are first skipped, then opened anew', () => {
  playing();
  sessions.newest.buffered = 4;
  const seconds = (n: number): void => {
    for (let second = 0; second < n; second += 1) {
      sessions.newest.playlist((segment += 1));
      clock.advance(1000);
    }
  };
  seconds(5);
  expect(sessions.newest.times('skip')).toBe(1);
  expect(sessions.all).toHaveLength(1);
  seconds(1);
  expect(player.view.state).toBe('reconnecting');
  expect(screen.frozen).toBe(true);
});

describe('pictures that move but are old', () => {
  test('are not live; they are skipped once', () => {
    playing();
    Object.assign(sessions.newest, { old: 6500, buffered: 5 });
    playFor(2);
    expect(player.view).toMatchObject({ state: 'late', reason: expect.stringContaining('lags') });
    expect(player.age()).toBe(6500);
    expect(sessions.newest.times('skip')).toBe(1);
    sessions.newest.old = 1500;
    playFor(1);
    expect(player.view.state).toBe('playing');
  });

  test('are opened anew when that does not help', () => {
    playing();
    sessions.newest.old = 20_000;
    playFor(6);
    expect(sessions.all).toHaveLength(1);
    clock.advance(1000);
    sessions.newest.count += 1;
    clock.advance(500);
    expect(player.view.state).toBe('reconnecting');
  });

  test('are not opened anew while there are no newer ones', () => {
    playing();
    sessions.newest.old = 20_000;
    for (let half = 0; half < 40; half += 1) {
      sessions.newest.playlist(segment);
      sessions.newest.count += 1;
      clock.advance(500);
    }
    expect(player.view.state).toBe('late');
    expect(sessions.all).toHaveLength(1);
  });

  test('are told by the length of segments: long ones come late', () => {
    player.follow('live');
    sessions.newest.playlist(100, { targetDuration: 4 });
    Object.assign(sessions.newest, { old: 17_000, count: 1 });
    clock.advance(500);
    expect(player.view.state).toBe('playing');
  });
});

test('a playlist that is not answered any more is opened anew', () => {
  playing();
  clock.advance(17_500);
  expect(sessions.all.length).toBeGreaterThan(1);
});

test('a failed session is closed and another one opened, with the last picture kept until new ones move', () => {
  playing();
  sessions.newest.failed('The server does not answer');
  expect(player.view).toMatchObject({
    state: 'reconnecting',
    reason: 'The server does not answer',
    retryAt: clock.now() + 1000,
  });
  expect(sessions.alive).toBe(0);
  expect(screen.frozen).toBe(true);
  clock.advance(1000);
  expect(sessions.all).toHaveLength(2);
  expect(player.view).toMatchObject({ state: 'reconnecting', retryAt: null });
  expect(screen.frozen).toBe(true);
  playFor(1);
  expect(player.view.state).toBe('playing');
  expect(screen.frozen).toBe(false);
});

test('it never gives up, and asks ever more slowly', () => {
  player.follow('live');
  const opened: number[] = [];
  while (clock.now() < 3_600_000) {
    if (sessions.alive === 1) {
      opened.push(clock.now());
      sessions.newest.failed('The server does not answer');
    }
    clock.advance(100);
  }
  const gaps = opened.slice(1).map((at, n) => at - (opened[n] ?? 0));
  expect(gaps[0]).toBe(1000);
  expect(Math.max(...gaps.slice(0, 20))).toBeLessThanOrEqual(3100);
  expect(gaps.at(-1)).toBe(30_000);
});

test('ten seconds of pictures end an outage, less do not', () => {
  playing();
  const waits: number[] = [];
  for (const seconds of [2, 2, 12, 2]) {
    sessions.newest.failed('gone');
    waits.push((player.view.retryAt ?? 0) - clock.now());
    clock.advance(5000);
    playFor(seconds);
  }
  expect(waits).toEqual([1000, 2000, 3000, 1000]);
});

test('a decoder is repaired once, then the session is given up', () => {
  playing();
  sessions.newest.failed('cannot decode', 'decoder');
  expect(sessions.newest.times('repair')).toBe(1);
  expect(screen.frozen).toBe(true);
  expect(player.view).toMatchObject({ state: 'stalled', reason: 'cannot decode' });
  sessions.newest.failed('cannot decode', 'decoder');
  expect(player.view.state).toBe('reconnecting');
});

test('a video that this browser cannot play is tried again slowly', () => {
  player.follow('live');
  sessions.newest.failed('H.265', 'unplayable');
  expect(player.view.retryAt).toBe(30_000);
});

describe('a playlist that is not the one it was', () => {
  test('ENDLIST is not the end of a camera', () => {
    playing();
    sessions.newest.playlist(segment, { ended: true });
    expect(player.view.state).toBe('reconnecting');
    clock.advance(1000);
    expect(sessions.all).toHaveLength(2);
  });

  test.each([
    ['back', -50],
    ['forward', 64],
  ])('a jump %s is opened anew at once', (_direction, by) => {
    playing();
    sessions.newest.playlist(segment + by);
    clock.advance(0);
    expect(sessions.all).toHaveLength(2);
  });

  test('jumps that follow one another do not make a storm', () => {
    playing();
    for (let second = 0; second < 60; second += 1) {
      sessions.newest.playlist(segment);
      sessions.newest.playlist(segment + 64);
      clock.advance(1000);
    }
    expect(sessions.all.length).toBeLessThan(35);
  });

  test('a playlist that goes on is not a jump', () => {
    playing();
    sessions.newest.playlist(segment + 6); // the five before it were missed, its first is the next one
    expect(sessions.all).toHaveLength(1);
    expect(player.view.state).toBe('playing');
  });
});

describe('the list', () => {
  test('no player is opened for a camera that fails, and one is when it runs again', () => {
    player.follow('down');
    clock.advance(60_000);
    expect(sessions.all).toHaveLength(0);
    player.follow('live');
    expect(sessions.alive).toBe(1);
  });

  test('pictures that still move are played to their end, then nothing is asked for any more', () => {
    playing();
    player.follow('down');
    playFor(1);
    expect(sessions.alive).toBe(1);
    clock.advance(3000);
    expect(player.view.state).toBe('waiting');
    expect(screen.frozen).toBe(true);
    clock.advance(60_000);
    expect(sessions.alive).toBe(0);
    expect(sessions.all).toHaveLength(1);
  });

  test('a session that fails with its camera is not followed by another', () => {
    playing();
    player.follow('down');
    sessions.newest.failed('gone');
    expect(player.view).toMatchObject({ state: 'waiting', retryAt: null });
    clock.advance(60_000);
    expect(sessions.all).toHaveLength(1);
  });

  test('a camera that fails ends the tries of its player', () => {
    playing();
    sessions.newest.failed('gone');
    player.follow('down');
    clock.advance(60_000);
    expect(sessions.all).toHaveLength(1);
    expect(player.view.state).toBe('waiting');
  });

  test('a camera that runs again ends the wait of its player', () => {
    playing();
    for (let n = 0; n < 8; n += 1) {
      sessions.newest.failed('gone');
      clock.advance(3000);
    }
    sessions.newest.failed('gone');
    player.follow('starting');
    const before = sessions.all.length;
    player.follow('live');
    expect(sessions.all).toHaveLength(before + 1);
  });

  test('a camera that is tried again is opened at once by the live edge, and by HLS when it is live', () => {
    player.follow('again');
    expect(sessions.all).toHaveLength(0);
    sessions.needsConnections = false;
    player.follow('again');
    expect(sessions.all).toHaveLength(1);
    expect(sessions.newest.held).toBe(true);
    player.follow('down');
    expect(player.view.state).toBe('waiting');
  });

  test('the first playlist of a starting camera may be held back, that of a live one not', () => {
    player.follow('starting');
    expect(sessions.newest.held).toBe(true);
    playFor(1);
    player.follow('live');
    expect(sessions.all).toHaveLength(1);
    sessions.newest.failed('gone');
    clock.advance(1000);
    expect(sessions.newest.held).toBe(false);
  });
});

test('a page that comes back into view does not wait for its next turn', () => {
  playing();
  sessions.newest.failed('gone');
  player.wake();
  expect(sessions.all).toHaveLength(2);
  player.wake();
  expect(sessions.all).toHaveLength(2);
});

test('who is woken begins with the short waits again', () => {
  playing();
  for (let n = 0; n < 300; n += 1) {
    if (sessions.alive === 1) sessions.newest.failed('gone');
    clock.advance(3000);
  }
  sessions.newest.failed('gone');
  expect((player.view.retryAt ?? 0) - clock.now()).toBe(30_000);
  player.wake();
  sessions.newest.failed('gone');
  expect((player.view.retryAt ?? 0) - clock.now()).toBe(1000);
});

describe('nobody looks', () => {
  test('a tile out of view lets go after ten seconds, and is back at once', () => {
    playing();
    player.show(false);
    playFor(9);
    expect(player.view.state).toBe('playing');
    playFor(2);
    expect(player.view.state).toBe('waiting');
    expect(sessions.alive).toBe(0);
    expect(screen.frozen).toBe(true);
    player.follow('live');
    clock.advance(60_000);
    expect(sessions.all).toHaveLength(1);
    player.show(true);
    expect(sessions.alive).toBe(1);
  });

  test('a hidden page lets go after a minute, and is back at once', () => {
    playing();
    screen.isHidden = true;
    clock.advance(59_000);
    expect(sessions.alive).toBe(1);
    clock.advance(2000);
    expect(sessions.alive).toBe(0);
    screen.isHidden = false;
    player.wake();
    expect(sessions.alive).toBe(1);
  });

  test('a player out of view does not go on trying', () => {
    playing();
    player.show(false);
    for (let n = 0; n < 60; n += 1) {
      if (sessions.alive === 1) sessions.newest.failed('gone');
      clock.advance(1000);
    }
    expect(player.view.state).toBe('waiting');
    expect(sessions.all.length).toBeLessThan(12);
  });

  test('a tile that was never in view opens nothing', () => {
    player.show(false);
    player.follow('live');
    clock.advance(60_000);
    expect(sessions.all).toHaveLength(0);
  });
});

describe('a picture in a window of its own', () => {
  test.each([
    ['the page is hidden', () => (screen.isHidden = true)],
    ['the tile is out of view', () => player.show(false)],
  ])('is watched when %s, and lets go only after it is closed', (_what, leave) => {
    playing();
    screen.isFloating = true;
    leave();
    playFor(600);
    expect(player.view.state).toBe('playing');
    expect(sessions.all).toHaveLength(1);
    screen.isFloating = false;
    playFor(62);
    expect(player.view.state).toBe('waiting');
  });

  test('is opened again when its session fails', () => {
    playing();
    Object.assign(screen, { isHidden: true, isFloating: true });
    sessions.newest.failed('gone');
    clock.advance(1000);
    expect(sessions.alive).toBe(1);
  });

  test('is judged: it is seen', () => {
    playing();
    Object.assign(screen, { isHidden: true, isFloating: true });
    clock.advance(3000);
    expect(player.view.state).toBe('stalled');
  });
});

test('a hidden page is not judged: it may have stopped decoding', () => {
  playing();
  screen.isHidden = true;
  clock.advance(50_000);
  expect(player.view.state).toBe('playing');
  expect(sessions.all).toHaveLength(1);
});

test('a machine that slept finds its players as they were', () => {
  playing();
  clock.sleep(3_600_000);
  expect(player.view.state).toBe('playing');
  playFor(2);
  expect(player.view.state).toBe('playing');
  expect(sessions.all).toHaveLength(1);
});

test('only four players open at once, and a place is free when a picture moves', () => {
  const screens = Array.from({ length: 6 }, () => new FakeScreen());
  for (const other of screens) {
    const one = new Player(
      sessions,
      other,
      gate,
      clock,
      () => 0,
      () => undefined,
    );
    one.show(true);
    one.follow('live');
  }
  expect(sessions.all).toHaveLength(4);
  sessions.all[0]?.playlist(7);
  sessions.all[0]!.count = 1;
  clock.advance(500);
  expect(sessions.all).toHaveLength(5);
  sessions.all[1]?.failed('gone');
  expect(sessions.all).toHaveLength(6);
});

test('an ended player leaves nothing behind', () => {
  playing();
  sessions.newest.failed('gone');
  player.end();
  expect(clock.pending).toBe(0);
  expect(sessions.alive).toBe(0);
});

test('the delay before a try is jittered downwards to a half', () => {
  expect(retryDelay(0, 0, () => 0)).toBe(500);
  expect(retryDelay(0, 0, () => 1)).toBe(1000);
  expect(retryDelay(9, 59_000, () => 1)).toBe(3000);
  expect(retryDelay(99, 3_600_000, () => 0.5)).toBe(22_500);
});
