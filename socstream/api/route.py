"""What one URL is: a line of the table in `routes`."""

import re
from enum import StrEnum

from aiohttp.typedefs import Handler
from attrs import frozen

_PATTERN = re.compile(r"\{([a-z_]+):[^}]*\}")

BODY_ERRORS = (400, 408, 413, 415, 422)
"""What may be wrong with a body."""


class Permission(StrEnum):
    """Who may ask, from everybody to administrators; a device shows its key."""

    OPEN = "open"
    ANY_USER = "any_user"
    PERSON = "person"
    """Any user, but not with an API token."""
    OPERATOR = "operator"
    MANAGER = "manager"
    ADMIN = "admin"
    DEVICE = "device"
    GRANT = "grant"
    """Whoever has a URL with a good grant for that camera in it."""
    SCRAPER = "scraper"
    """Any user who may see all cameras, and whoever comes from a listed address."""


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
    numbers: tuple[str, ...] = ()
    """The same, each a whole number from 1 on."""
    flags: tuple[str, ...] = ()
    """The same, each true or false."""
    body: type | None = None
    body_media: tuple[str, ...] = ()
    """The types of a body that is no JSON."""
    is_body_required: bool = True
    deed: str = ""
    """What the audit log calls it: of unsafe methods each request, of others the tables that leave."""
    is_socket: bool = False
    """A WebSocket, whose client may also tell who he is when he has been let in, and nothing before."""

    @property
    def template(self) -> str:
        """The path with bare `{names}`."""
        return _PATTERN.sub(r"{\1}", self.path)
