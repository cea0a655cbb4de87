import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Camera } from './camera';
import { Grid } from './grid';
import { KeyHelp } from './help';
import { say } from './i18n/say';
import { useKeys } from './keys';
import { CameraList } from './lists';
import { LAYOUTS, type Looks } from './looks';
import { WallRoom } from './parts';
import { pageSize, select } from './selection';
import { Toolbar } from './toolbar';
import { type Condition, Top } from './top';
import type { Wall } from './wall';
import type { Walls } from './walls/walls';
import { duration } from './words';

interface PageProps {
  readonly wall: Wall;
  readonly looks: Signal<Looks>;
  /** Whether the user may order tries. */
  readonly mayOperate: boolean;
  readonly walls: Walls;
  readonly chooser: ComponentChildren;
  readonly menu: ComponentChildren;
  readonly banner: ComponentChildren;
  /** Opens the form for a new camera; null for whoever may not add one. */
  readonly add: (() => void) | null;
  /** The window with all that there is to know of one camera. */
  readonly details: (camera: Camera, close: () => void) => ComponentChildren;
}

type Over = { kind: 'list'; condition: Condition } | { kind: 'details'; cameraId: string } | null;

export function Page({
  wall,
  walls,
  looks,
  mayOperate,
  chooser,
  menu,
  banner,
  add,
  details,
}: PageProps): JSX.Element {
  const { cameras, heardAt } = wall.listing.value;
  const [search, page] = [useSignal(''), useSignal(0)];
  const [over, setOver] = useState<Over>(null);
  const selection = select(cameras, looks.value, search.value, page.value);
  const turn = (by: number): void => {
    page.value = (selection.page + by + selection.pages) % selection.pages;
  };
  const isNamed = walls.asked.value !== null && heardAt !== null;
  usePageKeys(looks);
  useKeys(isNamed ? {} : { '[': () => turn(-1), ']': () => turn(1) });
  const open = (cameraId: string): void => setOver({ kind: 'details', cameraId });
  const show = (cameraId: string): void => {
    walls.choose(null);
    [looks.value, search.value] = [{ ...looks.value, filter: 'all' }, ''];
    const found = select(cameras, looks.value, '', 0).found.findIndex(({ id }) => id === cameraId);
    page.value = Math.floor(Math.max(0, found) / pageSize(looks.value.layout));
    setOver(null);
    // when the page has it
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-camera="${cameraId}"]`)?.focus());
  };
  const detailed = over?.kind === 'details' ? cameras.find(({ id }) => id === over.cameraId) : undefined;
  return (
    <>
      <Top
        wall={wall}
        menu={menu}
        chooser={chooser}
        banner={banner}
        list={(condition) => setOver({ kind: 'list', condition })}
      />
      {isNamed ? (
        <WallRoom
          wall={wall}
          walls={walls}
          figures={looks.value.figures}
          mayOperate={mayOperate}
          open={open}
        />
      ) : (
        <>
          {cameras.length > 0 && <Toolbar looks={looks} search={search} selection={selection} turn={turn} />}
          <main>
            {cameras.length > 0 ? (
              selection.found.length > 0 ? (
                <Grid
                  wall={wall}
                  cameras={selection.shown}
                  looks={looks.value}
                  mayOperate={mayOperate}
                  open={open}
                />
              ) : (
                <NothingFound looks={looks} search={search} />
              )
            ) : heardAt === null ? (
              <Asking wall={wall} />
            ) : (
              <NoCameras add={add} />
            )}
          </main>
        </>
      )}
      <KeyHelp />
      {over?.kind === 'list' && (
        <CameraList wall={wall} condition={over.condition} close={() => setOver(null)} show={show} />
      )}
      {detailed !== undefined && details(detailed, () => setOver(null))}
    </>
  );
}

/** The keys that mean the same on every wall. */
function usePageKeys(looks: Signal<Looks>): void {
  const like = (change: Partial<Looks>): void => {
    looks.value = { ...looks.value, ...change };
  };
  const go = (to: number) => () => document.querySelectorAll<HTMLElement>('.tile')[to]?.focus();
  useKeys({
    ...Object.fromEntries(Array.from({ length: 9 }, (_, to) => [String(to + 1), go(to)])),
    '/': () => document.querySelector<HTMLElement>('input[type=search]')?.focus(),
    o: () => like({ figures: !looks.value.figures }),
    l: () => like({ layout: LAYOUTS[(LAYOUTS.indexOf(looks.value.layout) + 1) % LAYOUTS.length] ?? 'auto' }),
  });
}

function NothingFound({ looks, search }: { looks: Signal<Looks>; search: Signal<string> }): JSX.Element {
  const clear = (): void => {
    [looks.value, search.value] = [{ ...looks.value, filter: 'all' }, ''];
  };
  return (
    <section class="message" data-nothing>
      <h2>{search.value === '' ? say('No camera is online') : say('No camera of that name or place')}</h2>
      <p>
        <button type="button" onClick={clear}>
          {say('Show all cameras')}
        </button>
      </p>
    </section>
  );
}

function Asking({ wall }: { wall: Wall }): JSX.Element {
  const { trouble } = wall.listing.value;
  return (
    <section class="message">
      <h2>
        {trouble === null ? say('Asking the server for its cameras') : say('No word from the server yet')}
      </h2>
      {trouble !== null && (
        <p class="num">
          {trouble.message}, {say('for {time}', { time: duration(wall.now.value.here - trouble.since) })}.{' '}
          {say('We ask again every two seconds.')}
        </p>
      )}
    </section>
  );
}

function NoCameras({ add }: { add: (() => void) | null }): JSX.Element {
  const example = `curl ${location.origin}/api/security-operations/cameras \\
  -H 'Authorization: Bearer sst_...' -H 'Content-Type: application/json' -d '{
    "name": "Front door",
    "location": "Ground floor",
    "ip_address": "192.0.2.10",
    "stream_url": "rtsp://192.0.2.10:554/stream1",
    "credentials": {"username": "viewer", "password": "secret"}
  }'`;
  return (
    <section class="message" data-empty>
      <h2>{say('No cameras yet')}</h2>
      {add === null ? (
        <p>{say('Whoever manages the cameras adds them; those that you may see show here at once.')}</p>
      ) : (
        <>
          <button type="button" class="main" onClick={add}>
            {say('Add a camera')}
          </button>
          <p>{say('Or from a shell, with an API token:')}</p>
          <pre tabIndex={0}>{example}</pre>
        </>
      )}
      <p>
        {say('Nothing at hand? This shows a wall with four cameras of its own:')} <code>socstream demo</code>
      </p>
    </section>
  );
}
