import Hls from 'hls.js/light';
import type { ErrorData, HlsConfig, LevelLoadedData, LoadPolicy, LoaderResponse, RetryConfig } from 'hls.js';
import { explanation } from './http';
import { say } from './i18n/say';
import type { OpenSession, Reports, SessionFailure } from './session';
import { VideoView } from './video';

type MakeHls = (config: Partial<HlsConfig>) => Hls;

// Begins with what plays our own streams; slim.mjs says what it lacks.
const slim: MakeHls = (config) => new Hls(config);

/** All of hls.js: what gateways send may need it. */
const loadWhole = async (): Promise<MakeHls> => {
  const { default: Whole } = await import('hls.js/dist/hls.light.min.mjs');
  return (config) => new Whole(config);
};

/** The transport that works everywhere; `make` stands in for the constructor of hls.js in tests. */
export const openHls = (url: string, video: HTMLVideoElement, make = slim, load = loadWhole): OpenSession => {
  let isWhole = false;
  return (held, reports) => {
    const hls = make(configuration(held));
    const view = new VideoView(video);
    let [isClosed, hasSound] = [false, false];
    const getWhole = async (): Promise<void> => {
      hls.stopLoad();
      const found = await load().catch(() => null);
      if (isClosed) return;
      if (found !== null) [make, isWhole] = [found, true];
      const reason = found === null ? 'The server does not answer' : 'The picture is on its way';
      reports.failed({ kind: 'network', reason });
    };
    hls.on(Hls.Events.ERROR, (_event, data) => onError(data, reports));
    hls.on(Hls.Events.LEVEL_LOADED, (_event, data) => {
      if (isWhole || (hls.levels.length === 1 && isPlain(data))) reports.playlist(facts(data));
      else void getWhole();
    });
    hls.on(Hls.Events.FRAG_LOADED, () => reports.arrived());
    hls.on(Hls.Events.BUFFER_CODECS, (_event, { audio, audiovideo }) => {
      hasSound = (audio ?? audiovideo) !== undefined;
    });
    hls.loadSource(url);
    hls.attachMedia(video);
    return {
      frames: () => view.frames(),
      age: (serverNow) =>
        hls.playingDate === null ? null : Math.max(0, serverNow - hls.playingDate.getTime()),
      ahead: () => view.ahead(),
      skip: () => view.skip(),
      play: () => view.play(),
      repair: () => {
        hls.recoverMediaError();
        hls.startLoad(); // which a fatal error had stopped; at the newest, and not where it broke
      },
      picture: () => view.picture(),
      dropped: () => view.dropped(),
      hasSound: () => hasSound,
      close: () => {
        isClosed = true;
        hls.destroy();
      },
    };
  };
};

/** Whether its segments come with an init segment (MPEG-TS has none) and without a key. */
const isPlain = ({ details }: LevelLoadedData): boolean =>
  details.fragments.every(({ initSegment, levelkeys }) => initSegment !== null && levelkeys === undefined);

function configuration(held: boolean): Partial<HlsConfig> {
  return {
    // Segments are fMP4 already: there is nothing to transmux, so no worker, and no blob: URL that a strict CSP refuses.
    enableWorker: false,
    lowLatencyMode: true, // even without parts: else hls.js never plays faster to catch up
    liveDurationInfinity: true,
    liveSyncDurationCount: 2,
    liveMaxLatencyDurationCount: 6,
    maxLiveSyncPlaybackRate: 1.1,
    maxBufferLength: 10,
    maxMaxBufferLength: 20,
    backBufferLength: 10,
    startFragPrefetch: true,
    capLevelToPlayerSize: true,
    // The server holds the first playlist of a starting camera for up to 15 s. All else it answers from memory.
    // The retries, half a second apart, last about as long as what is buffered.
    manifestLoadPolicy: policy(held ? 18_000 : 4000, 0),
    playlistLoadPolicy: policy(2500, 5),
    fragLoadPolicy: policy(8000, 5),
  };
}

const policy = (firstByte: number, retries: number): LoadPolicy => ({
  default: {
    maxTimeToFirstByteMs: firstByte,
    maxLoadTimeMs: firstByte * 2,
    timeoutRetry: { maxNumRetry: Math.min(1, retries), retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: {
      maxNumRetry: retries,
      retryDelayMs: 500,
      maxRetryDelayMs: 2000,
      backoff: 'linear',
      shouldRetry,
    },
  },
});

// Of a live camera, 404 and 5xx and refused connections all mean "not now".
function shouldRetry(
  retry: RetryConfig | null | undefined,
  count: number,
  timedOut: boolean,
  response: LoaderResponse | undefined,
): boolean {
  const code = response?.code ?? 0;
  return (
    retry != null &&
    count < retry.maxNumRetry &&
    (timedOut || code === 0 || code === 404 || code === 429 || code >= 500)
  );
}

function facts({ details }: LevelLoadedData): Parameters<Reports['playlist']>[0] {
  return {
    ended: !details.live,
    firstSegment: details.startSN,
    lastSegment: details.endSN,
    targetDuration: details.targetduration,
  };
}

function onError(data: ErrorData, reports: Reports): void {
  const failure = classify(data);
  if (data.fatal) reports.failed(failure);
  else if (failure.kind === 'network') reports.hindered(failure.reason);
}

function classify(data: ErrorData): SessionFailure {
  if (data.type === Hls.ErrorTypes.NETWORK_ERROR) return { kind: 'network', reason: networkReason(data) };
  const codec =
    data.details === Hls.ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR ||
    data.details === Hls.ErrorDetails.BUFFER_ADD_CODEC_ERROR;
  if (codec) return { kind: 'unplayable', reason: say('This browser cannot play the video of this camera') };
  return { kind: 'decoder', reason: say('The browser could not decode the video') };
}

function networkReason(data: ErrorData): string {
  const code = data.response?.code ?? 0;
  if (code === 401) return say('You are signed out');
  const told = explanation(bodyOf(data.networkDetails));
  if (told !== null) return told;
  if (code === 403) return say('The server does not let us see this camera');
  if (code === 404) return say('The server has no stream of this camera');
  if (code >= 400) return say('The server answered {code}', { code });
  return /timeout/i.test(data.details)
    ? say('The server takes too long to answer')
    : say('The server does not answer');
}

/** The text that came with a failed request, "" when none did. */
function bodyOf(request: unknown): string {
  // a segment's request is of type arraybuffer and throws when it is asked for text
  return request instanceof XMLHttpRequest && request.responseType === 'text' ? request.responseText : '';
}
