import { beforeEach, describe, expect, test } from 'vitest';
import type { Answer } from '../src/http';
import type { Camera } from '../src/camera';
import type { ServerEvent } from '../src/events';
import { ListKeeper } from '../src/list';
import { type Listing, NOTHING_HEARD, changed, confirmed, heard, without } from '../src/listing';
import { FakeClock } from './fakes';

const camera = (id: string, name = id): Camera => ({ id, name }) as unknown as Camera;
const CAMERAS = [camera('a'), camera('b')];
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

describe('news of one camera', () => {
  const ids = (listing: Listing): string[] => listing.cameras.map(({ id }) => id);

  test('takes its place, or gets one by its name', () => {
    const news = { ...CAMERAS[1]!, location: 'Yard' };
    expect(changed(after(FULL), news, 5000)).toMatchObject({ heardAt: 5000, cameras: [CAMERAS[0], news] });
    expect(ids(changed(after(FULL), camera('z', 'AA'), 5000))).toEqual(['a', 'z', 'b']);
    expect(ids(changed(after(FULL), camera('a', 'c'), 5000))).toEqual(['b', 'a']);
  });

  test('is no list', () => {
    expect(changed(NOTHING_HEARD, camera('a'), 5000)).toBe(NOTHING_HEARD);
    expect(without(NOTHING_HEARD, 'a', 5000)).toBe(NOTHING_HEARD);
    expect(confirmed(NOTHING_HEARD, 5000)).toBe(NOTHING_HEARD);
  });

  test('a deletion is believed at once, also of the last camera', () => {
    expect(ids(without(after(FULL), 'a', 5000))).toEqual(['b']);
    expect(ids(without(without(after(FULL), 'a', 5000), 'b', 6000))).toEqual([]);
  });
});

describe('the keeper', () => {
  let clock: FakeClock;
  let answers: ((answer: Answer<readonly Camera[]>) => void)[];
  let listings: Listing[];
  let keeper: ListKeeper;
  let event: (event: ServerEvent) => void;
  let done: string[];

  beforeEach(() => {
    clock = new FakeClock();
    [answers, listings, done] = [[], [], []];
    const ask = (): Promise<Answer<readonly Camera[]>> => new Promise((resolve) => answers.push(resolve));
    const connect = (tell: typeof event) => {
      event = tell;
      const note = (what: string) => () => void done.push(what);
      return { wake: note('wake'), drop: note('drop'), end: note('end') };
    };
    const tell = (listing: Listing): void => void listings.push(listing);
    keeper = new ListKeeper(ask, connect, clock, tell, () => done.push('denied'));
  });

  const answered = async (answer: Answer<readonly Camera[]>): Promise<void> => {
    answers.at(-1)?.(answer);
    await Promise.resolve();
    await Promise.resolve();
  };
  const connected = async (): Promise<void> => {
    keeper.wake();
    event({ kind: 'up' });
    event({ kind: 'cameras', cameras: CAMERAS });
    await answered(FULL);
  };

  test('asks every two seconds without a connection, whatever the answer', async () => {
    keeper.wake();
    await answered(FULL);
    clock.advance(2000);
    await answered(FAILED);
    clock.advance(1999);
    expect(answers).toHaveLength(2);
    clock.advance(1);
    expect(answers).toHaveLength(3);
    expect(listings).toHaveLength(2);
  });

  test('tells when it asks next, and that it is asking', async () => {
    keeper.wake();
    expect(keeper.askAt).toBeNull();
    await answered(FAILED);
    expect(keeper.askAt).toBe(2000);
    clock.advance(2000);
    expect(keeper.askAt).toBeNull();
  });

  test('asks a connected server only after five silent seconds', async () => {
    await connected();
    for (let second = 0; second < 20; second += 1) {
      clock.advance(1000);
      event({ kind: 'sign' });
    }
    expect(answers).toHaveLength(1);
    expect(listings.at(-1)?.heardAt).toBe(20_000);
    clock.advance(5000);
    expect(answers).toHaveLength(2);
  });

  test('takes what it is told', async () => {
    await connected();
    event({ kind: 'camera', camera: camera('c') });
    expect(listings.at(-1)?.cameras.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    event({ kind: 'gone', cameraId: 'a' });
    expect(listings.at(-1)?.cameras.map(({ id }) => id)).toEqual(['b', 'c']);
  });

  test('does not let an answer undo what was told since the question', async () => {
    await connected();
    clock.advance(5000);
    event({ kind: 'camera', camera: camera('c') });
    await answered(FULL);
    expect(listings.at(-1)).toMatchObject({ heardAt: 5000, cameras: [...CAMERAS, camera('c')] });
  });

  test('an empty snapshot is doubted, too', async () => {
    await connected();
    event({ kind: 'cameras', cameras: [] });
    expect(listings.at(-1)?.cameras).toBe(CAMERAS);
    clock.advance(500);
    await answered(EMPTY);
    expect(listings.at(-1)?.cameras).toEqual([]);
  });

  test.each([{ kind: 'down', denied: false }, { kind: 'garbled' }] as const)(
    'asks at once after %j',
    async (sign) => {
      await connected();
      event(sign);
      clock.advance(0);
      expect(answers).toHaveLength(2);
    },
  );

  test('gives up a connection over which nothing comes when no answer comes either', async () => {
    await connected();
    clock.advance(5000);
    clock.advance(1000);
    await answered({ ...FAILED, status: 0 });
    expect(done).toEqual(['wake', 'drop']);
  });

  test('says when the server does not know us any more', async () => {
    await connected();
    event({ kind: 'down', denied: true });
    expect(done).toEqual(['wake', 'denied']);
  });

  test('wakes its connection when the server answers again', async () => {
    keeper.wake();
    await answered(FULL);
    clock.advance(2000);
    await answered(FAILED);
    clock.advance(2000);
    await answered(FAILED);
    expect(done).toEqual(['wake']);
    clock.advance(2000);
    await answered(FULL);
    expect(done).toEqual(['wake', 'wake']);
    clock.advance(2000);
    await answered(FULL);
    expect(done).toEqual(['wake', 'wake']);
  });

  test('asks again soon when the server says that there are no cameras', async () => {
    keeper.wake();
    await answered(EMPTY);
    clock.advance(500);
    expect(answers).toHaveLength(2);
  });

  test('never has two questions open', () => {
    keeper.wake();
    keeper.wake();
    event({ kind: 'garbled' });
    clock.advance(10_000);
    expect(answers).toHaveLength(1);
  });

  test('tells nothing after its end', async () => {
    keeper.wake();
    keeper.end();
    await answered(FULL);
    expect(listings).toHaveLength(0);
    expect(clock.pending).toBe(0);
    expect(done).toEqual(['wake', 'end']);
  });
});
