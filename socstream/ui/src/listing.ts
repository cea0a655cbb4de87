import type { Camera } from './camera';
import type { Answer } from './http';

/** What we know of the camera list, and how well. Times are monotonic ms. */
export interface Listing {
  /** The last list that we believe, by name. */
  readonly cameras: readonly Camera[];
  /** When the server last confirmed it; null before the first time. */
  readonly heardAt: number | null;
  readonly trouble: { readonly message: string; readonly since: number } | null;
  /** The server said "no cameras" once; only the second time in a row counts. */
  readonly doubted: boolean;
}

export const NOTHING_HEARD: Listing = { cameras: [], heardAt: null, trouble: null, doubted: false };

/** The listing after one more answer. A failure, or an empty list said once, takes nothing away. */
export function heard(listing: Listing, answer: Answer<readonly Camera[]>, now: number): Listing {
  if (answer.kind === 'failed') {
    const since = listing.trouble?.since ?? now;
    return { ...listing, trouble: { message: answer.message, since }, doubted: false };
  }
  const news = listing.heardAt === null || listing.cameras.length > 0;
  if (answer.value.length === 0 && news && !listing.doubted) return { ...listing, doubted: true };
  return { cameras: answer.value, heardAt: now, trouble: null, doubted: false };
}

/** The listing after news of one camera; before the first whole list such news is no list. */
export function changed(listing: Listing, camera: Camera, now: number): Listing {
  if (listing.heardAt === null) return listing;
  const others = listing.cameras.filter(({ id }) => id !== camera.id);
  const before = listing.cameras.find(({ id }) => id === camera.id);
  const cameras =
    before?.name === camera.name
      ? listing.cameras.map((one) => (one === before ? camera : one))
      : [...others, camera].sort(byName);
  return { cameras, heardAt: now, trouble: null, doubted: false };
}

/** The listing without a camera that the server says is deleted; also the last one goes. */
export function without(listing: Listing, cameraId: string, now: number): Listing {
  if (listing.heardAt === null) return listing;
  const cameras = listing.cameras.filter(({ id }) => id !== cameraId);
  return { cameras, heardAt: now, trouble: null, doubted: false };
}

/** The listing when the server has shown that nothing else happened. */
export const confirmed = (listing: Listing, now: number): Listing =>
  listing.heardAt === null ? listing : { ...listing, heardAt: now, trouble: null };

/** Whether the server answers again after some trouble: nobody need sit out what he waits for. */
export const isOver = (before: Listing, after: Listing): boolean =>
  before.trouble !== null && after.trouble === null;

/** As the server sorts: by name, letter case ignored. */
function byName(one: Camera, other: Camera): number {
  const [a, b] = [one.name.toLowerCase(), other.name.toLowerCase()];
  if (a !== b) return a < b ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}
