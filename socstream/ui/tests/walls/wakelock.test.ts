import { expect, it } from 'vitest';
import { WakeLock } from '../../src/walls/wakelock';
import { FakeClock } from '../fakes';

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

class FakeLights {
  refuses = false;
  readonly locks: { released: boolean; release: () => Promise<void> }[] = [];

  async request(): Promise<{ released: boolean; release: () => Promise<void> }> {
    if (this.refuses) throw new Error('the battery is low');
    const lock = {
      released: false,
      release: async () => {
        lock.released = true;
      },
    };
    this.locks.push(lock);
    return lock;
  }
}

it('takes the lock once, and again after the browser took it away', async () => {
  const [lights, clock] = [new FakeLights(), new FakeClock()];
  let hidden = false;
  const lock = new WakeLock(lights, () => hidden, clock);
  await settled();
  clock.advance(60_000);
  await settled();
  expect(lights.locks).toHaveLength(1);
  hidden = true;
  if (lights.locks[0]) lights.locks[0].released = true;
  clock.advance(60_000);
  await settled();
  expect(lights.locks).toHaveLength(1);
  hidden = false;
  await lock.take();
  expect(lights.locks).toHaveLength(2);
});

it('asks again after a refusal', async () => {
  const [lights, clock] = [new FakeLights(), new FakeClock()];
  lights.refuses = true;
  new WakeLock(lights, () => false, clock);
  await settled();
  lights.refuses = false;
  clock.advance(30_000);
  await settled();
  expect(lights.locks).toHaveLength(1);
});

it('lets go at its end, also of a lock that comes later', async () => {
  const [lights, clock] = [new FakeLights(), new FakeClock()];
  new WakeLock(lights, () => false, clock).end();
  await settled();
  expect(lights.locks.map(({ released }) => released)).toEqual([true]);
  expect(clock.pending).toBe(0);
});

it('does without where browsers have none', async () => {
  const clock = new FakeClock();
  await expect(new WakeLock(undefined, () => false, clock).take()).resolves.toBeUndefined();
});
