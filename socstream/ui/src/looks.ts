import { type Signal, effect, signal } from '@preact/signals';
import { LANGUAGES, type Language } from './i18n/say';

export const LAYOUTS = ['auto', '1', '2', '4', '6', '9', '12', '16'] as const;
export const FILTERS = ['all', 'online', 'trouble'] as const;
export const SORTS = ['name', 'place'] as const;
export const THEMES = ['dark', 'light', 'system'] as const;
export const TONGUES = ['auto', ...(Object.keys(LANGUAGES) as Language[])] as const;

/** How somebody likes his page; the only thing that the browser keeps for us. */
export interface Looks {
  readonly layout: (typeof LAYOUTS)[number];
  readonly filter: (typeof FILTERS)[number];
  readonly sort: (typeof SORTS)[number];
  readonly theme: (typeof THEMES)[number];
  /** `auto`: as the browser wishes. */
  readonly language: (typeof TONGUES)[number];
  /** Codec, size, bit rate and the like stand over every picture. */
  readonly figures: boolean;
}

const PLAIN: Looks = {
  layout: 'auto',
  filter: 'all',
  sort: 'name',
  theme: 'dark',
  language: 'auto',
  figures: false,
};
const KEY = 'socstream-looks';

/** The looks that were kept, and kept again when they change; a storage that is full or forbidden does not matter. */
export function keptLooks(storage: () => Pick<Storage, 'getItem' | 'setItem'>): Signal<Looks> {
  const looks = signal(PLAIN);
  tried(() => {
    looks.value = understood(JSON.parse(storage().getItem(KEY) ?? '{}'));
  });
  effect(() => {
    const text = JSON.stringify(looks.value);
    tried(() => storage().setItem(KEY, text));
  });
  return looks;
}

function tried(act: () => void): void {
  try {
    act();
  } catch {
    // the looks hold as long as the page is open
  }
}

/** Only what we know: another version may have kept other things. */
function understood(kept: unknown): Looks {
  const of = (typeof kept === 'object' && kept !== null ? kept : {}) as Record<string, unknown>;
  const one = <T extends string>(known: readonly T[], name: string, otherwise: T): T =>
    known.find((value) => value === of[name]) ?? otherwise;
  return {
    layout: one(LAYOUTS, 'layout', PLAIN.layout),
    filter: one(FILTERS, 'filter', PLAIN.filter),
    sort: one(SORTS, 'sort', PLAIN.sort),
    theme: one(THEMES, 'theme', PLAIN.theme),
    language: one(TONGUES, 'language', PLAIN.language),
    figures: of['figures'] === true,
  };
}
