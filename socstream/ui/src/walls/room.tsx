import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { say } from '../i18n/say';
import { Icon } from '../icon';
import { useKeys } from '../keys';
import type { Wall } from '../wall';
import { onPage, pagesOf } from './arrange';
import { Arranger } from './arranger';
import type { NamedWall } from './named';
import { Places } from './places';
import type { Walls } from './walls';

interface RoomProps {
  readonly wall: Wall;
  readonly walls: Walls;
  readonly figures: boolean;
  readonly mayOperate: boolean;
  readonly open: (cameraId: string) => void;
}

/** What stands where the grid of all cameras would: the wall that the address names. */
export function WallRoom({ wall, walls, ...look }: RoomProps): JSX.Element {
  const named = walls.chosen.value;
  if (named === null) return <NoWall walls={walls} />;
  return walls.arranging.value ? (
    <Arranger key={named.id} wall={wall} walls={walls} named={named} done={() => walls.arrange(false)} />
  ) : (
    <Shown key={named.id} wall={wall} walls={walls} named={named} {...look} />
  );
}

function Shown({ wall, walls, named, ...look }: RoomProps & { readonly named: NamedWall }): JSX.Element {
  const [asked, setAsked] = useState(0);
  const pages = pagesOf(named.tiles);
  const at = Math.min(asked, Math.max(0, pages.length - 1));
  const turn = (by: number): void => {
    if (pages.length > 0) setAsked((at + by + pages.length) % pages.length);
  };
  useKeys({ '[': () => turn(-1), ']': () => turn(1) });
  return (
    <>
      <div class="toolbar" role="toolbar" aria-label={say('Wall')}>
        <b data-wall-name>{named.name}</b>
        {named.hidden > 0 && (
          <span class="hint">{say('{n} of its cameras are not yours to see', { n: named.hidden })}</span>
        )}
        {named.mayEdit && (
          <button type="button" onClick={() => walls.arrange(true)}>
            {say('Arrange')}
          </button>
        )}
        <Pages at={at} count={pages.length} turn={turn} />
      </div>
      <main>
        {named.tiles.length === 0 ? (
          <section class="message" data-empty-wall>
            <h2>{say('Nothing hangs on this wall yet')}</h2>
            {named.mayEdit && (
              <button type="button" class="main" onClick={() => walls.arrange(true)}>
                {say('Add cameras')}
              </button>
            )}
          </section>
        ) : (
          <Places wall={wall} tiles={onPage(named.tiles, pages[at] ?? 0)} {...look} />
        )}
      </main>
    </>
  );
}

function Pages({ at, count, turn }: { at: number; count: number; turn: (by: number) => void }): JSX.Element {
  return (
    <div class="pages num" role="group" aria-label={say('Pages')} hidden={count < 2}>
      <button
        type="button"
        class="plain"
        aria-label={say('Page before')}
        title={`${say('Page before')} ([)`}
        onClick={() => turn(-1)}
      >
        <Icon name="back" />
      </button>
      <span data-page>{say('{page} of {pages}', { page: at + 1, pages: count })}</span>
      <button
        type="button"
        class="plain"
        aria-label={say('Next page')}
        title={`${say('Next page')} (])`}
        onClick={() => turn(1)}
      >
        <Icon name="on" />
      </button>
    </div>
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
