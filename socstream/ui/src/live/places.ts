import type { Configuration, Sink, Told, Unit } from './source';

/** Who takes the pictures of a stream, and how far he is. */
interface Place {
  readonly sink: Sink;
  /** He has nothing yet, or asked for all of it once more. */
  isNew: boolean;
  configuration: Configuration | null;
  /** Presentation times of the newest keyframe and the newest unit that he has. */
  key: number | null;
  last: number | null;
  /** `whole`: everything is for him. `begins`: a repetition that somebody else asked for. `again`: what he has. */
  phase: 'whole' | 'begins' | 'again';
}

/**
 * All who take the pictures of one stream.
 *
 * The server sends a stream once. When one of them begins, its newest group of pictures comes again for all: those who
 * have it already see nothing of that.
 */
export class Places {
  private readonly all = new Set<Place>();
  private next: Omit<Configuration, 'record'> | null = null;

  get areEmpty(): boolean {
    return this.all.size === 0;
  }

  add(sink: Sink): () => void {
    const place: Place = {
      sink,
      isNew: true,
      configuration: null,
      key: null,
      last: null,
      phase: 'whole',
    };
    this.all.add(place);
    return () => this.all.delete(place);
  }

  /** What comes next is for everybody, also for those who have it. */
  awaitAll(): void {
    for (const place of this.all) place.isNew = true;
  }

  lost(reason: string): void {
    this.next = null;
    this.awaitAll();
    for (const { sink } of [...this.all]) sink.lost(reason);
  }

  told(told: Told): void {
    for (const { sink } of [...this.all]) sink.told(told);
  }

  /** The bytes of this configuration come next. */
  announced(next: Omit<Configuration, 'record'>): void {
    this.next = next;
  }

  configured(record: Uint8Array<ArrayBuffer>): void {
    const { next } = this;
    if (next === null) return;
    for (const place of [...this.all]) {
      const configuration = { ...next, record };
      const isKnown = !place.isNew && isSame(place.configuration, configuration);
      place.phase = isKnown ? 'begins' : 'whole';
      if (isKnown) continue;
      Object.assign(place, { isNew: false, configuration, key: null, last: null });
      place.sink.configured(configuration);
    }
  }

  unit(unit: Unit): void {
    for (const place of [...this.all]) if (isFor(place, unit)) place.sink.unit(unit);
  }
}

function isFor(place: Place, { key, presentation }: Unit): boolean {
  if (place.isNew) return false; // the configuration comes first
  // a repetition begins with a keyframe; if that is another one than he has, all from there on is new to him
  if (place.phase === 'begins' || (key && place.phase === 'again'))
    place.phase = presentation === place.key ? 'again' : 'whole';
  if (place.phase === 'again') {
    if (presentation === place.last) place.phase = 'whole';
    return false;
  }
  if (key) place.key = presentation;
  place.last = presentation;
  return true;
}

const isSame = (one: Configuration | null, other: Configuration): boolean =>
  one?.run === other.run &&
  one.codec === other.codec &&
  one.record.length === other.record.length &&
  one.record.every((byte, at) => byte === other.record[at]);
