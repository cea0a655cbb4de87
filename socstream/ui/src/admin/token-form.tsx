import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Camera } from '../camera';
import { problemAt } from '../cameras-form/fields';
import { Input, Select } from '../cameras-form/input';
import { Dialog } from '../dialog';
import type { Failed } from '../http';
import { say } from '../i18n/say';
import type { Role, User } from '../user';
import type { AdminApi } from './api';
import type { Scope } from './people';
import { RoleField, ScopeFields } from './scope';

/** Days that a token is good for; 0: for ever. */
const DAYS = { '30': '30 days', '90': '90 days', '365': 'A year', '1': 'A day', '0': 'For ever' } as const;
const DAY = 86_400_000;

interface FormProps {
  readonly api: AdminApi;
  readonly me: User;
  readonly cameras: readonly Camera[];
  readonly made: () => void;
  readonly close: () => void;
}

/** Makes a token and shows its text, this once. */
export function TokenForm({ api, me, cameras, made, close }: FormProps): JSX.Element {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('VIEWER');
  const [scope, setScope] = useState<Scope>(null);
  const [days, setDays] = useState('90');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Failed | null>(null);
  const [text, setText] = useState<string | null>(null);
  const make = async (): Promise<void> => {
    setBusy(true);
    const expires = days === '0' ? null : new Date(Date.now() + Number(days) * DAY).toISOString();
    const answer = await api.addToken({ name, role, scope, expires_at: expires });
    setBusy(false);
    if (answer.kind === 'failed') return setRefusal(answer);
    setText(answer.value);
    made();
  };
  if (text !== null) return <NewToken name={name} text={text} close={close} />;
  return (
    <Dialog title={say('Make a token')} close={close} asks>
      <form
        method="post"
        data-token-form
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void make();
        }}
      >
        <Input
          name="name"
          label={say('What it is for')}
          value={name}
          change={setName}
          problem={problemAt(refusal, 'name')}
          needed
          longest={100}
          focus
        />
        <RoleField role={role} change={setRole} problem={problemAt(refusal, 'role')} most={me.role} />
        <ScopeFields
          cameras={cameras}
          scope={scope}
          change={setScope}
          problem={problemAt(refusal, 'scope')}
        />
        <Select
          name="days"
          label={say('Good for')}
          value={days}
          change={setDays}
          problem={problemAt(refusal, 'expires_at')}
        >
          {Object.entries(DAYS)
            .sort(([a], [b]) => (Number(a) || Infinity) - (Number(b) || Infinity))
            .map(([value, words]) => (
              <option key={value} value={value}>
                {say(words)}
              </option>
            ))}
        </Select>
        {refusal !== null && !refusal.problems?.length && (
          <p class="problem" role="alert">
            {refusal.message}
          </p>
        )}
        <button type="submit" class="main" disabled={busy} data-submit>
          {say('Make it')}
        </button>
      </form>
    </Dialog>
  );
}

function NewToken({ name, text, close }: { name: string; text: string; close: () => void }): JSX.Element {
  const shown = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<'yes' | 'no' | null>(null);
  const copy = (): void => {
    shown.current?.select();
    // the newer way is only there for pages over TLS, and may wait for a permission that nobody sees asked for
    setCopied(document.execCommand('copy') ? 'yes' : 'no');
  };
  return (
    <Dialog title={say('Token “{name}”', { name })} close={close} wide>
      <div class="admin" data-new-token>
        <p>{say('Copy it now: nobody can show it again.')}</p>
        <input ref={shown} class="secret" readOnly value={text} aria-label={say('The token')} autofocus />
        <footer>
          <button type="button" class="main" onClick={copy}>
            {say('Copy')}
          </button>
          <p role="status">
            {copied === 'yes' && say('Copied.')}
            {copied === 'no' && say('The browser does not let us: copy the marked text by hand.')}
          </p>
        </footer>
      </div>
    </Dialog>
  );
}
