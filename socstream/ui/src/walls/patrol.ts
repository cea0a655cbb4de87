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

/** The first of the visited pages that follows in the order of all; null when there is no other. */
function after(page: number, visited: readonly number[], pages: readonly number[]): number | null {
  const at = pages.indexOf(page);
  const following = [...pages.slice(at + 1), ...pages.slice(0, at)];
  return following.find((one) => visited.includes(one)) ?? null;
}
