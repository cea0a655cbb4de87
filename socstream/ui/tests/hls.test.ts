import Hls from 'hls.js/light';
import type { HlsConfig } from 'hls.js';
import { beforeEach, expect, test, vi } from 'vitest';
import { openHls } from '../src/hls';
import type { PlaylistFacts, Reports, Session, SessionFailure } from '../src/session';

class FakeRequest {
  responseType = 'text';
  constructor(readonly responseText: string) {}
}

class FakeHls {
  readonly done: string[] = [];
  playingDate: Date | null = null;
  levels = [{}];
  private readonly listeners = new Map<string, (event: string, data: unknown) => void>();

  constructor(readonly config: Partial<HlsConfig>) {}

  on(event: string, listener: (event: string, data: unknown) => void): void {
    this.listeners.set(event, listener);
  }
  emit(event: string, data: unknown): void {
    this.listeners.get(event)?.(event, data);
  }
  loadSource(url: string): void {
    this.done.push(`load ${url}`);
  }
  attachMedia(): void {
    this.done.push('attach');
  }
  recoverMediaError(): void {
    this.done.push('recover');
  }
  startLoad(): void {
    this.done.push('start');
  }
  stopLoad(): void {
    this.done.push('stop');
  }
  destroy(): void {
    this.done.push('destroy');
  }
}

const video = {
  frames: 100,
  currentTime: 50,
  end: 50,
  getVideoPlaybackQuality: () => ({ totalVideoFrames: video.frames }),
  buffered: { length: 1, end: () => video.end },
};

let hls: FakeHls;
let playlists: PlaylistFacts[];
let arrivals: number;
let hindrances: string[];
let failures: SessionFailure[];

const reports: Reports = {
  playlist: (facts) => playlists.push(facts),
  arrived: () => (arrivals += 1),
  unit: () => expect.unreachable(),
  better: () => expect.unreachable(),
  hindered: (reason) => hindrances.push(reason),
  failed: (failure) => failures.push(failure),
};

const make = (config: Partial<HlsConfig>): Hls => {
  hls = new FakeHls(config);
  return hls as unknown as Hls;
};

const open = (held = false): Session =>
  openHls('/a.m3u8', video as unknown as HTMLVideoElement, make)(held, reports);

/** A playlist as hls.js tells it; a segment of fMP4 has its init segment. */
const details = (initSegment: object | null = {}, levelkeys?: object): object => ({
  live: true,
  startSN: 5,
  endSN: 10,
  targetduration: 2,
  fragments: [{ initSegment, levelkeys }],
});

const error = (more: object): void =>
  hls.emit(Hls.Events.ERROR, {
    type: Hls.ErrorTypes.NETWORK_ERROR,
    details: 'levelLoadError',
    fatal: true,
    ...more,
  });

beforeEach(() => {
  vi.stubGlobal('XMLHttpRequest', FakeRequest);
  vi.stubGlobal('document', { hidden: false });
  [playlists, hindrances, failures] = [[], [], []];
  arrivals = 0;
});

test('it loads, attaches, repairs (and loads again, as hls.js stopped) and ends', () => {
  const session = open();
  session.repair();
  session.close();
  expect(hls.done).toEqual(['load /a.m3u8', 'attach', 'recover', 'start', 'destroy']);
});

test('nothing that a strict policy refuses: no worker from a blob', () => {
  open();
  expect(hls.config.enableWorker).toBe(false);
});

test('it waits long for a first playlist only when the server may hold it', () => {
  open(true);
  expect(hls.config.manifestLoadPolicy?.default.maxTimeToFirstByteMs).toBe(18_000);
  open(false);
  expect(hls.config.manifestLoadPolicy?.default.maxTimeToFirstByteMs).toBe(4000);
});

test('it reports what a playlist says', () => {
  open();
  hls.emit(Hls.Events.LEVEL_LOADED, { details: details() });
  expect(playlists).toEqual([{ ended: false, firstSegment: 5, lastSegment: 10, targetDuration: 2 }]);
});

test.each([
  ['not fMP4', 1, details(null)],
  ['encrypted', 1, details({}, {})],
  ['of several qualities', 2, details()],
])(
  'a stream that is %s is played by the whole of hls.js, from the next session on',
  async (_, levels, odd) => {
    const whole: FakeHls[] = [];
    const opens = openHls('/a.m3u8', video as unknown as HTMLVideoElement, make, async () => (config) => {
      whole.push(new FakeHls(config));
      return whole.at(-1) as unknown as Hls;
    });
    opens(false, reports);
    const old = hls;
    old.levels = Array.from({ length: levels }, () => ({}));
    old.emit(Hls.Events.LEVEL_LOADED, { details: odd });
    await vi.waitFor(() =>
      expect(failures).toEqual([{ kind: 'network', reason: 'The picture is on its way' }]),
    );
    expect(old.done).toContain('stop');
    opens(false, reports);
    whole[0]?.emit(Hls.Events.LEVEL_LOADED, { details: odd });
    expect(playlists).toHaveLength(1);
  },
);

