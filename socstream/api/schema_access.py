"""The JSON of users, log-in, tokens and the audit log: attrs classes, as in `schema`."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from attrs import field, frozen
from msgspec import Meta

from socstream.api.readers import Check, Wrong, one_of, text
from socstream.api.schema import Time
from socstream.model.account import Role, UserStatus
from socstream.model.audit import Outcome
from socstream.model.camera import canonical_id

_LONGEST_SECRET = 1024


def _secret(value: object) -> str:
    """Read what is compared, never shown: nothing but its length is looked at."""
    if not isinstance(value, str):
        raise Wrong("must be text")
    if not 1 <= len(value) <= _LONGEST_SECRET:
        raise Wrong(f"must have 1 to {_LONGEST_SECRET} characters")
    return value


def _role(value: object) -> Role:
    """Read a role, in any letter case."""
    try:
        return Role(value.upper() if isinstance(value, str) else "")
    except ValueError:
        raise Wrong("must be one of " + ", ".join(Role)) from None


def _roles(value: object) -> tuple[Role, ...]:
    if not isinstance(value, list) or not value:
        raise Wrong("must be a list of at least one role")
    return tuple(dict.fromkeys(map(_role, value)))  # each once, in the order that they were given


def _cameras(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise Wrong("must be a list of camera ids, or null for all cameras")
    ids = {canonical_id(each) if isinstance(each, str) else None for each in value}
    if None in ids:
        raise Wrong("must hold camera ids only")
    return frozenset(each for each in ids if each is not None)


def _moment(value: object) -> datetime:
    """Read a point in time with its zone."""
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise Wrong("must be an ISO 8601 time with its zone") from None
    if found.tzinfo is None:
        raise Wrong("must be an ISO 8601 time with its zone")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise Wrong("must be a time that there is in UTC") from None


def _of_length(longest: int) -> Check:
    return Check(text(0, longest))


_Login = Annotated[str, Meta(max_length=254, description="user name or e-mail"), Check(text(1, 254))]
_Secret = Annotated[str, Meta(min_length=1, max_length=_LONGEST_SECRET), Check(_secret)]
_NewPassword = Annotated[str, Meta(min_length=8, max_length=128), Check(_secret)]
_UserName = Annotated[str, Meta(min_length=1, max_length=64), Check(text(1, 64))]
_EMail = Annotated[str, Meta(max_length=254), _of_length(254)]
_PersonName = Annotated[str, Meta(max_length=100), _of_length(100)]
_Language = Annotated[str, Meta(max_length=35, description="as in “en” or “de-AT”"), _of_length(35)]
_Zone = Annotated[str, Meta(max_length=64, description="as in “Europe/Berlin”"), _of_length(64)]
_Role = Annotated[Role, Meta(description="in any letter case"), Check(_role)]
_Roles = Annotated[tuple[Role, ...], Meta(min_length=1, description="in any letter case"), Check(_roles)]
_Status = Annotated[UserStatus, Check(one_of(*UserStatus))]
_Scope = Annotated[
    frozenset[str], Meta(description="the cameras that may be seen; null: all"), Check(_cameras)
]
_Expiry = Annotated[datetime, Check(_moment)]
_TokenName = Annotated[str, Meta(min_length=1, max_length=100), Check(text(1, 100))]


@frozen
class LoginBody:
    """Who wants to come in. Either name field may hold either name."""

    password: _Secret = field(repr=False)
    email: _Login | None = None
    username: _Login | None = None


@frozen
class RefreshBody:
    """What a log-in, or the last renewal, gave."""

    refresh_token: _Secret = field(repr=False)


@frozen
class SessionBody:
    """Who wants a session of our own page: a name and a password, or a one-use code."""

    email: _Login | None = None
    username: _Login | None = None
    password: _Secret | None = field(default=None, repr=False)
    code: _Secret | None = field(default=None, repr=False)


@frozen
class PasswordBody:
    """A new password of one's own."""

    old_password: _Secret = field(repr=False)
    password: _NewPassword = field(repr=False)


@frozen
class UserBody:
    """A user to be created."""

    username: _UserName
    password: _NewPassword = field(repr=False)
    roles: _Roles
    email: _EMail | None = None
    first_name: _PersonName | None = None
    last_name: _PersonName | None = None
    preferred_language: _Language | None = None
    timezone: _Zone | None = None
    status: _Status | None = None
    scope: _Scope | None = None


@frozen
class UserChangeBody:
    """The fields to be changed; a missing one or null stays as it is, but a `scope` of null: all cameras."""

    username: _UserName | None = None
    password: _NewPassword | None = field(default=None, repr=False)
    roles: _Roles | None = None
    email: _EMail | None = None
    first_name: _PersonName | None = None
    last_name: _PersonName | None = None
    preferred_language: _Language | None = None
    timezone: _Zone | None = None
    status: _Status | None = None
    scope: _Scope | None = None


@frozen
class TokenBody:
    """An API token to be made. It can never do more than its maker."""

    name: _TokenName
    role: _Role
    scope: _Scope | None = None
    expires_at: _Expiry | None = None


@frozen
class CodeBody:
    """Whose screen it is: one's own; an administrator may say somebody else's."""

    user_id: Annotated[str, Meta(max_length=64), Check(text(1, 64))] | None = None


@frozen
class MeAnswer:
    """Somebody as he himself, and clients of the contract, know him."""

    user_id: str
    email: str
    username: str
    first_name: str
    last_name: str
    roles: tuple[Role, ...]
    preferred_language: str
    timezone: str
    status: UserStatus


@frozen
class UserAnswer(MeAnswer):
    """A user, as administrators see him. `scope`: the cameras that he may see; null: all."""

    scope: tuple[str, ...] | None
    created_at: Time


@frozen
class TokensAnswer:
    """What a log-in gives. `expires_in`: seconds that the access token is good for."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_type: Literal["bearer"]
    expires_in: int
    user_id: str
    username: str
    user: MeAnswer


@frozen
class RefreshedAnswer:
    """What a renewal gives; the refresh token is a new one, too."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_type: Literal["bearer"]
    expires_in: int
    user_id: str
    username: str
    roles: tuple[Role, ...]


@frozen
class MessageAnswer:
    """It is done."""

    message: str


@frozen
class CodeAnswer:
    """A code that opens one session, once, within so many seconds."""

    code: str = field(repr=False)
    expires_in: int


@frozen
class ApiTokenAnswer:
    """An API token, without its text, which nobody knows any more."""

    token_id: str
    user_id: str
    name: str
    role: Role
    scope: tuple[str, ...] | None
    created_at: Time
    expires_at: Time | None
    last_used: Time | None


@frozen
class NewTokenAnswer(ApiTokenAnswer):
    """A new API token; `token` is its text, shown this once."""

    token: str = field(repr=False)


@frozen
class AuditAnswer:
    """One entry of the audit log. `via`: how `who` proved it; `hash`: over the last one's, and this entry."""

    entry_id: int
    at: Time
    who: str
    user_id: str | None
    via: str
    key: str
    address: str
    action: str
    target: str
    outcome: Outcome
    status: int | None
    detail: str
    hash: str


@frozen
class ChainAnswer:
    """Whether every entry is as it was written. `broken_at`: the first that is not; `head`: the last hash."""

    intact: bool
    entries: int
    broken_at: int | None
    head: str
