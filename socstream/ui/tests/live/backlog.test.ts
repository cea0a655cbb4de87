import { expect, test } from 'vitest';
import { Backlog } from '../../src/live/backlog';

/** Whether it ever grew, when so many units wait at each 40 ms. */
function grew(waiting: readonly number[]): boolean {
  const backlog = new Backlog();
  return waiting.map((units, index) => backlog.grows(index * 40, units)).includes(true);
}

const course = (length: number, waiting: (index: number) => number): number[] =>
  Array.from({ length }, (_, index) => waiting(index));

test('a decoder that has a unit or two in hand is not behind', () => {
  expect(grew(course(100, (index) => index % 3))).toBe(false);
});

test('a decoder that gets more than it can do is behind', () => {
  expect(grew(course(30, (index) => index / 2))).toBe(true);
});

test('a decoder that never gets less is behind', () => {
  expect(grew(course(30, () => 6))).toBe(true);
});

test('a long group of pictures that comes at once is given its time', () => {
  expect(grew([250, ...course(60, (index) => Math.max(0, 245 - 5 * index))])).toBe(false);
});

test('… but not when the decoder gets nowhere with it', () => {
  expect(grew([250, ...course(60, (index) => 250 + index / 2)])).toBe(true);
});

test('a short jam is none', () => {
  const backlog = new Backlog();
  expect(backlog.grows(0, 8)).toBe(false);
  expect(backlog.isThere).toBe(true);
  expect(backlog.grows(600, 1)).toBe(false);
  expect(backlog.isThere).toBe(false);
  expect(backlog.grows(640, 8)).toBe(false);
  expect(backlog.grows(1300, 8)).toBe(false);
});
