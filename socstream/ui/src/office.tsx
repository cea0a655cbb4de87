import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { AdminApi } from './admin/api';
import { Audit } from './admin/audit';
import { Tokens } from './admin/tokens';
import { Users } from './admin/users';
import { CamerasApi } from './cameras-form/api';
import { CameraForm } from './cameras-form/form';
import { ImportDialog } from './cameras-form/import';
import type { Room } from './rooms';
import type { SignedHttp } from './signed';
import type { User } from './user';
import type { Wall } from './wall';

interface OfficeProps {
  readonly room: Room;
  readonly http: SignedHttp;
  readonly user: User;
  readonly wall: Wall;
  readonly go: (room: Room) => void;
  readonly close: () => void;
}

export function Office({ room, http, user, wall, go, close }: OfficeProps): JSX.Element {
  const [cameraApi, adminApi] = useMemo(() => [new CamerasApi(http), new AdminApi(http)] as const, [http]);
  const { cameras } = wall.listing.value;
  switch (room) {
    case 'add':
      return (
        <CameraForm api={cameraApi} camera={null} close={close} saved={close} many={() => go('import')} />
      );
    case 'import':
      return <ImportDialog api={cameraApi} close={close} />;
    case 'users':
      return <Users api={adminApi} me={user} cameras={cameras} close={close} />;
    case 'tokens':
      return <Tokens api={adminApi} me={user} cameras={cameras} close={close} />;
    case 'audit':
      return <Audit api={adminApi} close={close} />;
  }
}
