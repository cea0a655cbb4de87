/** An answer that is not what the contract says; the message names the place. */
export class Malformed extends Error {}

/** The fields of an object; throws Malformed. */
export function fields(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed(`no ${what}`);
  return value as Record<string, unknown>;
}

/** A field that has to be a text; throws Malformed. */
export function text(of: Record<string, unknown>, name: string): string {
  const value = of[name];
  if (typeof value !== 'string') throw new Malformed(`no ${name}`);
  return value;
}

/** A time in ms since 1970; null when there is none. */
export function time(value: unknown): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? null : at;
}

/** A number; null when there is none. */
export const number = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/** Every part of a list, decoded; throws Malformed. */
export function listOf<T>(value: unknown, decode: (part: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) throw new Malformed('not a list');
  return value.map(decode);
}
