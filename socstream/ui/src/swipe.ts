import { useEffect, useRef } from 'preact/hooks';

const FAR = 50; // px; less is a finger that touches
const SOON = 700; // ms; longer is one that looks for its place

interface Touched {
  readonly x: number;
  readonly y: number;
  /** Monotonic ms. */
  readonly at: number;
}

/** What a finger meant that went from there to here: 1, the next page; -1, the one before; 0, neither. */
export function swiped(from: Touched, to: Touched): -1 | 0 | 1 {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  if (Math.abs(dx) < FAR || Math.abs(dx) < 2 * Math.abs(dy) || to.at - from.at > SOON) return 0;
  return dx < 0 ? 1 : -1;
}

/** Turns pages when a single finger goes over the pictures to the side; null: there is nothing to turn. */
export function useSwipe(turn: ((by: number) => void) | null): void {
  const latest = useRef(turn);
  useEffect(() => {
    latest.current = turn;
  });
  useEffect(() => {
    const begin = (event: TouchEvent): void => {
      if (event.touches.length !== 1 || !isOverPictures(event)) return;
      const from = touched(event);
      const end = (ended: TouchEvent): void => {
        const by = ended.touches.length > 0 ? 0 : swiped(from, touched(ended));
        if (by !== 0) latest.current?.(by);
      };
      // of the very element: it may be gone by then, as a veil over a picture, and then nobody else hears it
      event.target?.addEventListener('touchend', end as EventListener, { once: true, passive: true });
    };
    addEventListener('touchstart', begin, { passive: true });
    return () => removeEventListener('touchstart', begin);
  }, []);
}

/** Not in a window, on a handle that is dragged, or on a page that is zoomed: there a finger means something else. */
const isOverPictures = ({ target }: TouchEvent): boolean =>
  target instanceof Element &&
  target.closest('main') !== null &&
  target.closest('dialog, .editor') === null &&
  (visualViewport?.scale ?? 1) < 1.05;

function touched({ changedTouches, timeStamp }: TouchEvent): Touched {
  const [finger] = changedTouches;
  return { x: finger?.clientX ?? 0, y: finger?.clientY ?? 0, at: timeStamp };
}
