import { decoded, done, plainText } from '../api';
import { listOf } from '../decode';
import type { Answer } from '../http';
import type { SignedHttp } from '../signed';
import {
  type Account,
  type ApiToken,
  type Entry,
  decodeAccount,
  decodeEntry,
  decodeNewToken,
  decodeToken,
} from './people';

const USERS = '/api/users';
const TOKENS = '/api/auth/tokens';
const AUDIT = '/api/security-operations/audit';

const below = (url: string, id: string): string => `${url}/${encodeURIComponent(id)}`;

/** Every request about users, API tokens and the audit log. */
export class AdminApi {
  constructor(private readonly http: SignedHttp) {}

  async users(): Promise<Answer<readonly Account[]>> {
    return decoded(await this.http.get(USERS), 'list of users', (body) => listOf(body, decodeAccount));
  }

  async addUser(body: object): Promise<Answer<Account>> {
    return decoded(await this.http.send('POST', USERS, body), 'user', decodeAccount);
  }

  async changeUser(userId: string, body: object): Promise<Answer<Account>> {
    return decoded(await this.http.send('PATCH', below(USERS, userId), body), 'user', decodeAccount);
  }

  async removeUser(userId: string): Promise<Answer<null>> {
    return done(await this.http.send('DELETE', below(USERS, userId)));
  }

  async tokens(): Promise<Answer<readonly ApiToken[]>> {
    return decoded(await this.http.get(TOKENS), 'list of tokens', (body) => listOf(body, decodeToken));
  }

  /** Makes a token; its text, which is told this once. */
  async addToken(body: object): Promise<Answer<string>> {
    return decoded(await this.http.send('POST', TOKENS, body), 'token', decodeNewToken);
  }

  async revokeToken(tokenId: string): Promise<Answer<null>> {
    return done(await this.http.send('DELETE', below(TOKENS, tokenId)));
  }

  /** The newest entries of the audit log. */
  async audit(limit: number): Promise<Answer<readonly Entry[]>> {
    const response = await this.http.get(`${AUDIT}?limit=${limit}`);
    return decoded(response, 'audit log', (body) => listOf(body, decodeEntry));
  }

  /** As much of the audit log as the server gives at once, as a table. */
  async auditTable(limit: number): Promise<Answer<string>> {
    return plainText(await this.http.get(`${AUDIT}?limit=${limit}`, { Accept: 'text/csv' }));
  }
}
