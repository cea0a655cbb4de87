"""Who may come in at this moment, in memory: users, sessions and API tokens, and what they open."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from attrs import evolve, frozen

from socstream.access.errors import TokenNotFound, UserNotFound
from socstream.access.passes import Pass, Passes
from socstream.model.account import Caller, CallerKind, Scope, User, UserStatus
from socstream.model.session import ApiToken, Session, SessionKind
from socstream.store.accounts import StoredAccounts, login_key

Listener = Callable[[str], None]
"""Is told the key of a session or API token that ended or whose caller changed; returns at once."""

_NEVER = float("inf")


@frozen
class Lifetimes:
    """Seconds. `access`: of an access token; the others: since a session was last renewed or used."""

    access: float = 900.0
    refresh: float = 30 * 86400.0
    page: float = 30 * 86400.0


class Register:
    """All accounts. Every change counts from the next look-up in `passes` on."""

    def __init__(self, passes: Passes, lifetimes: Lifetimes) -> None:
        self.passes = passes
        self._lifetimes = lifetimes
        self._users: dict[str, User] = {}
        self._logins: dict[str, str] = {}
        self._sessions: dict[str, Session] = {}
        self._families: dict[bytes, str] = {}
        self._tokens: dict[str, ApiToken] = {}
        self._listeners: list[Listener] = []

    @property
    def users(self) -> Mapping[str, User]:
        """All of them, by id."""
        return self._users

    @property
    def sessions(self) -> Mapping[str, Session]:
        """All of them, by id, as they were stored."""
        return self._sessions

    def listen(self, listener: Listener) -> None:
        """Tell `listener` from now on."""
        self._listeners.append(listener)

    def user(self, user_id: str) -> User:
        """One user; raises UserNotFound."""
        if user_id not in self._users:
            raise UserNotFound(user_id)
        return self._users[user_id]

    def user_of_login(self, login: str) -> User | None:
        """Whose user name or e-mail this is, in any letter case."""
        return self._users.get(self._logins.get(login_key(login), ""))

    def session_of_family(self, family: bytes) -> Session | None:
        """The session whose cookie, or whose refresh tokens' common part, has this digest."""
        session_id = self._families.get(family)
        return None if session_id is None else self._sessions[session_id]

    def tokens(self) -> Iterator[ApiToken]:
        """All API tokens, with the time of their last use."""
        for token in self._tokens.values():
            known = self.passes.get(token.token_id)
            used_at = known.used_at if known is not None else 0.0
            yield evolve(token, last_used=datetime.fromtimestamp(used_at, UTC)) if used_at else token

    def token(self, token_id: str) -> ApiToken:
        """One API token; raises TokenNotFound."""
        if token_id not in self._tokens:
            raise TokenNotFound(token_id)
        return self._tokens[token_id]

    def replace(self, stored: StoredAccounts) -> None:
        """This is what there is; whatever is different from before counts, and is told."""
        there = {session.session_id for session in stored.sessions} | {
            token.token_id for token in stored.tokens
        }
        for key in [key for key in (*self._sessions, *self._tokens) if key not in there]:
            self.drop(key)
        for user_id in self._users.keys() - {user.user_id for user in stored.users}:
            self.drop_user(user_id)
        for user in stored.users:
            self.put_user(user)
        for session in stored.sessions:
            self.put_session(session)
        for token in stored.tokens:
            self.put_token(token)

    def put_user(self, user: User) -> None:
        """A new user, or a known one as he is now."""
        self._forget_logins(user.user_id)
        self._users[user.user_id] = user
        for login in filter(None, (user.username, user.email)):
            self._logins[login_key(login)] = user.user_id
        for key in self._keys_of(user.user_id):
            self._renew(key)

    def drop_user(self, user_id: str) -> None:
        """He is gone, with all his sessions and API tokens."""
        for key in self._keys_of(user_id):
            self.drop(key)
        self._forget_logins(user_id)
        self._users.pop(user_id, None)

    def put_session(self, session: Session) -> None:
        """A new session, or a known one as it is now."""
        self._sessions[session.session_id] = session
        self._families[session.family] = session.session_id
        self._renew(session.session_id)

    def put_token(self, token: ApiToken) -> None:
        """A new API token."""
        self._tokens[token.token_id] = token
        self._renew(token.token_id)

    def drop(self, key: str) -> None:
        """This session or API token ended."""
        session = self._sessions.pop(key, None)
        if session is not None:
            del self._families[session.family]
        self._tokens.pop(key, None)
        self._renew(key)

    def _renew(self, key: str) -> None:
        """Let whatever opens this key's doors be as the records are now, and tell of a change."""
        before = self.passes.drop(key)
        if key in self._sessions:
            after = self._open_session(self._sessions[key], before)
        elif key in self._tokens:
            after = self._open_token(self._tokens[key], before)
        else:
            after = None
        if before is not None and (after is None or after.caller != before.caller):
            for listener in self._listeners:
                listener(key)

    def _open_session(self, session: Session, before: Pass | None) -> Pass | None:
        user = self._active(session.user_id)
        if user is None:
            return None
        caller = Caller(
            CallerKind.USER, session.session_id, user.user_id, user.username, user.level, user.scope
        )
        used_at = max(session.last_used, 0.0 if before is None else before.used_at)
        if session.kind is SessionKind.PAGE:
            opened = Pass(caller, used_at + self._lifetimes.page, used_at, session.last_used)
            self.passes.put(session.session_id, opened, {}, session.family)
        else:
            opened = Pass(caller, used_at + self._lifetimes.refresh, used_at, session.last_used)
            self.passes.put(session.session_id, opened, _bearers(session), None)
        return opened

    def _open_token(self, token: ApiToken, before: Pass | None) -> Pass | None:
        maker = self._active(token.user_id)
        if maker is None:
            return None
        level, scope = min(token.role.level, maker.level), _common(token.scope, maker.scope)
        caller = Caller(CallerKind.PROGRAM, token.token_id, None, token.name, level, scope)
        saved_at = 0.0 if token.last_used is None else token.last_used.timestamp()
        used_at = max(saved_at, 0.0 if before is None else before.used_at)
        until = _NEVER if token.expires_at is None else token.expires_at.timestamp()
        opened = Pass(caller, until, used_at, saved_at)
        self.passes.put(token.token_id, opened, {token.digest: until}, None)
        return opened

    def _active(self, user_id: str) -> User | None:
        user = self._users.get(user_id)
        return user if user is not None and user.status is UserStatus.ACTIVE else None

    def _keys_of(self, user_id: str) -> list[str]:
        return [
            *(each.session_id for each in self._sessions.values() if each.user_id == user_id),
            *(each.token_id for each in self._tokens.values() if each.user_id == user_id),
        ]

    def _forget_logins(self, user_id: str) -> None:
        user = self._users.get(user_id)
        if user is not None:
            for login in (user.username, user.email):
                self._logins.pop(login_key(login), None)


def _bearers(session: Session) -> dict[bytes, float]:
    """The access tokens of a session, with the time when each expires."""
    former = {} if session.former_access is None else {session.former_access: session.former_until}
    return former if session.access is None else {**former, session.access: session.access_until}


def _common(one: Scope, other: Scope) -> Scope:
    """The cameras that are in both."""
    if one is None or other is None:
        return other if one is None else one
    return one & other
