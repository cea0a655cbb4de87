/** A make of cameras: where its streams are, as the maker documents it. */
export interface Make {
  readonly id: string;
  readonly name: string;
  /** The best picture first. */
  readonly streams: readonly Stream[];
  /** What the address needs besides the camera's own: the number of a channel, or a key that the maker shows. */
  readonly asks: 'nothing' | 'channel' | 'key';
  /** What to do at the camera first; may be empty. */
  readonly hint: string;
}

export interface Stream {
  readonly word: string;
  /** The address after `scheme://host`; `detail` is the channel, or the key. */
  readonly scheme: 'rtsp' | 'rtsps';
  readonly rest: (detail: string) => string;
}

const [MAIN, SUB] = ['Main: full size', 'Sub: small, saves the network'];
const two = (channel: string): string => channel.padStart(2, '0');

const rtsp = (word: string, rest: Stream['rest']): Stream => ({ word, scheme: 'rtsp', rest });

export const MAKES: readonly Make[] = [
  {
    id: 'axis',
    name: 'Axis',
    streams: [
      rtsp(MAIN, (channel) => `/axis-media/media.amp?videocodec=h264&camera=${channel}`),
      rtsp(SUB, (channel) => `/axis-media/media.amp?videocodec=h264&camera=${channel}&resolution=640x360`),
    ],
    asks: 'channel',
    hint: '',
  },
  {
    id: 'dahua',
    name: 'Dahua, Amcrest',
    streams: [
      rtsp(MAIN, (channel) => `/cam/realmonitor?channel=${channel}&subtype=0`),
      rtsp(SUB, (channel) => `/cam/realmonitor?channel=${channel}&subtype=1`),
    ],
    asks: 'channel',
    hint: '',
  },
  {
    id: 'hikvision',
    name: 'Hikvision',
    streams: [
      rtsp(MAIN, (channel) => `/Streaming/Channels/${channel}01`),
      rtsp(SUB, (channel) => `/Streaming/Channels/${channel}02`),
    ],
    asks: 'channel',
    hint: '',
  },
  {
    id: 'reolink',
    name: 'Reolink',
    streams: [
      rtsp(MAIN, (channel) => `/Preview_${two(channel)}_main`),
      rtsp(SUB, (channel) => `/Preview_${two(channel)}_sub`),
    ],
    asks: 'channel',
    hint: 'Turn RTSP on in the camera: Settings, Network, Advanced, Server settings.',
  },
  {
    id: 'tapo',
    name: 'Tapo',
    streams: [rtsp(MAIN, () => '/stream1'), rtsp(SUB, () => '/stream2')],
    asks: 'nothing',
    hint: 'User and password are those of the “Camera account” that you make in the Tapo app.',
  },
  {
    id: 'unifi',
    name: 'UniFi Protect',
    streams: [
      { word: 'Encrypted', scheme: 'rtsps', rest: (key) => `:7441/${key}` },
      rtsp('Not encrypted', (key) => `:7447/${key}`),
    ],
    asks: 'key',
    hint: 'Turn RTSP on for the camera in Protect. The key is the last part of the address that it shows.',
  },
];

export const madeBy = (id: string): Make | undefined => MAKES.find((make) => make.id === id);

/** Where a make's stream is; an empty text until all that it needs is there. */
export function addressOf(make: Make, stream: number, host: string, detail: string): string {
  const chosen = make.streams[stream] ?? make.streams[0];
  const needed = make.asks === 'key' ? keyIn(detail) : detail.trim() || '1';
  const place = host.trim();
  if (chosen === undefined || place === '' || needed === '') return '';
  return `${chosen.scheme}://${IPV6.test(place) ? `[${place}]` : place}${chosen.rest(needed)}`;
}

const IPV6 = /^[\da-f.]*:[\da-f:.]*$/i;

/** The key of a stream, also when the whole address was pasted. */
const keyIn = (text: string): string => text.trim().split('/').at(-1)?.split('?')[0] ?? '';
