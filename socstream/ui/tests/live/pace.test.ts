import { describe, expect, test } from 'vitest';
import { Pace } from '../../src/live/pace';

/** A network that is as late as it wishes, and an element that plays as it is told. */
function play(
  seconds: number,
  fps: number,
  lateness: (unit: number) => number,
  disturb: (now: number) => number = () => 0,
): { pace: Pace; behind: number[]; stalls: number; jumps: number; rates: Set<number> } {
  const pace = new Pace();
  const interval = 1000 / fps;
  let [position, end, now, stalls, jumps, rate, unit] = [0, 0, 0, 0, 0, 1, 0];
  let last = 0;
  const behind: number[] = [];
  const rates = new Set<number>();
  for (; now < seconds * 1000; now += 5) {
    // what is late holds up what follows
    for (;;) {
      const due = Math.max(unit * interval + lateness(unit), last);
      if (due > now) break;
      last = due;
      const time = unit * interval;
      pace.note(now, time);
      end = time + interval;
      const advice = pace.advise(now, position);
      if (advice.jumpTo !== null) {
        position = Math.min(advice.jumpTo, end);
        jumps += 1;
      }
      rate = advice.rate;
      rates.add(rate);
      unit += 1;
    }
    const next = position + 5 * rate - disturb(now);
    if (next > end) stalls += now > 2000 && now > seconds * 500 ? 1 : 0;
    position = Math.min(next, end);
    behind.push(now - position);
  }
  return { pace, behind, stalls, jumps, rates };
}

const steady = (): number => 20;
const half = <T>(values: T[]): T[] => values.slice(values.length / 2);

describe.each([15, 25, 30])('%i pictures in a second', (fps) => {
  test('that come evenly are shown little more than a picture late', () => {
    const { behind, stalls } = play(20, fps, steady);
    expect(stalls).toBe(0);
    expect(Math.max(...half(behind))).toBeLessThan(20 + 40 + (1.5 * 1000) / fps + 45);
  });

  test('with a jitter of 100 ms are shown without a stop, and not much later than that', () => {
    const { behind, stalls } = play(40, fps, (unit) => (unit * 37) % 101);
    expect(stalls).toBe(0);
    expect(Math.max(...half(behind))).toBeLessThan(100 + 40 + (1.5 * 1000) / fps + 60);
  });
});

test('a delay is caught up gently, first fast, then slowly', () => {
  const { behind, rates, jumps } = play(20, 25, steady, (now) => (now > 5000 && now <= 5600 ? 5 : 0));
  expect(jumps).toBe(0);
  expect([...rates].sort()).toEqual(expect.arrayContaining([1, 1.03, 1.1]));
  expect(behind.at(-1)).toBeLessThan(190);
});

test('a long one is jumped over, once', () => {
  const { behind, jumps } = play(12, 25, steady, (now) => (now > 5000 && now <= 7000 ? 5 : 0));
  expect(jumps).toBeGreaterThanOrEqual(1);
  expect(jumps).toBeLessThan(3);
  expect(behind.at(-1)).toBeLessThan(300);
});

test('what the server had kept and sends at once is no jitter', () => {
  const pace = new Pace();
  for (let unit = 0; unit < 25; unit += 1) pace.note(unit / 10, unit * 40);
  for (let unit = 25; unit < 60; unit += 1) pace.note((unit - 24) * 40, unit * 40);
  expect(pace.wanted).toBeLessThan(110);
  expect(pace.behind(1400, 59 * 40)).toBeCloseTo(0, -1);
});

test('one long hold-up does not make everything later for seconds', () => {
  const { pace } = play(10, 25, (unit) => (unit === 220 ? 900 : 20));
  expect(pace.wanted).toBeLessThan(160);
});

test('of a timeline without pictures it says nothing', () => {
  const pace = new Pace();
  expect(pace.advise(0, 0)).toEqual({ rate: 1, jumpTo: null });
  pace.note(0, 0);
  pace.restart();
  expect(pace.behind(0, 0)).toBeNull();
});
