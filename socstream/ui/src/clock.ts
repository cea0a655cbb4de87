/** Time as an argument: tests bring their own. */
export interface Clock {
  /** Milliseconds on a clock that never steps. */
  now(): number;
  /** Milliseconds since 1970 by this machine's own clock. */
  wall(): number;
  /** Calls `then` once, `delay` ms from now; the result takes it back. */
  after(delay: number, then: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delay, then) {
    const timer = setTimeout(then, delay);
    return () => clearTimeout(timer);
  },
};

/** Calls `then` every `period` ms; the result ends it. */
export function every(clock: Clock, period: number, then: () => void): () => void {
  let cancel = clock.after(period, function again() {
    cancel = clock.after(period, again);
    then();
  });
  return () => cancel();
}
