import { expect, test } from 'vitest';
import { Delays } from '../src/delays';

test('one in ten seconds is kept, for an hour', () => {
  const delays = new Delays();
  for (let second = 0; second < 2 * 3600; second += 1) delays.note('gate', second, 1000 * second);
  const { points, step } = delays.of('gate');
  expect(points).toHaveLength(360);
  expect(points[0]).toEqual([3_600_000, 3600]);
  expect(points.at(-1)).toEqual([7_190_000, 7190]);
  expect(step).toBe(10_000);
});

test('no picture is a gap', () => {
  const delays = new Delays();
  delays.note('gate', null, 0);
  expect(delays.of('gate').points).toEqual([[0, null]]);
  expect(delays.of('hall').points).toEqual([]);
});

test('a clock that is set back begins anew', () => {
  const delays = new Delays();
  for (const at of [50_000, 60_000, 20_000]) delays.note('gate', at, at);
  expect(delays.of('gate').points).toEqual([[20_000, 20_000]]);
});

test('a camera that is gone is forgotten', () => {
  const delays = new Delays();
  for (const id of ['gate', 'hall']) delays.note(id, 1, 0);
  delays.keep(new Set(['hall']));
  expect(delays.of('gate').points).toEqual([]);
  expect(delays.of('hall').points).toHaveLength(1);
});
