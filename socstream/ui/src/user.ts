import { fields, text } from './decode';
import { later } from './i18n/say';

/** Somebody who is signed in. */
export interface User {
  readonly id: string;
  readonly username: string;
  /** What people call him: first and last name, else the user name. */
  readonly name: string;
  readonly role: Role;
  /** A tag such as `de-AT`; null: as the browser wishes. */
  readonly language: string | null;
}

/** From the least to the most that somebody may do. */
export const ROLES = ['VIEWER', 'OPERATOR', 'SECURITY_OFFICER', 'SECURITY_MANAGER', 'ADMIN'] as const;
export type Role = (typeof ROLES)[number];

const WORDS: Record<Role, string> = {
  VIEWER: later('Viewer'),
  OPERATOR: later('Operator'),
  SECURITY_OFFICER: later('Security officer'),
  SECURITY_MANAGER: later('Security manager'),
  ADMIN: later('Administrator'),
};

export const roleName = (role: Role): string => WORDS[role];

/** Whether he may order tries; looking is all that viewers may. */
export const mayOperate = (user: User): boolean => user.role !== 'VIEWER';

/** Whether he may add, change and delete cameras. */
export const mayManage = (user: User): boolean => mayOperate(user) && user.role !== 'OPERATOR';

/** Whether he may change users, and read the audit log. */
export const mayAdminister = (user: User): boolean => user.role === 'ADMIN';

/** English is what the server writes where nobody wished anything, and so no wish. */
export const wishedLanguage = (value: unknown): string | null =>
  typeof value === 'string' && value.toLowerCase() !== 'en' ? value : null;

/** Decodes a user as `/users/me` gives him; throws Malformed. A role that nobody knows allows nothing. */
export function decodeUser(value: unknown): User {
  const user = fields(value, 'user');
  const username = text(user, 'username');
  const names = [user['first_name'], user['last_name']].filter((part) => typeof part === 'string' && part);
  const roles = (Array.isArray(user['roles']) ? user['roles'] : []).map((role) => String(role).toUpperCase());
  return {
    id: text(user, 'user_id'),
    username,
    name: names.join(' ') || username,
    role: ROLES.findLast((role) => roles.includes(role)) ?? 'VIEWER',
    language: wishedLanguage(user['preferred_language']),
  };
}
