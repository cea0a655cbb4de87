import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Layout, layout } from './layout';
import { Logo } from './logo';
import { Tile } from './tile';
import type { Truth } from './truth';
import type { Wall } from './wall';
import { duration, timeOfDay } from './words';

const GAP = 6; // px, as in the style sheet

interface PageProps {
  readonly wall: Wall;
  /** Whether the user may order tries. */
  readonly mayOperate: boolean;
  readonly menu: ComponentChildren;
  readonly banner: ComponentChildren;
}

export function Page({ wall, mayOperate, menu, banner }: PageProps): JSX.Element {
  const { cameras, heardAt } = wall.listing.value;
  return (
    <>
      <Top wall={wall} menu={menu} />
      {banner}
      <main>
        {cameras.length > 0 ? (
          <Grid wall={wall} mayOperate={mayOperate} />
        ) : heardAt === null ? (
          <Asking wall={wall} />
        ) : (
          <NoCameras />
        )}
      </main>
    </>
  );
}

function Top({ wall, menu }: Pick<PageProps, 'wall' | 'menu'>): JSX.Element {
  const count = tally([...wall.truths.value.values()]);
  useEffect(() => {
    document.title =
      count.down + count.stalled === 0 ? 'socstream' : `${count.down + count.stalled} in trouble · socstream`;
  }, [count.down, count.stalled]);
  return (
    <header>
      <h1>
        <Logo />
        socstream
      </h1>
      <ListAge wall={wall} />
      <ul class="counts num" aria-label="Cameras">
        {Object.entries(count).map(([name, number]) => (
          <li key={name} class={number > 0 ? name : 'none'} data-count={name}>
            <b>{number}</b> {name}
          </li>
        ))}
      </ul>
      <time class="num">{timeOfDay(wall.now.value.server)}</time>
      {menu}
    </header>
  );
}

/** How many tiles are in which condition, in the words of the top bar. */
function tally(truths: readonly Truth[]): {
  live: number;
  stalled: number;
  down: number;
  maintenance: number;
} {
  const of = (...states: Truth['state'][]): number =>
    truths.filter(({ state }) => states.includes(state)).length;
  return {
    live: of('live'),
    stalled: of('stalled', 'frozen', 'reconnecting'),
    down: truths.filter(({ word }) => word === 'DOWN').length,
    maintenance: of('maintenance'),
  };
}

function ListAge({ wall }: { wall: Wall }): JSX.Element {
  const { heardAt, trouble } = wall.listing.value;
  const age = heardAt === null ? null : duration(wall.now.value.here - heardAt);
  return (
    <p class={`list num ${trouble === null ? '' : 'warn'}`} data-list-age title={trouble?.message}>
      {age !== null && <span>list {age} old</span>}
      {trouble !== null && <span role="status">{trouble.message}</span>}
    </p>
  );
}

function Grid({ wall, mayOperate }: Pick<PageProps, 'wall' | 'mayOperate'>): JSX.Element {
  const { cameras } = wall.listing.value;
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
  const cells: Layout | null = room && layout(cameras.length, room.width, room.height, GAP);
  const style = cells && {
    gridTemplateColumns: `repeat(${cells.columns}, ${cells.width}px)`,
    gridAutoRows: `${cells.height}px`,
  };
  return (
    <ul class="grid" ref={grid} style={style ?? {}} aria-label="Live pictures">
      {cameras.map((camera) => (
        <Tile key={camera.id} camera={camera} wall={wall} mayOperate={mayOperate} />
      ))}
    </ul>
  );
}

function Asking({ wall }: { wall: Wall }): JSX.Element {
  const { trouble } = wall.listing.value;
  return (
    <section class="message">
      <h2>{trouble === null ? 'Asking the server for its cameras' : 'No word from the server yet'}</h2>
      {trouble !== null && (
        <p class="num">
          {trouble.message}, for {duration(wall.now.value.here - trouble.since)} now. We ask again every two
          seconds.
        </p>
      )}
    </section>
  );
}

function NoCameras(): JSX.Element {
  const example = `curl ${location.origin}/api/security-operations/cameras \\
  -H 'Content-Type: application/json' -d '{
    "name": "Front door",
    "location": "Ground floor",
    "ip_address": "192.0.2.10",
    "stream_url": "rtsp://192.0.2.10:554/stream1",
    "credentials": {"username": "viewer", "password": "secret"}
  }'`;
  return (
    <section class="message" data-empty>
      <h2>No cameras yet</h2>
      <p>Add one with its address, and it shows here within two seconds:</p>
      <pre tabIndex={0}>{example}</pre>
      <p>
        Nothing at hand? <code>socstream demo</code> shows a wall with four cameras of its own.
      </p>
    </section>
  );
}
