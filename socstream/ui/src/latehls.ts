import { type Clock, systemClock } from './clock';
import type { openHls } from './hls';
import { later } from './i18n/say';
import { type Missing, brought } from './lazy';
import type { OpenSession, Picture, Reports, Session } from './session';

const PATIENCE = 10_000; // ms

let asked: ReturnType<typeof ask> | null = null;
const ask = () => brought(() => import('./hls'));

/** The player, or why it does not come; a whole wall that falls asks once. */
const bring = (): ReturnType<typeof ask> =>
  (asked ??= ask().finally(() => {
    asked = null;
  }));

/** Has it here before anybody needs it: that may be when the server is away. */
export const fetchHls = (): void => void bring();

const WHY: Readonly<Record<Missing, string>> = {
  offline: later('The server does not answer'),
  older: later('The page is of an older version: reload'),
  lost: later('This part of the page did not come'),
};

/** HLS, whose player comes when somebody needs it: most get their pictures in a better way. */
export function openLateHls(
  url: string,
  video: HTMLVideoElement,
  clock: Clock = systemClock,
  load: () => Promise<{ openHls: typeof openHls } | Missing> = bring,
): OpenSession {
  let come: OpenSession | null = null;
  return (held, reports) => {
    if (come !== null) return come(held, reports);
    const session = new Late(reports, clock);
    void load().then((part) => {
      if (typeof part === 'string') return session.miss(WHY[part]);
      come ??= part.openHls(url, video);
      session.begin(() => come?.(held, reports) ?? null);
    });
    return session;
  };
}

/** A session that begins when its player has come. */
class Late implements Session {
  private inner: Session | null = null;
  private isOver = false;
  private readonly giveUp: () => void;

  constructor(
    private readonly reports: Reports,
    clock: Clock,
  ) {
    this.giveUp = clock.after(PATIENCE, () => this.miss(later('The server takes too long to answer')));
  }

  begin(open: () => Session | null): void {
    if (this.isOver) return;
    this.giveUp();
    this.inner = open();
  }

  miss(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.giveUp();
    this.reports.failed({ kind: 'network', reason });
  }

  frames(): number {
    return this.inner?.frames() ?? 0;
  }
  age(serverNow: number): number | null {
    return this.inner?.age(serverNow) ?? null;
  }
  ahead(): number {
    return this.inner?.ahead() ?? 0;
  }
  skip(): void {
    this.inner?.skip();
  }
  play(): void {
    this.inner?.play();
  }
  repair(): void {
    this.inner?.repair();
  }
  picture(): Picture | null {
    return this.inner?.picture() ?? null;
  }
  dropped(): number {
    return this.inner?.dropped() ?? 0;
  }
  hasSound(): boolean {
    return this.inner?.hasSound() ?? false;
  }

  close(fault?: string): void {
    this.isOver = true;
    this.giveUp();
    this.inner?.close(fault);
  }
}