test('when the rest of hls.js does not come, it is tried again; after the end nothing is reported', async () => {
  const opens = openHls('/a.m3u8', video as unknown as HTMLVideoElement, make, () =>
    Promise.reject(new Error()),
  );
  const session = opens(false, reports);
  hls.emit(Hls.Events.LEVEL_LOADED, { details: details(null) });
  await vi.waitFor(() =>
    expect(failures).toEqual([{ kind: 'network', reason: 'The server does not answer' }]),
  );
  hls.emit(Hls.Events.LEVEL_LOADED, { details: details(null) });
  session.close();
  await new Promise((then) => setTimeout(then));
  expect(failures).toHaveLength(1);
});

test('the reason of a failed playlist is the one that the server gives', () => {
  open();
  const body = JSON.stringify({
    detail: 'No picture.',
    failure: { code: 'refused', message: 'It refuses.' },
  });
  error({ response: { code: 503 }, networkDetails: new FakeRequest(body) });
  error({ response: { code: 503 }, networkDetails: new FakeRequest('{"detail": "Not now."}') });
  expect(failures).toEqual([
    { kind: 'network', reason: 'It refuses.' },
    { kind: 'network', reason: 'Not now.' },
  ]);
});

test.each([
  [{ response: { code: 401 } }, 'You are signed out'],
  [{ response: { code: 403 } }, 'The server does not let us see this camera'],
  [{ response: { code: 404 } }, 'The server has no stream of this camera'],
  [{ response: { code: 502 } }, 'The server answered 502'],
  [{ response: { code: 0 } }, 'The server does not answer'],
  [{ details: 'levelLoadTimeOut' }, 'The server takes too long to answer'],
])('without a reason of the server, %j is told in plain words', (data, reason) => {
  open();
  error(data);
  expect(failures).toEqual([{ kind: 'network', reason }]);
});

test('an error that hls.js mends itself is no failure', () => {
  open();
  error({ fatal: false, response: { code: 500 } });
  error({ fatal: false, type: Hls.ErrorTypes.MEDIA_ERROR, details: 'bufferStalledError' });
  expect(failures).toEqual([]);
  expect(hindrances).toEqual(['The server answered 500']);
});

test('what the decoder cannot do is told from what it never will', () => {
  open();
  error({ type: Hls.ErrorTypes.MEDIA_ERROR, details: Hls.ErrorDetails.BUFFER_APPEND_ERROR });
  error({ type: Hls.ErrorTypes.MEDIA_ERROR, details: Hls.ErrorDetails.BUFFER_ADD_CODEC_ERROR });
  expect(failures.map(({ kind }) => kind)).toEqual(['decoder', 'unplayable']);
});

test('a segment that fails has no text to ask for', () => {
  open();
  const request = new FakeRequest('');
  request.responseType = 'arraybuffer';
  Object.defineProperty(request, 'responseText', { get: () => expect.unreachable('it throws in a browser') });
  error({ response: { code: 503 }, networkDetails: request });
  expect(failures).toEqual([{ kind: 'network', reason: 'The server answered 503' }]);
});

test('the age of a picture is the one of its programme time', () => {
  const session = open();
  expect(session.age(60_000)).toBeNull();
  hls.playingDate = new Date(58_500);
  expect(session.age(60_000)).toBe(1500);
  expect(session.age(58_000)).toBe(0);
});

test('the first media are told', () => {
  open();
  hls.emit(Hls.Events.LEVEL_LOADED, { details: details() });
  expect(arrivals).toBe(0);
  hls.emit(Hls.Events.FRAG_LOADED, {});
  expect(arrivals).toBe(1);
});

test('sound is known by the tracks, alone or together with pictures', () => {
  const session = open();
  expect(session.hasSound()).toBe(false);
  for (const [tracks, sounds] of [
    [{ video: {} }, false],
    [{ audiovideo: {} }, true],
    [{ audio: {}, video: {} }, true],
  ] as const) {
    hls.emit(Hls.Events.BUFFER_CODECS, tracks);
    expect(session.hasSound()).toBe(sounds);
  }
});

test('pictures of the session before do not count', () => {
  const session = open();
  expect(session.frames()).toBe(0);
  video.frames += 12;
  expect(session.frames()).toBe(1);
  expect(session.frames()).toBe(1);
});

test('a skip leads to the newest second, and never back', () => {
  const session = open();
  [video.currentTime, video.end] = [50, 60];
  expect(session.ahead()).toBe(10);
  session.skip();
  expect(video.currentTime).toBe(59);
  video.end = 59.5;
  session.skip();
  expect(video.currentTime).toBe(59);
});
