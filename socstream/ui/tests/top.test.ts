import { expect, test } from 'vitest';
import { de } from '../src/i18n/de';
import { CONDITIONS, conditionOf } from '../src/top';
import type { TileState } from '../src/truth';

const COUNTED: readonly (readonly [TileState, string])[] = [
  ['live', 'live'],
  ['late', 'stalled'],
  ['connecting', 'starting'],
  ['frozen', 'stalled'],
  ['reconnecting', 'stalled'],
  ['starting', 'starting'],
  ['stalled', 'stalled'],
  ['backoff', 'down'],
  ['stopped', 'stopped'],
  ['maintenance', 'maintenance'],
];

test.each(COUNTED)('a camera that is %s counts as %s', (state, condition) => {
  expect(conditionOf({ state, word: state.toUpperCase() })).toBe(condition);
});

test('a camera that is tried again after a failure is still down', () => {
  expect(conditionOf({ state: 'starting', word: 'DOWN' })).toBe('down');
});

test.each(CONDITIONS)('the count “%s” has a German name', (condition) => {
  expect(de[condition]).toBeTruthy();
});
