"""Who people and programs are to us: users, what they may do, and which cameras they may see."""

from datetime import datetime
from enum import Enum, IntEnum, StrEnum
from typing import Literal

from attrs import field, frozen


class Level(IntEnum):
    """What somebody may do; each level may all that those below it may."""

    VIEWER = 1
    """Look."""
    OPERATOR = 2
    """Retry, send heartbeats."""
    MANAGER = 3
    """Add, edit and delete cameras."""
    ADMIN = 4
    """Change settings and users, read the audit log."""


class Role(StrEnum):
    """What a user is called; in the spelling of the contract, where any letter case will do."""

    VIEWER = "VIEWER"
    OPERATOR = "OPERATOR"
    SECURITY_OFFICER = "SECURITY_OFFICER"
    SECURITY_MANAGER = "SECURITY_MANAGER"
    ADMIN = "ADMIN"

    @property
    def level(self) -> Level:
        """What the role allows."""
        return _LEVELS[self]


_LEVELS = {
    Role.VIEWER: Level.VIEWER,
    Role.OPERATOR: Level.OPERATOR,
    Role.SECURITY_OFFICER: Level.MANAGER,
    Role.SECURITY_MANAGER: Level.MANAGER,
    Role.ADMIN: Level.ADMIN,
}


class UserStatus(StrEnum):
    """Whether a user may come in."""

    ACTIVE = "active"
    DISABLED = "disabled"


PASSWORD_LENGTH = (8, 128)
"""Characters; NIST SP 800-63B: a length, and no rule about which characters."""

Scope = frozenset[str] | None
"""The ids of the cameras that somebody may see; None: all of them, also those to come."""


@frozen
class User:
    """One person, as administrators see him. `roles` is never empty; the highest one counts."""

    user_id: str
    username: str
    email: str
    first_name: str
    last_name: str
    roles: tuple[Role, ...]
    preferred_language: str
    timezone: str
    status: UserStatus
    scope: Scope
    created_at: datetime
    password_hash: str = field(repr=False)

    @property
    def level(self) -> Level:
        """What he may do."""
        return max(role.level for role in self.roles)


class Keep(Enum):
    """Says “as it is” in an edit, where None is a value of its own."""

    KEEP = "keep"


@frozen
class UserDraft:
    """A user as somebody asks for him, not stored yet."""

    username: str
    password: str = field(repr=False)
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    roles: tuple[Role, ...] = (Role.VIEWER,)
    preferred_language: str = "en"
    timezone: str = "UTC"
    status: UserStatus = UserStatus.ACTIVE
    scope: Scope = None


@frozen
class UserEdit:
    """The wished changes; None leaves a field as it is, and KEEP the scope."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    roles: tuple[Role, ...] | None = None
    preferred_language: str | None = None
    timezone: str | None = None
    status: UserStatus | None = None
    scope: Scope | Literal[Keep.KEEP] = Keep.KEEP


class CallerKind(StrEnum):
    """How somebody proved who he is."""

    USER = "user"
    """Somebody who logged in."""
    PROGRAM = "program"
    """Whoever has an API token."""
    GRANT = "grant"
    """Whoever has a media URL that somebody else asked for."""
    DEVICE = "device"
    """A camera with the hardware key."""


@frozen
class Caller:
    """Who asks, as authentication tells it. `key` names the session or API token; it is no secret."""

    kind: CallerKind
    key: str
    user_id: str | None
    name: str
    level: Level
    scope: Scope

    def may(self, level: Level) -> bool:
        """True when that is allowed to this caller."""
        return self.level >= level

    def sees(self, camera_id: str) -> bool:
        """True for the cameras of this caller's scope, given in canonical form."""
        return self.scope is None or camera_id in self.scope
