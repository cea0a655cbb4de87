import { beforeEach, expect, test, vi } from 'vitest';
import type { Sink, Source, Unit } from '../../src/live/source';
import { lackOfWebCodecs, openWebCodecs } from '../../src/live/webcodecs';
import type { Reports, Session, SessionFailure } from '../../src/session';
import { FakeClock } from '../fakes';

class FakeFrame {
  static alive = 0;
  constructor(readonly timestamp: number) {
    FakeFrame.alive += 1;
  }
  close(): void {
    FakeFrame.alive -= 1;
  }
}

class FakeDecoder {
  static all: FakeDecoder[] = [];
  static refusal: Error | null = null;
  state = 'unconfigured';
  decodeQueueSize = 0;
  readonly configs: VideoDecoderConfig[] = [];
  readonly chunks: EncodedVideoChunkInit[] = [];

  constructor(private readonly callbacks: VideoDecoderInit) {
    FakeDecoder.all.push(this);
  }
  configure(config: VideoDecoderConfig): void {
    if (FakeDecoder.refusal !== null) throw FakeDecoder.refusal;
    this.state = 'configured';
    this.configs.push(config);
  }
  decode(chunk: EncodedVideoChunkInit): void {
    if (FakeDecoder.refusal !== null) throw FakeDecoder.refusal;
    this.chunks.push(chunk);
  }
  reset(): void {
    this.decodeQueueSize = 0;
    this.state = 'unconfigured';
  }
  close(): void {
    if (this.state === 'closed') throw new Error('closed twice');
    this.state = 'closed';
  }
  /** The frames of the last units leave it. */
  output(units = 1): void {
    for (const { timestamp } of this.chunks.slice(-units))
      this.callbacks.output(new FakeFrame(timestamp) as unknown as VideoFrame);
  }
  err(name = 'EncodingError'): void {
    this.state = 'closed';
    this.callbacks.error(new DOMException('no', name));
  }
}

class FakeChunk {
  constructor(init: EncodedVideoChunkInit) {
    Object.assign(this, init);
  }
}

const written: FakeFrame[] = [];
let room = 1;
let isSlow = false; // the browser takes what is written, but not yet

class FakeGenerator {
  static stopped = 0;
  readonly writable = {
    getWriter: () => ({
      get desiredSize() {
        return room;
      },
      write: async (frame: FakeFrame) => {
        written.push(frame);
        frame.close(); // the browser has it now
        if (isSlow) await new Promise(() => undefined);
      },
      close: async () => undefined,
    }),
  };
  stop(): void {
    FakeGenerator.stopped += 1;
  }
}

const video = {
  srcObject: null as unknown,
  paused: false,
  currentTime: 0,
  play: async () => undefined,
  getVideoPlaybackQuality: () => ({ totalVideoFrames: written.length, droppedVideoFrames: 0 }),
};
const page = { hidden: false, pictureInPictureElement: null as unknown };

let clock: FakeClock;
let sink: Sink;
let asked: number;
let left: number;
let failures: SessionFailure[];
let arrivals: number;
let session: Session;

const source: Source = {
  streams: 1,
  subscribe(_cameraId, _form, one) {
    sink = one;
    return () => (left += 1);
  },
  askKeyframe: () => (asked += 1),
};

const reports: Reports = {
  playlist: () => undefined,
  arrived: () => (arrivals += 1),
  unit: () => undefined,
  better: () => undefined,
  hindered: () => undefined,
  failed: (failure) => failures.push(failure),
};

beforeEach(() => {
  vi.stubGlobal('VideoDecoder', FakeDecoder);
  vi.stubGlobal('EncodedVideoChunk', FakeChunk);
  vi.stubGlobal('MediaStreamTrackGenerator', FakeGenerator);
  vi.stubGlobal('MediaStream', class {});
  vi.stubGlobal('document', page);
  clock = new FakeClock();
  FakeDecoder.all = [];
  FakeDecoder.refusal = null;
  FakeFrame.alive = FakeGenerator.stopped = asked = left = arrivals = 0;
  [failures, written.length, room, isSlow] = [[], 0, 1, false];
  video.paused = false;
  Object.assign(page, { hidden: false, pictureInPictureElement: null });
  session = openWebCodecs(source, 'gate', video as unknown as HTMLVideoElement, clock)(false, reports);
});

const decoder = (): FakeDecoder => FakeDecoder.all.at(-1) as FakeDecoder;

const configure = (codec = 'avc1.64001f', width = 640): void =>
  sink.configured({ codec, width, height: 360, run: 1, record: new Uint8Array([1]) });

