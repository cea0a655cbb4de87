import { expect, test } from 'vitest';
import { askServer, brought } from '../src/lazy';

const OURS = '/assets/main-AAAA.js';
const here = {
  querySelector: (selector: string) =>
    selector === 'script[type=module]' ? { getAttribute: () => OURS } : null,
} as unknown as Document;

const asked = (answer: () => Promise<Response>): Promise<string> => askServer(here, answer);

test('a server whose page begins with another script is newer than ours', async () => {
  const page = (script: string) => async () =>
    new Response(`<script type="module" src="${script}"></script>`);
  expect(await asked(page('/assets/main-BBBB.js'))).toBe('older');
  expect(await asked(page(OURS))).toBe('ours');
});

test('a server that does not answer, or not with its page, is away', async () => {
  expect(await asked(() => Promise.reject(new TypeError('refused')))).toBe('offline');
  expect(await asked(async () => new Response('Bad gateway', { status: 502 }))).toBe('offline');
});

test('nothing is imported from a server that is away: browsers remember a failed import', async () => {
  const load = (): Promise<never> => expect.unreachable();
  expect(await brought(load, async () => 'offline')).toBe('offline');
});

test('what does not come is of another version, or lost', async () => {
  const load = (): Promise<never> => Promise.reject(new TypeError('404'));
  expect(await brought(load, async () => 'older')).toBe('older');
  expect(await brought(load, async () => 'ours')).toBe('lost');
  const part = { name: 'part' };
  expect(
    await brought(
      async () => part,
      async () => 'older',
    ),
  ).toBe(part);
});
