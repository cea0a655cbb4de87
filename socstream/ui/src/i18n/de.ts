import type { Catalogue } from './say';

export const de: Catalogue = {};
