import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../dialog';
import type { Failed } from '../http';
import { later, say, sayWords } from '../i18n/say';
import { saveText } from '../save';
import type { CamerasApi } from './api';
import type { ImportLine } from './record';

const EXAMPLE = `name,location,ip_address,stream_url,username,password
Front door,Ground floor,192.0.2.10,rtsp://192.0.2.10:554/stream1,viewer,secret
`;

interface ImportProps {
  readonly api: CamerasApi;
  readonly close: () => void;
}

interface Chosen {
  readonly name: string;
  /** As it lies there: what it is written in, nobody knows yet. */
  readonly table: ArrayBuffer;
}

/** Adds many cameras from a table; first it says what would become of each line. */
export function ImportDialog({ api, close }: ImportProps): JSX.Element {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [lines, setLines] = useState<readonly ImportLine[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const ask = async (table: ArrayBuffer, dry: boolean): Promise<void> => {
    setBusy(true);
    const answer = await api.importTable(table, dry);
    setBusy(false);
    setTrouble(answer.kind === 'failed' ? troubleOf(answer) : null);
    if (answer.kind === 'ok') setLines(answer.value);
  };
  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setLines(null);
    const table = await file.arrayBuffer().catch(() => null);
    setChosen(table && { name: file.name, table });
    if (table === null) setTrouble(say('The browser cannot read this file.'));
    else await ask(table, true);
  };
  const takeAll = async (): Promise<void> => {
    const answer = await api.exportTable();
    setTrouble(answer.kind === 'failed' ? answer.message : null);
    if (answer.kind === 'ok') saveText(answer.value, 'cameras.csv', 'text/csv');
  };
  const wished = lines?.filter(({ outcome }) => outcome === 'would_be_added').length ?? 0;
  return (
    <Dialog title={say('Many cameras, from a file')} close={close} wide>
      <div class="import" data-import>
        <p>
          {say('A table (CSV) with one camera on each line, below a line with the names of the columns:')}
        </p>
        <pre tabIndex={0}>{EXAMPLE}</pre>
        <p class="choices">
          <label class="file">
            <input
              type="file"
              accept=".csv,text/csv,text/plain"
              aria-label={say('Choose a file')}
              disabled={busy}
              onClick={(event) => {
                event.currentTarget.value = ''; // else the same file, mended, would be no change
              }}
              onChange={(event) => void choose(event.currentTarget.files?.[0])}
            />
          </label>
          <button type="button" onClick={() => void takeAll()}>
            {say('Save all present cameras as such a file')}
          </button>
        </p>
        {trouble !== null && (
          <p class="problem" role="alert">
            {trouble}
          </p>
        )}
        {lines !== null && <Fates lines={lines} />}
        {lines !== null && wished > 0 && chosen !== null && (
          <button type="button" class="main" disabled={busy} onClick={() => void ask(chosen.table, false)}>
            {busy
              ? say('Adding')
              : wished === 1
                ? say('Add 1 camera')
                : say('Add {count} cameras', { count: wished })}
          </button>
        )}
      </div>
    </Dialog>
  );
}

const WHERE: Readonly<Record<string, string>> = {
  body: later('The file'),
  header: later('The line with the names of the columns'),
};

/** What is wrong with a table as a whole, in sentences. */
export function troubleOf({ message, problems }: Failed): string {
  if (!problems?.length) return message;
  return problems.map((one) => `${say(WHERE[one.field] ?? one.field)} ${one.message}.`).join(' ');
}

const FATES: Readonly<Record<string, string>> = {
  added: 'Added',
  would_be_added: 'Will be added',
  exists: 'Is there already',
  invalid: 'Cannot be added',
};

function Fates({ lines }: { lines: readonly ImportLine[] }): JSX.Element {
  const count = (outcome: string): number => lines.filter((line) => line.outcome === outcome).length;
  const summary = Object.entries(FATES)
    .filter(([outcome]) => count(outcome) > 0)
    .map(([outcome, words]) => `${say(words)}: ${count(outcome)}`);
  return (
    <>
      <p role="status">{summary.length === 0 ? say('No line with a camera.') : summary.join(' · ')}</p>
      <div class="scrolled" tabIndex={0} role="region" aria-label={say('Lines of the file')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say('Line')}</th>
              <th scope="col">{say('Name')}</th>
              <th scope="col">{say('What becomes of it')}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ line, name, outcome, errors }) => (
              <tr key={line} class={outcome} data-outcome={outcome}>
                <td class="num">{line}</td>
                <td>{name}</td>
                <td>
                  <b>{say(FATES[outcome] ?? outcome)}</b>
                  {errors.map((error) => (
                    <span key={error.field}>{` ${error.field}: ${sayWords(error.message)}.`}</span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
