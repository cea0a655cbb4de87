import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog';
import { say } from './i18n/say';
import { HELP, useKeys } from './keys';

interface HelpProps {
  /** Keys for what there is not on this page. */
  readonly without?: readonly string[];
}

/** The list of keys, over the page when `?` is pressed. */
export function KeyHelp({ without = [] }: HelpProps): JSX.Element | null {
  const [isOpen, setOpen] = useState(false);
  useKeys({ '?': () => setOpen(true) });
  if (!isOpen) return null;
  return (
    <Dialog title={say('Keys')} close={() => setOpen(false)}>
      <dl class="keys" data-keys>
        {HELP.filter(([keys]) => !without.includes(keys)).map(([keys, deed]) => (
          <div key={keys}>
            <dt>
              {keys.split(' – ').map((key, index) => (
                <>
                  {index > 0 && ' – '}
                  <kbd>{key}</kbd>
                </>
              ))}
            </dt>
            <dd>{say(deed)}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">
        {say('Sound comes from streams of other servers only: RTSP cameras are pulled without theirs.')}
      </p>
    </Dialog>
  );
}
