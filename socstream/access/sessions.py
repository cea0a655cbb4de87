"""Coming in and staying in: by password or one-use code, with two tokens or with a cookie."""

import logging

from attrs import evolve, field, frozen

from socstream.access import tokens
from socstream.access.errors import InvalidToken, WrongPassword
from socstream.access.passwords import Passwords
from socstream.access.register import Lifetimes, Register
from socstream.access.throttle import Throttle, network_of
from socstream.clock import Clock
from socstream.model.account import User, UserStatus
from socstream.model.session import Session, SessionKind
from socstream.store.accounts import AccountStore, login_key
from socstream.turn import Turn

log = logging.getLogger(__name__)

GRACE = 30.0
"""Seconds that tokens are still good after their renewal: a 401 meanwhile would end a player for good."""

CODE_LIFE = 60.0
"""Seconds in which a one-use code must be used."""

_MOST_CODES = 1000
_MOST_SESSIONS = 1000
"""Of one user; one more ends the one that was not used for longest."""


@frozen
class Tokens:
    """What a client gets for a log-in or a renewal. `expires_in`: seconds left of the access token."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: float
    user: User


@frozen
class Opened:
    """What our own page gets: the value of its cookie."""

    cookie: str = field(repr=False)
    user: User


class Sessions:
    """Log-ins of users. Raises StoreUnavailable wherever something is written."""

    def __init__(
        self,
        register: Register,
        store: AccountStore,
        passwords: Passwords,
        throttle: Throttle,
        turn: Turn,
        clock: Clock,
        lifetimes: Lifetimes,
    ) -> None:
        self._register = register
        self._store = store
        self._passwords = passwords
        self._throttle = throttle
        self._turn = turn
        self._clock = clock
        self._lifetimes = lifetimes
        self._codes: dict[str, tuple[str, float]] = {}
        # What a refresh token was answered with, for the second tab that comes with the same one.
        self._answers: dict[str, Tokens] = {}

    async def log_in(self, login: str, password: str, address: str) -> Tokens:
        """Two tokens; raises WrongPassword, TooManyAttempts."""
        user = await self._proven(login, password, address)
        return await self._turn.take(lambda: self._begin_login(user))

    async def open(self, login: str, password: str, address: str) -> Opened:
        """A cookie; raises WrongPassword, TooManyAttempts."""
        user = await self._proven(login, password, address)
        return await self._turn.take(lambda: self._begin_page(user))

    def make_code(self, user_id: str) -> str:
        """A text that opens one session as this user, once, within 60 s; raises UserNotFound."""
        self._register.user(user_id)
        now = self._clock.monotonic()
        self._codes = {code: made for code, made in self._codes.items() if made[1] > now}
        if len(self._codes) >= _MOST_CODES:
            del self._codes[next(iter(self._codes))]
        code = tokens.new_code()
        self._codes[code] = (user_id, now + CODE_LIFE)
        return code

    async def open_with_code(self, code: str, address: str) -> Opened:
        """A cookie; raises InvalidToken, TooManyAttempts."""
        where = network_of(address)
        self._throttle.take(where)
        user_id, until = self._codes.pop(code, ("", 0.0))
        user = self._register.users.get(user_id)
        if user is None or self._clock.monotonic() >= until or user.status is not UserStatus.ACTIVE:
            raise InvalidToken
        self._throttle.give_back(where)
        return await self._turn.take(lambda: self._begin_page(user))

    async def prove(self, user: User, password: str) -> None:
        """Raises WrongPassword when that is not his, TooManyAttempts."""
        self._throttle.take(user.user_id)
        verdict = await self._passwords.check(user.password_hash, password)
        if not verdict.good:
            raise WrongPassword
        self._throttle.reset(user.user_id)

    async def refresh(self, refresh_token: str) -> Tokens:
        """New tokens for a refresh token; the old ones are good for 30 s more. Raises InvalidToken.

        Used again within them, it gets the same answer. Used later, somebody else has it: the session ends.
        """
        return await self._turn.take(lambda: self._refresh(refresh_token))

    async def end(self, session_id: str) -> None:
        """This session ends now; nothing happens when it has ended."""
        await self._turn.take(lambda: self._end([session_id]))

    async def sweep(self) -> None:
        """Forget what has expired."""
        now = self._clock.wall()
        kept = {key: session.former_until for key, session in self._register.sessions.items()}
        self._answers = {key: each for key, each in self._answers.items() if kept.get(key, 0.0) > now}
        over = [key for key in self._register.sessions if self._register.passes.alive(key) is None]
        if over:
            await self._turn.take(lambda: self._end(over))

    def forget(self, user_id: str, keep: str | None = None) -> None:
        """The sessions of this user, which the store has ended already, but that one; his codes too."""
        self._codes = {code: made for code, made in self._codes.items() if made[0] != user_id}
        for session in list(self._register.sessions.values()):
            if session.user_id == user_id and session.session_id != keep:
                self._answers.pop(session.session_id, None)
                self._register.drop(session.session_id)

    async def _proven(self, login: str, password: str, address: str) -> User:
        user = self._register.user_of_login(login)
        account = login_key(login) if user is None else user.user_id
        where = network_of(address)
        self._throttle.take(account, where)
        verdict = await self._passwords.check(None if user is None else user.password_hash, password)
        if not verdict.good or user is None or user.status is not UserStatus.ACTIVE:
            raise WrongPassword
        self._throttle.reset(account)
        self._throttle.give_back(where)
        if verdict.rehashed is None:
            return user
        again = evolve(user, password_hash=verdict.rehashed)
        return await self._turn.take(lambda: self._rehash(user, again))

    async def _rehash(self, user: User, again: User) -> User:
        self._check_unchanged(user)
        await self._store.rehash(user.user_id, user.password_hash, again.password_hash)
        self._register.put_user(again)
        return again

    async def _begin_login(self, user: User) -> Tokens:
        access, refresh, at = tokens.new_access(), tokens.new_refresh(), self._clock.wall()
        session = Session(
            session_id=tokens.new_key(),
            user_id=user.user_id,
            kind=SessionKind.LOGIN,
            created_at=at,
            last_used=at,
            family=tokens.family(refresh),
            access=tokens.digest(access),
            access_until=at + self._lifetimes.access,
            refresh=tokens.digest(refresh),
        )
        await self._begin(user, session)
        return Tokens(access, refresh, self._lifetimes.access, user)

    async def _begin_page(self, user: User) -> Opened:
        cookie, at = tokens.new_cookie(), self._clock.wall()
        session = Session(
            session_id=tokens.new_key(),
            user_id=user.user_id,
            kind=SessionKind.PAGE,
            created_at=at,
            last_used=at,
            family=tokens.digest(cookie),
        )
        await self._begin(user, session)
        return Opened(cookie, user)

    async def _begin(self, user: User, session: Session) -> None:
        self._check_unchanged(user)
        await self._store.insert_session(session)
        self._register.put_session(session)
        crowd = [each for each in self._register.sessions.values() if each.user_id == user.user_id]
        if len(crowd) > _MOST_SESSIONS:
            await self._end([min(crowd, key=self._used_at).session_id])

    def _check_unchanged(self, user: User) -> None:
        """Raises WrongPassword when he was disabled, deleted or given another password meanwhile."""
        now = self._register.users.get(user.user_id)
        if now is None or (now.status, now.password_hash) != (UserStatus.ACTIVE, user.password_hash):
            raise WrongPassword

    async def _refresh(self, text: str) -> Tokens:
        session = self._register.session_of_family(tokens.family(text))
        if session is None or self._register.passes.alive(session.session_id) is None:
            raise InvalidToken
        now, given = self._clock.wall(), tokens.digest(text)
        if given == session.refresh:
            return await self._renew(session, text)
        if given == session.former_refresh and now < session.former_until:
            answer = self._answers.get(session.session_id)
            if answer is None:  # it was given by a server that has been restarted since
                return await self._renew(session, text)
            user = self._register.user(session.user_id)
            return evolve(answer, expires_in=max(0.0, session.access_until - now), user=user)
        log.warning("a used refresh token came again, so the session %s ends", session.session_id)
        await self._end([session.session_id])
        raise InvalidToken

    async def _renew(self, session: Session, text: str) -> Tokens:
        access, refresh, at = tokens.new_access(), tokens.new_refresh(text), self._clock.wall()
        until = at + self._lifetimes.access
        renewed = session.renewed(tokens.digest(access), until, tokens.digest(refresh), at, GRACE)
        await self._store.renew_session(renewed)
        self._register.put_session(renewed)
        answer = Tokens(access, refresh, self._lifetimes.access, self._register.user(session.user_id))
        self._answers[session.session_id] = answer
        return answer

    async def _end(self, session_ids: list[str]) -> None:
        await self._store.delete_sessions(session_ids)
        for session_id in session_ids:
            self._answers.pop(session_id, None)
            self._register.drop(session_id)

    def _used_at(self, session: Session) -> float:
        known = self._register.passes.get(session.session_id)
        return session.last_used if known is None else known.used_at
