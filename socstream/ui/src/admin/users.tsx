import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Camera } from '../camera';
import { Dialog } from '../dialog';
import { say } from '../i18n/say';
import { type User, roleName } from '../user';
import type { AdminApi } from './api';
import { useListed } from './listed';
import type { Account } from './people';
import { scopeWords } from './scope';
import { Told } from './told';
import { UserForm } from './user-form';

interface UsersProps {
  readonly api: AdminApi;
  readonly me: User;
  readonly cameras: readonly Camera[];
  readonly close: () => void;
}

/** Who may come in, and what he may do. */
export function Users({ api, me, cameras, close }: UsersProps): JSX.Element {
  const { all, trouble, again } = useListed(() => api.users());
  const [open, setOpen] = useState<Account | 'new' | null>(null);
  return (
    <Dialog title={say('Users')} close={close} wide>
      <div class="admin" data-users>
        <Told trouble={trouble} waits={all === null} />
        {all !== null && (
          <div class="scrolled" tabIndex={0} role="region" aria-label={say('Users')}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{say('User')}</th>
                  <th scope="col">{say('Role')}</th>
                  <th scope="col">{say('May see')}</th>
                  <th scope="col">
                    <span class="sr">{say('Actions')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.map((user) => (
                  <tr key={user.id} data-user={user.username} class={user.isActive ? '' : 'off'}>
                    <td>
                      <b>{user.username}</b>{' '}
                      <small>{[user.firstName, user.lastName].filter(Boolean).join(' ')}</small>
                      {!user.isActive && <small> {say('may not come in')}</small>}
                    </td>
                    <td>{say(roleName(user.role))}</td>
                    <td>{scopeWords(user.scope)}</td>
                    <td>
                      <button
                        type="button"
                        aria-label={say('Change {name}', { name: user.username })}
                        onClick={() => setOpen(user)}
                      >
                        {say('Change')}
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <footer>
          <button type="button" class="main" onClick={() => setOpen('new')}>
            {say('Add a user')}
          </button>
        </footer>
      </div>
      {open !== null && (
        <UserForm
          api={api}
          user={open === 'new' ? null : open}
          isMe={open !== 'new' && open.id === me.id}
          cameras={cameras}
          close={() => setOpen(null)}
          saved={() => {
            setOpen(null);
            again();
          }}
        />
      )}
    </Dialog>
  );
}
