import type { JSX } from 'preact';
import { say } from '../i18n/say';

/** Why a list is not there, or may be old. */
export function Told({ trouble, waits }: { trouble: string | null; waits: boolean }): JSX.Element | null {
  if (trouble !== null)
    return (
      <p class="problem" role="alert">
        {trouble}
      </p>
    );
  return waits ? <p class="hint">{say('Asking the server')}</p> : null;
}
