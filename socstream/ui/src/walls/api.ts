import { decoded, done } from '../api';
import { Malformed, fields, number, text } from '../decode';
import type { Answer, Http, Reply } from '../http';
import { decodeUser } from '../user';
import { type NamedWall, type WallDraft, decodeWall, decodeWalls, encoded } from './named';

const WALLS = '/api/security-operations/walls';
const CODES = '/api/auth/codes';
const USERS = '/api/users';

const wallUrl = (id: string): string => `${WALLS}/${encodeURIComponent(id)}`;

/** Opens one session on another screen, once, within `lasts` ms. */
export interface ScreenCode {
  readonly code: string;
  readonly lasts: number;
}

/** Somebody who may only look. */
export interface Viewer {
  readonly id: string;
  readonly name: string;
}

function decodeViewers(body: unknown): readonly Viewer[] {
  if (!Array.isArray(body)) throw new Malformed('not a list');
  const users = body.map((one) => ({ ...decodeUser(one), status: fields(one, 'user')['status'] }));
  return users
    .filter(({ role, status }) => role === 'VIEWER' && status === 'active')
    .map(({ id, name }) => ({ id, name }));
}

/** Every request about walls. `denied` is told when the answer is that we are nobody. */
export class WallsApi {
  private last: { etag: string; walls: readonly NamedWall[] } | null = null;

  constructor(
    private readonly http: Http,
    private readonly denied: () => void,
  ) {}

  /** Everything that we may see; the same array again while nothing changed. */
  async list(): Promise<Answer<readonly NamedWall[]>> {
    const known = this.last === null ? {} : { 'If-None-Match': this.last.etag };
    const response = this.noticed(await this.http.get(WALLS, known));
    if (response.kind === 'ok' && response.value.status === 304 && this.last !== null)
      return { kind: 'ok', value: this.last.walls };
    const answer = decoded(response, 'list of walls', decodeWalls);
    if (answer.kind === 'ok' && response.kind === 'ok') {
      const { etag } = response.value;
      this.last = etag === null ? null : { etag, walls: answer.value };
    }
    return answer;
  }

  async add(draft: WallDraft): Promise<Answer<NamedWall>> {
    const response = await this.http.send('POST', WALLS, encoded(draft));
    return decoded(this.noticed(response), 'wall', decodeWall);
  }

  /** Puts a draft in a wall's place, if nobody else did so since that version. */
  async replace(id: string, version: number, draft: WallDraft): Promise<Answer<NamedWall>> {
    const response = await this.http.send('PUT', wallUrl(id), { ...encoded(draft), version });
    return decoded(this.noticed(response), 'wall', decodeWall);
  }

  async remove(id: string): Promise<Answer<null>> {
    return done(this.noticed(await this.http.send('DELETE', wallUrl(id))));
  }

  /** A code for another screen of somebody who may only look; null: of one's own. */
  async screenCode(userId: string | null): Promise<Answer<ScreenCode>> {
    const response = await this.http.send('POST', CODES, userId === null ? {} : { user_id: userId });
    return decoded(this.noticed(response), 'code', (body) => {
      const answer = fields(body, 'code');
      return { code: text(answer, 'code'), lasts: (number(answer['expires_in']) ?? 60) * 1000 };
    });
  }

  /** Those who may only look; administrators may ask. */
  async viewers(): Promise<Answer<readonly Viewer[]>> {
    return decoded(this.noticed(await this.http.get(USERS)), 'list of users', decodeViewers);
  }

  private noticed(response: Answer<Reply>): Answer<Reply> {
    if (response.kind === 'ok' && response.value.status === 401) this.denied();
    return response;
  }
}
