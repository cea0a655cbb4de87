import type { JSX } from 'preact';
import type { AdminApi } from './admin/api';
import { Audit } from './admin/audit';
import { Tokens } from './admin/tokens';
import { Users } from './admin/users';
import type { HealthApi } from './camera-view/api';
import type { CamerasApi } from './cameras-form/api';
import { CameraForm } from './cameras-form/form';
import { ImportDialog } from './cameras-form/import';
import { say } from './i18n/say';
import { Icon } from './icon';
import { type User, mayAdminister, mayManage } from './user';
import type { Wall } from './wall';

/** What a user's work is asked through. */
export interface Desks {
  readonly cameras: CamerasApi;
  readonly health: HealthApi;
  readonly admin: AdminApi;
}

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

interface OfficeProps {
  readonly room: Room;
  readonly desks: Desks;
  readonly user: User;
  readonly wall: Wall;
  /** Goes to another room, or, with null, away. */
  readonly go: (room: Room | null) => void;
}

export function Office({ room, desks, user, wall, go }: OfficeProps): JSX.Element {
  const close = (): void => go(null);
  const { cameras } = wall.listing.value;
  switch (room) {
    case 'add':
      return (
        <CameraForm api={desks.cameras} camera={null} close={close} saved={close} many={() => go('import')} />
      );
    case 'import':
      return <ImportDialog api={desks.cameras} close={close} />;
    case 'users':
      return <Users api={desks.admin} me={user} cameras={cameras} close={close} />;
    case 'tokens':
      return <Tokens api={desks.admin} me={user} cameras={cameras} close={close} />;
    case 'audit':
      return <Audit api={desks.admin} close={close} />;
  }
}
