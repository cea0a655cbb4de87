import { signal } from '@preact/signals';

/** Texts in another language, by the English ones; `{name}` stands for what differs. */
export type Catalogue = Readonly<Record<string, string>>;

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

/** Catalogues come when somebody wants them: most people need none, or one. */
const CATALOGUES: Readonly<Record<Language, () => Promise<Catalogue>>> = {
  en: async () => ({}),
  de: async () => (await import('./de')).de,
};

// Of the whole page: every text that was said changes with it.
const spoken = signal<{ readonly language: Language; readonly catalogue: Catalogue }>({
  language: 'en',
  catalogue: {},
});
let wished: Language = 'en';

/** Speaks another language as soon as its catalogue is here; stays with the present one when it does not come. */
export async function speak(language: Language): Promise<void> {
  wished = language;
  try {
    const catalogue = await CATALOGUES[language]();
    if (wished === language) spoken.value = { language, catalogue };
  } catch {
    // the server is away: the page says in its present language that it is
  }
}

/** The text in the language of the page; English when the catalogue has none. */
export function say(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return filled(spoken.value.catalogue[text] ?? text, values);
}

const filled = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

/** Marks a text that is said later, where it is shown. */
export const later = <T extends string>(text: T): T => text;

/** What the server says by a code: in the language of the page, else in the server's own words. */
export const sayCode = (code: string, words: string): string =>
  spoken.value.catalogue[`code:${code}`] ?? words;

/**
 * What the server says in words alone: in the language of the page if they are known there, else as they are.
 *
 * A catalogue may leave parts open: `said:must have {a} to {b} characters`.
 */
export function sayWords(words: string): string {
  const { catalogue } = spoken.value;
  const known = catalogue[`said:${words}`];
  if (known !== undefined) return known;
  for (const [text, ours] of Object.entries(catalogue)) {
    if (!text.startsWith('said:') || !text.includes('{')) continue;
    const found = patternOf(text.slice('said:'.length)).exec(words)?.groups;
    if (found !== undefined) return filled(ours, found);
  }
  return words;
}

const patternOf = (text: string): RegExp =>
  new RegExp(`^${text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>.+)')}$`);

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de-DE' };

/** The language of the page. */
export const language = (): Language => spoken.value.language;

/** How dates and numbers are written. */
export const locale = (): string => LOCALES[language()];

/** The language that suits somebody who wishes these, the first most (`de-AT` is German). */
export function suited(wishes: readonly string[]): Language {
  const known = Object.keys(LANGUAGES) as Language[];
  for (const wish of wishes) {
    const found = known.find((one) => one === wish.toLowerCase().split('-')[0]);
    if (found !== undefined) return found;
  }
  return 'en';
}
