import type { JSX, TargetedKeyboardEvent, TargetedPointerEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { say } from '../i18n/say';
import { onPage, placed, resized, stepped } from './arrange';
import { CELLS, type WallTile } from './named';
import { placeOf } from './places';

interface EditorProps {
  readonly tiles: readonly WallTile[];
  readonly page: number;
  readonly names: ReadonlyMap<string, string>;
  readonly change: (tiles: readonly WallTile[]) => void;
}

type Place = Omit<WallTile, 'cameraId'>;

/** A tile on its way by the pointer; `after`: all tiles when it is let go there, null where there is no room. */
interface Drag {
  readonly tile: WallTile;
  readonly sizes: boolean;
  readonly from: { readonly x: number; readonly y: number };
  readonly to: Place;
  readonly after: readonly WallTile[] | null;
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Handles over the tiles of a page: to drag and to size, by pointer and by keyboard. */
export function Editor({ tiles, page, names, change }: EditorProps): JSX.Element {
  const [drag, setDrag] = useState<Drag | null>(null);
  const [told, setTold] = useState('');
  const grid = useRef<HTMLUListElement>(null);
  const nameOf = (tile: WallTile): string => names.get(tile.cameraId) ?? say('A camera that is gone');

  const grasp = (event: TargetedPointerEvent<HTMLElement>, tile: WallTile, sizes: boolean): void => {
    if (event.button !== 0) return;
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ tile, sizes, from: { x: event.clientX, y: event.clientY }, to: tile, after: tiles });
  };
  const pull = (event: TargetedPointerEvent<HTMLElement>): void => {
    const room = grid.current?.getBoundingClientRect();
    if (drag === null || room === undefined) return;
    const dx = Math.round(((event.clientX - drag.from.x) / room.width) * CELLS);
    const dy = Math.round(((event.clientY - drag.from.y) / room.height) * CELLS);
    const { tile, sizes } = drag;
    const to = sizes ? sized(tile, dx, dy) : shifted(tile, dx, dy, page);
    const after = sizes ? resized(tiles, tile, to.w - tile.w, to.h - tile.h) : placed(tiles, tile, to);
    setDrag({ ...drag, to, after });
  };
  const letGo = (): void => {
    if (drag?.after) change(drag.after);
    else if (drag) setTold(say('There is no room for {name}', { name: nameOf(drag.tile) }));
    setDrag(null);
  };
  const press = (event: TargetedKeyboardEvent<HTMLElement>, tile: WallTile): void => {
    const arrow = ARROWS[event.key];
    const name = nameOf(tile);
    if (event.key === 'Escape' && drag !== null) setDrag(null);
    else if (event.key === 'Delete' || event.key === 'Backspace') {
      change(tiles.filter((one) => one !== tile));
      setTold(say('{name} is off the wall', { name }));
    } else if (arrow !== undefined) {
      const after = (event.shiftKey ? resized : stepped)(tiles, tile, ...arrow);
      const is = onPage(after ?? [], page).find(({ cameraId }) => cameraId === tile.cameraId);
      if (after) change(after);
      setTold(is ? `${name}: ${where(is)}` : say('There is no room for {name}', { name }));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <ul class="places editor" ref={grid} aria-label={say('Tiles to arrange')}>
        {onPage(tiles, page).map((tile) => (
          <li
            key={tile.cameraId}
            class={drag?.tile.cameraId === tile.cameraId ? 'piece held' : 'piece'}
            style={placeOf(tile)}
            data-piece={tile.cameraId}
            tabIndex={0}
            aria-label={`${nameOf(tile)}, ${where(tile)}`}
            aria-keyshortcuts="Shift+ArrowRight Delete"
            onPointerDown={(event) => grasp(event, tile, false)}
            onPointerMove={pull}
            onPointerUp={letGo}
            onPointerCancel={() => setDrag(null)}
            onKeyDown={(event) => press(event, tile)}
          >
            <span class="name">{nameOf(tile)}</span>
            <span class="corner" aria-hidden="true" onPointerDown={(event) => grasp(event, tile, true)} />
          </li>
        ))}
        {drag !== null && (
          <li
            class={drag.after === null ? 'ghost no' : 'ghost'}
            style={placeOf(landing(drag, page))}
            aria-hidden="true"
          />
        )}
      </ul>
      <p class="unseen" role="status">
        {told}
      </p>
    </>
  );
}

/** Where the tile will lie: not where it is held, when it changes places with another one. */
const landing = ({ after, tile, to }: Drag, page: number): Place =>
  onPage(after ?? [], page).find(({ cameraId }) => cameraId === tile.cameraId) ?? to;

/** As people count. */
const where = ({ x, y, w, h }: Place): string =>
  say('column {x}, row {y}, {w} wide, {h} high', { x: x + 1, y: (y % CELLS) + 1, w, h });

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));

const shifted = ({ x, y, w, h }: Place, dx: number, dy: number, page: number): Place => ({
  x: clamp(x + dx, 0, CELLS - w),
  y: clamp(y + dy, page * CELLS, (page + 1) * CELLS - h),
  w,
  h,
});

const sized = ({ x, y, w, h }: Place, dx: number, dy: number): Place => ({
  x,
  y,
  w: clamp(w + dx, 1, CELLS - x),
  h: clamp(h + dy, 1, CELLS - (y % CELLS)),
});
