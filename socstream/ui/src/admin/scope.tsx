import type { JSX } from 'preact';
import type { Camera } from '../camera';
import { Select } from '../cameras-form/input';
import { say } from '../i18n/say';
import { ROLES, type Role, roleName } from '../user';
import type { Scope } from './people';

interface ScopeProps {
  readonly cameras: readonly Camera[];
  readonly scope: Scope;
  readonly change: (scope: Scope) => void;
  readonly problem: string | null;
}

/** Which cameras somebody may see. */
export function ScopeFields({ cameras, scope, change, problem }: ScopeProps): JSX.Element {
  const others = scope?.filter((id) => !cameras.some((camera) => camera.id === id)) ?? [];
  return (
    <fieldset class="scope">
      <Select
        name="scope"
        label={say('May see')}
        value={scope === null ? 'all' : 'some'}
        change={(value) => change(value === 'all' ? null : [])}
        problem={problem}
      >
        <option value="all">{say('All cameras, also those to come')}</option>
        <option value="some">{say('Only these')}</option>
      </Select>
      {scope !== null && (
        <ul class="scrolled">
          {cameras.map(({ id, name, location }) => (
            <li key={id}>
              <label>
                <input
                  type="checkbox"
                  checked={scope.includes(id)}
                  onChange={(event) =>
                    change(event.currentTarget.checked ? [...scope, id] : scope.filter((one) => one !== id))
                  }
                />
                <span>{name}</span> <small>{location}</small>
              </label>
            </li>
          ))}
          {others.length > 0 && <li>{say('and {count} that are not there', { count: others.length })}</li>}
        </ul>
      )}
    </fieldset>
  );
}

interface RoleProps {
  readonly role: Role;
  readonly change: (role: Role) => void;
  readonly problem: string | null;
  /** The most that may be chosen. */
  readonly most?: Role;
}

const MAY: Record<Role, string> = {
  VIEWER: 'Looks.',
  OPERATOR: 'Looks, and has cameras tried again.',
  SECURITY_OFFICER: 'Adds, changes and deletes cameras, too.',
  SECURITY_MANAGER: 'Adds, changes and deletes cameras, too.',
  ADMIN: 'Everything: also users, tokens of others and the audit log.',
};

/** What somebody may do. */
export function RoleField({ role, change, problem, most = 'ADMIN' }: RoleProps): JSX.Element {
  const known = ROLES.slice(0, ROLES.indexOf(most) + 1);
  return (
    <Select
      name="role"
      label={say('Role')}
      value={role}
      change={(value) => change(known.find((one) => one === value) ?? role)}
      problem={problem}
      hint={say(MAY[role])}
    >
      {known.map((one) => (
        <option key={one} value={one}>
          {say(roleName(one))}
        </option>
      ))}
    </Select>
  );
}

/** "All cameras", "3 cameras". */
export const scopeWords = (scope: Scope): string =>
  scope === null
    ? say('All cameras')
    : scope.length === 1
      ? say('1 camera')
      : say('{count} cameras', { count: scope.length });
