/** How a picture lies in its frame: so much larger, and where its corner is. The unit is the size of the frame. */
export interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
const LARGEST = 8;

/** Larger by a factor, or smaller; what lies at a point of the frame stays there. */
export function zoomed({ scale, x, y }: Zoom, factor: number, at: Point): Zoom {
  const next = Math.min(LARGEST, Math.max(1, scale * factor));
  const by = next / scale;
  return held({ scale: next, x: at.x - (at.x - x) * by, y: at.y - (at.y - y) * by });
}

/** Moved by parts of the frame; the picture never leaves it. */
export const moved = (zoom: Zoom, by: Point): Zoom => held({ ...zoom, x: zoom.x + by.x, y: zoom.y + by.y });

const held = ({ scale, x, y }: Zoom): Zoom => ({ scale, x: between(1 - scale, x), y: between(1 - scale, y) });

const between = (least: number, value: number): number => Math.min(0, Math.max(least, value));

/** The middle of two fingers, and how far they are from one another, in px. */
export const pinch = (one: Point, other: Point): Point & { readonly apart: number } => ({
  x: (one.x + other.x) / 2,
  y: (one.y + other.y) / 2,
  apart: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)),
});