/** A unit comes, so many ms of the stream after its beginning. */
const unit = (presentation: number, key = false, more: Partial<Unit> = {}): void =>
  sink.unit({
    key,
    presentation,
    arrived: 1000 + presentation,
    first: false,
    data: new Uint8Array(1),
    ...more,
  });

/** Units come every 40 ms, the first one a keyframe, and each leaves the decoder as soon as it is there. */
function play(from: number, to: number): void {
  for (let number = from; number < to; number += 1) {
    unit(number * 40, number === from);
    decoder().output();
    clock.advance(40);
  }
}

/** The browser has shown what was written. */
const shown = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

test('it is there where the browser has a decoder and a way to show its frames', () => {
  expect(lackOfWebCodecs()).toBeNull();
  vi.stubGlobal('MediaStreamTrackGenerator', undefined);
  expect(lackOfWebCodecs()).not.toBeNull();
});

test('units are decoded from the first keyframe on, and shown as they come', async () => {
  configure();
  unit(0);
  play(1, 26);
  expect(decoder().configs).toEqual([
    {
      codec: 'avc1.64001f',
      codedWidth: 640,
      codedHeight: 360,
      description: new Uint8Array([1]),
      optimizeForLatency: true,
    },
  ]);
  expect(decoder().chunks.map(({ type }) => type)).toEqual(['key', ...Array<string>(24).fill('delta')]);
  expect(written.map(({ timestamp }) => timestamp)).toEqual(
    decoder().chunks.map(({ timestamp }) => timestamp),
  );
  await shown();
  expect(session.frames()).toBe(25);
  expect(session.dropped()).toBe(1);
  expect(arrivals).toBe(1);
});

test('the age is that of what is shown: since the server had its unit', async () => {
  configure();
  expect(session.age(5000)).toBe(null);
  play(0, 5);
  await shown();
  expect(session.age(1000 + 160 + 70)).toBe(70);
  unit(200);
  expect(session.age(1000 + 160 + 110)).toBe(110);
  expect(session.ahead()).toBeCloseTo(0.04);
});

test('what waits to be shown is not yet shown, and does not move', async () => {
  configure();
  play(0, 5);
  await shown();
  isSlow = true;
  play(5, 8);
  await shown();
  expect(written).toHaveLength(8);
  expect(session.age(1000 + 7 * 40)).toBe(3 * 40);
  expect(session.frames()).toBe(5);
});

test('what is paused does not move', async () => {
  configure();
  play(0, 5);
  await shown();
  video.paused = true;
  play(5, 10);
  await shown();
  expect(session.frames()).toBe(5);
});

test('after one decoder error it begins anew at a keyframe; after another one soon it gives up', () => {
  configure();
  play(0, 5);
  decoder().err();
  expect(asked).toBe(1);
  unit(200); // of before: there is nothing to decode it
  expect(failures).toEqual([]);
  configure();
  play(5, 10);
  expect(written).toHaveLength(10);
  decoder().err();
  expect(failures.map(({ kind }) => kind)).toEqual(['decoder']);
  session.repair();
  expect(asked).toBe(2);
});

test('errors that lie far apart are each mended', () => {
  for (let error = 1; error <= 5; error += 1) {
    configure();
    play(0, 260); // for more than ten seconds
    decoder().err();
    expect(asked).toBe(error);
  }
  expect(failures).toEqual([]);
});

test('what the decoder refuses at once is an error like others', () => {
  configure();
  FakeDecoder.refusal = new TypeError('no data');
  unit(0, true);
  expect(asked).toBe(1);
});

test('a decoder that cannot begin anew is an error, and only one', () => {
  configure();
  unit(0, true);
  decoder().decodeQueueSize = 5;
  unit(40);
  FakeDecoder.refusal = new TypeError('no');
  unit(1000, true);
  expect([asked, failures]).toEqual([1, []]);
});

test('what it can never decode is told at once', () => {
  configure('hvc1.1.6.L93.B0');
  decoder().err('NotSupportedError');
  expect(failures.map(({ kind }) => kind)).toEqual(['unplayable']);
  expect(asked).toBe(0);
});

test('another resolution, or another run, is another decoder, and no frame of the old one is shown', () => {
  configure();
  play(0, 5);
  const old = decoder();
  configure('avc1.640028', 1920);
  old.output();
  expect(old.state).toBe('closed');
  play(0, 3);
  expect(written).toHaveLength(8);
  expect(decoder().configs[0]?.codedWidth).toBe(1920);
  expect(FakeFrame.alive).toBe(0);
});

