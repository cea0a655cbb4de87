import { beforeEach, describe, expect, test } from 'vitest';
import { LiveSocket, type Socket } from '../../src/live/socket';
import type { Configuration, Sink, Told, Unit } from '../../src/live/source';
import { FakeClock } from '../fakes';

class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  binaryType: BinaryType = 'blob';
  readyState: Socket['readyState'] = 0;
  closed = false;
  readonly said: string[] = [];

  send(message: string): void {
    const { type, camera_id, form } = JSON.parse(message) as Record<string, string>;
    this.said.push(`${type} ${camera_id} ${form}`);
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.readyState = 1;
    this.onopen?.call({} as WebSocket, {} as Event);
  }
  hears(data: unknown): void {
    this.onmessage?.call({} as WebSocket, { data } as MessageEvent);
  }
  closes(code = 1006): void {
    this.readyState = 3;
    this.onclose?.call({} as WebSocket, { code } as CloseEvent);
  }
}

/** Where pictures go; it keeps what came. */
class FakeSink implements Sink {
  readonly configurations: Configuration[] = [];
  readonly units: Unit[] = [];
  readonly heard: string[] = [];
  readonly losses: string[] = [];

  configured(configuration: Configuration): void {
    this.configurations.push(configuration);
  }
  unit(unit: Unit): void {
    this.units.push(unit);
  }
  told({ type, units }: Told): void {
    this.heard.push(units === undefined ? type : `${type} ${units}`);
  }
  lost(reason: string): void {
    this.losses.push(reason);
  }
  get times(): number[] {
    return this.units.map(({ presentation }) => presentation);
  }
}

let clock: FakeClock;
let sockets: FakeSocket[];
let denials: number;
let stamps: number[];
let live: LiveSocket;

beforeEach(() => {
  clock = new FakeClock();
  [sockets, denials, stamps] = [[], 0, []];
  const open = (): Socket => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  };
  live = new LiveSocket(
    open,
    clock,
    () => (denials += 1),
    (at) => stamps.push(at),
    () => 1,
  );
});

const newest = (): FakeSocket => sockets.at(-1)!;

const says = (type: string, more: object = {}): void =>
  newest().hears(JSON.stringify({ type, camera_id: 'gate', form: 'units', ...more }));

/** A message with pictures, as the server writes it. */
function bytes(kind: number, presentation = 0, stream = 7, flags = 0): void {
  const message = new ArrayBuffer(22);
  const view = new DataView(message);
  view.setUint16(0, stream);
  view.setUint8(2, kind);
  view.setUint8(3, flags);
  view.setFloat64(4, 1_700_000_000_000 + presentation);
  view.setFloat64(12, presentation);
  view.setUint16(20, 0x0102);
  newest().hears(message);
}

/** The configuration and the group of pictures so far: a keyframe at the first time, others at the rest. */
function begins(times: readonly number[], run = 1): void {
  says('configuration', { stream: 7, codec: 'avc1.64001f', width: 640, height: 360, run });
  bytes(0);
  times.forEach((time, at) => bytes(at === 0 ? 1 : 2, time));
}

/** Somebody looks at the camera and gets its pictures. */
function watching(): FakeSink {
  const sink = new FakeSink();
  live.subscribe('gate', 'units', sink);
  newest().opens();
  says('subscribed', { stream: 7 });
  begins([0, 40, 80]);
  return sink;
}

test('it connects when somebody wants pictures, and then asks for them', () => {
  expect(sockets).toHaveLength(0);
  live.subscribe('gate', 'units', new FakeSink());
  expect(newest().binaryType).toBe('arraybuffer');
  expect(newest().said).toEqual([]);
  newest().opens();
  expect(newest().said).toEqual(['sub gate units']);
  live.subscribe('yard', 'fmp4', new FakeSink());
  expect(sockets).toHaveLength(1);
  expect(newest().said.at(-1)).toBe('sub yard fmp4');
});

