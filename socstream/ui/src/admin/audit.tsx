import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../dialog';
import { say } from '../i18n/say';
import { saveText } from '../save';
import { moment } from '../words';
import type { AdminApi } from './api';
import { useListed } from './listed';
import { Told } from './told';

const SHOWN = 100;
const SAVED = 5000; // as much as the server gives at once

/** Who did what, newest first. */
export function Audit({ api, close }: { api: AdminApi; close: () => void }): JSX.Element {
  const { all, trouble } = useListed(() => api.audit(SHOWN));
  const [refusal, setRefusal] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    const answer = await api.auditTable(SAVED);
    setRefusal(answer.kind === 'failed' ? answer.message : null);
    if (answer.kind === 'ok') saveText(answer.value, 'audit.csv', 'text/csv');
  };
  const now = Date.now();
  return (
    <Dialog title={say('Audit log')} close={close} wide>
      <div class="admin" data-audit>
        <Told trouble={trouble ?? refusal} waits={all === null} />
        {all !== null && (
          <div class="scrolled" tabIndex={0} role="region" aria-label={say('Audit log')}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{say('When')}</th>
                  <th scope="col">{say('Who')}</th>
                  <th scope="col">{say('Did what')}</th>
                  <th scope="col">{say('Outcome')}</th>
                  <th scope="col">{say('From where')}</th>
                </tr>
              </thead>
              <tbody>
                {all.map(({ id, at, who, action, target, detail, outcome, address }) => (
                  <tr key={id} class={outcome} data-action={action}>
                    <td class="num">{moment(at, now)}</td>
                    <td>{who}</td>
                    <td>
                      <b>{action}</b> <small>{detail || target}</small>
                    </td>
                    <td>{say(outcome)}</td>
                    <td class="num">{address}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <footer>
          <button type="button" onClick={() => void save()}>
            {say('Save as a file (CSV)')}
          </button>
          <p class="hint">
            {say('Here the newest {shown}, in the file the newest {saved}.', { shown: SHOWN, saved: SAVED })}
          </p>
        </footer>
      </div>
    </Dialog>
  );
}
