import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { say } from '../i18n/say';
import type { Wall } from '../wall';
import { added, onPage, pagesOf } from './arrange';
import { Editor } from './editor';
import { type NamedWall, PAGES, type WallTile } from './named';
import { Places, namesOf } from './places';
import type { Walls } from './walls';

interface ArrangerProps {
  readonly wall: Wall;
  readonly walls: Walls;
  readonly named: NamedWall;
  readonly done: () => void;
}

/** A wall while somebody arranges it; nothing holds before it is saved. */
export function Arranger({ wall, walls, named, done }: ArrangerProps): JSX.Element {
  const [base, setBase] = useState(named);
  const [tiles, setTiles] = useState(named.tiles);
  const [page, setPage] = useState(pagesOf(named.tiles)[0] ?? 0);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [theirs, setTheirs] = useState<NamedWall | null>(null);
  const names = namesOf(wall.listing.value.cameras);

  const save = async (over: NamedWall): Promise<void> => {
    setBusy(true);
    const saved = await walls.replace(over, { ...over, tiles });
    setBusy(false);
    setProblem(saved.kind === 'refused' ? saved.message : null);
    setTheirs(saved.kind === 'conflict' ? saved.theirs : null);
    if (saved.kind === 'saved') done();
  };
  const takeTheirs = (other: NamedWall): void => {
    setBase(other);
    setTiles(other.tiles);
    setTheirs(null);
  };
  const add = (cameraId: string): void => {
    const after = added(tiles, cameraId, page);
    setProblem(after === null ? say('There is no room left on this page: make something smaller') : null);
    if (after !== null) setTiles(after);
  };
  const here = new Set(onPage(tiles, page).map(({ cameraId }) => cameraId));
  return (
    <>
      <div class="toolbar" role="toolbar" aria-label={say('Arrange')} data-arranger>
        <b>{say('Arranging {name}', { name: base.name })}</b>
        <PageTabs tiles={tiles} page={page} choose={setPage} />
        <select
          aria-label={say('Add a camera')}
          value=""
          onChange={({ currentTarget }) => add(currentTarget.value)}
        >
          <option value="">{say('Add a camera')}</option>
          {[...names]
            .filter(([id]) => !here.has(id))
            .map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </select>
        <span class="hint">
          {say('Drag, or focus a tile: arrows move, Shift+arrows size, Delete removes')}
        </span>
        <span class="deeds">
          <button type="button" onClick={done}>
            {say('Cancel')}
          </button>
          <button type="button" class="main" disabled={busy} onClick={() => void save(base)}>
            {say('Save')}
          </button>
        </span>
        {problem !== null && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {theirs !== null && (
          <p class="problem" role="alert" data-conflict>
            {say('Somebody else changed this wall meanwhile.')}{' '}
            <button type="button" onClick={() => takeTheirs(theirs)}>
              {say('Load theirs')}
            </button>{' '}
            <button type="button" onClick={() => void save(theirs)}>
              {say('Save mine instead')}
            </button>
          </p>
        )}
      </div>
      <main class="arranging">
        <Places wall={wall} tiles={onPage(tiles, page)} figures={false} mayOperate={false} open={nothing} />
        <Editor tiles={tiles} page={page} names={names} change={setTiles} />
      </main>
    </>
  );
}

const nothing = (): void => undefined; // the handles lie over the tiles

interface TabsProps {
  readonly tiles: readonly WallTile[];
  readonly page: number;
  readonly choose: (page: number) => void;
}

/** The pages that there are, and one more. */
function PageTabs({ tiles, page, choose }: TabsProps): JSX.Element {
  const last = Math.max(page, ...pagesOf(tiles));
  const count = Math.min(PAGES, last + 2);
  return (
    <div class="choice" role="group" aria-label={say('Pages')}>
      {Array.from({ length: count }, (_, one) => (
        <button
          key={one}
          type="button"
          class="plain"
          aria-pressed={one === page}
          aria-label={say('Page {page}', { page: one + 1 })}
          onClick={() => choose(one)}
        >
          {one > last ? '+' : one + 1}
        </button>
      ))}
    </div>
  );
}
