import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Gate } from '../../src/gate';
import { Ladder, type Probe, type Ways, probeOf } from '../../src/live/ladder';
import type { Form, Sink, Source } from '../../src/live/source';
import { waysTo, wishedRung } from '../../src/live/steps';
import { Player } from '../../src/player';
import { FakeClock, FakeScreen, FakeSessions } from '../fakes';

let clock: FakeClock;
let webcodecs: FakeSessions;
let mse: FakeSessions;
let hls: FakeSessions;
let ways: Ways;
let ladder: Ladder;
let player: Player;
let screen: FakeScreen;
/** What the probes that look now will be told. */
let probes: { form: Form; tell: (comes: boolean) => void }[];

const probe: Probe = (form, tell) => {
  const one = { form, tell };
  probes.push(one);
  return () => {
    probes = probes.filter((other) => other !== one);
  };
};

beforeEach(() => {
  clock = new FakeClock();
  screen = new FakeScreen();
  [webcodecs, mse, hls] = [new FakeSessions(), new FakeSessions(), new FakeSessions()];
  probes = [];
  ways = {
    steps: [
      { rung: 'webcodecs', form: 'units', open: webcodecs.open },
      { rung: 'mse', form: 'fmp4', open: mse.open },
      { rung: 'hls', form: null, open: hls.open },
    ],
    lack: null,
  };
  begin();
});

function begin(): void {
  ladder = new Ladder(ways, probe, clock);
  player = new Player(
    ladder,
    screen,
    new Gate(),
    clock,
    () => clock.now(),
    () => undefined,
    () => 1,
  );
  player.show(true);
  player.follow('live');
}

/** Pictures come one by one and move for so long. */
function edge(sessions: FakeSessions, seconds: number): void {
  for (let half = 0; half < seconds * 2; half += 1) {
    sessions.newest.unit();
    sessions.newest.count += 12;
    sessions.newest.old = 80;
    clock.advance(500);
  }
}

let segment = 100;
function segments(seconds: number): void {
  for (let second = 0; second < seconds; second += 1) {
    hls.newest.playlist((segment += 1));
    hls.newest.count += 25;
    clock.advance(1000);
  }
}

const answer = (comes: boolean): void => {
  const [one] = probes.splice(0, 1);
  one?.tell(comes);
};

test('it begins on the best step', () => {
  edge(webcodecs, 2);
  expect(player.view.state).toBe('playing');
  expect(player.way()).toEqual({ rung: 'webcodecs', because: null });
  expect([mse.all.length, hls.all.length]).toEqual([0, 0]);
});

test('a way that is not there is why it begins on a lower one, until that one fails, too', () => {
  const [, second, last] = ways.steps;
  ways = { steps: [second!, last!], lack: 'WebCodecs only by HTTPS' };
  player.end();
  begin();
  edge(mse, 1);
  expect(player.way()).toEqual({ rung: 'mse', because: 'WebCodecs only by HTTPS' });
  mse.newest.failed('The server does not answer');
  segments(20);
  expect(player.way()).toEqual({ rung: 'hls', because: 'The server does not answer' });
  answer(true);
  edge(mse, 1);
  expect(player.way()).toEqual({ rung: 'mse', because: 'WebCodecs only by HTTPS' });
});

test('while only some of its pictures come, the way says so, on every step', () => {
  edge(webcodecs, 1);
  webcodecs.newest.strain = 'too slow';
  expect(player.way()).toEqual({ rung: 'webcodecs', because: 'too slow' });
  webcodecs.newest.failed('no', 'unplayable');
  edge(mse, 1);
  expect(player.way()?.because).toBe('no');
  mse.newest.strain = 'too slow';
  expect(player.way()?.because).toBe('too slow');
  mse.newest.strain = null;
  expect(player.way()?.because).toBe('no');
});

test('the live edge takes no place of those who need connections', () => {
  const gate = new Gate(1);
  gate.ask(true, () => undefined);
  const other = new Player(
    ladder,
    new FakeScreen(),
    gate,
    clock,
    () => 0,
    () => undefined,
  );
  other.show(true);
  other.follow('live');
  expect(webcodecs.all).toHaveLength(2);
  webcodecs.newest.failed('gone');
  expect(hls.all).toHaveLength(0); // this one has to wait
});

