import type { Clock } from './clock';
import { every } from './clock';
import type { Gate } from './gate';
import { later } from './i18n/say';
import type { Picture, PlaylistFacts, Screen, Session, SessionFailure, Transport, Way } from './session';

/**
 * `waiting`: not opened, because there is nothing to play. `connecting`: no picture yet. `playing`: pictures move.
 * `late`: they move, but are old. `stalled`: they stopped, the session goes on. `reconnecting`: the session failed, a
 * new one comes.
 */
export type PlayerState = 'waiting' | 'connecting' | 'playing' | 'late' | 'stalled' | 'reconnecting';

/** What can be said about a player. Times are monotonic ms. */
export interface PlayerView {
  readonly state: PlayerState;
  readonly reason: string;
  readonly since: number;
  /** When the next session is opened, if that is known. */
  readonly retryAt: number | null;
  /** Its pictures come from the live edge: none moves that the server does not have just now. */
  readonly edge: boolean;
}

/**
 * What the list says about the camera: it starts for the first time (`starting`), or after a failure (`again`); it
 * fails, or nobody wants it (`down`).
 */
export type Wish = 'live' | 'starting' | 'again' | 'down';

const TICK = 500;
const GLANCE = 100; // until the first picture of a session: nobody shall wait for our tick
const QUIET = 2000; // no new picture for so long: the picture stands still
const STUCK = 6000; // … or three segments, if they are longer: this session will not go on by itself
const DEAF = 15_000; // no playlist for so long
const STABLE = 10_000; // of playing, and the outage is over
const SLEPT = 5000; // a gap in our own tick: we were asleep, and so all ages say nothing
const UNPLAYABLE_DELAY = 30_000;
const OLD = 6000; // a picture of a live camera is not older than that, or than four segments and two seconds
const STUCK_UNITS = 4000; // the same where every picture is told by itself: they come without delay
const OLD_UNITS = 3000;
const UNSEEN = 10_000; // out of view for so long, and a player lets go
const AWAY = 60_000; // … when the whole page is hidden

/** The wait in ms before another session, `attempt` counted from 0, `outage` ms after the pictures stopped. */
export function retryDelay(attempt: number, outage: number, random: () => number): number {
  // three seconds at most in the first minute, when a restart is likely; then slower and slower, up to thirty
  const ceiling = Math.min(30_000, Math.max(3000, outage / 20));
  const delay = Math.min(ceiling, 1000 * 2 ** Math.min(attempt, 10));
  return delay * (0.5 + random() / 2);
}

/** Keeps the pictures of one camera moving for as long as it lives; gives up never. */
export class Player {
  view: PlayerView;
  /**
   * When the picture that moved last was taken, in ms since 1970 by the server's clock: as the stream dates it, else when
   * it moved here. Null before the first.
   */
  takenAt: number | null = null;

  private wish: Wish = 'down';
  private inView = false;
  private seenAt: number;
  private session: Session | null = null;
  private leaveGate: () => void = () => undefined;
  private cancelRetry: () => void = () => undefined;
  private cancelGlance: () => void = () => undefined;
  private readonly stopTicking: () => void;

  private attempt = 0;
  private outageSince: number | null = null;
  private openedAt = 0;
  private frames = 0;
  private movedAt = 0; // of this session, as the next three
  private playlistAt = 0;
  private segmentAt = 0;
  private playlist: PlaylistFacts | null = null;
  private hasUnits = false; // it tells of pictures one by one, without a playlist
  private isFirst = true; // no picture has moved yet
  private hindrance = '';
  private skippedAt: number | null = null;
  private lateSince: number | null = null;
  private repaired = false;
  private tickedAt: number;

  constructor(
    private readonly transport: Transport,
    private readonly screen: Screen,
    private readonly gate: Gate,
    private readonly clock: Clock,
    private readonly serverNow: () => number,
    private readonly tell: (view: PlayerView) => void,
    private readonly random: () => number = Math.random,
  ) {
    this.tickedAt = this.seenAt = clock.now();
    this.view = { state: 'waiting', reason: '', since: clock.now(), retryAt: null, edge: false };
    this.stopTicking = every(clock, TICK, () => this.tick());
  }

  /** Takes the list's word: opens when the camera runs, lets go when it does not and no picture moves any more. */
  follow(said: Wish): void {
    // to ask for a playlist at each try of a camera that stays dark would be in vain, and fail again and again
    const wish = said === 'again' && this.transport.needsConnections ? 'down' : said;
    const runsAgain = wish === 'live' && this.wish !== 'live';
    this.wish = wish;
    if (wish === 'down') this.restIfStill();
    else if (!this.isWatched()) return;
    else if (this.view.state === 'waiting') this.connect('connecting', '');
    else if (runsAgain && this.session === null) this.connect('reconnecting', this.view.reason);
  }

