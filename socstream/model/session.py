"""What lets somebody in again without a password: sessions and API tokens, as they are stored.

No token stands here, only its SHA-256: who reads the database cannot come in with it.
"""

from datetime import datetime
from enum import StrEnum

from attrs import evolve, field, frozen

from socstream.model.account import Role, Scope


class SessionKind(StrEnum):
    """How a client holds its session."""

    LOGIN = "login"
    """Two tokens: one that opens everything for minutes, one that renews them."""
    PAGE = "page"
    """A cookie of our own page."""


@frozen
class Session:
    """One log-in of one user. Times are seconds since 1970 UTC.

    `family`: of the cookie, or of the part that all refresh tokens of this session have in common.
    The former tokens are those before the last renewal; they are good until `former_until`.
    """

    session_id: str
    user_id: str
    kind: SessionKind
    created_at: float
    last_used: float
    family: bytes = field(repr=False)
    access: bytes | None = field(default=None, repr=False)
    access_until: float = 0.0
    refresh: bytes | None = field(default=None, repr=False)
    former_access: bytes | None = field(default=None, repr=False)
    former_refresh: bytes | None = field(default=None, repr=False)
    former_until: float = 0.0

    def renewed(
        self, access: bytes, access_until: float, refresh: bytes, at: float, grace: float
    ) -> "Session":
        """With new tokens; the ones that it has become the former ones, an expired one stays expired."""
        return evolve(
            self,
            last_used=at,
            access=access,
            access_until=access_until,
            refresh=refresh,
            former_access=self.access if self.access_until > at else None,
            former_refresh=self.refresh,
            former_until=at + grace,
        )


@frozen
class TokenDraft:
    """An API token as somebody asks for it. No scope: every camera that its maker may see."""

    name: str
    role: Role
    scope: Scope = None
    expires_at: datetime | None = None


@frozen
class ApiToken:
    """A way in for a program, made by a user. It can never do more than its maker can at that moment."""

    token_id: str
    user_id: str
    name: str
    role: Role
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    last_used: datetime | None
    digest: bytes = field(repr=False)
