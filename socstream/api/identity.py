"""Who asks, and from where: what the middlewares found out about a request, for handlers to read."""

from aiohttp import web

from socstream.model.account import Caller
from socstream.model.errors import SocstreamError

CALLER = web.RequestKey("caller", Caller)
"""Set by the authentication when somebody proved who he is."""

ADDRESS = web.RequestKey("address", str)
"""Set when a proxy that we trust says who asked it."""


class NotAuthenticated(SocstreamError):
    """Nobody knows who asks, and not everybody may."""

    def __init__(self) -> None:
        super().__init__("Log in first: this needs a valid access token.")


class Forbidden(SocstreamError):
    """Who asks is known, and may not do that."""

    def __init__(self, text: str = "Your role does not allow this.") -> None:
        super().__init__(text)


def caller_of(request: web.Request) -> Caller:
    """Who asks; raises NotAuthenticated."""
    caller: Caller | None = request.get(CALLER)
    if caller is None:
        raise NotAuthenticated
    return caller


def address_of(request: web.Request) -> str:
    """The client's address; empty for one that is gone already."""
    return request.get(ADDRESS) or request.remote or ""
