import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Dialog } from '../dialog';
import { say } from '../i18n/say';
import type { User } from '../user';
import { duration } from '../words';
import { kioskAddress } from './address';
import type { ScreenCode, Viewer, WallsApi } from './api';
import type { Walls } from './walls';

export type ScreensApi = Pick<WallsApi, 'screenCode' | 'viewers'>;

interface ScreenProps {
  readonly api: ScreensApi;
  readonly walls: Walls;
  readonly user: User;
  readonly close: () => void;
}

/** How to show this wall on another screen, and nothing else there. */
export function OtherScreen({ api, walls, user, close }: ScreenProps): JSX.Element {
  const named = walls.chosen.value;
  const wall = named === null ? null : walls.addressOf(named);
  return (
    <Dialog title={say('Open on another screen')} close={close} wide>
      <div class="screen" data-screen>
        <p>{say('Open this address there and sign in as somebody who may only look:')}</p>
        <pre tabIndex={0}>{kioskAddress(location.origin, wall, null)}</pre>
        {named?.shared === false && (
          <p class="problem">{say('This wall is not shared: nobody else can see it yet.')}</p>
        )}
        {user.role === 'VIEWER' && <Code api={api} wall={wall} viewer={null} />}
        {user.role === 'ADMIN' && <CodeForViewer api={api} wall={wall} />}
        {!isSecureContext && (
          <p class="hint">
            {say(
              'Without HTTPS browsers let no page keep the screen on: switch off the power saving of that screen.',
            )}
          </p>
        )}
      </div>
    </Dialog>
  );
}

interface ForViewerProps {
  readonly api: ScreensApi;
  readonly wall: string | null;
}

/** An administrator signs the screen in as one of those who may only look. */
function CodeForViewer({ api, wall }: ForViewerProps): JSX.Element | null {
  const [viewers, setViewers] = useState<readonly Viewer[] | null>(null);
  const [chosen, choose] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    void api.viewers().then((answer) => {
      if (answer.kind === 'failed') setProblem(answer.message);
      else setViewers(answer.value);
    });
  }, [api]);
  if (problem !== null) return <p class="problem">{problem}</p>;
  if (viewers === null) return null;
  if (viewers.length === 0)
    return (
      <p>
        {say('To sign it in from here, add a user with the role Viewer first, best one for each screen.')}
      </p>
    );
  const viewer = chosen ?? viewers[0]?.id ?? null;
  return (
    <>
      <label class="field">
        <span>{say('Or sign that screen in from here, as')}</span>
        <select value={viewer ?? ''} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          {viewers.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Code key={viewer} api={api} wall={wall} viewer={viewer} />
    </>
  );
}

interface CodeProps extends ForViewerProps {
  /** Whose screen it is; null: one's own. */
  readonly viewer: string | null;
}

/** An address that signs a screen in, once, within a minute. */
function Code({ api, wall, viewer }: CodeProps): JSX.Element {
  const [code, setCode] = useState<(ScreenCode & { readonly until: number }) | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [left, setLeft] = useState(0);
  const ask = async (): Promise<void> => {
    const answer = await api.screenCode(viewer);
    setProblem(answer.kind === 'failed' ? answer.message : null);
    setCode(answer.kind === 'ok' ? { ...answer.value, until: performance.now() + answer.value.lasts } : null);
  };
  useEffect(() => {
    if (code === null) return undefined;
    const count = (): void => setLeft(Math.max(0, code.until - performance.now()));
    count();
    const timer = setInterval(count, 500);
    return () => clearInterval(timer);
  }, [code]);
  const address = code === null || left === 0 ? null : kioskAddress(location.origin, wall, code.code);
  const words = address !== null ? say('Works once, for {time} more', { time: duration(left + 999) }) : null;
  return (
    <>
      {address !== null && (
        <pre tabIndex={0} data-code>
          {address}
        </pre>
      )}
      <p class="num" role="status">
        {words ?? problem ?? (code === null ? '' : say('This address is no longer good.'))}
      </p>
      <p class="deeds">
        {address !== null && isSecureContext && (
          <button type="button" onClick={() => void navigator.clipboard.writeText(address)}>
            {say('Copy')}
          </button>
        )}
        <button type="button" class="main" onClick={() => void ask()}>
          {code === null ? say('Make an address that signs in by itself') : say('Make a new one')}
        </button>
      </p>
    </>
  );
}
