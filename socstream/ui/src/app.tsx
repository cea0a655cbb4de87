import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Api } from './api';
import { Dialog } from './dialog';
import type { Identity } from './identity';
import type { Looks } from './looks';
import { UserMenu } from './menu';
import { Page } from './page';
import { SignInForm, SignInScreen } from './signin';
import { type User, mayOperate } from './user';
import type { Wall } from './wall';

interface AppProps {
  readonly identity: Identity;
  readonly api: Api;
  readonly makeWall: () => Wall;
  readonly looks: Signal<Looks>;
}

/** The wall for who may see it, else the way in. */
export function App({ identity, api, makeWall, looks }: AppProps): JSX.Element {
  const who = identity.who.value;
  switch (who.kind) {
    case 'asking':
      return <main>{who.trouble !== null && <NoServer trouble={who.trouble} />}</main>;
    case 'nobody':
      return <SignInScreen identity={identity} notice={who.notice} />;
    case 'user': // a new wall for each user: he may see other cameras
      return (
        <Signed key={who.user.id} {...{ identity, api, makeWall, looks }} user={who.user} isOut={who.isOut} />
      );
  }
}

function NoServer({ trouble }: { trouble: string }): JSX.Element {
  return (
    <section class="message">
      <h2>No word from the server yet</h2>
      <p role="status">{trouble}. We ask again every two seconds.</p>
    </section>
  );
}

interface SignedProps extends AppProps {
  readonly user: User;
  readonly isOut: boolean;
}

function Signed({ identity, api, makeWall, looks, user, isOut }: SignedProps): JSX.Element {
  const [wall] = useState(makeWall);
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
  return (
    <Page
      wall={wall}
      looks={looks}
      mayOperate={mayOperate(user)}
      menu={<UserMenu user={user} identity={identity} api={api} />}
      banner={isOut && <SignedOut user={user} identity={identity} />}
    />
  );
}

/** The session ended by itself: what is on the wall stays there, and one line says what to do. */
function SignedOut({ user, identity }: { user: User; identity: Identity }): JSX.Element {
  const [asks, setAsks] = useState(false);
  return (
    <>
      <p class="banner" role="status" data-signed-out>
        <span>Signed out. Pictures may stop, and the list gets old.</span>
        <button type="button" onClick={() => setAsks(true)}>
          Sign in again
        </button>
      </p>
      {asks && (
        <Dialog title="Sign in again" close={() => setAsks(false)}>
          <SignInForm identity={identity} username={user.username} done={() => setAsks(false)} />
        </Dialog>
      )}
    </>
  );
}
