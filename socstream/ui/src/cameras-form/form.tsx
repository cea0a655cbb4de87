import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../dialog';
import type { Failed } from '../http';
import { say } from '../i18n/say';
import type { CamerasApi } from './api';
import {
  type Draft,
  NEW,
  changeBody,
  changed,
  draftOf,
  newBody,
  sourceBody,
  sourceKey,
  withoutSecrets,
} from './draft';
import { CameraFields } from './fields';
import type { CameraRecord } from './record';
import { type Test, TestResult, failedTest, sentence } from './report';

interface FormProps {
  readonly api: CamerasApi;
  /** The camera that is changed; null: a new one. */
  readonly camera: CameraRecord | null;
  readonly close: () => void;
  readonly saved: () => void;
  /** Opens the import of many. */
  readonly many?: () => void;
}

/** Adds or changes one camera, and tests it first. */
export function CameraForm({ api, camera, close, saved, many }: FormProps): JSX.Element {
  const [draft, setDraft] = useState<Draft>(camera === null ? NEW : draftOf(camera));
  const [test, setTest] = useState<Test>({ kind: 'none' });
  const [saving, setSaving] = useState(false);
  const [refusal, setRefusal] = useState<Failed | null>(null);
  const key = sourceKey(draft);
  const isOld = test.kind === 'done' && test.key !== key;
  const isProven = test.kind === 'done' && !isOld && test.report.failure === null;
  const hasSource = draft.url.trim() !== '';
  // an address that stays as it is was tried long ago, and nobody can tell it to us
  const mayPass = isProven || (camera !== null && !hasSource);

  const look = async (): Promise<void> => {
    const tried = withoutSecrets(draft);
    setDraft(tried);
    setRefusal(null);
    setTest({ kind: 'running' });
    const answer = await api.probe(sourceBody(tried));
    if (answer.kind === 'ok') return setTest({ kind: 'done', report: answer.value, key: sourceKey(tried) });
    setTest(failedTest(answer));
    if (answer.problems?.length) setRefusal(answer);
  };
  const save = async (version?: number): Promise<void> => {
    const wished = withoutSecrets(draft);
    setDraft(wished);
    setSaving(true);
    const answer =
      camera === null
        ? await api.add(newBody(wished))
        : await api.change(camera.id, changeBody(wished, camera, version));
    setSaving(false);
    if (answer.kind === 'failed') return setRefusal(answer);
    saved();
  };
  /** Somebody else changed the camera meanwhile: what was changed here goes over it, the rest stays his. */
  const insist = async (): Promise<void> => {
    const present = camera && (await api.one(camera.id));
    if (present?.kind === 'failed') setRefusal(present);
    else if (present?.kind === 'ok') await save(present.value.version);
  };
  const busy = saving || test.kind === 'running';
  return (
    <Dialog
      title={camera === null ? say('Add a camera') : say('Change {name}', { name: camera.name })}
      close={close}
      wide
      asks
    >
      <form
        class="camera-form"
        method="post"
        data-camera-form
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void (mayPass ? save() : look());
        }}
      >
        <CameraFields
          draft={draft}
          camera={camera}
          refusal={refusal}
          change={(change) => setDraft(changed(draft, change))}
          tidy={() => setDraft(withoutSecrets(draft))}
        />
        <TestResult test={test} isOld={isOld} hasSource={hasSource || camera === null} />
        <Outcome refusal={refusal} insist={() => void insist()} />
        <footer>
          <button type="submit" class="main" disabled={busy} data-submit>
            {label(mayPass, camera === null, test, saving)}
          </button>
          {!mayPass && (
            <button
              type="button"
              disabled={busy || draft.name.trim() === '' || !hasSource}
              onClick={() => void save()}
            >
              {test.kind === 'done' && !isOld ? say('Save all the same') : say('Save without a test')}
            </button>
          )}
          {!mayPass && (
            <p class="hint">
              {test.kind === 'done' && !isOld
                ? say('As long as this lasts, there will be no picture.')
                : say('Untested, nobody knows yet whether there will be a picture.')}
            </p>
          )}
          {many !== undefined && (
            <button type="button" class="plain aside" onClick={many}>
              {say('Many at once, from a file')}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}

function label(mayPass: boolean, isNew: boolean, test: Test, saving: boolean): string {
  if (saving) return say('Saving');
  if (mayPass) return isNew ? say('Add camera') : say('Save');
  if (test.kind === 'running') return say('Testing');
  return test.kind === 'none' ? say('Test') : say('Test again');
}

interface OutcomeProps {
  readonly refusal: Failed | null;
  readonly insist: () => void;
}

/** What the server says about the whole, and about fields that this form does not show. */
function Outcome({ refusal, insist }: OutcomeProps): JSX.Element | null {
  const message = refusal === null ? null : generalProblem(refusal);
  return message === null ? null : (
    <div role="alert">
      <p class="problem">{sentence(message)}</p>
      {refusal?.code === 'version_conflict' && (
        <button type="button" onClick={insist}>
          {say('Save my changes over it')}
        </button>
      )}
    </div>
  );
}

const SHOWN = ['name', 'location', 'ip_address', 'stream_url', 'credentials', 'idle_after'];

/** The part of a refusal that no field of the form can show; null when there is none. */
export function generalProblem({ message, code, problems }: Failed): string | null {
  if (code === 'camera_exists') return null;
  if (!problems?.length) return message;
  const hidden = problems.filter(({ field }) => !SHOWN.some((shown) => field.startsWith(shown)));
  return hidden.length === 0 ? null : hidden.map((one) => `${one.field} ${one.message}`).join('; ');
}
