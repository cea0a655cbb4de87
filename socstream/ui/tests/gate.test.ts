import { expect, test } from 'vitest';
import { Gate } from '../src/gate';

test('live cameras go first, and starting ones never take all places', () => {
  const gate = new Gate(4, 2);
  const inside: string[] = [];
  const ask = (name: string, live: boolean): (() => void) => gate.ask(live, () => inside.push(name));
  const leaveFirst = ask('starting 1', false);
  for (const name of ['starting 2', 'starting 3']) ask(name, false);
  for (const name of ['live 1', 'live 2', 'live 3']) ask(name, true);
  expect(inside).toEqual(['starting 1', 'starting 2', 'live 1', 'live 2']);
  leaveFirst();
  expect(inside.slice(4)).toEqual(['live 3']);
});

test('who leaves twice frees one place', () => {
  const gate = new Gate(1);
  const inside: number[] = [];
  const leave = gate.ask(true, () => inside.push(0));
  for (const n of [1, 2]) gate.ask(true, () => inside.push(n));
  leave();
  leave();
  expect(inside).toEqual([0, 1]);
});

test('who gives up waiting is not called', () => {
  const gate = new Gate(1);
  const inside: number[] = [];
  const leave = gate.ask(true, () => inside.push(0));
  const giveUp = gate.ask(true, () => inside.push(1));
  giveUp();
  leave();
  expect(inside).toEqual([0]);
});

test('who leaves while entering leaves', () => {
  const gate = new Gate(1);
  const inside: number[] = [];
  gate.ask(true, (leave) => {
    inside.push(0);
    leave();
  });
  gate.ask(true, () => inside.push(1));
  expect(inside).toEqual([0, 1]);
});
