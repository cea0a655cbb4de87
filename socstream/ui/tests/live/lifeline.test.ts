import { beforeEach, expect, test } from 'vitest';
import { Lifeline } from '../../src/live/lifeline';
import type { Reports } from '../../src/session';
import { FakeClock } from '../fakes';

let clock: FakeClock;
let told: string[];
let units: number;

const reports: Reports = {
  playlist: () => undefined,
  arrived: () => told.push('arrived'),
  unit: () => (units += 1),
  better: () => undefined,
  hindered: (reason) => told.push(`hindered: ${reason}`),
  failed: ({ kind, reason }) => told.push(`${kind}: ${reason}`),
};

const open = (isHeld = false): Lifeline => new Lifeline(clock, isHeld, reports);

/** A picture comes each second. */
function pictures(lifeline: Lifeline, seconds: number): void {
  for (let second = 0; second < seconds; second += 1) {
    lifeline.heard();
    clock.advance(1000);
  }
}

beforeEach(() => {
  clock = new FakeClock();
  [told, units] = [[], 0];
});

test('while pictures come it tells of the first, and that is all', () => {
  pictures(open(), 60);
  expect([told, units]).toEqual([['arrived'], 60]);
});

test.each([
  [false, 5000, 6000],
  [true, 17_000, 18_000],
])('when no picture comes at all it ends; a camera that starts (%s) gets longer', (isHeld, before, after) => {
  open(isHeld);
  clock.advance(before);
  expect(told).toEqual([]);
  clock.advance(after - before);
  expect(told).toEqual(['network: No picture came']);
  clock.advance(60_000);
  expect(told).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test('where a keyframe has to come first, as much time is given as cameras leave between two of them', () => {
  const lifeline = open();
  lifeline.configured();
  clock.advance(19_000);
  pictures(lifeline, 5);
  lifeline.configured(); // everything once more, for a decoder that lost its way
  clock.advance(18_000);
  expect(told).toEqual(['arrived']);
  clock.advance(2000);
  expect(told).toEqual(['arrived', 'network: No new video arrives']);
});

test('once its pictures come, what follows a keyframe is not waited for longer than usual', () => {
  const lifeline = open();
  lifeline.configured();
  pictures(lifeline, 5);
  clock.advance(9000);
  expect(told.at(-1)).toBe('network: No new video arrives');
});

test('where only keyframes come, it waits for the next of them', () => {
  const lifeline = open();
  pictures(lifeline, 5);
  lifeline.told({ type: 'reduced' });
  clock.advance(18_000);
  pictures(lifeline, 1);
  expect(told).toEqual(['arrived']);
  expect(lifeline.strain.reason).not.toBeNull();
  lifeline.broke('away'); // all come by another connection
  expect(lifeline.strain.reason).toBeNull();
});

test('a connection that breaks before the first keyframe gets no more time than others', () => {
  const lifeline = open();
  pictures(lifeline, 5);
  lifeline.configured();
  lifeline.broke('away');
  clock.advance(3000);
  expect(told.at(-1)).toBe('network: away');
});

test.each([
  ['unavailable', 'unavailable: '],
  ['refused', 'network: '],
  ['overloaded', 'network: The connection is too slow for pictures of now'],
])('what is %s is told', (type, failure) => {
  open().told({ type });
  expect(told).toEqual([failure]);
});

test('when no more pictures come it ends', () => {
  pictures(open(), 5);
  clock.advance(8000);
  expect(told).toEqual(['arrived']);
  clock.advance(2000);
  expect(told).toEqual(['arrived', 'network: No new video arrives']);
});

test('a connection that comes back soon harms nothing', () => {
  const lifeline = open();
  pictures(lifeline, 5);
  lifeline.broke('away');
  clock.advance(2000);
  pictures(lifeline, 10);
  expect(told).toEqual(['arrived', 'hindered: away']);
});

test('where there is no connection from the beginning, it ends at once', () => {
  open().broke('refused');
  expect([told, clock.pending]).toEqual([['network: refused'], 0]);
});

test('a connection that stays away ends it, with the first reason', () => {
  const lifeline = open();
  pictures(lifeline, 5);
  lifeline.broke('away');
  clock.advance(1000);
  lifeline.broke('refused');
  clock.advance(2000);
  expect(told.at(-1)).toBe('network: away');
});

test('a machine that slept waits anew', () => {
  const lifeline = open();
  pictures(lifeline, 5);
  clock.sleep(3_600_000);
  lifeline.broke('away'); // the connection did not survive that
  clock.advance(1000);
  pictures(lifeline, 5);
  expect(told).toEqual(['arrived', 'hindered: away']);
});

test('after the end nothing is told', () => {
  const lifeline = open();
  lifeline.end();
  clock.advance(60_000);
  expect([told, clock.pending]).toEqual([[], 0]);
});
