import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Discard } from '../dialog';
import { say } from '../i18n/say';
import { added, inReadingOrder, onPage, pagesOf } from './arrange';
import { type NamedWall, PAGES, type WallTile } from './named';
import type { Walls } from './walls';

interface BarProps {
  readonly walls: Walls;
  /** The wall as it is to be, with the version that it began from. */
  readonly draft: NamedWall;
  readonly change: (draft: NamedWall) => void;
  readonly page: number;
  readonly turnTo: (page: number) => void;
  /** The names of all cameras, by id. */
  readonly names: ReadonlyMap<string, string>;
}

/** Above a wall that somebody arranges; nothing holds before it is saved. */
export function ArrangeBar({ walls, draft, change, page, turnTo, names }: BarProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [theirs, setTheirs] = useState<NamedWall | null>(null);
  const { tiles } = draft;

  const save = async (over: NamedWall): Promise<void> => {
    setBusy(true);
    const saved = await walls.replace(over, { ...over, tiles: inReadingOrder(tiles) });
    setBusy(false);
    setProblem(saved.kind === 'refused' ? saved.message : null);
    setTheirs(saved.kind === 'conflict' ? saved.theirs : null);
    if (saved.kind === 'saved') walls.arrange(false);
  };
  const takeTheirs = (other: NamedWall): void => {
    change(other);
    setTheirs(null);
  };
  const add = (cameraId: string): void => {
    const after = added(tiles, cameraId, page);
    setProblem(after === null ? say('There is no room left on this page: make something smaller') : null);
    if (after !== null) change({ ...draft, tiles: after });
  };
  const here = new Set(onPage(tiles, page).map(({ cameraId }) => cameraId));
  return (
    <div class="toolbar" role="toolbar" aria-label={say('Arrange')} data-arranger>
      <b>{say('Arranging {name}', { name: draft.name })}</b>
      <PageTabs tiles={tiles} page={page} choose={turnTo} />
      <select
        aria-label={say('Add a camera')}
        value=""
        onChange={({ currentTarget }) => {
          add(currentTarget.value);
          currentTarget.value = '';
        }}
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
      <span class="hint">{say('Drag, or focus a tile: arrows move, Shift+arrows size, Delete removes')}</span>
      <span class="deeds">
        <button type="button" onClick={() => walls.leave()}>
          {say('Cancel')}
        </button>
        <button type="button" class="main" disabled={busy} onClick={() => void save(draft)}>
          {say('Save')}
        </button>
      </span>
      {walls.leaving.value !== null && (
        <Discard
          question={say('Throw away what you arranged?')}
          stay={say('Go on arranging')}
          no={() => walls.stay()}
          yes={walls.leaving.value}
        />
      )}
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
  );
}

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
