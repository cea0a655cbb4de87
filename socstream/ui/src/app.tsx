import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Api } from './api';
import { systemClock } from './clock';
import { Dialog } from './dialog';
import { say } from './i18n/say';
import type { Identity } from './identity';
import { fetchHls } from './latehls';
import type { Looks } from './looks';
import { UserMenu } from './menu';
import { Offline } from './offline';
import { Page } from './page';
import { Details, Kiosk, Office, fetchParts } from './parts';
import { AddButton, type Room, roomsOf } from './rooms';
import type { SignedHttp } from './signed';
import { SignInForm, SignInScreen } from './signin';
import { type User, mayManage, mayOperate } from './user';
import type { Wall } from './wall';
import { screenOf } from './walls/address';
import type { WallsApi } from './walls/api';
import { WallChooser } from './walls/chooser';
import type { Walls } from './walls/walls';

const QUIET = 10_000; // ms after the start: the first pictures are there

interface AppProps {
  readonly identity: Identity;
  readonly api: Api;
  readonly makeWall: () => Wall;
  readonly wallsApi: WallsApi;
  readonly makeWalls: (userId: string) => Walls;
  readonly looks: Signal<Looks>;
  readonly signed: SignedHttp;
}

/** The wall for who may see it, else the way in. */
export function App(props: AppProps): JSX.Element {
  const { identity } = props;
  const who = identity.who.value;
  switch (who.kind) {
    case 'asking':
      return <main>{who.trouble !== null && <NoServer trouble={who.trouble} />}</main>;
    case 'nobody':
      return <SignInScreen identity={identity} notice={who.notice} />;
    case 'user': // a new wall for each user: he may see other cameras
      return <Signed key={who.user.id} {...props} user={who.user} isOut={who.isOut} />;
  }
}

function NoServer({ trouble }: { trouble: string }): JSX.Element {
  return (
    <section class="message">
      <h2>{say('No word from the server yet')}</h2>
      <p role="status">
        {trouble}. {say('We ask again every two seconds.')}
      </p>
    </section>
  );
}

interface SignedProps extends AppProps {
  readonly user: User;
  readonly isOut: boolean;
}

function Signed({ identity, api, wallsApi, looks, signed, user, isOut, ...make }: SignedProps): JSX.Element {
  const [wall] = useState(make.makeWall);
  const [room, setRoom] = useState<Room | null>(null);
  const [walls] = useState(() => make.makeWalls(user.id));
  useEffect(() => {
    wall.start();
    const wake = (): void => {
      if (!document.hidden) wall.wake();
    };
    addEventListener('online', wake);
    document.addEventListener('visibilitychange', wake);
    return () => {
      removeEventListener('online', wake);
      document.removeEventListener('visibilitychange', wake);
      wall.end();
    };
  }, [wall]);
  useEffect(() => {
    if (!isOut) wall.wake();
  }, [wall, isOut]);
  useEffect(() => {
    walls.start();
    const reread = (): void => walls.reread();
    addEventListener('popstate', reread);
    return () => {
      removeEventListener('popstate', reread);
      walls.end();
    };
  }, [walls]);
  useEffect(() => walls.wake(), [walls, wall.wallNews.value, isOut]);
  useEffect(() => systemClock.after(QUIET, screenOf(location.search).kiosk ? fetchHls : fetchParts), []);
  const screen = screenOf(location.search);
  if (screen.kiosk) return <Kiosk {...{ wall, walls, screen, looks, isOut }} />;
  const add = mayManage(user) ? () => setRoom('add') : null;
  const more = roomsOf(user).map(([to, name]) => ({ name, open: () => setRoom(to) }));
  return (
    <>
      <Page
        wall={wall}
        walls={walls}
        chooser={
          <WallChooser
            walls={walls}
            api={wallsApi}
            user={user}
            shown={() => wall.listing.value.cameras.map(({ id }) => id)}
          />
        }
        looks={looks}
        mayOperate={mayOperate(user)}
        menu={
          <>
            {add !== null && <AddButton add={add} />}
            <UserMenu {...{ user, identity, api, more, looks }} />
          </>
        }
        add={add}
        details={(camera, close) => <Details {...{ wall, camera, user, close }} http={signed} />}
        banner={isOut ? <SignedOut user={user} identity={identity} /> : <Offline wall={wall} />}
      />
      {room !== null && (
        <Office {...{ room, user, wall }} http={signed} go={setRoom} close={() => setRoom(null)} />
      )}
    </>
  );
}

/** The session ended by itself: what is on the wall stays there, and one line says what to do. */
function SignedOut({ user, identity }: { user: User; identity: Identity }): JSX.Element {
  const [asks, setAsks] = useState(false);
  return (
    <>
      <p class="banner" role="status" data-signed-out>
        <span>{say('Signed out. Pictures may stop, and the list gets old.')}</span>
        <button type="button" onClick={() => setAsks(true)}>
          {say('Sign in again')}
        </button>
      </p>
      {asks && (
        <Dialog title={say('Sign in again')} close={() => setAsks(false)}>
          <SignInForm identity={identity} username={user.username} done={() => setAsks(false)} />
        </Dialog>
      )}
    </>
  );
}