test('a page that nobody sees decodes nothing, and goes on with the newest when it is seen', () => {
  configure();
  play(0, 5);
  page.hidden = true;
  const before = session.frames();
  unit(200);
  unit(240);
  expect(decoder().state).toBe('closed');
  configure(); // another run, meanwhile
  expect(decoder().state).toBe('closed');
  expect(session.frames()).toBeGreaterThan(before);
  page.hidden = false;
  unit(280);
  expect(asked).toBe(1);
  configure();
  play(7, 10);
  expect(written).toHaveLength(8);
});

test('while its picture stands in a window of its own, a hidden page goes on', () => {
  configure();
  Object.assign(page, { hidden: true, pictureInPictureElement: video });
  play(0, 5);
  expect(written).toHaveLength(5);
});

test('a decoder that falls behind leaps to the next keyframe, and the rest is counted', () => {
  configure();
  unit(0, true);
  for (let number = 1; number < 25; number += 1) {
    clock.advance(40);
    decoder().decodeQueueSize = number;
    unit(number * 40);
  }
  const given = decoder().chunks.length;
  expect(given).toBeLessThan(24);
  expect(decoder().configs).toHaveLength(2);
  unit(1000, true);
  unit(1040);
  expect(decoder().chunks).toHaveLength(given + 2);
  expect(session.dropped()).toBeGreaterThanOrEqual(18);
  expect(FakeDecoder.all).toHaveLength(1);
});

test('of what waits to be decoded only what follows the newest keyframe matters', () => {
  configure();
  unit(0, true);
  unit(40);
  decoder().decodeQueueSize = 5;
  unit(80);
  unit(1000, true);
  expect(decoder().configs).toHaveLength(2);
  decoder().output();
  expect(written.map(({ timestamp }) => timestamp)).toEqual([1_000_000]);
});

test('of a long group that comes at once the first and the newest are seen', () => {
  configure();
  for (let number = 0; number < 100; number += 1) {
    decoder().decodeQueueSize = number;
    unit(number * 40, number === 0);
  }
  decoder().output(100);
  const seen = written.map(({ timestamp }) => timestamp / 40_000);
  expect(seen.slice(0, 2)).toEqual([0, 87]);
  expect(FakeFrame.alive).toBeLessThan(9);
  session.close();
  expect(FakeFrame.alive).toBe(0);
});

test('skipping shows what is held, or begins anew when that is not yet decoded', () => {
  configure();
  play(0, 5);
  unit(300); // early: it would be held
  decoder().output();
  expect(written).toHaveLength(5);
  session.skip();
  expect([written.length, asked]).toEqual([6, 0]);
  decoder().decodeQueueSize = 5;
  unit(340);
  session.skip();
  expect(asked).toBe(1);
});

test('units that never leave the decoder are forgotten some time', () => {
  configure();
  unit(0, true);
  for (let number = 1; number < 600; number += 1) unit(number * 40);
  const { chunks } = decoder();
  decoder().output(600);
  expect(chunks).toHaveLength(600);
  expect(written.length + session.dropped()).toBe(512);
});

test('when the browser takes no frames, they are closed and counted, and nothing moves', async () => {
  configure();
  room = -4;
  play(0, 3);
  await shown();
  expect(session.frames()).toBe(0);
  expect([written.length, session.dropped(), FakeFrame.alive]).toEqual([0, 3, 0]);
});

test.each([
  ['unavailable', 'unavailable'],
  ['refused', 'network'],
  ['overloaded', 'network'],
])('what is %s is %s', (type, kind) => {
  sink.told({ type, message: 'The camera sends H.265.' });
  expect(failures.map((failure) => failure.kind)).toEqual([kind]);
  expect(failures[0]?.reason).not.toBe('');
});

test('without a connection, or without pictures, it ends', () => {
  configure();
  play(0, 5);
  sink.lost('away');
  clock.advance(5000);
  expect(failures).toEqual([{ kind: 'network', reason: 'away' }]);
});

test('what is only news ends nothing', () => {
  for (const type of ['subscribed', 'skipped', 'reduced', 'restored', 'ended']) sink.told({ type });
  expect(failures).toEqual([]);
});

test('what the server left out counts as dropped, and why is told', () => {
  sink.told({ type: 'skipped', units: 7 });
  expect([session.dropped(), session.strain?.()]).toEqual([7, expect.stringContaining('left out')]);
});

test('after the end nothing is left of it', () => {
  configure();
  play(0, 5);
  unit(200);
  session.close();
  decoder().output();
  expect(decoder().state).toBe('closed');
  expect([left, FakeGenerator.stopped, FakeFrame.alive, clock.pending]).toEqual([1, 1, 0, 0]);
  expect(video.srcObject).toBe(null);
});
