import { describe, expect, test } from 'vitest';
import { fixedLayout, layout } from '../src/layout';
import { ServerTime } from '../src/servertime';
import { duration, moment } from '../src/words';
import { FakeClock } from './fakes';

test.each([
  [0, '0 s'],
  [-5, '0 s'],
  [8_999, '8 s'],
  [60_000, '1 min'],
  [250_000, '4 min 10 s'],
  [3 * 3_600_000 + 5 * 60_000 + 9_000, '3 h 5 min'],
  [51 * 3_600_000, '2 d 3 h'],
])('%d ms are %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test('a moment names its day only when it is not of the last day', () => {
  const at = new Date(2026, 2, 1, 14, 27, 55).getTime();
  expect(moment(at, at + 3_600_000)).toBe('14:27:55');
  expect(moment(at, at + 90_000_000)).toBe('1 Mar, 14:27');
});

describe('the grid', () => {
  const rows = (count: number, columns: number): number => Math.ceil(count / columns);

  test.each([
    [1, 1568, 836, 1],
    [2, 1568, 836, 2],
    [4, 1568, 836, 2],
    [16, 1568, 836, 4],
    [9, 3808, 2100, 3],
    [4, 374, 740, 1],
    [16, 374, 740, 1],
    [16, 788, 1116, 3],
    [40, 1568, 836, 4],
  ])('shows %d tiles on %d × %d in %d columns', (count, width, height, columns) => {
    expect(layout(count, width, height, 6).columns).toBe(columns);
  });

  test('fits up to 16 tiles without scrolling wherever they stay readable, and never overflows its width', () => {
    for (const [width, height] of [
      [1568, 836],
      [788, 1116],
      [3808, 2100],
      [1248, 660],
    ] as const) {
      for (let count = 1; count <= 16; count += 1) {
        const cells = layout(count, width, height, 6);
        expect(cells.columns * (cells.width + 6) - 6).toBeLessThanOrEqual(width);
        expect(rows(count, cells.columns) * (cells.height + 6) - 6).toBeLessThanOrEqual(height);
        expect(cells.width / cells.height).toBeLessThan(2.2);
      }
    }
  });

  test('scrolls in one column on a phone', () => {
    expect(layout(16, 304, 500, 6)).toEqual({ columns: 1, width: 304, height: 171 });
  });
});

describe('the clock of the server', () => {
  const clock = new FakeClock();
  const date = (ms: number): string => new Date(ms).toUTCString();

  test('is ours while what it says may be so', () => {
    const time = new ServerTime(clock);
    time.heard(date(clock.wall()), clock.wall() - 100, clock.wall());
    expect(time.now()).toBe(clock.wall());
    time.heard(null, clock.wall(), clock.wall());
    time.heard('yesterday', clock.wall(), clock.wall());
    expect(time.now()).toBe(clock.wall());
  });

  test('is found to a fraction of a second from headers that are cut to seconds', () => {
    const [time, ahead] = [new ServerTime(clock), 3_600_400];
    const errors: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      clock.advance(2130);
      const server = clock.wall() + ahead;
      time.heard(date(Math.floor(server / 1000) * 1000), clock.wall() - 10, clock.wall() + 10);
      errors.push(Math.abs(time.now() - clock.wall() - ahead));
    }
    expect(Math.max(...errors)).toBeLessThanOrEqual(1010);
    expect(Math.max(...errors.slice(10))).toBeLessThan(150);
  });

  test('is not behind what it has stamped on a picture', () => {
    const time = new ServerTime(clock);
    time.heard(date(clock.wall()), clock.wall() - 100, clock.wall());
    time.stamped(clock.wall() - 20);
    expect(time.now()).toBe(clock.wall());
    time.stamped(clock.wall() + 400);
    time.stamped(clock.wall() + 300);
    expect(time.now()).toBe(clock.wall() + 400);
    time.stamped(clock.wall() + 7_200_000);
    expect(time.now()).toBe(clock.wall() + 7_200_000);
  });

  test('is learnt anew when one of the clocks was set', () => {
    const time = new ServerTime(clock);
    time.heard(date(clock.wall()), clock.wall(), clock.wall());
    time.heard(date(clock.wall() + 7_200_000), clock.wall(), clock.wall());
    expect(Math.abs(time.now() - clock.wall() - 7_200_000)).toBeLessThanOrEqual(1000);
  });
});

describe('a grid that was asked for', () => {
  test.each([
    [1, 1],
    [2, 2],
    [4, 2],
    [6, 3],
    [9, 3],
    [12, 4],
    [16, 4],
  ])('of %d has %d columns, and fits the screen', (size, columns) => {
    for (const [width, height] of [
      [1568, 800],
      [3800, 2000],
      [1000, 560],
    ] as const) {
      const grid = fixedLayout(size, width, height, 6);
      const rows = (size === 6 ? 9 : size) / columns;
      expect(grid.columns).toBe(columns);
      expect(columns * grid.width + 6 * (columns - 1)).toBeLessThanOrEqual(width);
      expect(rows * grid.height + 6 * (rows - 1)).toBeLessThanOrEqual(height);
    }
  });

  test('of six has a big one', () => {
    expect(fixedLayout(6, 1568, 800, 6).bigFirst).toBe(true);
    expect(fixedLayout(9, 1568, 800, 6).bigFirst).toBe(false);
  });

  test('stands upright on an upright screen', () => {
    expect(fixedLayout(2, 800, 1100, 6).columns).toBe(1);
    expect(fixedLayout(12, 800, 1100, 6).columns).toBe(3);
  });

  test('is not followed on a screen where nothing could be seen', () => {
    expect(fixedLayout(16, 374, 700, 6)).toMatchObject({ columns: 1, width: 374 });
  });
});
