import type { ComponentChildren, VNode } from 'preact';
import { expect, test } from 'vitest';
import { Veil, dateOf } from '../src/tile';
import type { Truth } from '../src/truth';
import type { PictureFacts } from '../src/wall';

const STILL: Truth = {
  state: 'backoff',
  tone: 'bad',
  word: 'DOWN',
  age: 1000,
  why: 'It is away',
  remedy: '',
  next: { left: 5000, part: 0.5 },
  still: true,
};

/** The names of all parts that something is made of. */
function partsOf(children: ComponentChildren): string[] {
  if (Array.isArray(children)) return children.flatMap(partsOf);
  if (typeof children !== 'object' || children === null || !('props' in children)) return [];
  const { type, props } = children as VNode<{ children?: ComponentChildren }>;
  return [typeof type === 'function' ? type.name : type, ...partsOf(props.children)];
}

const offers = (truth: Partial<Truth>): boolean =>
  partsOf(Veil({ truth: { ...STILL, ...truth }, retry: async () => null })).includes('TryNow');

test.each(['backoff', 'reconnecting', 'frozen'] as const)(
  'whatever counts down can be tried now: %s',
  (state) => {
    expect(offers({ state })).toBe(true);
  },
);

test('what counts nothing down, or is tried already, offers no try', () => {
  expect(offers({ next: null })).toBe(false);
  expect(offers({ state: 'starting', next: { left: 0, part: 0 } })).toBe(false);
});

test('a still picture has the date of what is shown: our own, else the one that the server kept', () => {
  const [now, facts] = [Date.parse('2026-03-01T12:00:00'), { shownAt: null } as PictureFacts];
  const own = { ...facts, shownAt: now - 60_000 };
  expect(dateOf(STILL, own, now - 120_000, now)).toBe('picture of 11:59:00');
  expect(dateOf(STILL, facts, now - 120_000, now)).toBe('picture of 11:58:00');
  expect(dateOf(STILL, facts, null, now)).toBe('');
  expect(dateOf({ ...STILL, tone: 'quiet' }, own, null, now)).toBe('');
});
