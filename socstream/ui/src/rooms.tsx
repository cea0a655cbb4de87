import type { JSX } from 'preact';
import { say } from './i18n/say';
import { Icon } from './icon';
import { type User, mayAdminister, mayManage } from './user';

/** The windows in which somebody works on what lies behind the wall. */
export type Room = 'add' | 'import' | 'users' | 'tokens' | 'audit';

/** The rooms that a user may enter by the menu, with their names. */
export function roomsOf(user: User): readonly (readonly [Room, string])[] {
  return [
    ...(mayManage(user)
      ? ([
          ['add', say('Add a camera')],
          ['import', say('Many cameras, from a file')],
        ] as const)
      : []),
    ['tokens', say('API tokens')],
    ...(mayAdminister(user)
      ? ([
          ['users', say('Users')],
          ['audit', say('Audit log')],
        ] as const)
      : []),
  ];
}

/** Stands in the top bar of whoever may add cameras. */
export function AddButton({ add }: { add: () => void }): JSX.Element {
  return (
    <button type="button" class="main add" aria-label={say('Add camera')} onClick={add}>
      <Icon name="plus" />
      <span>{say('Add camera')}</span>
    </button>
  );
}
