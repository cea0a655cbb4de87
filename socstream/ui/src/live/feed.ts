const MOST = 16 * 1024 * 1024; // bytes that wait until the browser takes them

/** `decoder`: it did not understand these bytes; `unplayable`: it never will. */
export type FeedFailure = 'decoder' | 'unplayable';

interface Told {
  /** Everything given so far is in the element. */
  fed(): void;
  /** Nothing more goes in. */
  failed(failure: FeedFailure): void;
}

/** What is to be done with the source buffer, one after another. */
type Step =
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'shift'; readonly seconds: number }
  | { readonly kind: 'data'; readonly data: Uint8Array<ArrayBuffer> };

type MakeSource = typeof MediaSource;

// Safari on phones has only the managed one
const maker = (): MakeSource | undefined => {
  const all = globalThis as { readonly ManagedMediaSource?: MakeSource; readonly MediaSource?: MakeSource };
  return all.MediaSource ?? all.ManagedMediaSource;
};

/** Puts fragments of MP4 into a media element, in order, as fast as it takes them. */
export class Feed {
  private readonly source: MediaSource;
  private readonly url: string;
  private readonly steps: Step[] = [];
  private waiting = 0; // bytes
  private trimTo: number | null = null;
  private buffer: SourceBuffer | null = null;
  private type = '';
  private hasEnded = false;
  private readonly onError = (): void => this.fail('decoder');

  static isThere(): boolean {
    return maker() !== undefined;
  }

  /** Throws where there is no MediaSource. */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly told: Told,
  ) {
    const Maker = maker();
    if (Maker === undefined) throw new Error('no MediaSource');
    this.source = new Maker();
    this.url = URL.createObjectURL(this.source);
    this.source.addEventListener('sourceopen', () => {
      URL.revokeObjectURL(this.url);
      this.pump();
    });
    video.addEventListener('error', this.onError);
    video.disableRemotePlayback = true; // a managed source asks for that
    video.src = this.url;
  }

  /** Another stream of that type begins, with this init segment. */
  begin(type: string, init: Uint8Array<ArrayBuffer>): void {
    this.steps.push({ kind: 'type', type });
    this.push(init);
  }

  /** What follows is shown so many seconds later than it says. */
  shift(seconds: number): void {
    this.steps.push({ kind: 'shift', seconds });
  }

  /** Takes a whole fragment; false when too much waits already. */
  push(data: Uint8Array<ArrayBuffer>): boolean {
    if (this.waiting + data.length > MOST) return false;
    this.waiting += data.length;
    this.steps.push({ kind: 'data', data });
    this.pump();
    return true;
  }

  /** Has the browser forget what lies before so many seconds. */
  trim(seconds: number): void {
    this.trimTo = seconds;
    this.pump();
  }

  close(): void {
    this.hasEnded = true;
    this.steps.length = 0;
    this.video.removeEventListener('error', this.onError);
    URL.revokeObjectURL(this.url);
    this.video.removeAttribute('src');
    this.video.load();
  }

  private pump(): void {
    if (this.hasEnded || this.source.readyState !== 'open') return;
    try {
      while (this.buffer?.updating !== true && this.step());
    } catch (error) {
      const isType = error instanceof DOMException && error.name === 'NotSupportedError';
      this.fail(isType ? 'unplayable' : 'decoder');
    }
  }

  /** Does the next thing that is to be done; false when there is none. */
  private step(): boolean {
    if (this.trimTo !== null && this.buffer !== null) {
      this.buffer.remove(0, this.trimTo);
      this.trimTo = null;
      return true;
    }
    const next = this.steps.shift();
    if (next === undefined) return false;
    if (next.kind === 'type') this.change(next.type);
    else if (next.kind === 'shift' && this.buffer !== null) this.buffer.timestampOffset = next.seconds;
    else if (next.kind === 'data') this.buffer?.appendBuffer(this.joined(next.data));
    return true;
  }

  private change(type: string): void {
    if (this.buffer === null) {
      this.buffer = this.source.addSourceBuffer(type);
      this.buffer.mode = 'segments';
      this.buffer.addEventListener('updateend', () => {
        this.pump();
        if (!this.hasEnded && this.steps.length === 0) this.told.fed();
      });
    } else if (type !== this.type) this.buffer.changeType(type);
    this.type = type;
  }

  /** All data that come next, in one piece: each call costs the browser more than its bytes. */
  private joined(first: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const parts = [first];
    while (this.steps[0]?.kind === 'data') {
      const [step] = this.steps.splice(0, 1);
      if (step?.kind === 'data') parts.push(step.data);
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.waiting -= length;
    if (parts.length === 1) return first;
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  private fail(failure: FeedFailure): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.told.failed(failure);
  }
}
