import { describe, expect, test } from 'vitest';
import type { Camera, Failure, StreamState } from '../src/camera';
import { figuresOf } from '../src/figures';
import { type Looks, keptLooks } from '../src/looks';
import { select } from '../src/selection';
import { fileName } from '../src/snapshot';
import { STREAM } from './fakes';

const LOOKS: Looks = {
  layout: '4',
  filter: 'all',
  sort: 'name',
  theme: 'dark',
  language: 'auto',
  figures: false,
};
const REFUSED: Failure = { code: 'refused', message: '', remedy: '', since: null };

function camera(name: string, state: StreamState = 'live', more: Partial<Camera> = {}): Camera {
  return {
    id: name,
    name,
    location: 'Yard',
    maintenance: false,
    onDemand: false,
    statusSince: null,
    stream: { ...STREAM, state },
    unplayable: null,
    ...more,
  };
}

const MANY = Array.from({ length: 10 }, (_, n) => camera(`Camera ${n}`));
const names = (cameras: readonly Camera[]): string[] => cameras.map(({ name }) => name);
const found = (cameras: readonly Camera[], looks: Partial<Looks>, search = ''): string[] =>
  names(select(cameras, { ...LOOKS, ...looks }, search, 0).found);

describe('pages', () => {
  test('are cut to the layout, the last one may be short', () => {
    const last = select(MANY, LOOKS, '', 2);
    expect(last).toMatchObject({ page: 2, pages: 3 });
    expect(names(last.shown)).toEqual(['Camera 8', 'Camera 9']);
  });

  test('that are gone lead to the last one', () => {
    expect(select(MANY.slice(0, 5), LOOKS, '', 2)).toMatchObject({ page: 1, pages: 2 });
    expect(select([], LOOKS, '', 2)).toMatchObject({ page: 0, pages: 1, shown: [] });
  });

  test('of the automatic layout have sixteen', () => {
    const cameras = Array.from({ length: 40 }, (_, n) => camera(`${n}`));
    expect(select(cameras, { ...LOOKS, layout: 'auto' }, '', 0)).toMatchObject({ pages: 3 });
  });
});

test('online only shows a camera as soon as the server has it live', () => {
  const cameras = [camera('a'), camera('b', 'starting'), camera('c', 'live', { maintenance: true })];
  expect(found(cameras, { filter: 'online' })).toEqual(['a']);
  cameras[1] = camera('b');
  expect(found(cameras, { filter: 'online' })).toEqual(['a', 'b']);
});

test('trouble comes first, what is meant to be dark last, and the rest stays as it was', () => {
  const cameras = [
    camera('live 1'),
    camera('off', 'stopped'),
    camera('again', 'starting', { stream: { ...STREAM, state: 'starting', failure: REFUSED } }),
    camera('new', 'starting'),
    camera('live 2'),
    camera('down', 'backoff'),
    camera('still', 'stalled'),
    camera('works', 'live', { maintenance: true }),
  ];
  const order = ['again', 'down', 'still', 'new', 'live 1', 'live 2', 'off', 'works'];
  expect(found(cameras, { filter: 'trouble' })).toEqual(order);
});

test('by place counts as people do', () => {
  const at = (location: string): Camera => camera(location, 'live', { location });
  expect(found([at('Level 10'), at('Level 9'), at('attic')], { sort: 'place' })).toEqual([
    'attic',
    'Level 9',
    'Level 10',
  ]);
});

test.each([
  ['gate', ['Gate 4', 'Café gate']],
  ['YARD 4', ['Gate 4']],
  ['cafe', ['Café gate']],
  [' ', ['Gate 4', 'Café gate', 'Roof']],
  ['.*', []],
])('a search for %j', (search, expected) => {
  const cameras = [
    camera('Gate 4'),
    camera('Café gate', 'live', { location: 'Hall' }),
    camera('Roof', 'live', { location: '' }),
  ];
  expect(found(cameras, {}, search)).toEqual(expected);
});

describe('looks', () => {
  const storage = (kept: string | null) => {
    const all: string[] = [];
    return { getItem: () => kept, setItem: (_key: string, text: string) => void all.push(text), all };
  };

  test('are kept when they change', () => {
    const place = storage(null);
    const looks = keptLooks(() => place);
    looks.value = { ...looks.value, layout: '9' };
    expect(JSON.parse(place.all.at(-1) ?? '')).toMatchObject({ layout: '9', theme: 'dark' });
  });

  test.each([null, '{', 'null', '[]', '{"layout": "7", "theme": 3, "other": 1}'])(
    '%j is no reason to fail',
    (kept) => {
      expect(keptLooks(() => storage(kept)).value).toMatchObject({ layout: 'auto', theme: 'dark' });
    },
  );

  test('what is understood of them is taken', () => {
    expect(keptLooks(() => storage('{"layout": "12", "figures": true}')).value).toMatchObject({
      layout: '12',
      figures: true,
    });
  });

  test('a browser that forbids to keep anything shows the page all the same', () => {
    const looks = keptLooks(() => {
      throw new Error('SecurityError');
    });
    looks.value = { ...looks.value, layout: '1' };
    expect(looks.value.layout).toBe('1');
  });
});

test.each([
  ['Gate 4', 'Gate 4 2026-03-01 07-05-09.jpg'],
  ['../a/b:c*"<x>', 'a b c x 2026-03-01 07-05-09.jpg'],
  ['Übergang', 'Übergang 2026-03-01 07-05-09.jpg'],
  ['***', 'camera 2026-03-01 07-05-09.jpg'],
])('a picture of %j is saved as %j', (name, file) => {
  expect(fileName(name, new Date(2026, 2, 1, 7, 5, 9).getTime())).toBe(file);
});

test('figures leave out what nobody knows, and the size is the one that is seen', () => {
  const unseen = {
    age: null,
    shownAt: null,
    width: null,
    height: null,
    dropped: null,
    hasSound: false,
    way: null,
  };
  expect(figuresOf(camera('a'), unseen)).toEqual([]);
  const stream = { ...STREAM, codec: 'h264', width: 640, height: 360, fps: 29.97, bitrate: 4_120_000 };
  const facts = figuresOf(camera('a', 'live', { stream }), {
    ...unseen,
    age: 2710,
    width: 1920,
    height: 1080,
    dropped: 0,
    way: { rung: 'hls', because: 'The server does not answer' },
  });
  expect(facts.map(([, value]) => value)).toEqual([
    'H.264',
    '1920 × 1080',
    '30 fps',
    '4.1 Mbit/s',
    '2.7 s',
    'HLS (The server does not answer)',
    '0',
  ]);
});
