import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { say } from '../i18n/say';
import { useKeys } from '../keys';
import { useSwipe } from '../swipe';
import type { Wall } from '../wall';
import { onPage, pagesOf } from './arrange';
import { ArrangeBar } from './arrangebar';
import { Editor } from './editor';
import type { NamedWall } from './named';
import { Places, namesOf } from './places';
import { WallBar } from './wallbar';
import type { Walls } from './walls';

interface RoomProps {
  readonly wall: Wall;
  readonly walls: Walls;
  readonly figures: boolean;
  readonly mayOperate: boolean;
  readonly open: (cameraId: string) => void;
}

/** What stands where the grid of all cameras would: the wall that the address names. */
export function WallRoom(props: RoomProps): JSX.Element {
  const named = props.walls.chosen.value;
  return named === null ? (
    <NoWall walls={props.walls} />
  ) : (
    <Hanging key={named.id} {...props} named={named} />
  );
}

/** The wall, to look at or to arrange; the pictures play on when that changes. */
function Hanging({ wall, walls, named, ...look }: RoomProps & { readonly named: NamedWall }): JSX.Element {
  const [asked, setPage] = useState(pagesOf(named.tiles)[0] ?? 0);
  const [draft, setDraft] = useState(named); // holds while somebody arranges
  const isArranging = walls.arranging.value;
  const { tiles } = isArranging ? draft : named;
  const pages = pagesOf(tiles);
  const page = isArranging || pages.includes(asked) ? asked : (pages[0] ?? 0);
  const turn = (by: number): void => {
    const at = pages.indexOf(page);
    setPage(pages.at((at + by) % pages.length) ?? page);
  };
  const change = (after: NamedWall): void => {
    setDraft(after);
    walls.unsaved.value = after !== named;
  };
  const escape = (): void => (walls.leaving.value === null ? walls.leave() : walls.stay());
  useKeys(isArranging ? { escape } : { '[': () => turn(-1), ']': () => turn(1) });
  useSwipe(isArranging || pages.length < 2 ? null : turn);
  // whatever it was that began the arranging, it begins with the wall as it is now
  if (!isArranging && draft !== named) setDraft(named);
  return (
    <>
      {isArranging ? (
        <ArrangeBar
          walls={walls}
          draft={draft}
          change={change}
          page={page}
          turnTo={setPage}
          names={namesOf(wall.listing.value.cameras)}
        />
      ) : (
        <WallBar walls={walls} named={named} at={pages.indexOf(page)} count={pages.length} turn={turn} />
      )}
      <main class={isArranging ? 'arranging' : ''}>
        {tiles.length === 0 && !isArranging ? (
          <Empty walls={walls} named={named} />
        ) : (
          <Places wall={wall} tiles={onPage(tiles, page)} {...look} />
        )}
        {isArranging && (
          <Editor
            tiles={tiles}
            page={page}
            names={namesOf(wall.listing.value.cameras)}
            change={(after) => change({ ...draft, tiles: after })}
          />
        )}
      </main>
    </>
  );
}

function Empty({ walls, named }: { walls: Walls; named: NamedWall }): JSX.Element {
  return (
    <section class="message" data-empty-wall>
      <h2>{say('Nothing hangs on this wall yet')}</h2>
      {named.mayEdit && (
        <button type="button" class="main" onClick={() => walls.arrange(true)}>
          {say('Add cameras')}
        </button>
      )}
    </section>
  );
}

function NoWall({ walls }: { walls: Walls }): JSX.Element {
  const isKnown = walls.known.value !== null;
  return (
    <main>
      <section class="message" data-no-wall>
        <h2>
          {isKnown
            ? say('There is no wall “{name}”', { name: walls.asked.value ?? '' })
            : say('Asking the server for its walls')}
        </h2>
        {isKnown && <p>{say('It was deleted or renamed, or it is not shared with you.')}</p>}
        {walls.trouble.value !== null && <p role="status">{walls.trouble.value}</p>}
        <p>
          <button type="button" onClick={() => walls.choose(null)}>
            {say('Show all cameras')}
          </button>
        </p>
      </section>
    </main>
  );
}