describe('a fall', () => {
  test('because no connection is there leads past all of the live edge, at once', () => {
    webcodecs.newest.failed('The server does not answer');
    expect([webcodecs.alive, mse.all.length, hls.alive]).toEqual([0, 0, 1]);
    expect(player.view.state).toBe('connecting');
    segments(1);
    expect(player.way()).toEqual({ rung: 'hls', because: 'The server does not answer' });
  });

  test('because the server has none for this camera does so too', () => {
    webcodecs.newest.failed('It sends H.265.', 'unavailable');
    expect([mse.all.length, hls.alive]).toEqual([0, 1]);
  });

  test('because this browser cannot play it so leads to the next', () => {
    webcodecs.newest.failed('no', 'unplayable');
    expect([mse.alive, hls.all.length]).toEqual([1, 0]);
    edge(mse, 1);
    expect(player.way()).toEqual({ rung: 'mse', because: 'no' });
  });

  test('of a decoder comes only when to repair it did not help', () => {
    edge(webcodecs, 2);
    webcodecs.newest.failed('broken', 'decoder');
    expect([webcodecs.alive, webcodecs.newest.times('repair')]).toEqual([1, 1]);
    webcodecs.newest.failed('broken', 'decoder');
    clock.advance(1000);
    expect([webcodecs.alive, mse.alive]).toEqual([0, 1]);
    expect(screen.frozen).toBe(true);
  });

  test('follows on pictures that stand still though they come', () => {
    edge(webcodecs, 12);
    for (let half = 0; half < 10; half += 1) {
      webcodecs.all[0]?.unit();
      clock.advance(500);
    }
    expect(webcodecs.all[0]?.closed).toBe(true);
    clock.advance(1000);
    expect(mse.alive).toBe(1);
  });

  test('does not follow on a camera that goes: it is begun at the top again', () => {
    edge(webcodecs, 12);
    player.follow('down');
    clock.advance(3000);
    expect(webcodecs.alive).toBe(0);
    player.follow('live');
    expect([webcodecs.alive, mse.all.length, hls.all.length]).toEqual([1, 0, 0]);
  });

  test('from the last step leads to the first, after the usual wait', () => {
    webcodecs.newest.failed('The server does not answer');
    hls.newest.failed('The server answered 503');
    expect([webcodecs.alive, hls.alive]).toEqual([0, 0]);
    expect(player.view).toMatchObject({ state: 'reconnecting', reason: 'The server answered 503' });
    clock.advance(1000);
    expect(webcodecs.alive).toBe(1);
    edge(webcodecs, 1);
    expect(player.way()?.because).toBeNull();
  });
});

describe('from a lower step', () => {
  beforeEach(() => {
    webcodecs.newest.failed('The server does not answer');
    segments(19);
  });

  test('it looks for the best one after a while, and takes it under the picture that is there', () => {
    expect(probes).toHaveLength(0);
    segments(1);
    expect(probes.map(({ form }) => form)).toEqual(['units']);
    answer(true);
    expect([hls.alive, webcodecs.alive]).toEqual([0, 1]);
    expect([player.view.state, screen.frozen]).toEqual(['playing', true]);
    edge(webcodecs, 0.5);
    expect([player.view.state, screen.frozen]).toEqual(['playing', false]);
    expect(player.way()).toEqual({ rung: 'webcodecs', because: null });
  });

  test('a better one that shows nothing is not called live for long', () => {
    segments(1);
    answer(true);
    clock.advance(2500);
    expect(player.view.state).toBe('stalled');
  });

  test('it looks ever more rarely while there is none, and nobody sees that', () => {
    const looked: number[] = [];
    for (let second = 0; second < 3600; second += 1) {
      segments(1);
      if (probes.length === 0) continue;
      looked.push(second);
      answer(false);
    }
    expect(looked.slice(0, 5)).toEqual([0, 40, 120, 280, 600]);
    expect(looked.at(-1)! - looked.at(-2)!).toBe(600);
    expect([hls.all.length, player.view.state]).toEqual([1, 'playing']);
  });

  test('it looks later when the best one did not last, and as soon as before when it did', () => {
    const climb = (after: number, lasts: number): void => {
      segments(after - 1);
      expect(probes).toHaveLength(0);
      segments(1);
      answer(true);
      edge(webcodecs, lasts);
      webcodecs.newest.failed('gone');
      segments(0);
    };
    climb(1, 5);
    climb(40, 70);
    climb(20, 5);
    climb(40, 5);
  });

  test('it looks no more when the player has ended', () => {
    segments(1);
    player.end();
    expect([probes.length, clock.pending]).toEqual([0, 0]);
  });
});

