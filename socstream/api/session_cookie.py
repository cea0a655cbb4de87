"""The cookie of our own page, and why no other page can act with it."""

import re

from aiohttp import hdrs, web

from socstream.api.forwarded import authority_of, is_secure
from socstream.model.errors import SocstreamError

CSRF_HEADER = "X-CSRF"
"""Not in our CORS list: a page of another origin cannot send it."""

_NAME = "socstream_session"
_HOST_NAME = f"__Host-{_NAME}"
"""Browsers take that name only by TLS, and from this very host: no neighbour can plant one."""

_OURS, _OURS_BY_TLS = (
    re.compile(rf"(?:^|;[ \t]*){name}=([\w-]{{1,128}})(?![^;])") for name in (_NAME, _HOST_NAME)
)

_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})

_LIFE = 400 * 86400
"""Seconds; the most that browsers grant. When a session ends, the server alone decides."""


class CrossSite(SocstreamError):
    """With the cookie, but nothing shows that our own page meant it."""

    def __init__(self) -> None:
        super().__init__(f"Only our own page may do this with its cookie, and it sends “{CSRF_HEADER}: 1”.")


def read(request: web.Request) -> str | None:
    """The value of the session cookie."""
    header = request.headers.get(hdrs.COOKIE)
    if header is None:
        return None
    # Not request.cookies, which costs ten times as much and knows quotes: our values need none.
    found = (_OURS_BY_TLS if is_secure(request) else _OURS).search(header)
    return None if found is None else found[1]


def put(request: web.Request, response: web.Response, value: str) -> None:
    """Let the browser keep the session."""
    response.set_cookie(
        _name(request),
        value,
        max_age=_LIFE,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=is_secure(request),
    )


def drop(request: web.Request, response: web.Response) -> None:
    """Let the browser forget the session."""
    response.del_cookie(_name(request), path="/", httponly=True, samesite="Strict", secure=is_secure(request))


def check(request: web.Request) -> None:
    """For all that is let in by the cookie; raises CrossSite for what another page may have sent."""
    if request.method not in _SAFE:
        if request.headers.get(CSRF_HEADER) != "1":
            raise CrossSite
        check_origin(request)


def check_own_page(request: web.Request) -> None:
    """For a WebSocket, which browsers open for any page: raises CrossSite unless ours is named."""
    if hdrs.ORIGIN not in request.headers:
        raise CrossSite
    check_origin(request)


def check_origin(request: web.Request) -> None:
    """Raises CrossSite when a browser says that it is a page of another origin that asks."""
    origins = request.headers.getall(hdrs.ORIGIN, ())
    if not all(_is_own(origin, request) for origin in origins):
        raise CrossSite


def _is_own(origin: str, request: web.Request) -> bool:
    scheme, _, authority = origin.partition("://")
    # Not "http only" without TLS: a proxy that nobody told us of may speak TLS for us.
    schemes = ("https",) if is_secure(request) else ("http", "https")
    return scheme in schemes and authority.lower() == authority_of(request).lower()


def _name(request: web.Request) -> str:
    return _HOST_NAME if is_secure(request) else _NAME
