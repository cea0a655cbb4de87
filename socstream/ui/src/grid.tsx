import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Camera } from './camera';
import { say } from './i18n/say';
import { fixedLayout, layout } from './layout';
import type { Looks } from './looks';
import { pageSize } from './selection';
import { Tile } from './tile';
import type { Wall } from './wall';

const GAP = 6; // px, as in the style sheet

interface GridProps {
  readonly wall: Wall;
  readonly cameras: readonly Camera[];
  readonly looks: Looks;
  readonly mayOperate: boolean;
  readonly open: (cameraId: string) => void;
}

/** The tiles of one page. */
export function Grid({ wall, cameras, looks, mayOperate, open }: GridProps): JSX.Element {
  const grid = useRef<HTMLUListElement>(null);
  const [room, setRoom] = useState<{ width: number; height: number } | null>(null);
  useEffect(() => {
    if (grid.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setRoom({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(grid.current);
    return () => observer.disconnect();
  }, []);
  const cells =
    room &&
    (looks.layout === 'auto'
      ? layout(cameras.length, room.width, room.height, GAP)
      : fixedLayout(pageSize(looks.layout), room.width, room.height, GAP));
  const style = cells && {
    gridTemplateColumns: `repeat(${cells.columns}, ${cells.width}px)`,
    gridTemplateRows: cells.rows === undefined ? 'none' : `repeat(${cells.rows}, ${cells.height}px)`,
    gridAutoRows: `${cells.height}px`,
  };
  return (
    <ul
      class={cells?.bigFirst ? 'grid big-first' : 'grid'}
      ref={grid}
      style={style ?? {}}
      aria-label={say('Live pictures')}
      onKeyDown={(event) => move(event, cells?.columns ?? 1)}
    >
      {cameras.map((camera) => (
        <Tile
          key={camera.id}
          camera={camera}
          wall={wall}
          figures={looks.figures}
          mayOperate={mayOperate}
          open={() => open(camera.id)}
        />
      ))}
    </ul>
  );
}

/** Arrows go from tile to tile. */
function move(event: TargetedKeyboardEvent<HTMLUListElement>, columns: number): void {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  const step = steps[event.key];
  const tiles = [...event.currentTarget.querySelectorAll<HTMLElement>('.tile')];
  const at = tiles.findIndex((tile) => tile === event.target);
  if (step === undefined || at < 0) return;
  event.preventDefault();
  tiles[at + step]?.focus();
}
