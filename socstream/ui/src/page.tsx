import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Grid } from './grid';
import { CameraList, Details } from './lists';
import { LAYOUTS, type Looks } from './looks';
import { pageSize, select } from './selection';
import { Toolbar } from './toolbar';
import { type Condition, Top } from './top';
import type { Wall } from './wall';
import { duration } from './words';

interface PageProps {
  readonly wall: Wall;
  readonly looks: Signal<Looks>;
  /** Whether the user may order tries. */
  readonly mayOperate: boolean;
  readonly menu: ComponentChildren;
  readonly banner: ComponentChildren;
}

type Over = { kind: 'list'; condition: Condition } | { kind: 'details'; cameraId: string } | null;

export function Page({ wall, looks, mayOperate, menu, banner }: PageProps): JSX.Element {
  const { cameras, heardAt } = wall.listing.value;
  const [search, page] = [useSignal(''), useSignal(0)];
  const [over, setOver] = useState<Over>(null);
  const selection = select(cameras, looks.value, search.value, page.value);
  const turn = (by: number): void => {
    page.value = (selection.page + by + selection.pages) % selection.pages;
  };
  useKeys(looks, turn);
  const show = (cameraId: string): void => {
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
      <Top wall={wall} menu={menu} list={(condition) => setOver({ kind: 'list', condition })} />
      {banner}
      {cameras.length > 0 && <Toolbar looks={looks} search={search} selection={selection} turn={turn} />}
      <main>
        {cameras.length > 0 ? (
          selection.found.length > 0 ? (
            <Grid
              wall={wall}
              cameras={selection.shown}
              looks={looks.value}
              mayOperate={mayOperate}
              open={(cameraId) => setOver({ kind: 'details', cameraId })}
            />
          ) : (
            <NothingFound looks={looks} search={search} />
          )
        ) : heardAt === null ? (
          <Asking wall={wall} />
        ) : (
          <NoCameras />
        )}
      </main>
      {over?.kind === 'list' && (
        <CameraList wall={wall} condition={over.condition} close={() => setOver(null)} show={show} />
      )}
      {detailed !== undefined && <Details wall={wall} camera={detailed} close={() => setOver(null)} />}
    </>
  );
}

/** The keys that mean the same everywhere but in a field. */
function useKeys(looks: Signal<Looks>, turn: (by: number) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof Element && event.target.closest('input, select, textarea, dialog');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const { layout, figures } = looks.value;
      if (event.key === '/') document.querySelector<HTMLElement>('input[type=search]')?.focus();
      else if (event.key === '[') turn(-1);
      else if (event.key === ']') turn(1);
      else if (event.key === 'o') looks.value = { ...looks.value, figures: !figures };
      else if (event.key === 'l') {
        const next = LAYOUTS[(LAYOUTS.indexOf(layout) + 1) % LAYOUTS.length];
        looks.value = { ...looks.value, layout: next ?? layout };
      } else if (/^[1-9]$/.test(event.key))
        document.querySelectorAll<HTMLElement>('.tile')[Number(event.key) - 1]?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
}

function NothingFound({ looks, search }: { looks: Signal<Looks>; search: Signal<string> }): JSX.Element {
  const clear = (): void => {
    [looks.value, search.value] = [{ ...looks.value, filter: 'all' }, ''];
  };
  return (
    <section class="message" data-nothing>
      <h2>{search.value === '' ? 'No camera is online' : 'No camera of that name or place'}</h2>
      <p>
        <button type="button" onClick={clear}>
          Show all cameras
        </button>
      </p>
    </section>
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
  -H 'Authorization: Bearer sst_...' -H 'Content-Type: application/json' -d '{
    "name": "Front door",
    "location": "Ground floor",
    "ip_address": "192.0.2.10",
    "stream_url": "rtsp://192.0.2.10:554/stream1",
    "credentials": {"username": "viewer", "password": "secret"}
  }'`;
  return (
    <section class="message" data-empty>
      <h2>No cameras yet</h2>
      <p>Add one with its address and an API token, and it shows here at once:</p>
      <pre tabIndex={0}>{example}</pre>
      <p>
        Nothing at hand? <code>socstream demo</code> shows a wall with four cameras of its own.
      </p>
    </section>
  );
}