  /** Tries now instead of when the time has come: the page is looked at again, or the server is back. */
  wake(): void {
    if (this.wish === 'down' || !this.isWatched()) return;
    // what failed before says nothing of what comes: a first try that is too early shall not cost half a minute
    this.attempt = 0;
    this.outageSince = null;
    if (this.view.retryAt !== null) this.connect('reconnecting', this.view.reason);
    else if (this.view.state === 'waiting') this.connect('connecting', '');
  }

  /** Whether its place on the page can be seen; out of view for 10 s it lets go, and back it opens at once. */
  show(inView: boolean): void {
    this.inView = inView;
    this.wake();
  }

  /** How old the shown picture is, in ms; null when that is not known, or it does not move. */
  age(): number | null {
    const { state } = this.view;
    return state === 'playing' || state === 'late' ? (this.session?.age(this.serverNow()) ?? null) : null;
  }

  /** The picture that is shown now, how many came too late, and whether it has sound; null while there is none. */
  shown(): { picture: Picture; dropped: number; hasSound: boolean } | null {
    const session = this.moves() ? this.session : null;
    const picture = session?.picture() ?? null;
    if (session === null || picture === null) return null;
    return { picture, dropped: session.dropped(), hasSound: session.hasSound() };
  }

  /** By which way its pictures come; null while none move. */
  way(): Way | null {
    return this.moves() ? this.transport.way : null;
  }

  /** Ends the player for good. */
  end(): void {
    this.stopTicking();
    this.close();
  }

  private set(state: PlayerState, reason: string, retryAt: number | null = null): void {
    const { view } = this;
    const edge = this.session !== null && this.hasUnits;
    if (view.state === state && view.reason === reason && view.retryAt === retryAt && view.edge === edge)
      return;
    this.view = { state, reason, retryAt, edge, since: view.state === state ? view.since : this.clock.now() };
    this.tell(this.view);
  }

  private close(fault?: string): void {
    this.cancelRetry();
    this.cancelGlance();
    this.leaveGate();
    this.keepPicture();
    this.session?.close(fault);
    this.session = null;
  }

  private keepPicture(): void {
    const picture = this.session?.picture() ?? null;
    if (picture !== null) this.screen.freeze(picture);
  }

  private isWatched(): boolean {
    return this.screen.floats() || (this.inView && !this.screen.hidden());
  }

  /** Whether the page is hidden, and its pictures with it. */
  private isHidden(): boolean {
    return this.screen.hidden() && !this.screen.floats();
  }

  private restIfStill(): void {
    if (this.moves()) return; // what is here already is played to its end
    this.rest();
  }

  private moves(): boolean {
    return this.view.state === 'playing' || this.view.state === 'late';
  }

  private rest(): void {
    this.close();
    this.attempt = 0;
    this.outageSince = null;
    this.set('waiting', '');
  }

  private connect(state: 'connecting' | 'reconnecting', reason: string): void {
    this.close();
    this.set(state, reason);
    const held = this.wish === 'starting' || this.wish === 'again';
    if (!this.transport.needsConnections) return this.begin(held);
    this.leaveGate = this.gate.ask(!held, (leave) => {
      this.leaveGate = leave;
      this.begin(held);
    });
  }

  /** Another session by a better way, under the picture that is there: it is live until it stands still. */
  private change(): void {
    if (this.wish === 'down' || !this.isWatched()) return;
    this.close();
    this.begin(false);
  }

  private begin(held: boolean): void {
    const now = this.clock.now();
    this.openedAt = this.movedAt = this.playlistAt = this.segmentAt = now;
    this.playlist = null;
    this.hasUnits = false;
    this.isFirst = true;
    this.hindrance = '';
    this.skippedAt = this.lateSince = null;
    this.repaired = false;
    this.frames = 0;
    this.session = this.transport.open(held, {
      playlist: (facts) => this.onPlaylist(facts),
      arrived: () => this.leaveGate(),
      unit: () => this.onUnit(),
      better: () => this.change(),
      hindered: (reason) => {
        this.hindrance = reason;
      },
      failed: (failure) => this.onFailure(failure),
    });
    this.glance();
  }

  private glance(): void {
    this.cancelGlance = this.clock.after(GLANCE, () => {
      this.tick();
      if (this.session !== null && this.isFirst) this.glance();
    });
  }

  private onPlaylist(facts: PlaylistFacts): void {
    const before = this.playlist;
    this.playlist = facts;
    this.playlistAt = this.clock.now();
    // ENDLIST is not the end of a camera: somebody went away and comes again
    if (facts.ended) return this.retry(later('The stream was ended'));
    if (before === null) return;
    const jumped = facts.firstSegment > before.lastSegment + 1 || facts.lastSegment < before.lastSegment;
    if (jumped)
      return this.retry(
        later('The stream began anew'),
        this.clock.now() - this.openedAt > 3000 ? 0 : undefined,
      );
    if (facts.lastSegment > before.lastSegment) {
      this.segmentAt = this.clock.now();
      this.hindrance = '';
    }
  }

  private onUnit(): void {
    this.hasUnits = true;
    this.playlistAt = this.segmentAt = this.clock.now();
    this.hindrance = '';
  }

