import { describe, expect, it } from 'vitest';
import type { Answer, Failed } from '../../src/http';
import { AddressBar, kioskAddress, screenOf } from '../../src/walls/address';
import { type NamedWall, type WallDraft, decodeWalls, encoded } from '../../src/walls/named';
import { type Address, Walls } from '../../src/walls/walls';
import { FakeClock } from '../fakes';

const wall = (id: string, more: Partial<NamedWall> = {}): NamedWall => ({
  ...{ id, name: id, shared: false, tiles: [], patrol: null, version: 1 },
  ...{ owner: 'me', ownerId: 'me', mayEdit: true, hidden: 0 },
  ...more,
});
const failed = (status: number, message = 'no'): Failed => ({ kind: 'failed', status, message });

/** A server that keeps walls, and an address bar. */
class Rig implements Address {
  stored: NamedWall[] = [];
  refusal: Failed | null = null;
  bar: string | null = null;
  asked = 0;
  readonly clock = new FakeClock();

  walls(): Walls {
    return new Walls(this, this.clock, this, 'me');
  }
  read(): string | null {
    return this.bar;
  }
  write(name: string | null): void {
    this.bar = name;
  }
  async list(): Promise<Answer<readonly NamedWall[]>> {
    this.asked += 1;
    return this.refusal ?? { kind: 'ok', value: this.stored };
  }
  async add(draft: WallDraft): Promise<Answer<NamedWall>> {
    return this.refusal ?? { kind: 'ok', value: wall('new', draft) };
  }
  async replace(id: string, version: number, draft: WallDraft): Promise<Answer<NamedWall>> {
    const old = this.stored.find((one) => one.id === id);
    if (old?.version !== version) return failed(409);
    return this.refusal ?? { kind: 'ok', value: { ...old, ...draft, version: version + 1 } };
  }
  async remove(): Promise<Answer<null>> {
    return this.refusal ?? { kind: 'ok', value: null };
  }
}

async function begun(rig: Rig): Promise<Walls> {
  const walls = rig.walls();
  walls.start();
  await new Promise(process.nextTick);
  return walls;
}

