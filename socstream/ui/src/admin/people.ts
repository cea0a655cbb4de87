import { fields, listOf, number, text, time } from '../decode';
import { ROLES, type Role, wishedLanguage } from '../user';

/** The ids of the cameras that somebody may see; null: all of them. */
export type Scope = readonly string[] | null;

/** A user as administrators see him. */
export interface Account {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly role: Role;
  readonly isActive: boolean;
  /** A tag such as `de-AT`; null: as his browser wishes. */
  readonly language: string | null;
  readonly scope: Scope;
}

/** An API token, without its text. Times are ms since 1970. */
export interface ApiToken {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly role: Role;
  readonly scope: Scope;
  readonly expiresAt: number | null;
  readonly lastUsed: number | null;
}

/** One line of the audit log. */
export interface Entry {
  readonly id: number;
  readonly at: number;
  readonly who: string;
  readonly address: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
  readonly detail: string;
}

const word = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The most that these roles allow together; one that nobody knows allows nothing. */
const highest = (roles: unknown): Role => {
  const known = (Array.isArray(roles) ? roles : [roles]).map((role) => String(role).toUpperCase());
  return ROLES.findLast((role) => known.includes(role)) ?? 'VIEWER';
};

const scopeOf = (value: unknown): Scope =>
  value === null || value === undefined ? null : listOf(value, String);

/** Decodes a user; throws Malformed. */
export function decodeAccount(value: unknown): Account {
  const user = fields(value, 'user');
  return {
    id: text(user, 'user_id'),
    username: text(user, 'username'),
    email: word(user['email']),
    firstName: word(user['first_name']),
    lastName: word(user['last_name']),
    role: highest(user['roles']),
    isActive: user['status'] === 'active',
    language: wishedLanguage(user['preferred_language']),
    scope: scopeOf(user['scope']),
  };
}

/** Decodes an API token; throws Malformed. */
export function decodeToken(value: unknown): ApiToken {
  const token = fields(value, 'token');
  return {
    id: text(token, 'token_id'),
    userId: text(token, 'user_id'),
    name: text(token, 'name'),
    role: highest(token['role']),
    scope: scopeOf(token['scope']),
    expiresAt: time(token['expires_at']),
    lastUsed: time(token['last_used']),
  };
}

/** Decodes the text of a new token; throws Malformed. */
export const decodeNewToken = (value: unknown): string => text(fields(value, 'token'), 'token');

/** Decodes a line of the audit log; throws Malformed. */
export function decodeEntry(value: unknown): Entry {
  const entry = fields(value, 'entry');
  return {
    id: number(entry['entry_id']) ?? 0,
    at: time(entry['at']) ?? 0,
    who: word(entry['who']),
    address: word(entry['address']),
    action: text(entry, 'action'),
    target: word(entry['target']),
    outcome: word(entry['outcome']),
    detail: word(entry['detail']),
  };
}