test('a message is what its header says', () => {
  const sink = watching();
  bytes(1, 120, 7, 1);
  expect(sink.configurations).toEqual([
    { codec: 'avc1.64001f', width: 640, height: 360, run: 1, record: new Uint8Array([1, 2]) },
  ]);
  expect(sink.units.map(({ key }) => key)).toEqual([true, false, false, true]);
  expect(stamps).toEqual([0, 40, 80, 120].map((time) => 1_700_000_000_000 + time));
  expect(sink.units.at(-1)).toEqual({
    key: true,
    first: true,
    arrived: 1_700_000_000_120,
    presentation: 120,
    data: new Uint8Array([1, 2]),
  });
});

test('each stream goes to who wants it, and the rest nowhere', () => {
  const gate = watching();
  const yard = new FakeSink();
  live.subscribe('yard', 'units', yard);
  says('subscribed', { camera_id: 'yard', stream: 8 });
  says('configuration', { camera_id: 'yard', stream: 8, codec: 'avc1.42001e', width: 2, height: 2, run: 3 });
  bytes(0, 0, 8);
  bytes(1, 500, 8);
  bytes(1, 900, 9);
  expect([gate.times, yard.times]).toEqual([[0, 40, 80], [500]]);
});

test.each([['half a messa'], ['null'], ['[]'], [new ArrayBuffer(19)], ['{"type": "sub"}'], [undefined]])(
  'what cannot be understood is passed over: %s',
  (garbage) => {
    const sink = watching();
    newest().hears(garbage);
    bytes(2, 120);
    expect(sink.times).toEqual([0, 40, 80, 120]);
  },
);

describe('two places with the same camera', () => {
  test('share one stream; who comes later has it begin, and the other does not see that', () => {
    const tile = watching();
    const view = new FakeSink();
    live.subscribe('gate', 'units', view);
    expect(newest().said).toEqual(['sub gate units', 'keyframe gate units']);
    bytes(2, 120); // before it begins
    begins([0, 40, 80, 120, 160]);
    bytes(2, 200);
    expect(tile.times).toEqual([0, 40, 80, 120, 160, 200]);
    expect(tile.configurations).toHaveLength(1);
    expect(view.times).toEqual([0, 40, 80, 120, 160, 200]);
    expect(view.configurations).toHaveLength(1);
  });

  test('see all of a group that neither has', () => {
    const tile = watching();
    live.subscribe('gate', 'units', new FakeSink());
    begins([1000, 1040]);
    expect(tile.times).toEqual([0, 40, 80, 1000, 1040]);
  });

  test('go on at the next keyframe when the repetition was cut short', () => {
    const tile = watching();
    live.subscribe('gate', 'units', new FakeSink());
    begins([0, 40]);
    bytes(1, 1000);
    bytes(2, 1040);
    expect(tile.times).toEqual([0, 40, 80, 1000, 1040]);
  });

  test('both get another configuration, and another run', () => {
    const tile = watching();
    const view = new FakeSink();
    live.subscribe('gate', 'units', view);
    begins([0], 2);
    expect([tile.configurations.at(-1)?.run, view.configurations.at(-1)?.run]).toEqual([2, 2]);
    expect(tile.times).toEqual([0, 40, 80, 0]);
  });

  test('end it only together', () => {
    const sinks = [new FakeSink(), new FakeSink()];
    const leave = sinks.map((sink) => live.subscribe('gate', 'units', sink));
    newest().opens();
    leave[0]?.();
    leave[0]?.();
    expect(newest().said).not.toContain('unsub gate units');
    leave[1]?.();
    expect(newest().said.at(-1)).toBe('unsub gate units');
  });
});

test('who asks for a keyframe gets everything once more, though he has it', () => {
  const sink = watching();
  live.askKeyframe('gate', 'units');
  expect(newest().said.at(-1)).toBe('keyframe gate units');
  bytes(2, 120); // of before: his decoder is gone
  begins([0, 40, 80, 120]);
  expect(sink.times).toEqual([0, 40, 80, 0, 40, 80, 120]);
  expect(sink.configurations).toHaveLength(2);
});

test('who has left gets nothing of what is still on its way', () => {
  const sink = new FakeSink();
  const leave = live.subscribe('gate', 'units', sink);
  newest().opens();
  says('subscribed', { stream: 7 });
  leave();
  begins([0]);
  expect(sink.units).toEqual([]);
});

