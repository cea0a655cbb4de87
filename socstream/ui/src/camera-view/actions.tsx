import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Camera } from '../camera';
import type { CamerasApi } from '../cameras-form/api';
import type { Answer } from '../http';
import { say } from '../i18n/say';
import { type User, mayManage } from '../user';

interface ActionsProps {
  readonly camera: Camera;
  readonly user: User;
  readonly api: CamerasApi;
  /** Has the server look at the camera; null while it does. */
  readonly test: (() => void) | null;
  /** Null while nobody knows what there is to edit. */
  readonly edit: (() => void) | null;
  readonly done: () => void;
  readonly close: () => void;
}

/** What operators may do with a camera, and what managers may. */
export function Actions({ camera, user, api, test, edit, done, close }: ActionsProps): JSX.Element {
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [told, setTold] = useState('');
  const act = async (answer: Promise<Answer<unknown>>, then: () => void): Promise<void> => {
    setBusy(true);
    const told = await answer;
    setBusy(false);
    setTrouble(told.kind === 'failed' ? told.message : null);
    if (told.kind === 'ok') then();
  };
  const retry = async (): Promise<void> => {
    const isLive = camera.stream.state === 'live';
    setTold('');
    await act(api.retry(camera.id), () => {
      setTold(isLive ? say('It is live already.') : say('The server tries now.'));
      done();
    });
  };
  const status = camera.maintenance ? 'online' : 'maintenance';
  return (
    <footer class="actions">
      {trouble !== null && (
        <p class="problem" role="alert">
          {trouble}
        </p>
      )}
      {asks ? (
        <Confirmation
          question={say('Delete {name}? Its address, password and history are gone then.', {
            name: camera.name,
          })}
          busy={busy}
          no={() => setAsks(false)}
          yes={() => void act(api.remove(camera.id), close)}
        />
      ) : (
        <>
          <p class="told" role="status">
            {told}
          </p>
          <button type="button" disabled={busy || camera.maintenance} onClick={() => void retry()} data-retry>
            {say('Try now')}
          </button>
          {mayManage(user) && (
            <>
              <button type="button" disabled={test === null} onClick={() => test?.()} data-look>
                {test === null ? say('Testing') : say('Test now')}
              </button>
              <button type="button" disabled={edit === null} onClick={() => edit?.()}>
                {say('Change')}
              </button>
              <button
                type="button"
                disabled={busy}
                data-maintenance={camera.maintenance}
                onClick={() => void act(api.change(camera.id, { status }), done)}
              >
                {camera.maintenance ? say('End maintenance') : say('Start maintenance')}
              </button>
              <button type="button" class="danger" onClick={() => setAsks(true)}>
                {say('Delete …')}
              </button>
            </>
          )}
        </>
      )}
    </footer>
  );
}

interface ConfirmationProps {
  readonly question: string;
  readonly busy: boolean;
  readonly no: () => void;
  readonly yes: () => void;
}

/** Asks once more before something is gone for good; whoever just presses Enter keeps it. */
export function Confirmation({ question, busy, no, yes }: ConfirmationProps): JSX.Element {
  const keep = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => keep.current?.focus(), []);
  return (
    <div class="confirmation" role="alertdialog" aria-label={question} data-confirmation>
      <p>{question}</p>
      <button type="button" ref={keep} onClick={no}>
        {say('Keep')}
      </button>
      <button type="button" class="danger main" disabled={busy} onClick={yes}>
        {say('Delete for good')}
      </button>
    </div>
  );
}