describe('the walls', () => {
  it('are asked for again every ten seconds', async () => {
    const rig = new Rig();
    await begun(rig);
    for (let turn = 0; turn < 3; turn += 1) {
      rig.clock.advance(10_000);
      await new Promise(process.nextTick);
    }
    expect(rig.asked).toBe(4);
  });

  it('stay when the list fails', async () => {
    const rig = new Rig();
    rig.stored = [wall('gates')];
    const walls = await begun(rig);
    rig.refusal = failed(0, 'The server does not answer');
    rig.clock.advance(10_000);
    await new Promise(process.nextTick);
    expect(walls.known.value).toHaveLength(1);
    expect(walls.trouble.value).toBe('The server does not answer');
  });

  it('prefer an own wall to another of the same name', async () => {
    const rig = new Rig();
    rig.bar = 'Gates';
    rig.stored = [wall('1', { name: 'Gates', ownerId: 'other' }), wall('2', { name: 'Gates' })];
    const walls = await begun(rig);
    expect(walls.chosen.value?.id).toBe('2');
  });

  it('name a wall in the address by its id when its name is not enough', async () => {
    const rig = new Rig();
    const other = wall('1', { name: 'Gates', ownerId: 'other' });
    rig.stored = [other, wall('2', { name: 'Gates' }), wall('3', { name: 'Yard' })];
    const walls = await begun(rig);
    walls.choose(other);
    expect([rig.bar, walls.chosen.value?.id]).toEqual(['1', '1']);
    walls.choose(rig.stored[2] ?? null);
    expect(rig.bar).toBe('Yard');
    walls.choose(null);
    expect([rig.bar, walls.chosen.value]).toEqual([null, null]);
  });

  it('keep to the shown wall when somebody gives it another name', async () => {
    const rig = new Rig();
    rig.bar = 'Gates';
    rig.stored = [wall('1', { name: 'Gates' })];
    const walls = await begun(rig);
    expect(walls.chosen.value?.id).toBe('1');
    rig.stored = [wall('1', { name: 'Doors', version: 2 })];
    rig.clock.advance(10_000);
    await new Promise(process.nextTick);
    expect([walls.chosen.value?.name, rig.bar]).toEqual(['Doors', 'Doors']);
  });

  it('show a new wall at once', async () => {
    const rig = new Rig();
    const walls = await begun(rig);
    await walls.add({ name: 'Yard', shared: false, tiles: [], patrol: null });
    expect(walls.chosen.value?.name).toBe('Yard');
    expect(rig.bar).toBe('Yard');
  });

  it('tell of a conflict, with the wall of the other', async () => {
    const rig = new Rig();
    const mine = wall('1');
    rig.stored = [wall('1', { version: 2, name: 'theirs' })];
    const walls = await begun(rig);
    const saved = await walls.replace(mine, mine);
    expect(saved).toMatchObject({ kind: 'conflict', theirs: { name: 'theirs', version: 2 } });
  });

  it('tell of a name that is taken as what it is', async () => {
    const rig = new Rig();
    rig.stored = [wall('1')];
    const walls = await begun(rig);
    rig.replace = async () => failed(409, 'There is a wall of that name');
    const saved = await walls.replace(wall('1'), wall('1'));
    expect(saved).toEqual({ kind: 'refused', message: 'There is a wall of that name' });
  });

  it('show all cameras after the shown wall was deleted', async () => {
    const rig = new Rig();
    const gates = wall('1', { name: 'Gates' });
    rig.stored = [gates];
    rig.bar = 'Gates';
    const walls = await begun(rig);
    expect(await walls.remove(gates)).toBeNull();
    expect([walls.known.value, rig.bar]).toEqual([[], null]);
  });

  it('are not undone by a list that was asked for before', async () => {
    const rig = new Rig();
    const walls = await begun(rig);
    let answer: (value: Answer<readonly NamedWall[]>) => void = () => undefined;
    rig.list = () => new Promise((resolve) => (answer = resolve));
    walls.wake();
    await walls.add({ name: 'Yard', shared: false, tiles: [], patrol: null });
    answer({ kind: 'ok', value: [] });
    await new Promise(process.nextTick);
    expect(walls.known.value).toHaveLength(1);
  });

  it('end an arranging when another wall is chosen', async () => {
    const rig = new Rig();
    rig.stored = [wall('1'), wall('2')];
    const walls = await begun(rig);
    walls.choose(rig.stored[0] ?? null);
    walls.arrange(true);
    walls.choose(rig.stored[1] ?? null);
    expect(walls.arranging.value).toBe(false);
  });
});

describe('the JSON of a wall', () => {
  const json = {
    ...{ wall_id: '1', name: 'Gates', owner: null, owner_id: 'x', shared: true, hidden: 2, may_edit: false },
    ...{ version: 3, patrol: { seconds: 20, pages: [1, 0] } },
    tiles: [{ camera_id: 'a', x: 0, y: 24, w: 8, h: 12 }],
  };

  it('is understood and written the same way', () => {
    const [found] = decodeWalls([json]);
    expect(found).toMatchObject({ id: '1', owner: '', mayEdit: false, hidden: 2, version: 3 });
    if (found === undefined) throw new Error('no wall');
    const { name, shared, tiles, patrol } = json;
    expect(encoded(found)).toEqual({ name, shared, tiles, patrol });
  });

  it.each([
    ['no list', {}],
    ['no tiles', [{ ...json, tiles: null }]],
    ['a place that is none', [{ ...json, tiles: [{ camera_id: 'a', x: 0, y: 0, w: 1.5, h: 1 }] }]],
    ['no version', [{ ...json, version: null }]],
    ['a patrol without time', [{ ...json, patrol: {} }]],
  ])('is refused with %s', (_, body) => {
    expect(() => decodeWalls(body)).toThrow();
  });
});

