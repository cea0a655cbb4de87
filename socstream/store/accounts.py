"""Users, sessions and API tokens: the one place that knows their tables. Tokens only as SHA-256."""

import json
import sqlite3
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

from attrs import asdict, frozen

from socstream.model.account import Role, Scope, User, UserStatus
from socstream.model.errors import StoreUnavailable
from socstream.model.session import ApiToken, Session, SessionKind
from socstream.store.database import Database, Parameters, Transaction

_USERS = """
SELECT
    user_id, username, email, first_name, last_name, roles, preferred_language, timezone, status, scope,
    created_at, password_hash
FROM user
"""
_INSERT_USER = """
INSERT INTO user (
    user_id, username, username_key, email, email_key, first_name, last_name, roles, preferred_language,
    timezone, status, scope, created_at, password_hash
) VALUES (
    :user_id, :username, :username_key, :email, :email_key, :first_name, :last_name, :roles,
    :preferred_language, :timezone, :status, :scope, :created_at, :password_hash
)
"""
_UPDATE_USER = """
UPDATE user SET
    username = :username, username_key = :username_key, email = :email, email_key = :email_key,
    first_name = :first_name, last_name = :last_name, roles = :roles,
    preferred_language = :preferred_language, timezone = :timezone, status = :status, scope = :scope,
    password_hash = :password_hash
WHERE user_id = :user_id
"""
_REHASH = "UPDATE user SET password_hash = :new WHERE user_id = :user_id AND password_hash = :old"
_DELETE_USER = "DELETE FROM user WHERE user_id = ?"
# One name space for both: whoever types a name must not mean two users.
_SAME_LOGIN = """
SELECT user_id FROM user
WHERE
    user_id <> :user_id
    AND (username_key IN (:username_key, :email_key) OR email_key IN (:username_key, :email_key))
"""
_SESSIONS = """
SELECT
    session_id, user_id, kind, created_at, last_used, family, access, access_until, refresh, former_access,
    former_refresh, former_until
FROM session
"""
_INSERT_SESSION = """
INSERT INTO session (
    session_id, user_id, kind, created_at, last_used, family, access, access_until, refresh, former_access,
    former_refresh, former_until
) VALUES (
    :session_id, :user_id, :kind, :created_at, :last_used, :family, :access, :access_until, :refresh,
    :former_access, :former_refresh, :former_until
)
"""
_RENEW_SESSION = """
UPDATE session SET
    last_used = :last_used, access = :access, access_until = :access_until, refresh = :refresh,
    former_access = :former_access, former_refresh = :former_refresh, former_until = :former_until
WHERE session_id = :session_id
"""
_DELETE_SESSION = "DELETE FROM session WHERE session_id = ?"
_DELETE_SESSIONS_OF = "DELETE FROM session WHERE user_id = ? AND session_id IS NOT ?"
_USE_SESSION = "UPDATE session SET last_used = ? WHERE session_id = ?"
_TOKENS = """
SELECT token_id, user_id, name, role, scope, created_at, expires_at, last_used, digest FROM api_token
"""
_ISSUE = """
INSERT INTO api_token (token_id, user_id, name, role, scope, created_at, expires_at, last_used, digest)
VALUES (:token_id, :user_id, :name, :role, :scope, :created_at, :expires_at, :last_used, :digest)
"""
_REVOKE = "DELETE FROM api_token WHERE token_id = ?"
_NOTE_USE = "UPDATE api_token SET last_used = ? WHERE token_id = ?"


@frozen
class StoredAccounts:
    """Everything that is stored about who may come in."""

    users: tuple[User, ...]
    sessions: tuple[Session, ...]
    tokens: tuple[ApiToken, ...]


