import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Camera } from '../camera';
import { Confirmation } from '../camera-view/actions';
import { problemAt } from '../cameras-form/fields';
import { Input, Select } from '../cameras-form/input';
import { Dialog } from '../dialog';
import type { Answer, Failed } from '../http';
import { LANGUAGES, say } from '../i18n/say';
import type { Role } from '../user';
import type { AdminApi } from './api';
import type { Account, Scope } from './people';
import { RoleField, ScopeFields } from './scope';

interface Draft {
  readonly username: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly password: string;
  readonly role: Role;
  readonly isActive: boolean;
  readonly language: string | null;
  readonly scope: Scope;
}

const NEW: Draft = {
  username: '',
  email: '',
  firstName: '',
  lastName: '',
  password: '',
  role: 'VIEWER',
  isActive: true,
  language: null,
  scope: null,
};

interface FormProps {
  readonly api: AdminApi;
  /** Null: a new one. */
  readonly user: Account | null;
  readonly isMe: boolean;
  readonly cameras: readonly Camera[];
  readonly close: () => void;
  readonly saved: () => void;
}

/** Adds, changes or deletes a user. */
export function UserForm({ api, user, isMe, cameras, close, saved }: FormProps): JSX.Element {
  const [draft, setDraft] = useState<Draft>(user === null ? NEW : { ...user, password: '' });
  const [refusal, setRefusal] = useState<Failed | null>(null);
  const [busy, setBusy] = useState(false);
  const [asks, setAsks] = useState(false);
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const at = (name: string): string | null => userProblem(refusal, name);
  const act = async (answer: Promise<Answer<unknown>>): Promise<void> => {
    setBusy(true);
    const told = await answer;
    setBusy(false);
    if (told.kind === 'failed') return setRefusal(told);
    saved();
  };
  const save = (): Promise<void> =>
    act(user === null ? api.addUser(userBody(draft)) : api.changeUser(user.id, changes(draft, user)));
  const title = user === null ? say('Add a user') : say('Change {name}', { name: user.username });
  return (
    <Dialog title={title} close={close} wide asks>
      <form
        class="admin-form"
        method="post"
        data-user-form
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void save();
        }}
      >
        <div class="fields">
          <Input
            name="username"
            label={say('User name')}
            value={draft.username}
            change={(username) => change({ username })}
            problem={at('username')}
            needed
            longest={64}
            focus
          />
          <Input
            name="email"
            label={say('E-mail')}
            value={draft.email}
            change={(email) => change({ email })}
            problem={at('email')}
            longest={254}
          />
          <Input
            name="first_name"
            label={say('First name')}
            value={draft.firstName}
            change={(firstName) => change({ firstName })}
            problem={at('first_name')}
            longest={100}
          />
          <Input
            name="last_name"
            label={say('Last name')}
            value={draft.lastName}
            change={(lastName) => change({ lastName })}
            problem={at('last_name')}
            longest={100}
          />
          <Input
            name="password"
            label={user === null ? say('Password') : say('New password')}
            value={draft.password}
            change={(password) => change({ password })}
            problem={at('password')}
            secret
            needed={user === null}
            longest={128}
            placeholder={user === null ? '' : say('as it is')}
            hint={user === null ? say('At least 8 characters.') : say('A new one ends all his sessions.')}
          />
          <Select
            name="status"
            label={say('Status')}
            value={draft.isActive ? 'active' : 'disabled'}
            change={(status) => change({ isActive: status === 'active' })}
            problem={at('status')}
          >
            <option value="active">{say('May come in')}</option>
            <option value="disabled">{say('May not come in')}</option>
          </Select>
          <Select
            name="preferred_language"
            label={say('Language')}
            value={draft.language ?? NO_WISH}
            change={(tag) => change({ language: tag === NO_WISH ? null : tag })}
            problem={at('preferred_language')}
          >
            {languages(draft.language).map(([tag, name]) => (
              <option key={tag} value={tag}>
                {name}
              </option>
            ))}
          </Select>
          <RoleField role={draft.role} change={(role) => change({ role })} problem={at('roles')} />
          <ScopeFields
            cameras={cameras}
            scope={draft.scope}
            change={(scope) => change({ scope })}
            problem={at('scope')}
          />
        </div>
        {at('') !== null && (
          <p class="problem" role="alert">
            {at('')}
          </p>
        )}
        {asks && user !== null ? (
          <Confirmation
            question={say('Delete {name} with his sessions and API tokens?', { name: user.username })}
            busy={busy}
            no={() => setAsks(false)}
            yes={() => void act(api.removeUser(user.id))}
          />
        ) : (
          <footer>
            <button type="submit" class="main" disabled={busy} data-submit>
              {user === null ? say('Add user') : say('Save')}
            </button>
            {user !== null && !isMe && (
              <button type="button" class="danger" onClick={() => setAsks(true)}>
                {say('Delete …')}
              </button>
            )}
          </footer>
        )}
      </form>
    </Dialog>
  );
}

const NO_WISH = 'en'; // as the server has it

/** What may be chosen, by tag; what some other program set stays a choice. */
const languages = (now: string | null): readonly (readonly [string, string])[] => {
  const known: readonly (readonly [string, string])[] = [
    [NO_WISH, say('As the browser')],
    ...Object.entries(LANGUAGES).filter(([tag]) => tag !== NO_WISH),
  ];
  return now === null || known.some(([tag]) => tag === now) ? known : [...known, [now, now]];
};

const FIELDS = [
  ...['username', 'email', 'first_name', 'last_name', 'password', 'status', 'preferred_language'],
  ...['roles', 'scope'],
];

/** What a refusal says about a field; with an empty name what is about none. That a name is taken is about the name. */
export function userProblem(refusal: Failed | null, name: string): string | null {
  if (refusal === null) return null;
  if (refusal.code === 'user_exists') return name === 'username' ? refusal.message : null;
  if (name !== '') return problemAt(refusal, name);
  const isShown = refusal.problems?.some(({ field }) => FIELDS.some((one) => field.startsWith(one)));
  return isShown ? null : refusal.message;
}

/** A new user, as the server wants him. */
export const userBody = (draft: Draft): object => ({
  username: draft.username,
  password: draft.password,
  roles: [draft.role],
  ...(draft.email && { email: draft.email }),
  ...(draft.firstName && { first_name: draft.firstName }),
  ...(draft.lastName && { last_name: draft.lastName }),
  ...(draft.language !== null && { preferred_language: draft.language }),
  status: statusOf(draft),
  scope: draft.scope,
});

/** What is to change about a user. */
export const changes = (draft: Draft, user: Account): object => ({
  ...(draft.username !== user.username && { username: draft.username }),
  ...(draft.password && { password: draft.password }),
  ...(draft.role !== user.role && { roles: [draft.role] }),
  ...(draft.email !== user.email && { email: draft.email }),
  ...(draft.firstName !== user.firstName && { first_name: draft.firstName }),
  ...(draft.lastName !== user.lastName && { last_name: draft.lastName }),
  ...(draft.language !== user.language && { preferred_language: draft.language ?? NO_WISH }),
  ...(draft.isActive !== user.isActive && { status: statusOf(draft) }),
  ...(draft.scope !== user.scope && { scope: draft.scope }),
});

const statusOf = ({ isActive }: Draft): string => (isActive ? 'active' : 'disabled');
