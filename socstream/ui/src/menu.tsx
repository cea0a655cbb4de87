import type { Signal } from '@preact/signals';
import type { JSX, TargetedEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Api } from './api';
import { Dialog } from './dialog';
import { Field, entered, problemOf } from './field';
import type { Failed } from './http';
import { LANGUAGES, later, say } from './i18n/say';
import type { Identity } from './identity';
import { type Looks, THEMES, TONGUES } from './looks';
import { type User, roleName } from './user';

const THEME_WORDS = { system: later('As the system'), dark: later('Dark'), light: later('Light') };

interface MenuProps {
  readonly user: User;
  readonly identity: Identity;
  readonly api: Pick<Api, 'changePassword'>;
  readonly looks: Signal<Looks>;
  /** What else there is to open, by its name. */
  readonly more: readonly { readonly name: string; readonly open: () => void }[];
}

/** Who is signed in, and what he may do about it. */
export function UserMenu({ user, identity, api, looks, more }: MenuProps): JSX.Element {
  const menu = useRef<HTMLDivElement>(null);
  const [changes, setChanges] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const like = (change: Partial<Looks>): void => {
    looks.value = { ...looks.value, ...change };
  };
  const signOut = async (): Promise<void> => {
    setRefusal((await identity.signOut())?.message ?? null);
  };
  return (
    <>
      <button
        type="button"
        class="plain user"
        popovertarget="user-menu"
        aria-label={say('Signed in: {name}', { name: user.name })}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <circle cx="10" cy="6.5" r="3.5" />
          <path d="M3 18c.6-4 3.3-6 7-6s6.4 2 7 6" />
        </svg>
        <span>{user.name}</span>
      </button>
      <div id="user-menu" class="menu" popover="auto" ref={menu}>
        <p>
          <b>{user.name}</b>
          <small>{say(roleName(user.role))}</small>
        </p>
        {more.map(({ name, open }) => (
          <button
            key={name}
            type="button"
            class="plain"
            onClick={() => {
              menu.current?.hidePopover();
              open();
            }}
          >
            {name}
          </button>
        ))}
        <button
          type="button"
          class="plain"
          onClick={() => {
            menu.current?.hidePopover();
            setChanges(true);
          }}
        >
          {say('Change password')}
        </button>
        <button type="button" class="plain" onClick={() => void signOut()}>
          {say('Sign out')}
        </button>
        <label class="field">
          <span>{say('Language')}</span>
          <select
            value={looks.value.language}
            onChange={({ currentTarget }) => {
              const chosen = TONGUES.find((one) => one === currentTarget.value);
              if (chosen !== undefined) like({ language: chosen });
            }}
            data-language
          >
            <option value="auto">{say('As the browser')}</option>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{say('Theme')}</span>
          <select
            value={looks.value.theme}
            onChange={({ currentTarget }) => {
              const chosen = THEMES.find((one) => one === currentTarget.value);
              if (chosen !== undefined) like({ theme: chosen });
            }}
            data-theme-choice
          >
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {say(THEME_WORDS[one])}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={looks.value.figures}
            onChange={({ currentTarget }) => like({ figures: currentTarget.checked })}
          />
          <span>{`${say('Figures over the pictures')} (O)`}</span>
        </label>
        {refusal !== null && (
          <p class="problem" role="alert">
            {refusal}
          </p>
        )}
      </div>
      {changes && <ChangePassword user={user} api={api} close={() => setChanges(false)} />}
    </>
  );
}

interface ChangeProps {
  readonly user: User;
  readonly api: Pick<Api, 'changePassword'>;
  readonly close: () => void;
}

function ChangePassword({ user, api, close }: ChangeProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [refusal, setRefusal] = useState<Failed | null>(null);
  const send = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    const value = entered(event);
    if (value('password') !== value('again')) {
      const message = say('This is not the same password');
      return setRefusal({ kind: 'failed', status: 0, message, problems: [{ field: 'again', message }] });
    }
    setBusy(true);
    const answer = await api.changePassword(value('old_password'), value('password'));
    setBusy(false);
    setRefusal(answer.kind === 'failed' ? answer : null);
    setDone(answer.kind === 'ok');
  };
  return (
    <Dialog title={say('Change password')} close={close} asks={!done}>
      {done ? (
        <p role="status">{say('Your new password holds from now on.')}</p>
      ) : (
        <form method="post" onSubmit={(event) => void send(event)}>
          <input
            class="unseen"
            autocomplete="username"
            defaultValue={user.username}
            readOnly
            tabIndex={-1}
            aria-hidden="true"
          />
          <Field
            name="old_password"
            label={say('Present password')}
            secret
            autocomplete="current-password"
            problem={problemOf(refusal, 'old_password', true)}
          />
          <Field
            name="password"
            label={say('New password')}
            secret
            autocomplete="new-password"
            problem={problemOf(refusal, 'password')}
          />
          <Field
            name="again"
            label={say('New password again')}
            secret
            autocomplete="new-password"
            problem={problemOf(refusal, 'again')}
          />
          <button type="submit" class="main" disabled={busy}>
            {say('Change it')}
          </button>
        </form>
      )}
    </Dialog>
  );
}
