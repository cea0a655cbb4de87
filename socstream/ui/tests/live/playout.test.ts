import { beforeEach, expect, test } from 'vitest';
import { Playout } from '../../src/live/playout';
import { FakeClock } from '../fakes';

/** What was shown of a frame: its number, and when. */
interface Shown {
  readonly number: number;
  readonly at: number;
}

let clock: FakeClock;
let shown: Shown[];
let dropped: number[];
let playout: Playout<number>;
let streams: number;

beforeEach(() => {
  clock = new FakeClock();
  [shown, dropped] = [[], []];
  streams = 1;
  playout = new Playout(
    clock,
    (number) => shown.push({ number, at: clock.now() }),
    (number) => dropped.push(number),
    () => streams,
  );
});

/** Numbers between 0 and 1 that look random and are the same each time. */
function dice(): () => number {
  let state = 12345;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Lets frames of a steady camera come, each as late as told but never before the one before it. */
function play(fps: number, from: number, to: number, lateness: (number: number) => number): void {
  for (let number = from; number < to; number += 1) {
    const wait = (number * 1000) / fps + lateness(number) - clock.now();
    clock.advance(Math.max(0, wait));
    playout.take(number, (number * 1000) / fps);
  }
}

/** The times between pictures from one frame on, in ms. */
const intervals = (from: number): number[] =>
  shown.flatMap(({ number, at }, index) => {
    const before = shown[index - 1];
    return before === undefined || number < from ? [] : [at - before.at];
  });

const ageOf = ({ number, at }: Shown, fps: number): number => at - (number * 1000) / fps;

test('what comes evenly is shown as it comes', () => {
  play(25, 0, 100, () => 30);
  expect(shown).toHaveLength(100);
  expect(Math.max(...shown.map((one) => ageOf(one, 25)))).toBe(30);
});

test.each([15, 25, 30])('%d frames per second are smooth under a jitter of 100 ms', (fps) => {
  const random = dice();
  play(fps, 0, 40 * fps, () => 20 + 100 * random());
  const times = intervals(10 * fps);
  const even = times.filter((time) => Math.abs(time - 1000 / fps) <= 5);
  expect(even.length / times.length).toBeGreaterThan(0.95);
  expect(dropped.length).toBeLessThan(fps / 5);
  const ages = shown.filter(({ number }) => number > 10 * fps).map((one) => ageOf(one, fps));
  expect(Math.max(...ages)).toBeLessThanOrEqual(125);
});

test('the delay is as long as the jitter asks and no longer', () => {
  const random = dice();
  play(25, 0, 500, () => 20 + 20 * random());
  expect(Math.max(...shown.slice(100).map((one) => ageOf(one, 25)))).toBeLessThanOrEqual(42);
});

test('unevenness that nobody sees is not waited for', () => {
  const random = dice();
  const late = Array.from({ length: 500 }, () => 20 * random());
  play(25, 0, 500, (number) => late[number] ?? 0);
  for (const one of shown.slice(100)) expect(ageOf(one, 25)).toBeCloseTo(late[one.number] ?? 0);
});

test('among many streams, what holds up some pictures makes no others late', () => {
  const late = (number: number): number => (number % 25 < 4 ? 110 : 10);
  play(25, 0, 500, late);
  const alone = shown.slice(100).map((one) => ageOf(one, 25));
  expect(Math.min(...alone), 'one alone is smooth').toBeGreaterThan(100);
  streams = 16;
  play(25, 500, 1000, late);
  const others = shown.filter(({ number }) => number > 700 && number % 25 >= 8);
  expect(Math.max(...others.map((one) => ageOf(one, 25)))).toBeLessThanOrEqual(15);
});

test.each([15, 25, 30])(
  '%d frames per second among many streams stumble little under a jitter of 100 ms',
  (fps) => {
    streams = 16;
    const random = dice();
    play(fps, 0, 40 * fps, () => 20 + 100 * random());
    const uneven = intervals(10 * fps).map((time) => Math.abs(time - 1000 / fps));
    expect(Math.max(...uneven)).toBeLessThan(40);
    expect(uneven.filter((one) => one <= 20).length / uneven.length).toBeGreaterThan(0.85);
    expect(dropped.length).toBeLessThan(fps / 5);
  },
);

test('when the jitter is over, pictures catch up so gently that nobody sees it', () => {
  const random = dice();
  play(25, 0, 500, (number) => (number < 250 ? 100 * random() : 0));
  const last = shown.at(-1);
  expect(last && ageOf(last, 25)).toBeLessThan(5);
  expect(Math.min(...intervals(260))).toBeGreaterThan(40 * 0.95 - 4.001);
});

test('a big keyframe each second, which takes its time, holds up none of the others', () => {
  play(25, 0, 500, (number) => (number % 25 === 0 ? 60 : 10));
  expect(Math.max(...intervals(100))).toBeLessThanOrEqual(45);
});

test('after seconds without anything the newest is shown at once, and the delay is what it was', () => {
  play(25, 0, 250, () => 20);
  clock.advance(3000);
  play(25, 250, 400, () => 20); // 75 of them are overdue, and come together
  expect(clock.now()).toBeCloseTo(399 * 40 + 20);
  expect(shown.at(-1)).toEqual({ number: 399, at: clock.now() });
});

test('one hiccup in ten seconds is not waited for ever after', () => {
  play(25, 0, 500, (number) => (number === 250 ? 150 : 10));
  expect(shown.slice(260).every((one) => ageOf(one, 25) <= 15)).toBe(true);
});

test('what the server had kept comes first, all together, and delays nothing', () => {
  clock.advance(1000);
  for (let number = 0; number < 25; number += 1) {
    clock.advance(3); // as fast as it is decoded
    playout.take(number, number * 40);
  }
  play(25, 27, 100, () => 20);
  expect(dropped).toEqual([]);
  expect(shown.filter(({ number }) => number >= 27).every((one) => ageOf(one, 25) <= 25)).toBe(true);
});

test('what is held up for longer than a fifth of a second is shown late, and nobody waits for its like', () => {
  play(25, 0, 1000, (number) => (number % 50 === 0 ? 500 : 10));
  const others = shown.filter(({ number }) => number % 50 > 20);
  expect(Math.max(...others.map((one) => ageOf(one, 25)))).toBeLessThanOrEqual(15);
});

test('when frames come much earlier than before, the newest is shown soon', () => {
  play(25, 0, 250, () => 600);
  play(25, 250, 300, () => 100);
  const last = shown.at(-1);
  expect(last && ageOf(last, 25)).toBeLessThanOrEqual(105);
  expect(shown.length + dropped.length).toBe(300);
});

test.each([0.999, 1.001])('a camera whose clock runs %f times as fast is never left behind', (pace) => {
  for (let number = 0; number < 5000; number += 1) {
    clock.advance(40 / pace);
    playout.take(number, number * 40);
  }
  clock.advance(10);
  expect(shown.at(-1)?.number).toBe(4999);
  expect(dropped).toEqual([]);
});

test.each([-3_600_000, 3_600_000])('a stream whose clock jumps by %d ms plays on', (jump) => {
  play(25, 0, 100, () => 10);
  for (let number = 100; number < 200; number += 1) {
    clock.advance(40);
    playout.take(number, number * 40 + jump);
  }
  expect(shown.at(-1)).toEqual({ number: 199, at: clock.now() });
  expect(dropped).toEqual([]);
});

test('no more than a few frames are held', () => {
  play(25, 0, 50, () => 10);
  for (let number = 50; number < 70; number += 1) playout.take(number, 50 * 40 + number * 10);
  const shownThen = shown.length;
  clock.advance(10_000);
  expect(shown.length - shownThen).toBeLessThanOrEqual(8);
  expect(shown.length + dropped.length).toBe(70);
});

test('skipping shows the newest now', () => {
  play(25, 0, 50, (number) => (number % 2) * 100);
  playout.take(50, 50 * 40 + 100);
  playout.take(51, 51 * 40 + 100);
  playout.skip();
  expect(shown.at(-1)).toEqual({ number: 51, at: clock.now() });
  playout.skip();
  expect(shown.length + dropped.length).toBe(52);
});

test('after the end nothing is shown, and nothing is kept', () => {
  play(25, 0, 50, (number) => (number % 2) * 100);
  playout.take(50, 50 * 40 + 100);
  playout.clear();
  const before = shown.length;
  clock.advance(1000);
  expect(shown).toHaveLength(before);
  expect(shown.length + dropped.length).toBe(51);
  expect(clock.pending).toBe(0);
});
