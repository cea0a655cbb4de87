import { Malformed, fields, number, text } from '../decode';

/** Columns of a wall, and rows of each of its pages. */
export const CELLS = 24;
/** Pages of a wall; page 1 has the rows from 24 on. */
export const PAGES = 8;
export const MOST_TILES = 64;

/** A camera's place on a wall, in cells. */
export interface WallTile {
  readonly cameraId: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Patrol {
  readonly seconds: number;
  /** Which pages in which order; null: all that have a tile. */
  readonly pages: readonly number[] | null;
}

/** What people say of a wall; the server adds the rest. */
export interface WallDraft {
  readonly name: string;
  /** Whether everybody may see it. */
  readonly shared: boolean;
  readonly tiles: readonly WallTile[];
  readonly patrol: Patrol | null;
}

/** A wall that the server keeps. */
export interface NamedWall extends WallDraft {
  readonly id: string;
  readonly version: number;
  /** For people; empty when he is gone. */
  readonly owner: string;
  readonly ownerId: string;
  readonly mayEdit: boolean;
  /** How many of its cameras somebody may not see. */
  readonly hidden: number;
}

/** Decodes the list of walls; throws Malformed. */
export function decodeWalls(body: unknown): readonly NamedWall[] {
  if (!Array.isArray(body)) throw new Malformed('not a list');
  return body.map(decodeWall);
}

/** Decodes one wall; throws Malformed. */
export function decodeWall(value: unknown): NamedWall {
  const wall = fields(value, 'wall');
  const { owner, tiles } = wall;
  if (!Array.isArray(tiles)) throw new Malformed('no tiles');
  return {
    id: text(wall, 'wall_id'),
    name: text(wall, 'name'),
    owner: typeof owner === 'string' ? owner : '',
    ownerId: text(wall, 'owner_id'),
    shared: wall['shared'] === true,
    mayEdit: wall['may_edit'] === true,
    hidden: number(wall['hidden']) ?? 0,
    version: whole(wall, 'version'),
    tiles: tiles.map(decodeTile),
    patrol: decodePatrol(wall['patrol']),
  };
}

function decodeTile(value: unknown): WallTile {
  const tile = fields(value, 'tile');
  const side = (name: string): number => whole(tile, name);
  return { cameraId: text(tile, 'camera_id'), x: side('x'), y: side('y'), w: side('w'), h: side('h') };
}

function decodePatrol(value: unknown): Patrol | null {
  if (value === null || value === undefined) return null;
  const { seconds, pages } = fields(value, 'patrol');
  const each = number(seconds);
  if (each === null) throw new Malformed('no seconds');
  return { seconds: each, pages: Array.isArray(pages) ? pages.map(Number).filter(Number.isInteger) : null };
}

function whole(of: Record<string, unknown>, name: string): number {
  const value = number(of[name]);
  if (value === null || !Number.isInteger(value)) throw new Malformed(`no ${name}`);
  return value;
}

/** The wall as the server wants it. */
export const encoded = ({ name, shared, tiles, patrol }: WallDraft): Record<string, unknown> => ({
  name,
  shared,
  tiles: tiles.map(({ cameraId, ...place }) => ({ camera_id: cameraId, ...place })),
  patrol,
});
