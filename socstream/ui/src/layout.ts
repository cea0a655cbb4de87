/** A grid; lengths in px. */
export interface Layout {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
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

function scrolled(width: number, gap: number): Layout {
  const columns = Math.max(1, Math.floor((width + gap) / (COMFORTABLE + gap)));
  const cell = Math.floor((width - gap * (columns - 1)) / columns);
  return { columns, width: cell, height: Math.floor(cell / PICTURE) };
}
