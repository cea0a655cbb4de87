import { expect, test } from 'vitest';
import { isShortcut } from '../src/keys';

const pressed = (key: string, held: Partial<Parameters<typeof isShortcut>[0]> = {}): boolean =>
  isShortcut({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

test.each(['[', ']', '/', '?'])('%s is meant for the page however a layout types it', (key) => {
  expect(pressed(key)).toBe(false);
  expect(pressed(key, { altKey: true })).toBe(false); // Option
  expect(pressed(key, { altKey: true, ctrlKey: true })).toBe(false); // AltGr
});

test.each([
  ['1', { altKey: true }],
  ['f', { altKey: true }],
  ['l', { altKey: true, ctrlKey: true }],
  ['Enter', { altKey: true }],
  ['ArrowLeft', { altKey: true }],
  ['r', { ctrlKey: true }],
  ['/', { ctrlKey: true }],
  ['w', { metaKey: true }],
  ['[', { metaKey: true }],
  ['[', { metaKey: true, altKey: true }],
])('%s with %j is meant for the browser or the system', (key, held) => {
  expect(pressed(key, held)).toBe(true);
});
