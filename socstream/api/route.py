"""What one URL is: a line of the table in `routes`."""

import re
from enum import StrEnum

from aiohttp.typedefs import Handler
from attrs import frozen

_PATTERN = re.compile(r"\{([a-z_]+):[^}]*\}")


class Permission(StrEnum):
    """Who may ask, from everybody to administrators; a device shows its key."""

    OPEN = "open"
    ANY_USER = "any_user"
    OPERATOR = "operator"
    MANAGER = "manager"
    ADMIN = "admin"
    DEVICE = "device"


@frozen
class Answer:
    """What a successful answer holds: JSON of an attrs class (or an array of it), media, or nothing."""

    status: int = 200
    json: type | None = None
    is_array: bool = False
    media: tuple[str, ...] = ()


@frozen
class Route:
    """One URL and method. `permission` has no default on purpose: each line has to say it."""

    method: str
    path: str
    handler: Handler
    permission: Permission
    summary: str
    answer: Answer
    errors: tuple[int, ...] = ()
    """Statuses that it may answer besides; those from 400 on come with an ErrorAnswer."""
    times: tuple[str, ...] = ()
    """Query parameters that it looks at, each a point in time; none is required."""
    body: type | None = None
    is_body_required: bool = True

    @property
    def template(self) -> str:
        """The path with bare `{names}`."""
        return _PATTERN.sub(r"{\1}", self.path)
