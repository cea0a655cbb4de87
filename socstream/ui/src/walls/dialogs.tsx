import type { JSX, TargetedEvent } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../dialog';
import { Field, entered } from '../field';
import { say } from '../i18n/say';
import type { NamedWall, WallDraft } from './named';
import type { Walls } from './walls';

interface SettingsProps {
  readonly title: string;
  readonly deed: string;
  readonly draft: WallDraft;
  /** What was wrong, or null. */
  readonly save: (draft: WallDraft) => Promise<string | null>;
  readonly close: () => void;
}

/** Name, who may see it, and its patrol. */
export function WallSettings({ title, deed, draft, save, close }: SettingsProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const send = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    const value = entered(event);
    const seconds = Number(value('seconds'));
    const patrol = seconds > 0 ? { seconds, pages: draft.patrol?.pages ?? null } : null;
    setBusy(true);
    const wrong = await save({
      ...draft,
      name: value('name').trim(),
      shared: value('shared') !== '',
      patrol,
    });
    setBusy(false);
    setProblem(wrong);
    if (wrong === null) close();
  };
  return (
    <Dialog title={title} close={close} asks>
      <form onSubmit={(event) => void send(event)} data-wall-settings>
        <Field
          name="name"
          label={say('Name')}
          autocomplete="off"
          value={draft.name}
          problem={problem}
          focus
        />
        <label class="check">
          <input type="checkbox" name="shared" value="1" defaultChecked={draft.shared} />
          <span>{say('Everybody may see it')}</span>
        </label>
        <label class="field">
          <span>{say('Patrol on kiosk screens: seconds for each page')}</span>
          <input
            type="number"
            name="seconds"
            min="5"
            max="3600"
            defaultValue={draft.patrol?.seconds ?? ''}
            placeholder="20"
          />
        </label>
        <button type="submit" class="main" disabled={busy}>
          {deed}
        </button>
      </form>
    </Dialog>
  );
}

interface DeleteProps {
  readonly walls: Walls;
  readonly named: NamedWall;
  readonly close: () => void;
}

export function DeleteWall({ walls, named, close }: DeleteProps): JSX.Element {
  const [problem, setProblem] = useState<string | null>(null);
  const remove = async (): Promise<void> => {
    const wrong = await walls.remove(named);
    setProblem(wrong);
    if (wrong === null) close();
  };
  return (
    <Dialog title={say('Delete “{name}”?', { name: named.name })} close={close}>
      <p>{say('It goes dark wherever it is shown. Its cameras stay.')}</p>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="deeds">
        <button type="button" onClick={close}>
          {say('Keep it')}
        </button>
        <button type="button" class="main" onClick={() => void remove()}>
          {say('Delete the wall')}
        </button>
      </p>
    </Dialog>
  );
}
