import { beforeEach, describe, expect, test, vi } from 'vitest';
import { lackOfMse, openMse } from '../../src/live/mse';
import type { Sink, Source, Unit } from '../../src/live/source';
import type { Reports, Session, SessionFailure } from '../../src/session';
import { FakeClock } from '../fakes';

/** Takes everything at once, but says so only when the test lets it. */
class FakeBuffer extends EventTarget {
  updating = false;
  timestampOffset = 0;
  mode = '';
  readonly done: string[] = [];
  refusal: Error | null = null;

  appendBuffer(data: Uint8Array): void {
    if (this.refusal !== null) throw this.refusal;
    this.note(`append ${[...data].join(' ')} at ${this.timestampOffset.toFixed(2)}`);
  }
  remove(from: number, to: number): void {
    this.note(`remove ${from} ${to.toFixed(2)}`);
  }
  changeType(type: string): void {
    this.done.push(`type ${type}`);
  }
  finish(): void {
    this.updating = false;
    this.dispatchEvent(new Event('updateend'));
  }
  private note(what: string): void {
    if (this.updating) throw new Error('it is still at the last one');
    this.updating = true;
    this.done.push(what);
  }
}

class FakeMediaSource extends EventTarget {
  static all: FakeMediaSource[] = [];
  static refusal: Error | null = null;
  readyState = 'closed';
  readonly buffers: FakeBuffer[] = [];

  constructor() {
    super();
    FakeMediaSource.all.push(this);
  }
  addSourceBuffer(type: string): FakeBuffer {
    if (FakeMediaSource.refusal !== null) throw FakeMediaSource.refusal;
    const buffer = new FakeBuffer();
    buffer.done.push(`type ${type}`);
    this.buffers.push(buffer);
    return buffer;
  }
  opens(): void {
    this.readyState = 'open';
    this.dispatchEvent(new Event('sourceopen'));
  }
}

class FakeVideo extends EventTarget {
  src = '';
  currentTime = 0;
  playbackRate = 1;
  paused = false;
  seeking = false;
  disableRemotePlayback = false;
  end: number | null = null;
  start = 1;
  loads = 0;
  readonly buffered = {
    of: this as FakeVideo,
    get length() {
      return this.of.end === null ? 0 : 1;
    },
    start() {
      return this.of.start;
    },
    end() {
      return this.of.end;
    },
  };
  getVideoPlaybackQuality = (): object => ({ totalVideoFrames: 0, droppedVideoFrames: 3 });
  play = async (): Promise<void> => undefined;
  load(): void {
    this.loads += 1;
  }
  removeAttribute(): void {
    this.src = '';
  }
}

let clock: FakeClock;
let video: FakeVideo;
let sink: Sink;
let asked: number;
let left: number;
let failures: SessionFailure[];
let told: string[];
let session: Session;

const source: Source = {
  streams: 1,
  subscribe(_cameraId, form, one) {
    told.push(form);
    sink = one;
    return () => (left += 1);
  },
  askKeyframe: () => (asked += 1),
};

const reports: Reports = {
  playlist: () => expect.unreachable(),
  arrived: () => told.push('arrived'),
  unit: () => told.push('unit'),
  better: () => expect.unreachable(),
  hindered: (reason) => told.push(reason),
  failed: (failure) => failures.push(failure),
};

beforeEach(() => {
  vi.stubGlobal('MediaSource', FakeMediaSource);
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('URL', { createObjectURL: () => 'blob:it', revokeObjectURL: () => undefined });
  clock = new FakeClock();
  video = new FakeVideo();
  FakeMediaSource.all = [];
  FakeMediaSource.refusal = null;
  [failures, told, asked, left] = [[], [], 0, 0];
  session = openMse(source, 'gate', video as unknown as HTMLVideoElement, clock)(false, reports);
});

const media = (): FakeMediaSource => FakeMediaSource.all.at(-1)!;
const buffer = (): FakeBuffer => media().buffers[0]!;
const INIT = 9;

const configure = (codec = 'avc1.64001f', run = 1): void =>
  sink.configured({ codec, width: 640, height: 360, run, record: new Uint8Array([INIT]) });

/** A picture comes, its data the number given. */
function unit(presentation: number, key = false, more: Partial<Unit> = {}): void {
  const data = new Uint8Array([(presentation / 40) % 256]);
  sink.unit({ key, presentation, arrived: 50_000 + presentation, first: false, data, ...more });
}

/** The browser has taken all, and so many seconds of it are there. */
function took(end: number): void {
  video.end = end;
  while (buffer().updating) buffer().finish();
}

/** Pictures come every 40 ms, with a keyframe each second, and the element plays. */
function play(from: number, to: number): void {
  for (let number = from; number < to; number += 1) {
    unit(number * 40, number % 25 === 0);
    took(1 + (number + 1) / 25);
    clock.advance(40);
    video.currentTime += 0.04 * video.playbackRate;
  }
}

function begin(): void {
  configure();
  media().opens();
  play(0, 50);
}

test('it is there where the browser plays what a script gives it', () => {
  expect(lackOfMse()).toBeNull();
  vi.stubGlobal('MediaSource', undefined);
  expect(lackOfMse()).not.toBeNull();
});