describe('the address', () => {
  it.each([
    ['', false, null],
    ['?kiosk=1', true, null],
    ['?wall=x&kiosk=1&seconds=30', true, 30],
    ['?kiosk=1&seconds=2', true, null],
    ['?kiosk=yes', false, null],
  ])('%s says what the screen is for', (search, kiosk, seconds) => {
    expect(screenOf(search)).toEqual({ kiosk, seconds });
  });

  it('keeps whatever else it says', () => {
    const location = { pathname: '/', search: '?debug=1' };
    const said: string[] = [];
    const history = { pushState: (_: unknown, __: string, url: string) => void said.push(url) };
    const bar = new AddressBar(location, history as unknown as History);
    bar.write('Gates & yard');
    location.search = '?debug=1&wall=Gates+%26+yard';
    expect(bar.read()).toBe('Gates & yard');
    bar.write('Gates & yard');
    bar.write(null);
    expect(said).toEqual(['/?debug=1&wall=Gates+%26+yard', '/?debug=1']);
  });

  it('carries a code where no server and no log sees it', () => {
    const address = new URL(kioskAddress('https://cameras', 'Gates & yard', 'a b'));
    expect(address.searchParams.get('wall')).toBe('Gates & yard');
    expect([address.search.includes('a b'), address.hash]).toEqual([false, '#code=a%20b']);
    expect(kioskAddress('https://cameras', null, null)).toBe('https://cameras/?kiosk=1');
  });
});

describe('whoever arranges a wall', () => {
  async function arranging(): Promise<{ rig: Rig; walls: Walls; other: NamedWall }> {
    const rig = new Rig();
    const [one, other] = [wall('one'), wall('other')];
    [rig.stored, rig.bar] = [[one, other], 'one'];
    const walls = await begun(rig);
    walls.arrange(true);
    walls.unsaved.value = true;
    return { rig, walls, other };
  }
  const shown = (walls: Walls): [string | undefined, boolean] => [
    walls.chosen.value?.id,
    walls.arranging.value,
  ];

  it('is asked before another wall takes its place', async () => {
    const { rig, walls, other } = await arranging();
    walls.choose(other);
    expect([...shown(walls), rig.bar]).toEqual(['one', true, 'one']);
    walls.leaving.value?.();
    expect([...shown(walls), rig.bar]).toEqual(['other', false, 'other']);
    expect(walls.leaving.value).toBeNull();
  });

  it('may stay, and loses nothing', async () => {
    const { walls } = await arranging();
    walls.choose(null);
    walls.stay();
    expect([...shown(walls), walls.unsaved.value, walls.leaving.value]).toEqual(['one', true, true, null]);
  });

  it('is asked when the browser goes back, and the address waits with him', async () => {
    const { rig, walls } = await arranging();
    rig.bar = 'other';
    walls.reread();
    expect([...shown(walls), rig.bar]).toEqual(['one', true, 'one']);
    walls.leaving.value?.();
    expect([...shown(walls), rig.bar]).toEqual(['other', false, 'other']);
  });

  it('is not asked when nothing would be lost', async () => {
    const { walls, other } = await arranging();
    walls.unsaved.value = false;
    walls.choose(other);
    expect(shown(walls)).toEqual(['other', false]);
  });

  it('is not asked about a wall that is gone', async () => {
    const { rig, walls, other } = await arranging();
    rig.stored = [other];
    walls.wake();
    await new Promise(process.nextTick);
    walls.choose(other);
    expect(shown(walls)).toEqual(['other', false]);
  });

  it('keeps what he did when he asks to arrange once more', async () => {
    const { walls } = await arranging();
    walls.arrange(true);
    expect(walls.unsaved.value).toBe(true);
  });
});
