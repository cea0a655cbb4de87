/** One attempt to show one stream. It never ends by itself: it reports, and its owner closes it. */
export interface Session {
  /** A count that rises while pictures move. */
  frames(): number;
  /** How old the shown picture is, in ms by the clock of `serverNow`; null when the stream does not date it. */
  age(serverNow: number): number | null;
  /** Seconds of media that are here but not shown yet. */
  ahead(): number;
  /** Skips to the newest second that is here. */
  skip(): void;
  /** Plays on when something paused it. */
  play(): void;
  /** Lets the browser's decoder start afresh on what is already here. */
  repair(): void;
  /** The picture that is shown now, null when there is none. */
  picture(): Picture | null;
  /** How many pictures came too late to be shown. */
  dropped(): number;
  /** Whether the stream has sound. */
  hasSound(): boolean;
  /** Why not all of its pictures come, as far as its server says so; null when they do. */
  strain?(): string | null;
  /** Ends it; nothing is reported after that. `fault`: what was wrong with its pictures, if it ends because of them. */
  close(fault?: string): void;
}

/** A transport: opens a session; `held` when the server may hold the first answer until the camera has started. */
export type OpenSession = (held: boolean, reports: Reports) => Session;

/** By which ways pictures come, the fastest first. */
export const RUNGS = ['webcodecs', 'mse', 'hls'] as const;
export type Rung = (typeof RUNGS)[number];

/** Opens the sessions of one place, one at a time, each by the way that serves best. */
export interface Transport {
  readonly open: OpenSession;
  /** Whether the next session needs connections of its own: a browser has few. */
  readonly needsConnections: boolean;
  /** The way of the present session, and what is amiss with it; null before the first. */
  readonly way: Way | null;
}

export interface Way {
  readonly rung: Rung;
  /** Why it is not a better one, or brings not all pictures; null when there is nothing better. */
  readonly because: string | null;
}

/** What a session reports to its owner. */
export interface Reports {
  playlist(facts: PlaylistFacts): void;
  /** The first media are here: no answer is waited for any more. */
  arrived(): void;
  /** A picture came, of a stream that has no playlist to tell of it. */
  unit(): void;
  /** Pictures could come by a better way: the next session takes it. */
  better(): void;
  /** A request failed and is tried again; `reason` for people. */
  hindered(reason: string): void;
  /** Nothing more will come of this session. */
  failed(failure: SessionFailure): void;
}

export interface PlaylistFacts {
  /** It carries ENDLIST. */
  readonly ended: boolean;
  readonly firstSegment: number;
  readonly lastSegment: number;
  /** EXT-X-TARGETDURATION in seconds. */
  readonly targetDuration: number;
}

export interface SessionFailure {
  /**
   * `decoder` may be mended by repair(); `unplayable` will be so again at the next try. `unavailable`: the server does
   * not offer it for this camera. `elsewhere`: the next session takes another way, at once.
   */
  readonly kind: 'network' | 'decoder' | 'unplayable' | 'unavailable' | 'elsewhere';
  readonly reason: string;
}

export interface Picture {
  readonly image: CanvasImageSource;
  readonly width: number;
  readonly height: number;
}

/** What a player needs of the place where its pictures are seen. */
export interface Screen {
  /** The page is hidden, and the browser may have stopped decoding. */
  hidden(): boolean;
  /** Its pictures stand in a window of their own, which is seen wherever the page is. */
  floats(): boolean;
  /** Keeps a picture over the end of its session. */
  freeze(picture: Picture): void;
  /** Shows the moving pictures again. */
  thaw(): void;
}
