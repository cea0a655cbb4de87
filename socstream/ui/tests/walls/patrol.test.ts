import { describe, expect, it } from 'vitest';
import { type Round, begun, needsAttention, turned, walked } from '../../src/walls/patrol';

const PAGES = [0, 1, 2];
const NONE = new Set<number>();

/** Walks once a second and notes which page is shown when. */
function walk(seconds: number, troubled: (second: number) => ReadonlySet<number>, pages = PAGES): Round[] {
  let round = begun(pages, 10, 0);
  return Array.from({ length: seconds }, (_, second) => {
    round = walked(round, pages, troubled(second), 10, second * 1000);
    return round;
  });
}
const pagesAt = (rounds: Round[], ...seconds: number[]): (number | undefined)[] =>
  seconds.map((second) => rounds[second]?.page);

describe('a patrol', () => {
  it('shows each page for its seconds, and begins again', () => {
    expect(
      pagesAt(
        walk(41, () => NONE),
        0,
        9,
        10,
        19,
        20,
        30,
        40,
      ),
    ).toEqual([0, 0, 1, 1, 2, 0, 1]);
  });

  it('knows what comes next', () => {
    const rounds = walk(25, () => NONE);
    expect([rounds[0]?.next, rounds[12]?.next, rounds[22]?.next]).toEqual([1, 2, 0]);
  });

  it('goes in the order that was asked for', () => {
    expect(
      pagesAt(
        walk(31, () => NONE, [2, 0]),
        0,
        10,
        20,
        30,
      ),
    ).toEqual([2, 0, 2, 0]);
  });

  it('stays on a page that needs attention, and goes on a whole turn after that has ended', () => {
    const rounds = walk(60, (second) => (second < 30 ? new Set([0]) : NONE));
    expect(pagesAt(rounds, 5, 15, 29, 38)).toEqual([0, 0, 0, 0]);
    expect(pagesAt(rounds, 39, 49)).toEqual([1, 2]);
    expect([rounds[5]?.waits, rounds[35]?.waits]).toEqual([true, false]);
  });

  it('goes to the page that needs attention when its turn has come', () => {
    const rounds = walk(40, () => new Set([2]));
    expect(pagesAt(rounds, 9, 10, 39)).toEqual([0, 2, 2]);
  });

  it('visits all pages that need attention', () => {
    const rounds = walk(40, () => new Set([0, 2]));
    expect(pagesAt(rounds, 9, 10, 20, 30)).toEqual([0, 2, 0, 2]);
    expect(rounds[20]?.waits).toBe(true);
  });

  it('has nothing to say and nowhere to go with one page', () => {
    const rounds = walk(30, () => new Set([0]), [0]);
    expect(rounds.at(-1)).toMatchObject({ page: 0, next: null, waits: false });
  });

  it('begins when its pages are known, with a whole turn', () => {
    const round = walked(begun([], 20, 0), [0, 1], NONE, 10, 3000);
    expect(round).toMatchObject({ page: 0, next: 1, until: 13_000 });
  });

  it('begins anew when its page is gone', () => {
    const round = walked(begun(PAGES, 10, 0), [1, 2], NONE, 10, 3000);
    expect(round).toMatchObject({ page: 1, next: 2, until: 13_000 });
  });
});

describe('a patrol that somebody turns by hand', () => {
  it('shows that page for a whole turn, and goes on from there', () => {
    const rounds = [turned(begun(PAGES, 10, 0), PAGES, -1, 10, 7000)];
    expect(rounds[0]).toMatchObject({ page: 2, next: 0, until: 17_000 });
    for (const now of [16_000, 17_000]) rounds.push(walked(rounds.at(-1)!, PAGES, NONE, 10, now));
    expect(rounds.map(({ page }) => page)).toEqual([2, 2, 0]);
  });

  it('goes round at both ends', () => {
    const first = begun(PAGES, 10, 0);
    expect(turned(turned(first, PAGES, -1, 10, 0), PAGES, 1, 10, 0).page).toBe(0);
  });

  it('may leave the page that needs attention, and comes back to it', () => {
    const away = turned(begun(PAGES, 10, 0), PAGES, 1, 10, 1000);
    const soon = walked(away, PAGES, new Set([0]), 10, 10_000);
    expect([soon.page, soon.waits]).toEqual([1, true]);
    expect(walked(soon, PAGES, new Set([0]), 10, 11_000).page).toBe(0);
  });

  it('stays where it is before there are pages', () => {
    expect(turned(begun([], 10, 0), [], 1, 10, 0).page).toBe(-1);
  });
});

describe('a camera', () => {
  it('needs attention while it is in trouble', () => {
    for (const tone of ['bad', 'warn'] as const) expect(needsAttention({ tone, age: 1000 })).toBe(true);
    for (const tone of ['good', 'info', 'quiet'] as const)
      expect(needsAttention({ tone, age: 1000 })).toBe(false);
    expect(needsAttention({ tone: 'bad', age: null })).toBe(true);
    expect(needsAttention(undefined)).toBe(false);
  });

  it('that is down for ten minutes is known, and holds up no patrol: else one that is broken hides all others', () => {
    expect(needsAttention({ tone: 'bad', age: 599_999 })).toBe(true);
    expect(needsAttention({ tone: 'bad', age: 600_000 })).toBe(false);
  });
});
