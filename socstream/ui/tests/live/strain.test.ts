import { beforeEach, expect, test } from 'vitest';
import { Strain } from '../../src/live/strain';
import { FakeClock } from '../fakes';

let clock: FakeClock;
let strain: Strain;

beforeEach(() => {
  clock = new FakeClock();
  strain = new Strain(clock);
});

test('who keeps up is told nothing', () => {
  for (const type of ['subscribed', 'configuration', 'ended', 'restored']) strain.told({ type });
  expect([strain.reason, strain.skipped]).toEqual([null, 0]);
});

test('who gets keyframes only is told so until all pictures come again', () => {
  strain.told({ type: 'reduced' });
  clock.advance(600_000);
  expect(strain.reason).toMatch(/^Only some pictures come/);
  strain.told({ type: 'restored' });
  expect(strain.reason).toBeNull();
});

test('what was left out is counted, and told for a while', () => {
  strain.told({ type: 'skipped', units: 12 });
  clock.advance(9000);
  strain.told({ type: 'skipped', units: 3 });
  clock.advance(9000);
  expect(strain.reason).toMatch(/^Pictures were left out/);
  clock.advance(1000);
  expect([strain.reason, strain.skipped]).toEqual([null, 15]);
});

test('another connection begins with all pictures', () => {
  strain.told({ type: 'reduced' });
  strain.restart();
  expect(strain.reason).toBeNull();
});
