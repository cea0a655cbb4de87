import { expect, test } from 'vitest';
import { isDark, lastPicture } from '../src/lastpicture';
import type { Truth } from '../src/truth';
import type { PictureFacts } from '../src/wall';

const JPEG = { 'Content-Type': 'image/jpeg', Age: '75' };
const decode = async (): Promise<ImageBitmap> => ({ width: 640, height: 360 }) as ImageBitmap;

const asked = async (answer: () => Response): Promise<unknown> =>
  lastPicture(
    'a/b',
    async (url) => {
      expect(url).toBe('/api/security-operations/cameras/a%2Fb/last-image');
      return answer();
    },
    decode,
  );

test('the picture that the server kept comes with its age', async () => {
  const found = await asked(() => new Response('jpeg', { headers: JPEG }));
  expect(found).toMatchObject({ picture: { width: 640, height: 360 }, age: 75_000 });
});

test.each<[string, () => Response]>([
  ['the sign for no picture', () => new Response('<svg/>', { headers: { 'Content-Type': 'image/svg+xml' } })],
  ['a picture without a date', () => new Response('jpeg', { headers: { 'Content-Type': 'image/jpeg' } })],
  ['an error', () => new Response('{}', { status: 500, headers: JPEG })],
  ['no answer', () => Response.error()],
  [
    'a broken connection',
    () => {
      throw new TypeError('failed to fetch');
    },
  ],
])('%s is no picture', async (_what, answer) => {
  expect(await asked(answer)).toBeNull();
});

test('what cannot be decoded is no picture', async () => {
  const broken = async (): Promise<ImageBitmap> => {
    throw new DOMException('broken', 'InvalidStateError');
  };
  expect(await lastPicture('a', async () => new Response('?', { headers: JPEG }), broken)).toBeNull();
});

test.each<[string, Partial<Truth>, number | null, boolean]>([
  ['down, and nothing was seen here', { still: true, tone: 'bad' }, null, true],
  ['stalled, and nothing was seen here', { still: true, tone: 'warn' }, null, true],
  ['down, with its own last picture', { still: true, tone: 'bad' }, 5, false],
  ['on its way', { still: true, tone: 'info' }, null, false],
  ['in maintenance', { still: true, tone: 'quiet' }, null, false],
  ['live', { still: false, tone: 'good' }, null, false],
])('%s', (_what, truth, shownAt, dark) => {
  expect(isDark(truth as Truth, { shownAt } as PictureFacts)).toBe(dark);
});
