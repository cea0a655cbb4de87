import { describe, expect, it } from 'vitest';
import {
  added,
  arranged,
  inReadingOrder,
  pageOf,
  pagesOf,
  placed,
  resized,
  stepped,
} from '../../src/walls/arrange';
import type { WallTile } from '../../src/walls/named';

const tile = (cameraId: string, x: number, y: number, w = 8, h = 8): WallTile => ({ cameraId, x, y, w, h });

/** Every cell of every tile, to see that none is used twice and none lies outside. */
function cells(tiles: readonly WallTile[]): string[] {
  return tiles.flatMap(({ x, y, w, h }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  );
}
const isSound = (tiles: readonly WallTile[]): boolean => {
  const used = cells(tiles);
  return new Set(used).size === used.length && tiles.every((one) => one.x >= 0 && one.x + one.w <= 24);
};

describe('a tile that is moved', () => {
  it('lies where there is room', () => {
    const gate = tile('gate', 0, 0);
    expect(placed([gate], gate, { ...gate, x: 5, y: 7 })).toEqual([tile('gate', 5, 7)]);
  });

  it('changes places and sizes with the one it is put on', () => {
    const [gate, yard] = [tile('gate', 0, 0), tile('yard', 8, 0, 16, 24)];
    expect(placed([gate, yard], gate, { ...gate, x: 12, y: 8 })).toEqual([
      tile('gate', 8, 0, 16, 24),
      tile('yard', 0, 0),
    ]);
  });

  it('stays where it was when it would only touch another one', () => {
    const [gate, yard] = [tile('gate', 0, 0), tile('yard', 8, 0)];
    expect(placed([gate, yard], gate, { ...gate, x: 1 })).toBeNull();
  });

  it.each([
    ['left', -1, 0],
    ['above', 0, -1],
  ])('never leaves its page: %s', (_, dx, dy) => {
    const gate = tile('gate', 0, 24);
    expect(stepped([gate], gate, dx, dy)).toBeNull();
  });

  it('steps over a neighbour by changing places', () => {
    const [gate, yard] = [tile('gate', 0, 0), tile('yard', 8, 0)];
    const after = stepped([gate, yard], gate, 1, 0);
    expect(after).toEqual([tile('gate', 8, 0), tile('yard', 0, 0)]);
  });
});

describe('a tile that is sized', () => {
  it('grows into free cells only', () => {
    const [gate, yard] = [tile('gate', 0, 0), tile('yard', 9, 0)];
    expect(resized([gate, yard], gate, 1, 0)?.[0]).toEqual(tile('gate', 0, 0, 9, 8));
    expect(resized([gate, yard], gate, 2, 0)).toBeNull();
  });

  it('stays large enough to be read', () => {
    const gate = tile('gate', 0, 0, 3, 3);
    expect(resized([gate], gate, -1, 0)).toBeNull();
    expect(resized([gate], gate, 1, 0)?.[0]?.w).toBe(4);
  });

  it('ends with its page', () => {
    const gate = tile('gate', 16, 16);
    expect(resized([gate], gate, 0, 1)).toBeNull();
  });
});

describe('a new tile', () => {
  it('is as large as the last one, beside it', () => {
    expect(added([tile('gate', 0, 0)], 'yard', 0)?.at(-1)).toEqual(tile('yard', 8, 0));
  });

  it('is smaller where there is less room', () => {
    const after = added([tile('gate', 0, 0, 24, 20)], 'yard', 0);
    expect(after?.at(-1)).toEqual(tile('yard', 0, 20, 4, 4));
  });

  it('finds no room on a full page, but does on the next one', () => {
    const full = [tile('gate', 0, 0, 24, 24)];
    expect(added(full, 'yard', 0)).toBeNull();
    expect(added(full, 'yard', 1)?.at(-1)?.y).toBe(24);
  });

  it('does not show a camera twice on a page', () => {
    expect(added([tile('gate', 0, 0)], 'gate', 0)).toBeNull();
    expect(added([tile('gate', 0, 0)], 'gate', 1)).toHaveLength(2);
  });
});

describe('cameras side by side', () => {
  it.each([1, 2, 5, 9, 16, 17, 40, 64, 90])('%i of them lie on pages without overlap', (count) => {
    const tiles = arranged(Array.from({ length: count }, (_, id) => `camera ${id}`));
    expect(tiles).toHaveLength(Math.min(count, 64));
    expect(isSound(tiles)).toBe(true);
    expect(tiles.every((one) => (one.y % 24) + one.h <= 24)).toBe(true);
    expect(pagesOf(tiles)).toHaveLength(Math.ceil(Math.min(count, 64) / 16));
  });

  it('are read from the top left, page by page', () => {
    const tiles = [tile('c', 0, 24), tile('b', 8, 0), tile('a', 0, 0)];
    expect(inReadingOrder(tiles).map(({ cameraId }) => cameraId)).toEqual(['a', 'b', 'c']);
    expect(tiles.map(pageOf)).toEqual([1, 0, 0]);
  });
});

it('never overlaps, whatever somebody does', () => {
  let tiles = arranged(Array.from({ length: 9 }, (_, id) => `camera ${id}`));
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  let done = 0;
  for (let turn = 0; turn < 2000; turn += 1) {
    const one = tiles[random(tiles.length)];
    if (one === undefined) throw new Error('a tile was lost');
    const [a, b] = [random(9) - 4, random(9) - 4];
    const after = [
      () => stepped(tiles, one, Math.sign(a), Math.sign(b)),
      () => resized(tiles, one, a, b),
      () => placed(tiles, one, { ...one, x: random(24), y: random(24) }),
    ][random(3)]?.();
    if (after) {
      tiles = after;
      done += 1;
    }
    expect(tiles).toHaveLength(9);
    expect(isSound(tiles)).toBe(true);
  }
  expect(done).toBeGreaterThan(200);
});
