import { type ComponentType, type FunctionComponent, type JSX, createElement } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Dialog } from './dialog';
import { later, say } from './i18n/say';

/** Why a part of the page did not come: after `offline` it may come yet, the others need a reload. */
export type Missing = 'offline' | 'older' | 'lost';
type State = 'asking' | 'slow' | 'here' | Missing;

const PATIENCE = 400; // ms; what comes sooner needs no word
const TIMEOUT = 8000;

/** Loads a component when it is first shown; when it does not come, says why in place of it. */
export function lazily<P extends object>(
  load: () => Promise<ComponentType<P>>,
  explain: (words: JSX.Element, title: string, props: NoInfer<P>) => JSX.Element,
): FunctionComponent<P> {
  let come: ComponentType<P> | null = null;
  return function Part(props: P): JSX.Element | null {
    const [state, setState] = useState<State>('asking');
    const isAsking = come === null && (state === 'asking' || state === 'slow');
    useEffect(() => {
      if (!isAsking) return undefined;
      let isGone = false;
      const set = (next: State): void => {
        if (!isGone) setState((now) => (next === 'slow' && now !== 'asking' ? now : next));
      };
      const timer = setTimeout(set, PATIENCE, 'slow');
      void brought(load).then((part) => {
        if (typeof part === 'string') return set(part);
        come = part;
        set('here');
      });
      return () => {
        isGone = true;
        clearTimeout(timer);
      };
    }, [isAsking]);
    if (come !== null) return createElement(come, props);
    if (state === 'asking' || state === 'here') return null;
    if (state === 'slow')
      return explain(<p role="status">{say('It is on its way.')}</p>, say('One moment'), props);
    return explain(<Sorry why={state} again={() => setState('asking')} />, say(TITLES[state]), props);
  };
}

/** Explains in a window, as it would have been one. */
export const inDialog = (
  words: JSX.Element,
  title: string,
  { close }: { readonly close: () => void },
): JSX.Element => (
  <Dialog title={title} close={close}>
    {words}
  </Dialog>
);

/** Explains where the pictures would be. */
export const inPage = (words: JSX.Element, title: string): JSX.Element => (
  <main>
    <section class="message">
      <h2>{title}</h2>
      {words}
    </section>
  </main>
);

const TITLES: Readonly<Record<Missing, string>> = {
  offline: later('The server does not answer'),
  older: later('The page is of an older version: reload'),
  lost: later('This part of the page did not come'),
};

const WORDS: Readonly<Record<Missing, string>> = {
  offline: later('Try again when it is back: nothing is lost.'),
  older: later(
    'The server was updated since this page was opened. The pictures play on until you reload it.',
  ),
  lost: later('A reload brings it.'),
};

function Sorry({ why, again }: { why: Missing; again: () => void }): JSX.Element {
  const reload = (
    <button type="button" class="main" onClick={() => location.reload()}>
      {say('Reload')}
    </button>
  );
  const retry = (
    <button type="button" onClick={again}>
      {say('Try again')}
    </button>
  );
  return (
    <div data-missing={why}>
      <p role="status">{say(WORDS[why])}</p>
      <p>{why === 'offline' ? retry : reload}</p>
    </div>
  );
}

/**
 * What an import() gives, or why it does not.
 *
 * A browser may take its first failure for the last word; so the server is asked for its page first, and only when it
 * answers for the part.
 */
export async function brought<T>(
  load: () => Promise<T>,
  ask: () => Promise<'offline' | 'older' | 'ours'> = askServer,
): Promise<T | Missing> {
  const server = await ask();
  if (server === 'offline') return server;
  try {
    return await load();
  } catch {
    return server === 'older' ? server : 'lost';
  }
}

/** Whose page the server gives out: one that begins with another script than ours is newer. */
export async function askServer(
  here: Pick<Document, 'querySelector'> = document,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<'offline' | 'older' | 'ours'> {
  const script = here.querySelector('script[type=module]')?.getAttribute('src') ?? '';
  try {
    const answer = await fetch('/', { cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT) });
    if (!answer.ok) return 'offline';
    return (await answer.text()).includes(`"${script}"`) ? 'ours' : 'older';
  } catch {
    return 'offline';
  }
}
