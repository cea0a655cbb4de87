/** A grid; lengths in px. */
export interface Layout {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  /** So many rows, also when fewer are taken; else as many as are needed. */
  readonly rows?: number;
  /** The first tile takes two columns and two rows. */
  readonly bigFirst?: boolean;
}

const PICTURE = 16 / 9;
const ON_ONE_SCREEN = 16; // more than that scroll
const READABLE = 240; // px wide: below it, the words over a picture do not fit
const COMFORTABLE = 320;
// a tile may be a little taller or wider than its picture, if the grid then fills the screen
const [TALL, WIDE] = [PICTURE / 1.12, PICTURE * 1.2];

/** The grid that shows `count` tiles in `width` × `height` px, `gap` px apart: all of them, as large as can be. */
export function layout(count: number, width: number, height: number, gap: number): Layout {
  const shown = Math.max(1, Math.min(count, ON_ONE_SCREEN));
  let best: Layout | null = null;
  let widest = READABLE;
  for (let columns = 1; columns <= shown; columns += 1) {
    const rows = Math.ceil(shown / columns);
    const cell = (width - gap * (columns - 1)) / columns;
    const share = (height - gap * (rows - 1)) / rows;
    const row = share <= cell / TALL ? share : cell / PICTURE;
    const picture = Math.min(cell, row * PICTURE);
    if (picture >= widest) {
      const tile = cell <= row * WIDE ? cell : picture;
      best = { columns, width: Math.floor(tile), height: Math.floor(row) };
      widest = picture + 1;
    }
  }
  return best ?? scrolled(width, gap);
}

const COLUMNS: Readonly<Record<number, number>> = { 1: 1, 2: 2, 4: 2, 6: 3, 9: 3, 12: 4, 16: 4 };
const LEGIBLE = 200; // px wide: below it, a screen is too small for the layout that was asked for

/** The grid of exactly `size` places, also when fewer are taken: a wall does not jump when a camera comes. */
export function fixedLayout(size: number, width: number, height: number, gap: number): Layout {
  const isUpright = height > width;
  const across = COLUMNS[size] ?? 4;
  const places = size === 6 ? 9 : size; // 1 + 5: the big one takes four
  const columns = isUpright && size !== 6 ? places / across : across;
  const rows = places / columns;
  const cell = Math.floor((width - gap * (columns - 1)) / columns);
  if (cell < LEGIBLE) return scrolled(width, gap);
  const share = Math.floor((height - gap * (rows - 1)) / rows);
  const row = Math.min(share, Math.floor(cell / TALL));
  const tile = Math.min(cell, Math.floor(row * WIDE));
  return { columns, rows, width: tile, height: row, bigFirst: size === 6 };
}

function scrolled(width: number, gap: number): Layout {
  const columns = Math.max(1, Math.floor((width + gap) / (COMFORTABLE + gap)));
  const cell = Math.floor((width - gap * (columns - 1)) / columns);
  return { columns, width: cell, height: Math.floor(cell / PICTURE) };
}
