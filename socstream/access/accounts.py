"""Users and everything that lets them in: store first, then memory, and at once for whoever is in."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

from attrs import evolve

from socstream.access import rules, tokens
from socstream.access.errors import LastAdmin, UserExists
from socstream.access.passes import Passes
from socstream.access.passwords import Passwords
from socstream.access.register import Lifetimes, Listener, Register
from socstream.access.sessions import Opened, Sessions, Tokens
from socstream.access.throttle import Throttle
from socstream.clock import Clock
from socstream.model.account import Caller, Keep, Level, User, UserDraft, UserEdit, UserStatus
from socstream.model.errors import StoreUnavailable
from socstream.model.session import ApiToken, TokenDraft
from socstream.store.accounts import AccountStore
from socstream.turn import Turn

log = logging.getLogger(__name__)

_LOOK = 2.0
"""Seconds between two looks for what another process, such as `socstream user`, changed."""

_WRITE_BEHIND = 300.0
"""Seconds that the stored time of a last use may be behind the true one."""

PasswordListener = Callable[[str], None]
"""Is told the id of a user whose password was changed."""


class Accounts:
    """Every account, in memory and in the store alike. What returns is durable; what raises changed nothing.

    Whatever writes raises StoreUnavailable. `run` has to go on behind all of this.
    """

    def __init__(
        self,
        store: AccountStore,
        passwords: Passwords,
        clock: Clock,
        lifetimes: Lifetimes | None = None,
    ) -> None:
        lifetimes = lifetimes or Lifetimes()
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._turn = Turn()
        self._passes = Passes(clock, lifetimes.page)
        self._register = Register(self._passes, lifetimes)
        self._sessions = Sessions(
            self._register, store, passwords, Throttle(clock), self._turn, clock, lifetimes
        )
        self._version: int | None = None
        self._password_listeners: list[PasswordListener] = []

    async def load(self) -> None:
        """Read the store."""
        await self._turn.take(self._load)

    async def run(self) -> None:
        """Until cancelled: take in what other processes change, end what expires, note last uses."""
        trouble: str | None = None
        written = self._clock.monotonic()
        try:
            while True:
                await self._clock.sleep(_LOOK)
                try:
                    await self._look_outside()
                    await self._sessions.sweep()
                    if self._clock.monotonic() - written >= _WRITE_BEHIND:
                        await self._turn.take(self._note_uses)
                        written = self._clock.monotonic()
                    trouble = None
                except StoreUnavailable as error:
                    if trouble is None:
                        log.warning("accounts are as they were; looking again every 2 s: %s", error)
                    trouble = str(error)
        finally:
            with suppress(StoreUnavailable):
                await self._turn.take(self._note_uses)

    def caller(self, token: str) -> Caller | None:
        """Who has this access or API token; None for one that is unknown, ended or expired."""
        return self._passes.caller(token)

    def session_caller(self, cookie: str) -> Caller | None:
        """Who has this cookie of our page; its life begins anew."""
        return self._passes.cookie_caller(cookie)

    def alive(self, key: str) -> Caller | None:
        """Whom the session or API token with this key stands for; None when it ended."""
        return self._passes.alive(key)

    def listen(self, listener: Listener) -> None:
        """Tell `listener` the key of each session or API token that ends or whose caller changes."""
        self._register.listen(listener)

    def listen_to_passwords(self, listener: PasswordListener) -> None:
        """Tell `listener` whose password was changed."""
        self._password_listeners.append(listener)

    async def log_in(self, login: str, password: str, address: str) -> Tokens:
        """Two tokens for a user name or e-mail; raises WrongPassword, TooManyAttempts."""
        return await self._sessions.log_in(login, password, address)

    async def refresh(self, refresh_token: str) -> Tokens:
        """New tokens for old; raises InvalidToken."""
        return await self._sessions.refresh(refresh_token)

    async def log_out(self, caller: Caller) -> None:
        """End the caller's session; an API token goes on until it is revoked."""
        if caller.key in self._register.sessions:
            await self._sessions.end(caller.key)

    async def open_session(self, login: str, password: str, address: str) -> Opened:
        """A cookie for our own page; raises WrongPassword, TooManyAttempts."""
        return await self._sessions.open(login, password, address)

    def make_code(self, user_id: str) -> str:
        """A text that opens one page session as this user, once, within 60 s; raises UserNotFound."""
        return self._sessions.make_code(user_id)

    async def open_session_with_code(self, code: str, address: str) -> Opened:
        """A cookie for a one-use code; raises InvalidToken, TooManyAttempts."""
        return await self._sessions.open_with_code(code, address)

    def users(self) -> Sequence[User]:
        """Every user, by name."""
        return sorted(
            self._register.users.values(), key=lambda user: (user.username.casefold(), user.user_id)
        )

    def user(self, user_id: str) -> User:
        """One user; raises UserNotFound."""
        return self._register.user(user_id)

    def user_of_login(self, login: str) -> User | None:
        """Whose user name or e-mail this is, in any letter case."""
        return self._register.user_of_login(login)

    async def add_user(self, draft: UserDraft) -> User:
        """A new user; raises InvalidInput, UserExists, TooManyAttempts."""
        user = User(
            user_id=str(uuid4()),
            username=draft.username,
            email=draft.email,
            first_name=draft.first_name,
            last_name=draft.last_name,
            roles=draft.roles,
            preferred_language=draft.preferred_language,
            timezone=draft.timezone,
            status=draft.status,
            scope=draft.scope,
            created_at=self._now(),
            password_hash="",
        )
        rules.check_user(user, password=draft.password)
        user = evolve(user, password_hash=await self._passwords.hash(draft.password))
        return await self._turn.take(lambda: self._add_user(user))

    async def edit_user(self, user_id: str, edit: UserEdit, keep: str | None = None) -> User:
        """The user as he is now; raises UserNotFound, LastAdmin and what `add_user` raises.

        Disabled or with a new password he is out of every session but `keep`.
        """
        rules.check_user(_edited(self.user(user_id), edit), password=edit.password)
        hashed = None if edit.password is None else await self._passwords.hash(edit.password)
        return await self._turn.take(lambda: self._edit_user(user_id, edit, hashed, keep))

    async def is_password(self, user: User, password: str) -> bool:
        """Whether it is that user's; for our own questions, as it counts no attempts. TooManyAttempts."""
        return (await self._passwords.check(user.password_hash, password)).good

    async def delete_user(self, user_id: str) -> None:
        """Forget a user with his sessions and API tokens; raises UserNotFound, LastAdmin."""
        await self._turn.take(lambda: self._delete_user(user_id))

    async def change_password(self, user_id: str, old: str, new: str, keep: str | None = None) -> None:
        """A user's own wish; ends his sessions but `keep`. Raises WrongPassword and what `edit_user` does."""
        user = self.user(user_id)
        rules.check_user(user, password=new)
        await self._sessions.prove(user, old)
        await self.edit_user(user_id, UserEdit(password=new), keep)

    def tokens(self, user_id: str | None = None) -> Sequence[ApiToken]:
        """The API tokens of one user, or of all; the newest first."""
        found = (each for each in self._register.tokens() if user_id in (None, each.user_id))
        return sorted(found, key=lambda token: token.created_at, reverse=True)

    def token(self, token_id: str) -> ApiToken:
        """One API token; raises TokenNotFound."""
        return self._register.token(token_id)

    async def add_token(self, draft: TokenDraft, by: User) -> tuple[ApiToken, str]:
        """A new API token and its text, which nobody can see again; raises InvalidInput, UserNotFound."""
        return await self._turn.take(lambda: self._add_token(draft, by.user_id))

    async def revoke_token(self, token_id: str) -> None:
        """It opens nothing any more; raises TokenNotFound."""
        await self._turn.take(lambda: self._revoke_token(token_id))

    async def _load(self) -> None:
        # The version first: what is written while we read is then read again.
        version = await self._store.outside_version()
        hashes = {user.user_id: user.password_hash for user in self._register.users.values()}
        self._register.replace(await self._store.all())
        self._version = version
        for user in self._register.users.values():
            if hashes.get(user.user_id, user.password_hash) != user.password_hash:
                self._tell_password(user.user_id)

    async def _look_outside(self) -> None:
        if await self._store.outside_version() != self._version:
            await self._turn.take(self._load)

    async def _note_uses(self) -> None:
        behind = {key: each.used_at for key, each in self._passes.unsaved(1.0)}
        sessions = {key: at for key, at in behind.items() if key in self._register.sessions}
        if behind:
            await self._store.note_uses(
                sessions, {key: at for key, at in behind.items() if key not in sessions}
            )
            self._passes.saved(behind)

    async def _add_user(self, user: User) -> User:
        if not await self._store.insert_user(user):
            raise UserExists
        self._register.put_user(user)
        return user

    async def _edit_user(self, user_id: str, edit: UserEdit, hashed: str | None, keep: str | None) -> User:
        old = self.user(user_id)
        user = _edited(old, edit)
        if hashed is not None:
            user = evolve(user, password_hash=hashed)
        rules.check_user(user, password=edit.password)  # again: somebody else may have edited him meanwhile
        if not _is_admin(user):
            self._check_not_last(old)
        out = hashed is not None or user.status is not UserStatus.ACTIVE
        if not await self._store.update_user(user, end_sessions=out, keep=keep):
            raise UserExists
        self._register.put_user(user)
        if out:
            self._sessions.forget(user_id, keep)
        if hashed is not None:
            self._tell_password(user_id)
        return user

    async def _delete_user(self, user_id: str) -> None:
        self._check_not_last(self.user(user_id))
        await self._store.delete_user(user_id)
        self._sessions.forget(user_id)
        self._register.drop_user(user_id)

    async def _add_token(self, draft: TokenDraft, user_id: str) -> tuple[ApiToken, str]:
        rules.check_token(draft, self.user(user_id), self._clock.wall())
        text = tokens.new_api_token()
        token = ApiToken(
            token_id=tokens.new_key(),
            user_id=user_id,
            name=draft.name,
            role=draft.role,
            scope=draft.scope,
            created_at=self._now(),
            expires_at=draft.expires_at,
            last_used=None,
            digest=tokens.digest(text),
        )
        await self._store.insert_token(token)
        self._register.put_token(token)
        return token, text

    async def _revoke_token(self, token_id: str) -> None:
        self.token(token_id)
        await self._store.delete_token(token_id)
        self._register.drop(token_id)

    def _check_not_last(self, user: User) -> None:
        others = (each for each in self._register.users.values() if each.user_id != user.user_id)
        if _is_admin(user) and not any(map(_is_admin, others)):
            raise LastAdmin

    def _tell_password(self, user_id: str) -> None:
        for listener in self._password_listeners:
            listener(user_id)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.wall(), UTC)


def _is_admin(user: User) -> bool:
    return user.level is Level.ADMIN and user.status is UserStatus.ACTIVE


def _edited(user: User, edit: UserEdit) -> User:
    """The user with the wished changes, but for the password."""
    return evolve(
        user,
        username=user.username if edit.username is None else edit.username,
        email=user.email if edit.email is None else edit.email,
        first_name=user.first_name if edit.first_name is None else edit.first_name,
        last_name=user.last_name if edit.last_name is None else edit.last_name,
        roles=user.roles if edit.roles is None else edit.roles,
        preferred_language=(
            user.preferred_language if edit.preferred_language is None else edit.preferred_language
        ),
        timezone=user.timezone if edit.timezone is None else edit.timezone,
        status=user.status if edit.status is None else edit.status,
        scope=user.scope if edit.scope is Keep.KEEP else edit.scope,
    )