class AccountStore:
    """The tables of accounts. Every write is durable when it returns; all of them raise StoreUnavailable.

    A write about a user, session or token that is gone already does nothing, unless it says otherwise.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> StoredAccounts:
        """Every user, session and token; one that cannot be read is an error, never left out."""
        sessions = tuple(_session(row) for row in await self._database.read(_SESSIONS))
        tokens = tuple(_token(row) for row in await self._database.read(_TOKENS))
        return StoredAccounts(
            tuple(_user(row) for row in await self._database.read(_USERS)), sessions, tokens
        )

    async def outside_version(self) -> int:
        """A number that becomes another one when another process has changed the database."""
        return await self._database.outside_version()

    async def insert_user(self, user: User) -> bool:
        """Remember a new user; False when another one logs in with his name or e-mail."""
        return await self._write_user(_INSERT_USER, user)

    async def update_user(self, user: User, *, end_sessions: bool, keep: str | None = None) -> bool:
        """Remember a user as he is now, and end his sessions (but that one) with the same commit.

        False when another user logs in with his name or e-mail.
        """
        return await self._write_user(_UPDATE_USER, user, end_sessions=end_sessions, keep=keep)

    async def rehash(self, user_id: str, old: str, new: str) -> None:
        """The same password, hashed anew; does nothing when it was changed meanwhile."""
        await self._write(_REHASH, {"user_id": user_id, "old": old, "new": new})

    async def delete_user(self, user_id: str) -> None:
        """Forget a user, with his sessions and API tokens."""
        await self._write(_DELETE_USER, (user_id,))

    async def insert_session(self, session: Session) -> None:
        """Remember a new session."""
        await self._write(_INSERT_SESSION, asdict(session))

    async def renew_session(self, session: Session) -> None:
        """Remember the tokens that a session has now."""
        await self._write(_RENEW_SESSION, asdict(session))

    async def delete_sessions(self, session_ids: Iterable[str]) -> None:
        """Forget these sessions."""
        async with self._database.transaction() as transaction:
            await transaction.execute_many(_DELETE_SESSION, [(each,) for each in session_ids])

    async def insert_token(self, token: ApiToken) -> None:
        """Remember a new API token."""
        await self._write(_ISSUE, _token_row(token))

    async def delete_token(self, token_id: str) -> None:
        """Forget an API token."""
        await self._write(_REVOKE, (token_id,))

    async def note_uses(self, sessions: dict[str, float], tokens: dict[str, float]) -> None:
        """Remember when these were last used; by id, in seconds since 1970 UTC."""
        async with self._database.transaction() as transaction:
            await transaction.execute_many(_USE_SESSION, [(at, key) for key, at in sessions.items()])
            used = [(_text(datetime.fromtimestamp(at, UTC)), key) for key, at in tokens.items()]
            await transaction.execute_many(_NOTE_USE, used)

    async def _write(self, sql: str, values: Parameters) -> None:
        async with self._database.transaction() as transaction:
            await transaction.execute(sql, values)

    async def _write_user(
        self, sql: str, user: User, *, end_sessions: bool = False, keep: str | None = None
    ) -> bool:
        row = _user_row(user)
        async with self._database.transaction() as transaction:
            # Sure, and not only likely, because the transaction holds the write lock.
            if await transaction.read(_SAME_LOGIN, row):
                return False
            await transaction.execute(sql, row)
            if end_sessions:
                await _end_sessions(transaction, user.user_id, keep)
        return True


async def _end_sessions(transaction: Transaction, user_id: str, keep: str | None) -> None:
    await transaction.execute(_DELETE_SESSIONS_OF, (user_id, keep))


def login_key(text: str) -> str:
    """Equal for names and e-mails that mean the same user: letter case and Unicode's variants ignored."""
    return unicodedata.normalize("NFKC", text).casefold()


def _user_row(user: User) -> dict[str, object]:
    return {
        "user_id": user.user_id,
        "username": user.username,
        "username_key": login_key(user.username),
        "email": user.email,
        "email_key": login_key(user.email) if user.email else None,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "roles": json.dumps([str(role) for role in user.roles]),
        "preferred_language": user.preferred_language,
        "timezone": user.timezone,
        "status": str(user.status),
        "scope": _scope_text(user.scope),
        "created_at": _text(user.created_at),
        "password_hash": user.password_hash,
    }


def _user(row: sqlite3.Row) -> User:
    try:
        return User(
            user_id=row["user_id"],
            username=row["username"],
            email=row["email"],
            first_name=row["first_name"],
            last_name=row["last_name"],
            roles=_roles(row["roles"]),
            preferred_language=row["preferred_language"],
            timezone=row["timezone"],
            status=UserStatus(row["status"]),
            scope=_scope(row["scope"]),
            created_at=datetime.fromisoformat(row["created_at"]),
            password_hash=row["password_hash"],
        )
    except (TypeError, ValueError) as error:
        raise StoreUnavailable(f"The record of user {row['user_id']} cannot be read.") from error


def _session(row: sqlite3.Row) -> Session:
    try:
        return Session(**{**dict(row), "kind": SessionKind(row["kind"])})
    except (TypeError, ValueError) as error:
        raise StoreUnavailable(f"The record of session {row['session_id']} cannot be read.") from error


def _token_row(token: ApiToken) -> dict[str, object]:
    return {
        **asdict(token),
        "role": str(token.role),
        "scope": _scope_text(token.scope),
        "created_at": _text(token.created_at),
        "expires_at": None if token.expires_at is None else _text(token.expires_at),
        "last_used": None if token.last_used is None else _text(token.last_used),
    }


def _token(row: sqlite3.Row) -> ApiToken:
    expires_at, last_used = row["expires_at"], row["last_used"]
    try:
        return ApiToken(
            token_id=row["token_id"],
            user_id=row["user_id"],
            name=row["name"],
            role=Role(row["role"]),
            scope=_scope(row["scope"]),
            created_at=datetime.fromisoformat(row["created_at"]),
            expires_at=None if expires_at is None else datetime.fromisoformat(expires_at),
            last_used=None if last_used is None else datetime.fromisoformat(last_used),
            digest=row["digest"],
        )
    except (TypeError, ValueError) as error:
        raise StoreUnavailable(f"The record of API token {row['token_id']} cannot be read.") from error


def _roles(text: str) -> tuple[Role, ...]:
    roles = tuple(Role(each) for each in _list(text))
    if not roles:
        raise ValueError("no role")
    return roles


def _scope_text(scope: Scope) -> str | None:
    return None if scope is None else json.dumps(sorted(scope))


def _scope(text: str | None) -> Scope:
    return None if text is None else frozenset(_list(text))


def _list(text: str) -> list[str]:
    value = json.loads(text)
    # Not only JSON: a scope "null" or "abc" must never be read as all cameras, or as letters.
    if not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        raise TypeError("not a list of texts")
    return value


def _text(at: datetime) -> str:
    """ISO 8601 in UTC, always equally long, so that texts sort like times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
