import type { ComponentChildren, JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { say } from '../i18n/say';
import { useKeys } from '../keys';
import type { User } from '../user';
import { arranged } from './arrange';
import { DeleteWall, WallSettings } from './dialogs';
import type { NamedWall } from './named';
import { OtherScreen, type ScreensApi } from './otherscreen';
import type { Walls } from './walls';

interface ChooserProps {
  readonly walls: Walls;
  readonly api: ScreensApi;
  readonly user: User;
  /** The cameras that a new wall begins with. */
  readonly shown: () => readonly string[];
}

type Over = 'new' | 'settings' | 'delete' | 'screen' | null;

/** Which wall is shown, and what can be done with walls. */
export function WallChooser({ walls, api, user, shown }: ChooserProps): JSX.Element {
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [over, setOver] = useState<Over>(null);
  useKeys({ w: () => button.current?.click() });
  const known = walls.known.value ?? [];
  const chosen = walls.chosen.value;
  const asked = walls.asked.value;
  const own = known.filter(({ ownerId }) => ownerId === user.id);
  const others = known.filter(({ ownerId }) => ownerId !== user.id);
  const close = (): void => setOver(null);
  const go = (wall: NamedWall | null): void => {
    walls.choose(wall);
    menu.current?.hidePopover();
  };
  const ask = (what: Over): void => {
    menu.current?.hidePopover();
    setOver(what);
  };
  const item = (wall: NamedWall): JSX.Element => (
    <Item key={wall.id} on={wall.id === chosen?.id} act={() => go(wall)}>
      <span>{wall.name}</span>
      <small>{wall.ownerId === user.id ? (wall.shared ? say('shared') : '') : wall.owner}</small>
    </Item>
  );
  return (
    <>
      <button
        type="button"
        ref={button}
        class="plain chooser"
        popovertarget="wall-menu"
        title={`${say('Walls')} (W)`}
        aria-keyshortcuts="W"
        data-chooser
      >
        <span>{asked === null ? say('All cameras') : (chosen?.name ?? say('Walls'))}</span>
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M5.5 8 10 12.5 14.5 8" />
        </svg>
      </button>
      <div
        id="wall-menu"
        class="menu walls"
        popover="auto"
        ref={menu}
        onToggle={(event) => event.newState === 'open' && menu.current?.querySelector('button')?.focus()}
        onKeyDown={(event) => walkMenu(event, menu.current)}
      >
        <Item on={asked === null} act={() => go(null)}>
          {say('All cameras')}
        </Item>
        {own.length > 0 && <p class="head">{say('My walls')}</p>}
        {own.map(item)}
        {others.length > 0 && <p class="head">{say('Walls of others')}</p>}
        {others.map(item)}
        {walls.trouble.value !== null && (
          <p class="problem" role="status">
            {walls.trouble.value}
          </p>
        )}
        <hr />
        <Item act={() => ask('new')}>{say('New wall …')}</Item>
        {chosen?.mayEdit && (
          <>
            <Item
              act={() => {
                walls.arrange(true);
                menu.current?.hidePopover();
              }}
            >
              {say('Arrange this wall')}
            </Item>
            <Item act={() => ask('settings')}>{say('Rename, share, patrol …')}</Item>
            <Item act={() => ask('delete')}>{say('Delete this wall …')}</Item>
          </>
        )}
        <Item act={() => ask('screen')}>{say('Open on another screen …')}</Item>
      </div>
      {over === 'new' && <NewWall walls={walls} shown={shown} close={close} />}
      {over === 'settings' && chosen !== null && <Settings walls={walls} named={chosen} close={close} />}
      {over === 'delete' && chosen !== null && <DeleteWall walls={walls} named={chosen} close={close} />}
      {over === 'screen' && <OtherScreen api={api} walls={walls} user={user} close={close} />}
    </>
  );
}

interface OverProps {
  readonly walls: Walls;
  readonly close: () => void;
}

function NewWall({ walls, shown, close }: OverProps & Pick<ChooserProps, 'shown'>): JSX.Element {
  return (
    <WallSettings
      title={say('New wall')}
      deed={say('Make it')}
      draft={{ name: '', shared: false, tiles: arranged(shown()), patrol: null }}
      save={async (draft) => {
        const answer = await walls.add(draft);
        if (answer.kind === 'ok') walls.arrange(true);
        return answer.kind === 'ok' ? null : (answer.problems?.[0]?.message ?? answer.message);
      }}
      close={close}
    />
  );
}

function Settings({ walls, named, close }: OverProps & { readonly named: NamedWall }): JSX.Element {
  const [base] = useState(named); // the version that is looked at, whatever comes meanwhile
  return (
    <WallSettings
      title={say('Settings of “{name}”', { name: base.name })}
      deed={say('Save')}
      draft={base}
      save={async (draft) => {
        const saved = await walls.replace(base, draft);
        if (saved.kind === 'conflict')
          return say('Somebody else changed this wall meanwhile. Close this window and open it again.');
        return saved.kind === 'saved' ? null : saved.message;
      }}
      close={close}
    />
  );
}

interface ItemProps {
  readonly on?: boolean;
  readonly act: () => void;
  readonly children: ComponentChildren;
}

function Item({ on, act, children }: ItemProps): JSX.Element {
  return (
    <button type="button" class="plain" {...(on && { 'aria-current': 'true' as const })} onClick={act}>
      {children}
    </button>
  );
}

/** Arrows go through the menu. */
function walkMenu(event: KeyboardEvent, menu: HTMLElement | null): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const items = [...(menu?.querySelectorAll('button') ?? [])];
  const at = items.findIndex((item) => item === document.activeElement);
  if (step === undefined) return;
  event.preventDefault();
  items.at((at + step) % items.length)?.focus();
}
