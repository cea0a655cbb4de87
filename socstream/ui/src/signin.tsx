import type { JSX, TargetedEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Field, entered, problemOf } from './field';
import type { Failed } from './http';
import { say } from './i18n/say';
import type { Identity } from './identity';
import { Logo } from './logo';
import { duration } from './words';

/** The page of somebody whom the server does not know. */
export function SignInScreen({
  identity,
  notice,
}: {
  identity: Identity;
  notice: string | null;
}): JSX.Element {
  return (
    <main class="sign-in">
      <h1>
        <Logo />
        socstream
      </h1>
      {notice !== null && (
        <p class="notice" role="status">
          {say(notice)}
        </p>
      )}
      <SignInForm identity={identity} />
    </main>
  );
}

interface FormProps {
  readonly identity: Identity;
  /** Who signs in again; his name need not be typed. */
  readonly username?: string;
  readonly done?: () => void;
}

export function SignInForm({ identity, username, done }: FormProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Failed | null>(null);
  const left = useWait(refusal);
  const send = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    const value = entered(event);
    setBusy(true);
    const refused = await identity.signIn({ username: value('username'), password: value('password') });
    setBusy(false);
    setRefusal(refused);
    if (refused === null) done?.();
  };
  const problem = (name: string, otherwise?: boolean): string | null =>
    left > 0 ? null : problemOf(refusal, name, otherwise);
  return (
    <form method="post" onSubmit={(event) => void send(event)} data-sign-in>
      <Field
        name="username"
        label={say('User name or e-mail')}
        autocomplete="username"
        value={username ?? ''}
        problem={problem('username')}
        focus={username === undefined}
      />
      <Field
        name="password"
        label={say('Password')}
        secret
        autocomplete="current-password"
        problem={problem('password', true)}
        focus={username !== undefined}
      />
      <button type="submit" class="main" disabled={busy || left > 0}>
        {busy ? say('Signing in') : say('Sign in')}
      </button>
      {left > 0 && (
        <p class="problem num" role="status">
          {say('Too many attempts. Try again in {time}.', { time: duration(left + 999) })}
        </p>
      )}
    </form>
  );
}

/** How long the server still wants no other try, in ms; counts down once a second. */
function useWait(refusal: Failed | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const wait = refusal?.status === 429 ? (refusal.retryAfter ?? 10_000) : 0;
    const until = performance.now() + wait;
    setLeft(wait);
    if (wait === 0) return undefined;
    const timer = setInterval(() => setLeft(Math.max(0, until - performance.now())), 500);
    return () => clearInterval(timer);
  }, [refusal]);
  return left;
}