test('what came before the source has opened goes in as one piece, in order', () => {
  configure();
  unit(400, true);
  unit(440);
  expect(told).toEqual(['fmp4', 'arrived', 'unit', 'unit']);
  media().opens();
  expect(buffer().done).toEqual(['type video/mp4; codecs="avc1.64001f"', 'append 9 at 0.00']);
  expect(buffer().mode).toBe('segments');
  took(1.08);
  expect(buffer().done.at(-1)).toBe('append 10 11 at 0.60');
});

test('while the browser is at it, pictures gather', () => {
  begin();
  unit(2000, true);
  expect(buffer().updating).toBe(true);
  unit(2040);
  unit(2080);
  took(3.12);
  expect(buffer().done.slice(-2)).toEqual(['append 50 at 1.00', 'append 51 52 at 1.00']);
});

test('pictures before a keyframe are left out', () => {
  configure();
  unit(0);
  unit(40, true);
  media().opens();
  took(1.04);
  expect(buffer().done.at(-1)).toBe('append 1 at 0.96');
  expect(session.dropped()).toBe(1 + 3);
});

test('it starts at the newest picture, not where the group began', () => {
  configure();
  for (let number = 0; number < 25; number += 1) unit(number * 40, number === 0);
  media().opens();
  took(2);
  expect(video.currentTime).toBeGreaterThan(1.8);
  expect(video.currentTime).toBeLessThan(1.96);
});

test('the age is that of the picture that is shown: since the server had it', () => {
  configure();
  expect(session.age(60_000)).toBeNull();
  media().opens();
  play(0, 50);
  video.currentTime = 1 + 1.21; // the unit at 1200 ms
  expect(session.age(51_200 + 90)).toBeCloseTo(90);
  expect(session.age(51_200 - 500)).toBe(0);
});

test('a delay is caught up', () => {
  begin();
  video.currentTime -= 0.5;
  play(50, 55);
  expect(video.playbackRate).toBe(1.1);
  video.currentTime -= 2;
  play(55, 56);
  expect(video.currentTime).toBeGreaterThan(2.9);
  expect(video.playbackRate).toBe(1);
});

test('what was shown is let go of, in whole groups', () => {
  begin();
  play(50, 250);
  const removals = buffer().done.filter((one) => one.startsWith('remove'));
  expect(removals.at(-1)).toBe('remove 0 7.00');
  expect(removals.length).toBeLessThan(10);
});

test('another run goes on where the pictures of the last one ended', () => {
  begin();
  clock.advance(3000);
  configure('avc1.42001e', 2);
  unit(0, true, { first: true });
  took(3.04);
  unit(40);
  took(3.08);
  expect(buffer().done.slice(-4)).toEqual([
    'type video/mp4; codecs="avc1.42001e"',
    'append 9 at 1.00',
    'append 0 at 3.00',
    'append 1 at 3.00',
  ]);
  expect(FakeMediaSource.all).toHaveLength(1);
});

test('what the server skipped leaves no hole', () => {
  begin();
  unit(7000, true);
  expect(buffer().done.at(-1)).toBe('append 175 at -4.00');
});

describe('what the browser refuses', () => {
  test('because it never will play it is told so', () => {
    FakeMediaSource.refusal = new DOMException('no', 'NotSupportedError');
    configure('hvc1.1');
    media().opens();
    expect(failures.map(({ kind }) => kind)).toEqual(['unplayable']);
  });

  test('because it is broken may be repaired: a new source, and everything once more', () => {
    begin();
    video.dispatchEvent(new Event('error'));
    expect(failures).toEqual([{ kind: 'decoder', reason: 'The browser could not decode the video' }]);
    expect(video.src).toBe('blob:it'); // its last picture can still be kept
    session.repair();
    expect([asked, video.src]).toEqual([1, '']);
    configure();
    unit(2000, true);
    media().opens();
    took(1.04);
    expect(FakeMediaSource.all).toHaveLength(2);
    expect(buffer().done.at(-1)).toBe('append 50 at -1.00');
    expect(failures).toHaveLength(1);
  });

  test('when there is no more room is repaired, too', () => {
    begin();
    buffer().refusal = new DOMException('full', 'QuotaExceededError');
    unit(2000, true);
    unit(2040);
    expect(failures.map(({ kind }) => kind)).toEqual(['decoder']);
  });
});

test('an element that takes nothing does not fill the memory', () => {
  configure();
  const data = new Uint8Array(4 * 1024 * 1024);
  for (let number = 0; number < 6; number += 1) unit(number * 40, number === 0, { data });
  expect(asked).toBe(1);
});

test.each([
  ['unavailable', 'unavailable'],
  ['refused', 'network'],
  ['overloaded', 'network'],
])('what is %s is %s', (type, kind) => {
  sink.told({ type });
  expect(failures.map((failure) => failure.kind)).toEqual([kind]);
});

test('what the server left out counts as dropped, and why is told', () => {
  const before = session.dropped();
  sink.told({ type: 'skipped', units: 7 });
  expect([session.dropped() - before, session.strain?.()]).toEqual([7, expect.stringContaining('left out')]);
});

test('after its end nothing is left', () => {
  begin();
  session.close();
  expect([left, clock.pending, video.src, video.playbackRate]).toEqual([1, 0, '', 1]);
  video.dispatchEvent(new Event('error'));
  expect(failures).toEqual([]);
});
