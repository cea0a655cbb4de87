import { describe, expect, it } from 'vitest';
import { swiped } from '../src/swipe';

const from = { x: 200, y: 300, at: 1000 };
const to = (dx: number, dy: number, after = 200): { x: number; y: number; at: number } => ({
  x: from.x + dx,
  y: from.y + dy,
  at: from.at + after,
});

describe('a finger', () => {
  it.each([
    [-120, 10, 1],
    [120, -30, -1],
    [-50, 0, 1],
  ])('that goes %i to the side and %i down turns by %i', (dx, dy, by) => {
    expect(swiped(from, to(dx, dy))).toBe(by);
  });

  it.each([
    ['touches', to(-49, 0)],
    ['scrolls', to(-60, 200)],
    ['goes askew', to(-120, 61)],
    ['looks for its place', to(-120, 0, 701)],
  ])('that %s turns nothing', (_, end) => {
    expect(swiped(from, end)).toBe(0);
  });
});
