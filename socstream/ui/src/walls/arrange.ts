import { CELLS, MOST_TILES, PAGES, type WallTile } from './named';

type Place = Omit<WallTile, 'cameraId'>;

/** The smallest side of a tile, in cells: below it, nobody can read what it says. */
const LEAST = 3;
const SIZES = [12, 8, 6, 4, LEAST];

export const pageOf = ({ y }: Place): number => Math.floor(y / CELLS);

/** The pages that have a tile, in their order. */
export const pagesOf = (tiles: readonly WallTile[]): readonly number[] =>
  [...new Set(tiles.map(pageOf))].sort((a, b) => a - b);

export const onPage = (tiles: readonly WallTile[], page: number): readonly WallTile[] =>
  tiles.filter((tile) => pageOf(tile) === page);

const overlap = (a: Place, b: Place): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

/** Whether a place lies within its page. */
const fits = ({ x, y, w, h }: Place): boolean =>
  x >= 0 && y >= 0 && x + w <= CELLS && (y % CELLS) + h <= CELLS && y < PAGES * CELLS;

/**
 * The tiles after one got another place; null when there is no room.
 *
 * One tile of which the new place would cover the middle changes places with it; nothing ever overlaps.
 */
export function placed(tiles: readonly WallTile[], tile: WallTile, to: Place): readonly WallTile[] | null {
  const others = tiles.filter((one) => one !== tile);
  if (!fits(to) || pageOf(to) !== pageOf(tile)) return null;
  const inTheWay = others.filter((one) => overlap(one, to));
  if (inTheWay.length === 0) return tiles.map((one) => (one === tile ? { ...one, ...to } : one));
  const other = inTheWay.find((one) => holds(to, one.x + one.w / 2, one.y + one.h / 2));
  if (other === undefined || to.w !== tile.w || to.h !== tile.h) return null;
  return swapped(tiles, tile, other);
}

const holds = ({ x, y, w, h }: Place, column: number, row: number): boolean =>
  column >= x && column < x + w && row >= y && row < y + h;

/** The tiles after two changed their places and sizes. */
function swapped(tiles: readonly WallTile[], one: WallTile, other: WallTile): readonly WallTile[] {
  const at = (tile: WallTile, { x, y, w, h }: Place): WallTile => ({ ...tile, x, y, w, h });
  return tiles.map((tile) => (tile === one ? at(tile, other) : tile === other ? at(tile, one) : tile));
}

/** The tiles after one went a cell that way; what stands there changes places with it. Null: it is the edge. */
export function stepped(
  tiles: readonly WallTile[],
  tile: WallTile,
  dx: number,
  dy: number,
): readonly WallTile[] | null {
  const to = { x: tile.x + dx, y: tile.y + dy, w: tile.w, h: tile.h };
  const moved = placed(tiles, tile, to);
  if (moved !== null || !fits(to) || pageOf(to) !== pageOf(tile)) return moved;
  const other = tiles.find((one) => one !== tile && overlap(one, to));
  return other === undefined ? null : swapped(tiles, tile, other);
}

/** The tiles after one became larger or smaller; null when there is no room, or it would be too small. */
export function resized(
  tiles: readonly WallTile[],
  tile: WallTile,
  dw: number,
  dh: number,
): readonly WallTile[] | null {
  const [w, h] = [tile.w + dw, tile.h + dh];
  if ((dw < 0 && w < LEAST) || (dh < 0 && h < LEAST)) return null;
  return placed(tiles, tile, { x: tile.x, y: tile.y, w, h });
}

/** The tiles with one more camera on a page, as large as there is room; null when there is none. */
export function added(
  tiles: readonly WallTile[],
  cameraId: string,
  page: number,
): readonly WallTile[] | null {
  const here = onPage(tiles, page);
  if (tiles.length >= MOST_TILES || here.some((tile) => tile.cameraId === cameraId)) return null;
  const usual = here.at(-1);
  const sizes = usual === undefined ? SIZES : [Math.min(usual.w, usual.h), ...SIZES];
  for (const size of sizes) {
    for (let y = page * CELLS; y <= (page + 1) * CELLS - size; y += 1) {
      for (let x = 0; x <= CELLS - size; x += 1) {
        const place = { x, y, w: size, h: size };
        if (here.every((tile) => !overlap(tile, place))) return [...tiles, { cameraId, ...place }];
      }
    }
  }
  return null;
}

/** As one reads them; so the keys 1 to 9 count them, too. */
export const inReadingOrder = (tiles: readonly WallTile[]): readonly WallTile[] =>
  [...tiles].sort((a, b) => a.y - b.y || a.x - b.x);

/** These cameras side by side, sixteen on a page at most. */
export function arranged(cameraIds: readonly string[]): readonly WallTile[] {
  const ids = cameraIds.slice(0, MOST_TILES);
  const pages = Math.ceil(ids.length / 16);
  const each = Math.ceil(ids.length / Math.max(1, pages));
  const columns = Math.ceil(Math.sqrt(each));
  const rows = Math.ceil(each / columns);
  const [w, h] = [Math.floor(CELLS / columns), Math.floor(CELLS / rows)];
  return ids.map((cameraId, index) => {
    const [page, at] = [Math.floor(index / each), index % each];
    return { cameraId, x: (at % columns) * w, y: page * CELLS + Math.floor(at / columns) * h, w, h };
  });
}
