import type { Truth } from '../truth';

/** Where a patrol stands. Times are monotonic ms. */
export interface Round {
  /** -1 before anything is known. */
  readonly page: number;
  /** The page that comes next; null when there is only this one. */
  readonly next: number | null;
  readonly until: number;
  /** It keeps to the pages where something needs attention. */
  readonly waits: boolean;
}

const KNOWN = 600_000; // ms

/** Whether a patrol stays with a camera: it is in trouble, and not for so long that everybody knows. */
export const needsAttention = (truth: Pick<Truth, 'tone' | 'age'> | undefined): boolean =>
  truth !== undefined && (truth.tone === 'bad' || truth.tone === 'warn') && (truth.age ?? 0) < KNOWN;

/** How long before its turn the players of a page open. */
export const EARLY = 6000;

/** A patrol that begins. */
export const begun = (pages: readonly number[], seconds: number, now: number): Round => {
  const [page = -1, next = null] = pages;
  return { page, next, until: now + seconds * 1000, waits: false };
};

/**
 * The round a moment later. While something needs attention, only the pages with it are visited: on one such page it
 * stays, and goes on a whole turn after that has ended.
 */
export function walked(
  round: Round,
  pages: readonly number[],
  troubled: ReadonlySet<number>,
  seconds: number,
  now: number,
): Round {
  const whole = now + seconds * 1000;
  if (!pages.includes(round.page)) return begun(pages, seconds, now);
  const inTrouble = pages.filter((page) => troubled.has(page));
  const visited = inTrouble.length > 0 ? inTrouble : pages;
  const next = after(round.page, visited, pages);
  const waits = inTrouble.length > 0 && pages.length > 1;
  if (next === null) return { ...round, next, until: whole, waits };
  if (now < round.until) return { ...round, next, waits };
  return { page: next, next: after(next, visited, pages), until: whole, waits };
}

/** The round after somebody turned to another page: for a whole turn it stays there. */
export function turned(
  round: Round,
  pages: readonly number[],
  by: number,
  seconds: number,
  now: number,
): Round {
  const at = pages.indexOf(round.page);
  const page = pages.at((at + by) % pages.length);
  if (at < 0 || page === undefined) return round;
  return { ...round, page, next: after(page, pages, pages), until: now + seconds * 1000 };
}

/** The first of the visited pages that follows in the order of all; null when there is no other. */
function after(page: number, visited: readonly number[], pages: readonly number[]): number | null {
  const at = pages.indexOf(page);
  const following = [...pages.slice(at + 1), ...pages.slice(0, at)];
  return following.find((one) => visited.includes(one)) ?? null;
}
