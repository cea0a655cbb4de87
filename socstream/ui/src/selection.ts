import type { Camera } from './camera';
import type { Looks } from './looks';

const ON_ONE_SCREEN = 16;

/** What of the list is shown. */
export interface Selection {
  /** All that fit filter and search, in their order. */
  readonly found: readonly Camera[];
  /** Those of this page. */
  readonly shown: readonly Camera[];
  /** Counted from 0; the last one when there are not as many as asked for. */
  readonly page: number;
  readonly pages: number;
}

/** How many tiles a page has. */
export const pageSize = (layout: Looks['layout']): number =>
  layout === 'auto' ? ON_ONE_SCREEN : Number(layout);

/** Filters, sorts and cuts into pages. */
export function select(cameras: readonly Camera[], looks: Looks, search: string, page: number): Selection {
  const found = cameras.filter((camera) => fits(camera, looks.filter) && matches(camera, search));
  if (looks.sort === 'place') found.sort((a, b) => collator.compare(a.location, b.location));
  if (looks.filter === 'trouble') found.sort((a, b) => rank(a) - rank(b)); // stable: within a rank as before
  const size = pageSize(looks.layout);
  const pages = Math.max(1, Math.ceil(found.length / size));
  const on = Math.max(0, Math.min(page, pages - 1));
  return { found, shown: found.slice(on * size, (on + 1) * size), page: on, pages };
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

const fits = (camera: Camera, filter: Looks['filter']): boolean =>
  filter !== 'online' || (camera.stream.state === 'live' && !camera.maintenance);

/** Whether every word of the search stands somewhere in name or place. */
function matches({ name, location }: Camera, search: string): boolean {
  const text = plain(`${name} ${location}`);
  return plain(search)
    .split(' ')
    .every((word) => text.includes(word));
}

/** Without case and accents: who looks for "cafe" means "Café". */
const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();

/** Trouble first, what is meant to be dark last. */
function rank({ maintenance, stream }: Camera): number {
  if (maintenance || stream.state === 'stopped') return 3;
  if (stream.state === 'live') return 2;
  return stream.state === 'starting' && stream.failure === null ? 1 : 0;
}
