import { beforeEach, describe, expect, test } from 'vitest';
import type { Answer } from '../src/http';
import type { Camera } from '../src/camera';
import { type Listing, ListPoller, NOTHING_HEARD, heard } from '../src/list';
import { FakeClock } from './fakes';

const CAMERAS = [{ id: 'a' }, { id: 'b' }] as unknown as readonly Camera[];
const FULL: Answer<readonly Camera[]> = { kind: 'ok', value: CAMERAS };
const EMPTY: Answer<readonly Camera[]> = { kind: 'ok', value: [] };
const FAILED: Answer<readonly Camera[]> = {
  kind: 'failed',
  status: 503,
  message: 'The store cannot be read.',
};

const after = (...answers: Answer<readonly Camera[]>[]): Listing =>
  answers.reduce((listing, answer, n) => heard(listing, answer, 1000 * (n + 1)), NOTHING_HEARD);

test('a list that fails takes no camera away and says why and since when', () => {
  expect(after(FULL, FAILED, FAILED)).toMatchObject({
    cameras: CAMERAS,
    heardAt: 1000,
    trouble: { message: 'The store cannot be read.', since: 2000 },
  });
  expect(after(FULL, FAILED, FULL)).toMatchObject({ heardAt: 3000, trouble: null });
});

test('an empty list is believed when it is said twice in a row', () => {
  expect(after(FULL, EMPTY).cameras).toBe(CAMERAS);
  expect(after(FULL, EMPTY, EMPTY).cameras).toEqual([]);
  expect(after(FULL, EMPTY, FULL, EMPTY).cameras).toBe(CAMERAS);
  expect(after(FULL, EMPTY, FAILED, EMPTY).cameras).toBe(CAMERAS);
});

test('the first list of all may not be believed empty at once either', () => {
  expect(after(EMPTY).heardAt).toBeNull();
  expect(after(EMPTY, EMPTY)).toMatchObject({ heardAt: 2000, cameras: [] });
  expect(after(EMPTY, EMPTY, EMPTY).heardAt).toBe(3000);
});

describe('the poller', () => {
  let clock: FakeClock;
  let answers: ((answer: Answer<readonly Camera[]>) => void)[];
  let listings: Listing[];
  let poller: ListPoller;

  beforeEach(() => {
    clock = new FakeClock();
    answers = [];
    listings = [];
    const ask = (): Promise<Answer<readonly Camera[]>> => new Promise((resolve) => answers.push(resolve));
    poller = new ListPoller(ask, clock, (listing) => listings.push(listing));
  });

  const answered = async (answer: Answer<readonly Camera[]>): Promise<void> => {
    answers.at(-1)?.(answer);
    await Promise.resolve();
    await Promise.resolve();
  };

  test('asks every two seconds, whatever the answer', async () => {
    poller.wake();
    await answered(FULL);
    clock.advance(2000);
    await answered(FAILED);
    clock.advance(1999);
    expect(answers).toHaveLength(2);
    clock.advance(1);
    expect(answers).toHaveLength(3);
    expect(listings).toHaveLength(2);
  });

  test('asks again soon when the server says that there are no cameras', async () => {
    poller.wake();
    await answered(EMPTY);
    clock.advance(500);
    expect(answers).toHaveLength(2);
  });

  test('never has two questions open', () => {
    poller.wake();
    poller.wake();
    clock.advance(10_000);
    expect(answers).toHaveLength(1);
  });

  test('tells nothing after its end', async () => {
    poller.wake();
    poller.end();
    await answered(FULL);
    expect(listings).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });
});
