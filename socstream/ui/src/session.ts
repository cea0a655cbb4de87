/** One attempt to play one playlist. It never ends by itself: it reports, and its owner closes it. */
export interface Session {
  /** Lets the browser's decoder start afresh on what is already here. */
  repair(): void;
  /** How old the shown picture is, in ms by the clock of `serverNow`; null when the playlist does not date it. */
  age(serverNow: number): number | null;
  /** Ends it; nothing is reported after that. */
  close(): void;
}

/** What a session reports to its owner. */
export interface Reports {
  playlist(facts: PlaylistFacts): void;
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
  /** `decoder` may be mended by repair(); `unplayable` will be so again at the next try. */
  readonly kind: 'network' | 'decoder' | 'unplayable';
  readonly reason: string;
}

/** Opens a session; `held` when the server may hold the first playlist back until the camera has started. */
export type OpenSession = (url: string, video: HTMLVideoElement, held: boolean, reports: Reports) => Session;

/** Where a player shows its pictures, and what it can see there. */
export interface Screen {
  readonly video: HTMLVideoElement;
  /** A count that rises while pictures move. */
  frames(): number;
  /** Nobody looks, and the browser may have stopped decoding. */
  hidden(): boolean;
  /** Seconds of media that are here but not shown yet. */
  ahead(): number;
  /** Skips to the newest second that is here. */
  skip(): void;
  /** Plays on when something paused it. */
  play(): void;
  /** Keeps the picture that is shown now over the end of the session. */
  freeze(): void;
  /** Shows the moving pictures again. */
  thaw(): void;
}