test('what the server tells is passed on', () => {
  const sink = watching();
  says('skipped', { units: 12 });
  says('unavailable', { code: 'h265', message: 'It sends H.265.' });
  expect(sink.heard).toEqual(['subscribed', 'configuration', 'skipped 12', 'unavailable']);
});

describe('a connection that is lost', () => {
  test('comes again by itself, and everything is asked for once more', () => {
    const sink = watching();
    newest().closes();
    expect(sink.losses).toEqual(['No connection for live pictures']);
    clock.advance(500);
    expect(sockets).toHaveLength(2);
    newest().opens();
    expect(newest().said).toEqual(['sub gate units']);
    says('subscribed', { stream: 7 });
    begins([0, 40, 80, 120]);
    expect(sink.times).toEqual([0, 40, 80, 0, 40, 80, 120]);
  });

  test('is tried ever more slowly, up to every ten seconds', () => {
    live.subscribe('gate', 'units', new FakeSink());
    const opened: number[] = [];
    while (clock.now() < 60_000) {
      if (opened.length < sockets.length) {
        opened.push(clock.now());
        newest().closes();
      }
      clock.advance(100);
    }
    const gaps = opened.slice(1).map((at, n) => at - (opened[n] ?? 0));
    expect(gaps.slice(0, 6)).toEqual([500, 1000, 2000, 4000, 8000, 10_000]);
  });

  test('is told at once to who comes just then, and tried at once for who comes later', () => {
    const sink = new FakeSink();
    live.subscribe('gate', 'units', new FakeSink())();
    newest().closes();
    const leave = live.subscribe('yard', 'units', sink);
    clock.advance(0);
    expect(sink.losses).toHaveLength(1);
    leave();
    clock.advance(5000);
    expect(sockets).toHaveLength(1);
    live.subscribe('yard', 'units', sink);
    expect(sockets).toHaveLength(2);
  });

  test('is tried at once when the server is back, and then with the short waits', () => {
    live.subscribe('gate', 'units', new FakeSink());
    for (let n = 1; n < 9; n += 1) {
      newest().closes();
      while (sockets.length === n) clock.advance(100);
    }
    newest().closes();
    live.wake();
    expect(sockets).toHaveLength(10);
    live.wake();
    expect(sockets).toHaveLength(10);
    newest().closes();
    clock.advance(500);
    expect(sockets).toHaveLength(11);
  });

  test('is not tried for nobody, but at once for who comes then', () => {
    live.subscribe('gate', 'units', new FakeSink())();
    newest().closes();
    live.wake();
    expect(sockets).toHaveLength(1);
    live.subscribe('gate', 'units', new FakeSink());
    expect(sockets).toHaveLength(2);
  });

  test('because we are not signed in is told', () => {
    watching();
    newest().closes(1000);
    expect(denials).toBe(0);
    clock.advance(500);
    newest().closes(1008);
    expect(denials).toBe(1);
  });
});

test('a handshake that nobody answers is given up', () => {
  const sink = new FakeSink();
  live.subscribe('gate', 'units', sink);
  clock.advance(4000);
  expect([sockets[0]?.closed, sink.losses.length]).toEqual([true, 1]);
  clock.advance(500);
  expect(sockets).toHaveLength(2);
});

test('a connection that says nothing for long is given up; one that has nothing to say is not', () => {
  const sink = new FakeSink();
  const leave = live.subscribe('gate', 'units', sink);
  newest().opens();
  for (let second = 0; second < 40; second += 1) {
    clock.advance(1000);
    says('skipped');
  }
  expect(sink.losses).toEqual([]);
  clock.advance(20_000);
  expect([sockets[0]?.closed, sink.losses.length]).toEqual([true, 1]);
  leave();
});

test('it hangs up when nobody has wanted pictures for a while', () => {
  const leave = live.subscribe('gate', 'units', new FakeSink());
  newest().opens();
  leave();
  clock.advance(9000);
  const again = live.subscribe('gate', 'units', new FakeSink());
  clock.advance(9000);
  expect(newest().closed).toBe(false);
  again();
  clock.advance(10_000);
  expect([newest().closed, clock.pending, sockets.length]).toEqual([true, 0, 1]);
});
