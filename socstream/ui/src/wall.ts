import { type ReadonlySignal, type Signal, computed, signal } from '@preact/signals';
import type { Api } from './api';
import type { Clock } from './clock';
import { every } from './clock';
import { Gate } from './gate';
import { Delays } from './delays';
import { Events, type Socket } from './events';
import { say } from './i18n/say';
import { ListKeeper } from './list';
import { type Listing, NOTHING_HEARD, isOver } from './listing';
import type { LiveSocket } from './live/socket';
import { Player, type PlayerView } from './player';
import type { ServerTime } from './servertime';
import type { Screen, Transport, Way } from './session';
import { type Now, type Truth, truth, wishFor } from './truth';

/**
 * A picture: its age in ms, when the one that is shown was taken (ms since 1970), its size, how many were dropped, its
 * sound, and the way by which it comes.
 */
export interface PictureFacts {
  readonly age: number | null;
  readonly shownAt: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly dropped: number | null;
  readonly hasSound: boolean;
  readonly way: Way | null;
}

/** A camera's place on the page: whether it can be seen, and its end. */
export interface Seat {
  show(inView: boolean): void;
  leave(): void;
}

/** One more place where a camera is seen: with a player and a view of its own. */
export interface Look extends Seat {
  readonly view: ReadonlySignal<PlayerView>;
  picture(): PictureFacts;
}

/** Everything that the page shows: the listing, the players, and the truth made of both. */
export class Wall {
  readonly listing: Signal<Listing> = signal(NOTHING_HEARD);
  /** Now, once a second, so that all numbers of the page change together. */
  readonly now: Signal<Now>;
  readonly truths: ReadonlySignal<ReadonlyMap<string, Truth>>;

  /** How often something may have happened to the named walls. */
  readonly wallNews = signal(0);

  readonly delays = new Delays();

  private readonly views = signal<ReadonlyMap<string, PlayerView>>(new Map());
  private readonly players = new Map<string, Player>();
  private readonly looks = new Map<Player, string>();
  private readonly gate = new Gate();
  private readonly list: ListKeeper;
  private stopCounting: () => void = () => undefined;

  constructor(
    private readonly api: Pick<Api, 'cameras' | 'retry'>,
    private readonly transport: (cameraId: string, video: HTMLVideoElement) => Transport,
    private readonly clock: Clock,
    private readonly serverTime: ServerTime,
    private readonly edge: Pick<LiveSocket, 'wake'>,
    openSocket: () => Socket,
    /** The server does not know us any more. */
    denied: () => void,
  ) {
    this.now = signal(this.readClocks());
    this.truths = computed(() => {
      const [views, now] = [this.views.value, this.now.value];
      // without a place on this page, a camera is as the server says
      const unseen: PlayerView = {
        state: 'playing',
        reason: '',
        since: now.here,
        retryAt: null,
        edge: false,
      };
      return new Map(
        this.listing.value.cameras.map((camera) => [
          camera.id,
          truth(camera, views.get(camera.id) ?? unseen, now),
        ]),
      );
    });
    this.list = new ListKeeper(
      () => api.cameras(),
      (tell) =>
        new Events(openSocket, clock, (event) => {
          if (event.kind === 'wall' || event.kind === 'up') this.wallNews.value += 1;
          tell(event);
        }),
      clock,
      (listing) => this.onListing(listing),
      denied,
    );
  }

  /** From here on, until `end`, it asks and counts. */
  start(): void {
    this.stopCounting = every(this.clock, 1000, () => {
      this.now.value = this.readClocks();
      for (const [cameraId, player] of this.players)
        this.delays.note(cameraId, player.age(), this.now.value.server);
    });
    this.list.wake();
  }

  end(): void {
    this.stopCounting();
    this.list.end();
  }

  /** The page is looked at again, or the network is back: nobody waits for his next turn. */
  wake(): void {
    this.list.wake();
    this.wakePlayers();
  }

  private wakePlayers(): void {
    this.edge.wake(); // first: it is what most of them want
    for (const player of [...this.players.values(), ...this.looks.keys()]) player.wake();
  }

