import { beforeEach, expect, test } from 'vitest';
import { Events, type ServerEvent, type Socket } from '../src/events';
import { FakeClock, FakeSocket } from './fakes';

const CAMERA = {
  id: 'a',
  name: 'Gate',
  location: { label: 'Yard', floorName: 'Ground' },
  status: 'offline',
  mode: 'on_demand',
  statusSince: '2026-03-01T11:00:00.000Z',
  stream: { state: 'backoff', since: null, retryAt: '2026-03-01T12:00:30Z', failure: null },
  warnings: [{ code: 'h265', message: 'It sends H.265.', remedy: 'Use H.264.' }],
};

let clock: FakeClock;
let sockets: FakeSocket[];
let told: ServerEvent[];
let events: Events;

beforeEach(() => {
  clock = new FakeClock();
  [sockets, told] = [[], []];
  const open = (): Socket => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  };
  events = new Events(
    open,
    clock,
    (event) => told.push(event),
    () => 1,
  );
});

const newest = (): FakeSocket => sockets.at(-1)!;
const message = (type: string, data: unknown = {}): void =>
  newest().says(JSON.stringify({ type: `security-operations.${type}`, data, timestamp: 'now' }));

test('a camera is understood in the spelling of events', () => {
  events.wake();
  newest().opens();
  message('camera.updated', { camera: CAMERA });
  expect(told).toMatchObject([
    { kind: 'up' },
    {
      kind: 'camera',
      camera: {
        id: 'a',
        location: 'Yard',
        onDemand: true,
        statusSince: Date.parse('2026-03-01T11:00:00Z'),
        stream: { state: 'backoff', retryAt: Date.parse('2026-03-01T12:00:30Z') },
        unplayable: { message: 'It sends H.265.' },
      },
    },
  ]);
});

test('a snapshot counts when all of its parts are here', () => {
  events.wake();
  message('snapshot', { cameras: [CAMERA], more: true });
  message('snapshot', { cameras: [{ ...CAMERA, id: 'b' }], more: false });
  message('snapshot', { cameras: [], more: false });
  expect(told).toMatchObject([
    { kind: 'sign' },
    { kind: 'cameras', cameras: [{ id: 'a' }, { id: 'b' }] },
    { kind: 'cameras', cameras: [] },
  ]);
});

test('the parts of a snapshot that was cut off are forgotten', () => {
  events.wake();
  message('snapshot', { cameras: [CAMERA], more: true });
  newest().closes();
  events.wake();
  message('snapshot', { cameras: [{ ...CAMERA, id: 'b' }], more: false });
  expect(told.at(-1)).toMatchObject({ cameras: [{ id: 'b' }] });
});

test('what else is told shows that the server lives, and nonsense is told as such', () => {
  events.wake();
  message('metrics.updated', { metrics: {} });
  message('camera.deleted', { cameraId: 'a' });
  message('camera.updated', { camera: { id: 'a' } });
  newest().says('{"type": ');
  newest().says(new Blob());
  expect(told.map(({ kind }) => kind)).toEqual(['sign', 'gone', 'garbled', 'garbled', 'garbled']);
});

test('it connects again for ever, ever more slowly', () => {
  events.wake();
  const waits: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    newest().closes();
    const before = clock.now();
    while (sockets.length === n + 1) clock.advance(100);
    waits.push(clock.now() - before);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('a connection that stood for a while begins with the short waits again', () => {
  events.wake();
  newest().closes();
  clock.advance(1000);
  newest().opens();
  clock.advance(11_000);
  newest().closes();
  clock.advance(1000);
  expect(sockets).toHaveLength(3);
});

test('it says when the server does not know us', () => {
  events.wake();
  newest().closes(1008);
  expect(told).toEqual([{ kind: 'down', denied: true }]);
});

test('who wakes it does not wait for the next turn, and makes no second connection', () => {
  events.wake();
  events.wake();
  expect(sockets).toHaveLength(1);
  newest().closes();
  events.wake();
  expect(sockets).toHaveLength(2);
  expect(clock.pending).toBe(0);
});

test('who is woken gives up a connection that does not come about: it may have been begun in an outage', () => {
  events.wake();
  const hung = newest();
  clock.advance(3999);
  events.wake();
  expect(sockets).toHaveLength(1);
  clock.advance(1);
  events.wake();
  expect(sockets).toHaveLength(2);
  expect(hung.closed).toBe(true);
  newest().opens();
  clock.advance(60_000);
  events.wake();
  expect(sockets).toHaveLength(2);
});

test('who is woken begins with the short waits again', () => {
  events.wake();
  for (let n = 0; n < 8; n += 1) {
    newest().closes();
    clock.advance(30_000);
  }
  newest().closes();
  events.wake();
  newest().closes();
  clock.advance(1000);
  expect(sockets).toHaveLength(11);
});

test('a dropped connection tells nothing more', () => {
  events.wake();
  const first = newest();
  events.drop();
  expect(first.closed).toBe(true);
  first.says('{}');
  first.closes();
  expect(told).toEqual([{ kind: 'down', denied: false }]);
  clock.advance(1000);
  expect(sockets).toHaveLength(2);
});

test('nothing is left after its end', () => {
  events.wake();
  newest().closes();
  events.end();
  events.wake();
  expect(clock.pending).toBe(0);
  expect(sockets).toHaveLength(1);
});
