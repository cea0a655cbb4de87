import { signal } from '@preact/signals';
import { de } from './de';

/** Texts in another language, by the English ones; `{name}` stands for what differs. */
export type Catalogue = Readonly<Record<string, string>>;

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en: {}, de };

/** The language of the whole page: every text that was said changes with it. */
export const language = signal<Language>('en');

/** The text in the language of the page; English when the catalogue has none. */
export function say(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  const found = CATALOGUES[language.value][text] ?? text;
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Marks a text that is said later, where it is shown. */
export const later = <T extends string>(text: T): T => text;

/** What the server says by a code: in the language of the page, else in the server's own words. */
export const sayCode = (code: string, words: string): string =>
  CATALOGUES[language.value][`code:${code}`] ?? words;

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de-DE' };

/** How dates and numbers are written. */
export const locale = (): string => LOCALES[language.value];

/** The language that suits somebody who wishes these, the first most (`de-AT` is German). */
export function suited(wishes: readonly string[]): Language {
  const known = Object.keys(LANGUAGES) as Language[];
  for (const wish of wishes) {
    const found = known.find((one) => one === wish.toLowerCase().split('-')[0]);
    if (found !== undefined) return found;
  }
  return 'en';
}