  /** Gives a camera a place to be seen; the result takes it away again. */
  mount(cameraId: string, video: HTMLVideoElement, screen: Screen): Seat {
    const tell = (view: PlayerView): void => {
      this.views.value = new Map(this.views.value).set(cameraId, view);
    };
    const player = this.player(cameraId, video, screen, tell);
    this.players.set(cameraId, player);
    tell(player.view);
    const leave = (): void => {
      player.end();
      this.players.delete(cameraId);
      const views = new Map(this.views.peek());
      views.delete(cameraId);
      this.views.value = views;
    };
    return { show: (inView) => player.show(inView), leave };
  }

  /** Shows a camera once more, beside its tile; the picture of the tile stands there until its own comes. */
  look(cameraId: string, video: HTMLVideoElement, screen: Screen): Look {
    const since = this.clock.now();
    const view = signal<PlayerView>({ state: 'waiting', reason: '', since, retryAt: null, edge: false });
    const tile = this.players.get(cameraId);
    const shown = tile?.shown() ?? null;
    if (shown !== null) screen.freeze(shown.picture);
    const takenAt = shown === null ? null : (tile?.takenAt ?? null);
    const player = this.player(cameraId, video, screen, (next) => {
      view.value = next;
    });
    this.looks.set(player, cameraId);
    const leave = (): void => {
      player.end();
      this.looks.delete(player);
    };
    const picture = (): PictureFacts => this.facts(player, takenAt);
    return { view, picture, show: (inView) => player.show(inView), leave };
  }

  private player(
    cameraId: string,
    video: HTMLVideoElement,
    screen: Screen,
    tell: (view: PlayerView) => void,
  ): Player {
    const transport = this.transport(cameraId, video);
    const player = new Player(transport, screen, this.gate, this.clock, () => this.serverTime.now(), tell);
    const camera = this.listing.peek().cameras.find((one) => one.id === cameraId);
    if (camera !== undefined) player.follow(wishFor(camera));
    return player;
  }

  /** When the server is asked for its cameras again, by our monotonic clock; null while it is being asked. */
  get askAt(): number | null {
    return this.list.askAt;
  }

  /**
   * Has a camera tried now instead of when the time has come: by its players here and, while it is down, by the server, if
   * the user may order that; what is in the way, or null.
   */
  async tryNow(cameraId: string, mayOperate: boolean): Promise<string | null> {
    this.edge.wake();
    this.players.get(cameraId)?.wake();
    for (const [player, shown] of this.looks) if (shown === cameraId) player.wake();
    const isDown = this.truths.peek().get(cameraId)?.state === 'backoff';
    const refusal = isDown ? await this.order(cameraId, mayOperate) : null;
    this.list.wake();
    return refusal;
  }

  private async order(cameraId: string, mayOperate: boolean): Promise<string | null> {
    if (!mayOperate) return say('The server tries by itself; operators can hurry it');
    const answer = await this.api.retry(cameraId);
    return answer.kind === 'failed' ? answer.message : null;
  }

  /** What the player knows of the picture on its screen. */
  picture(cameraId: string): PictureFacts {
    return this.facts(this.players.get(cameraId));
  }

  /** `takenAt`: when the picture was taken that lies there until one moves, if there is one. */
  private facts(player: Player | undefined, takenAt: number | null = null): PictureFacts {
    void this.now.value; // once a second it is looked at anew
    const shown = player?.shown() ?? null;
    return {
      age: player?.age() ?? null,
      shownAt: player?.takenAt ?? takenAt,
      width: shown?.picture.width ?? null,
      height: shown?.picture.height ?? null,
      dropped: shown?.dropped ?? null,
      hasSound: shown?.hasSound ?? false,
      way: player?.way() ?? null,
    };
  }

  private onListing(listing: Listing): void {
    const isBack = isOver(this.listing.peek(), listing);
    this.listing.value = listing;
    this.delays.keep(new Set(listing.cameras.map(({ id }) => id)));
    for (const camera of listing.cameras) {
      this.players.get(camera.id)?.follow(wishFor(camera));
      for (const [player, cameraId] of this.looks) if (cameraId === camera.id) player.follow(wishFor(camera));
    }
    if (isBack) this.wakePlayers();
  }

  private readClocks(): Now {
    return { server: this.serverTime.now(), here: this.clock.now() };
  }
}
