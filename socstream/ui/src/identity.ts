import { type Signal, signal } from '@preact/signals';
import type { Api, Proof } from './api';
import type { Clock } from './clock';
import type { Failed } from './http';
import { later } from './i18n/say';
import type { User } from './user';

/** `asking`: not known yet. `nobody`: sign in first. `user`: signed in, or (`isOut`) was until a moment ago. */
export type Who =
  | { readonly kind: 'asking'; readonly trouble: string | null }
  | { readonly kind: 'nobody'; readonly notice: string | null }
  | { readonly kind: 'user'; readonly user: User; readonly isOut: boolean };

/** What tabs tell one another. */
export type News = 'in' | 'out';

const AGAIN = 2000;
const OLD_LINK = later(
  'This link signs in only once and only for a minute. Sign in with your password instead.',
);

/** Who sits here. Only signing out by his own wish takes the wall away from him; a lost session does not. */
export class Identity {
  readonly who: Signal<Who> = signal({ kind: 'asking', trouble: null });
  private asking: Promise<void> | null = null;
  private cancelAgain: () => void = () => undefined;

  constructor(
    private readonly api: Pick<Api, 'session' | 'signIn' | 'signOut'>,
    private readonly clock: Clock,
    /** Tells the other tabs of this browser that somebody came or went. */
    private readonly tellOthers: (news: News) => void,
  ) {}

  /** Finds out who we are; `code` comes from a link that signs in by itself. */
  async start(code: string | null): Promise<void> {
    if (code === null) return this.check();
    const answer = await this.api.signIn({ code });
    if (answer.kind === 'ok') this.tellOthers('in');
    await this.check(answer.kind === 'ok' ? null : answer.status === 0 ? answer.message : OLD_LINK);
  }

  /** Asks the server who we are: when it does not know us any more, or when another tab says so. */
  async check(notice: string | null = null): Promise<void> {
    this.asking ??= this.ask(notice).finally(() => {
      this.asking = null;
    });
    await this.asking;
  }

  /** Signs in with a password; what was wrong, or null. */
  async signIn(proof: Proof): Promise<Failed | null> {
    const answer = await this.api.signIn(proof);
    if (answer.kind === 'failed') return answer;
    await this.asking; // what was asked before we signed in knows nothing of it
    await this.check();
    this.tellOthers('in');
    return null;
  }

  /** Ends the session here and at the server; what was wrong, or null. */
  async signOut(): Promise<Failed | null> {
    const answer = await this.api.signOut();
    if (answer.kind === 'failed') return answer;
    this.set({ kind: 'nobody', notice: null });
    this.tellOthers('out');
    return null;
  }

  /** Takes another tab's word: who signs out there wants no wall left here. */
  heard(news: News): void {
    if (news === 'out') this.set({ kind: 'nobody', notice: null });
    else void this.check();
  }

  private async ask(notice: string | null): Promise<void> {
    const answer = await this.api.session();
    const before = this.who.peek();
    if (answer.kind === 'ok' && answer.value !== null)
      this.set({ kind: 'user', user: answer.value, isOut: false });
    else if (before.kind !== 'user' && answer.kind === 'ok') this.set({ kind: 'nobody', notice });
    else if (before.kind === 'asking' && answer.kind === 'failed') {
      this.set({ kind: 'asking', trouble: answer.message });
      this.clock.after(AGAIN, () => void this.check(notice));
    } else if (before.kind === 'user' && (answer.kind === 'ok' || before.isOut)) {
      // somebody between us and the server may have said so: the session may still stand
      if (!before.isOut) this.set({ ...before, isOut: true });
      this.cancelAgain();
      this.cancelAgain = this.clock.after(AGAIN, () => void this.check());
    }
  }

  private set(who: Who): void {
    this.who.value = who;
  }
}