  private onFailure(failure: SessionFailure): void {
    if (failure.kind === 'elsewhere' && this.wish !== 'down')
      return this.connect(this.view.state === 'connecting' ? 'connecting' : 'reconnecting', failure.reason);
    if (failure.kind !== 'decoder' || this.repaired) {
      return this.retry(failure.reason, failure.kind === 'unplayable' ? UNPLAYABLE_DELAY : undefined);
    }
    this.repaired = true;
    this.keepPicture(); // the decoder loses it
    if (this.moves()) this.set('stalled', failure.reason);
    this.session?.repair();
  }

  private retry(reason: string, delay?: number): void {
    this.close(reason);
    if (this.wish === 'down') return this.set('waiting', '');
    const now = this.clock.now();
    this.outageSince ??= now;
    delay ??= retryDelay(this.attempt++, now - this.outageSince, this.random);
    this.cancelRetry = this.clock.after(delay, () => this.connect('reconnecting', reason));
    this.set('reconnecting', reason, now + delay);
  }

  private tick(): void {
    const now = this.clock.now();
    const gap = now - this.tickedAt;
    this.tickedAt = now;
    if (gap > SLEPT) {
      this.movedAt += gap;
      this.playlistAt += gap;
      this.segmentAt += gap;
    }
    if (this.isWatched()) this.seenAt = now;
    const unseen = now - this.seenAt > (this.isHidden() ? AWAY : UNSEEN);
    if (unseen && this.view.state !== 'waiting') return this.rest();
    if (this.session === null) return;
    const frames = this.session.frames();
    const moved = frames > this.frames;
    this.frames = frames;
    if (moved) this.onMove(now);
    else if (!this.isHidden()) this.onStill(now);
  }

  private onMove(now: number): void {
    const serverNow = this.serverNow();
    const age = this.session?.age(serverNow) ?? null;
    this.movedAt = now;
    this.takenAt = serverNow - (age ?? 0);
    if (!this.isFresh(age)) return this.onLate(now);
    this.skippedAt = this.lateSince = null;
    this.moving('playing', '');
    if (now - this.view.since > STABLE) {
      this.attempt = 0;
      this.outageSince = null;
      this.repaired = false;
    }
  }

  /** Whether the shown picture is of now, as far as the stream dates it. */
  private isFresh(age: number | null): boolean {
    if (age === null) return true;
    return (
      age <= (this.hasUnits ? OLD_UNITS : Math.max(OLD, 2000 + 4000 * (this.playlist?.targetDuration ?? 0)))
    );
  }

  /** Pictures move, but old ones: we were paused, or decode too slowly. */
  private onLate(now: number): void {
    this.lateSince ??= now;
    // the last picture before a silence may come late, and what had to wait at once: neither is one of now
    if (this.view.state === 'stalled' && now - this.lateSince < QUIET) return;
    this.moving('late', later('Old pictures: this screen lags behind'));
    if (this.isHidden()) return;
    if (now - this.lateSince > STUCK && now - this.segmentAt < STUCK)
      this.retry(later('The pictures were old'));
    else if (this.session !== null && this.session.ahead() > 1.5) this.skipOnce(now);
  }

  private moving(state: 'playing' | 'late', reason: string): void {
    if (!this.moves() || this.isFirst) {
      this.leaveGate();
      this.screen.thaw();
    }
    this.isFirst = false;
    this.set(state, reason);
  }

  private onStill(now: number): void {
    this.session?.play();
    const quiet = now - this.movedAt;
    const limit = this.hasUnits ? STUCK_UNITS : Math.max(STUCK, 3000 * (this.playlist?.targetDuration ?? 0));
    const dry = now - this.segmentAt >= QUIET + 1000 * (this.playlist?.targetDuration ?? 0);
    if (quiet >= QUIET && (this.moves() || this.view.state === 'stalled')) {
      this.outageSince ??= now - quiet;
      this.set(
        'stalled',
        this.hindrance || (dry ? later('No new video arrives') : later('The picture stands still')),
        dry ? null : this.dueAt(limit),
      );
      if (this.wish === 'down') return this.restIfStill();
    }
    if (this.session === null || !(this.playlist !== null || this.hasUnits)) return; // its own timeouts rule
    const stuck = this.session.ahead() > 0.5;
    if (stuck && quiet >= QUIET && this.skippedAt === null) this.skipOnce(now);
    else if (quiet >= limit && (now - this.segmentAt < limit || now - this.playlistAt > DEAF)) {
      this.retry(
        this.hindrance ||
          (this.view.state === 'stalled' ? later('The picture stood still') : later('No picture came')),
      );
    }
    // else the playlist answers and has nothing new: a new session would only play its old seconds again
  }

  /** When a picture that stands still although new ones come is opened anew; null when that is not known. */
  private dueAt(limit: number): number | null {
    return this.playlist !== null || this.hasUnits ? this.movedAt + limit : null;
  }

  private skipOnce(now: number): void {
    if (this.skippedAt !== null) return;
    this.skippedAt = now;
    this.session?.skip();
  }
}
