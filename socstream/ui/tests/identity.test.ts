import { beforeEach, expect, test } from 'vitest';
import type { Proof } from '../src/api';
import type { Answer } from '../src/http';
import { Identity, type News } from '../src/identity';
import { takeCode } from '../src/link';
import type { User } from '../src/user';
import { FakeClock } from './fakes';

const ADA: User = { id: '7', username: 'ada', name: 'Ada King', role: 'OPERATOR', language: null };
const GONE: Answer<never> = { kind: 'failed', status: 0, message: 'The server does not answer' };
const WRONG: Answer<never> = { kind: 'failed', status: 401, message: 'Wrong.' };

/** A server with one user. */
class FakeServer {
  user: User | null = null;
  broken: Answer<never> | null = null;
  asked = 0;

  session(): Promise<Answer<User | null>> {
    this.asked += 1;
    return Promise.resolve(this.broken ?? { kind: 'ok', value: this.user });
  }
  signIn(proof: Proof): Promise<Answer<null>> {
    const good = 'code' in proof ? proof.code === 'good' : proof.password === 'good';
    if (this.broken === null && good) this.user = ADA;
    return Promise.resolve(this.broken ?? (good ? { kind: 'ok', value: null } : WRONG));
  }
  signOut(): Promise<Answer<null>> {
    this.user = null;
    return Promise.resolve(this.broken ?? { kind: 'ok', value: null });
  }
}

let clock: FakeClock;
let server: FakeServer;
let told: News[];
let identity: Identity;

beforeEach(() => {
  clock = new FakeClock();
  server = new FakeServer();
  told = [];
  identity = new Identity(server, clock, (news) => told.push(news));
});

const isIn = { kind: 'user', user: ADA, isOut: false };

test('who has a session is let in, who has none signs in first', async () => {
  await identity.start(null);
  expect(identity.who.value).toEqual({ kind: 'nobody', notice: null });
  expect(await identity.signIn({ username: 'ada', password: 'bad' })).toEqual(WRONG);
  expect(identity.who.value.kind).toBe('nobody');
  expect(await identity.signIn({ username: 'ada', password: 'good' })).toBeNull();
  expect(identity.who.value).toEqual(isIn);
  expect(told).toEqual(['in']);
});

test('a server that does not answer is asked again every two seconds', async () => {
  server.broken = GONE;
  await identity.start(null);
  expect(identity.who.value).toEqual({ kind: 'asking', trouble: 'The server does not answer' });
  [server.broken, server.user] = [null, ADA];
  clock.advance(2000);
  await Promise.resolve();
  await Promise.resolve();
  expect(identity.who.value).toEqual(isIn);
  expect(clock.pending).toBe(0);
});

test('a link that signs in does so once; an old one says so, unless a session stands already', async () => {
  await identity.start('good');
  expect(identity.who.value).toEqual(isIn);
  const other = new Identity(server, clock, () => undefined);
  await other.start('old');
  expect(other.who.value).toEqual(isIn);
  server.user = null;
  const late = new Identity(server, clock, () => undefined);
  await late.start('old');
  expect(late.who.value).toEqual({ kind: 'nobody', notice: expect.stringContaining('only once') });
});

test('a session that is lost takes no wall away, and another sign-in ends that', async () => {
  await identity.start('good');
  server.user = null;
  await identity.check();
  expect(identity.who.value).toEqual({ ...isIn, isOut: true });
  await identity.signIn({ username: 'ada', password: 'good' });
  expect(identity.who.value).toEqual(isIn);
});

test('a 401 that the session outlives, and a server that is gone, change nothing', async () => {
  await identity.start('good');
  await identity.check();
  expect(identity.who.value).toEqual(isIn);
  server.broken = GONE;
  await identity.check();
  expect(identity.who.value).toEqual(isIn);
});

test('sixteen refused pictures ask once', async () => {
  await identity.start('good');
  const before = server.asked;
  await Promise.all(Array.from({ length: 16 }, () => identity.check()));
  expect(server.asked).toBe(before + 1);
});

test('a lost session is asked for until it is there again: somebody between us and the server may have lied', async () => {
  await identity.start('good');
  server.user = null;
  await identity.check();
  server.user = ADA;
  clock.advance(2000);
  await identity.check();
  expect(identity.who.value).toEqual(isIn);
  expect(clock.pending).toBe(0);
});

test('a server that is gone leaves the sign-in where it is', async () => {
  await identity.start(null);
  server.broken = GONE;
  await identity.check();
  expect(identity.who.value.kind).toBe('nobody');
});

test('an answer from before the sign-in does not undo it', async () => {
  await identity.start(null);
  const early = identity.check();
  await Promise.all([early, identity.signIn({ username: 'ada', password: 'good' })]);
  expect(identity.who.value).toEqual(isIn);
});

test('signing out is believed when the server says so', async () => {
  await identity.start('good');
  server.broken = GONE;
  expect(await identity.signOut()).toEqual(GONE);
  expect(identity.who.value).toEqual(isIn);
  server.broken = null;
  expect(await identity.signOut()).toBeNull();
  expect(identity.who.value).toEqual({ kind: 'nobody', notice: null });
  expect(told).toEqual(['in', 'out']);
});

test('what happens in one tab happens in the others', async () => {
  await identity.start(null);
  server.user = ADA;
  identity.heard('in');
  await identity.check();
  expect(identity.who.value).toEqual(isIn);
  identity.heard('out');
  expect(identity.who.value).toEqual({ kind: 'nobody', notice: null });
});

test('a code leaves the address bar, whatever else stands there', () => {
  const bar: unknown[] = [];
  const history = { replaceState: (...all: unknown[]) => void bar.push(all[2]) };
  expect(takeCode({ hash: '#code=a%2Bb', pathname: '/', search: '?wall=Yard' }, history)).toBe('a+b');
  expect(bar).toEqual(['/?wall=Yard']);
  expect(takeCode({ hash: '#other', pathname: '/', search: '' }, history)).toBeNull();
  expect(bar).toHaveLength(1);
});