describe('a probe', () => {
  let sink: Sink;
  let left: number;
  let told: boolean[];

  beforeEach(() => {
    [left, told] = [0, []];
    const source: Source = {
      subscribe: (_cameraId, _form, one) => {
        sink = one;
        return () => (left += 1);
      },
      streams: 1,
      askKeyframe: () => undefined,
    };
    clock = new FakeClock();
    probeOf(source, 'gate', clock)('units', (comes) => told.push(comes));
  });

  const unit = (key = false): void =>
    sink.unit({ key, first: false, arrived: 0, presentation: 0, data: new Uint8Array(0) });

  const configure = (): void =>
    sink.configured({ codec: 'avc1.64001f', width: 640, height: 360, run: 1, record: new Uint8Array(1) });

  /** Pictures come every 40 ms, up to this one; every so many of them is a keyframe. */
  function play(until: number, group: number): void {
    for (let number = 0; number <= until; number += 1) {
      unit(number % group === 0);
      clock.advance(40);
    }
  }

  test('finds pictures that go on coming, when there is a keyframe to begin with', () => {
    configure();
    play(49, 50);
    expect(told).toEqual([]);
    unit(true);
    expect([told, left, clock.pending]).toEqual([[true], 1, 0]);
  });

  test('waits for a camera whose keyframes lie ten seconds apart', () => {
    configure();
    clock.advance(9500); // of its present group the server keeps nothing: it is too large
    play(250, 250);
    expect(told).toEqual([true]);
  });

  test('waits for no camera that gives no second keyframe', () => {
    configure();
    play(749, 1000);
    expect([told, left, clock.pending]).toEqual([[false], 1, 0]);
  });

  test('is not content with what the server had kept', () => {
    unit();
    unit();
    clock.advance(5000);
    expect([told, left]).toEqual([[false], 1]);
  });

  test.each(['unavailable', 'refused', 'overloaded'])('ends when the server says %s', (type) => {
    sink.told({ type });
    expect([told, clock.pending]).toEqual([[false], 0]);
  });

  test('ends without a connection', () => {
    sink.lost('away');
    expect(told).toEqual([false]);
  });
});

describe('the steps of a browser', () => {
  const waysOf = (only: Parameters<typeof waysTo>[4] = null): Ways =>
    waysTo({} as Source, 'gate', {} as HTMLVideoElement, hls.open, only);
  const rungs = (only: Parameters<typeof waysTo>[4] = null): string[] =>
    waysOf(only).steps.map(({ rung }) => rung);

  beforeEach(() => {
    vi.stubGlobal('VideoDecoder', class {});
    vi.stubGlobal('MediaStreamTrackGenerator', class {});
    vi.stubGlobal('MediaSource', class {});
    vi.stubGlobal('ManagedMediaSource', undefined);
    vi.stubGlobal('isSecureContext', true);
  });

  test('are all that it has', () => {
    expect(rungs()).toEqual(['webcodecs', 'mse', 'hls']);
    vi.stubGlobal('VideoDecoder', undefined);
    Reflect.deleteProperty(globalThis, 'VideoDecoder');
    expect(rungs()).toEqual(['mse', 'hls']);
    vi.stubGlobal('MediaSource', undefined);
    expect(rungs()).toEqual(['hls']);
    vi.stubGlobal('ManagedMediaSource', class {});
    expect(rungs()).toEqual(['mse', 'hls']);
  });

  test('come with the reason for the one that is missing', () => {
    expect(waysOf().lack).toBeNull();
    vi.stubGlobal('MediaStreamTrackGenerator', undefined);
    expect(waysOf().lack).toBe('This browser cannot show decoded frames');
    Reflect.deleteProperty(globalThis, 'VideoDecoder');
    expect(waysOf().lack).toBe('This browser has no WebCodecs');
    vi.stubGlobal('isSecureContext', false);
    expect(waysOf().lack).toBe('WebCodecs only by HTTPS');
    expect([rungs('webcodecs'), waysOf('webcodecs').lack]).toEqual([['hls'], 'WebCodecs only by HTTPS']);
    expect(waysOf('mse').lack).toBeNull(); // it was not asked for
  });

  test('can be one only, by the address', () => {
    expect(rungs('mse')).toEqual(['mse']);
    expect(wishedRung('?wall=a&transport=hls')).toBe('hls');
    expect(wishedRung('?transport=smoke')).toBeNull();
  });
});
