import { describe, expect, it } from 'vitest';
import { type Round, begun, walked } from '../../src/walls/patrol';

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
