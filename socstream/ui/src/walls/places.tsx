import type { CSSProperties, JSX, TargetedKeyboardEvent } from 'preact';
import type { Camera } from '../camera';
import { say } from '../i18n/say';
import { Tile } from '../tile';
import type { Wall } from '../wall';
import { CELLS, type WallTile } from './named';

interface PlacesProps {
  readonly wall: Wall;
  readonly tiles: readonly WallTile[];
  /** Tiles whose turn comes soon: their players open behind the others. */
  readonly soon?: readonly WallTile[];
  readonly figures: boolean;
  readonly mayOperate: boolean;
  readonly open: (cameraId: string) => void;
}

/** Where a tile lies on the grid of its page. */
export const placeOf = ({ x, y, w, h }: Omit<WallTile, 'cameraId'>): CSSProperties => ({
  gridArea: `${(y % CELLS) + 1} / ${x + 1} / span ${h} / span ${w}`,
});

/** The tiles of one page of a wall, each at its place. */
export function Places({ wall, tiles, soon, figures, mayOperate, open }: PlacesProps): JSX.Element {
  const cameras = new Map(wall.listing.value.cameras.map((camera) => [camera.id, camera]));
  const shown = new Set(tiles.map(({ cameraId }) => cameraId));
  // one list with keys, so that a picture that is to be seen on the next page, too, plays on
  const all = [
    ...tiles.map((tile) => ({ tile, isSoon: false })),
    ...(soon ?? []).filter(({ cameraId }) => !shown.has(cameraId)).map((tile) => ({ tile, isSoon: true })),
  ];
  return (
    <ul class="places" aria-label={say('Live pictures')} onKeyDown={walk}>
      {all.map(({ tile, isSoon }) => {
        const camera = cameras.get(tile.cameraId);
        if (camera === undefined) return !isSoon && <Gone key={tile.cameraId} tile={tile} />;
        const common = { wall, camera, figures, mayOperate, soon: isSoon, open: () => open(camera.id) };
        return <Tile key={tile.cameraId} {...common} place={placeOf(tile)} />;
      })}
    </ul>
  );
}

const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Arrows go to the nearest tile that way. */
function walk(event: TargetedKeyboardEvent<HTMLUListElement>): void {
  const way = WAYS[event.key];
  const tiles = [...event.currentTarget.querySelectorAll<HTMLElement>('.tile:not([inert])')];
  const from = tiles.find((tile) => tile === event.target);
  if (way === undefined || from === undefined) return;
  event.preventDefault();
  const { x, y, width, height } = from.getBoundingClientRect();
  const middle = [x + width / 2, y + height / 2] as const;
  const far = (tile: HTMLElement): number => {
    const to = tile.getBoundingClientRect();
    const [dx, dy] = [to.x + to.width / 2 - middle[0], to.y + to.height / 2 - middle[1]];
    const ahead = dx * way[0] + dy * way[1];
    const aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
    return ahead <= 1 || aside > ahead * 2 ? Infinity : ahead + 2 * aside;
  };
  const nearest = tiles.reduce((best, tile) => (far(tile) < far(best) ? tile : best), from);
  nearest.focus();
}

function Gone({ tile }: { tile: WallTile }): JSX.Element {
  return (
    <li class="tile quiet" style={placeOf(tile)} data-gone={tile.cameraId}>
      <div class="veil">
        <p class="state">{say('GONE')}</p>
        <p class="why">{say('This camera was deleted, or is not yours to see')}</p>
      </div>
    </li>
  );
}

/** The names of cameras, by their ids. */
export const namesOf = (cameras: readonly Camera[]): ReadonlyMap<string, string> =>
  new Map(cameras.map(({ id, name }) => [id, name]));
