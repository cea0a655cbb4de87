"""Who asks, and whether he may: decided before any handler, by the permission that the route table says."""

import hmac
from collections.abc import Callable, Mapping
from functools import partial

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from socstream.access.accounts import Accounts
from socstream.access.grants import Grants
from socstream.api import session_cookie
from socstream.api.errors import WrongKey
from socstream.api.identity import CALLER, Forbidden, NotAuthenticated, address_of
from socstream.api.networks import Networks
from socstream.api.paths import PREFIXES
from socstream.api.route import Permission, Route
from socstream.model.account import Caller, CallerKind, Level

Served = Mapping[web.AbstractRoute, Route]
"""What aiohttp found for a request → its line in the table."""

_BEARER = "bearer "
_LONGEST = 512  # characters of a header that may hold a token of ours; they have less than 100

_MOST_TOKENS = 4096  # a megabyte or two

_LEVELS = {
    Permission.ANY_USER: Level.VIEWER,
    Permission.PERSON: Level.VIEWER,
    Permission.OPERATOR: Level.OPERATOR,
    Permission.MANAGER: Level.MANAGER,
    Permission.ADMIN: Level.ADMIN,
    Permission.DEVICE: Level.OPERATOR,
    Permission.SCRAPER: Level.VIEWER,
}

_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})

_ENOUGH: Mapping[Permission, int] = {
    permission: level
    for permission, level in {**_LEVELS, Permission.GRANT: Level.VIEWER}.items()
    if permission not in (Permission.PERSON, Permission.SCRAPER)
}
"""Where nothing but the level is asked for."""

_NEVER = Level.ADMIN + 1

_DEVICE = Caller(CallerKind.DEVICE, "device", None, "device", Level.OPERATOR, None)


class Authentication:
    """Lets through whom the table lets through; the others get 401 when nobody knows them, else 403.

    What is no URL of ours answers a stranger below /api as one that is: with 401.
    """

    def __init__(self, accounts: Accounts, grants: Grants, hardware_key: str, scrapers: Networks) -> None:
        self._accounts = accounts
        self._grants = grants
        self._hardware_key = hardware_key.encode()
        self._scrapers = scrapers
        # What headers say, good or not: the same few come again and again.
        self._tokens: dict[str, str] = {}

    def middleware(self, served: Served) -> Middleware:
        """Sets the request's CALLER where there is one."""

        @web.middleware
        async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.decide(request, served.get(request.match_info.route))
            return await handler(request)

        return authenticate

    def by_headers(self, request: web.Request) -> Callable[[], Caller | None]:
        """Tells, now and later, who shows what the headers of a GET show."""
        shown = request.headers.getall(hdrs.AUTHORIZATION, None)
        if shown is not None:
            token = self._token(shown[0]) if len(shown) == 1 else None
            return partial(self._accounts.caller, token or "")
        return partial(self._accounts.session_caller, session_cookie.read(request) or "")

    def by_path(self, request: web.Request) -> Callable[[], Caller | None]:
        """Tells, now and later, who has the grant that stands in the path."""
        path = request.match_info
        return partial(self._grants.caller, path["grant"], path["camera_id"])

    def decide(self, request: web.Request, route: Route | None) -> None:
        """What the middleware does; raises NotAuthenticated, WrongKey, Forbidden."""
        permission = Permission.ANY_USER if route is None else route.permission
        caller = (
            self._granted(request) if permission is Permission.GRANT else self._known(request, permission)
        )
        if caller is None and permission is Permission.DEVICE:
            caller = self._device(request)
        if caller is not None:
            request[CALLER] = caller
            if caller.level >= _ENOUGH.get(permission, _NEVER):
                return  # nearly every request ends here
        if permission is Permission.OPEN or (route is None and not request.path.startswith(PREFIXES[0])):
            return
        if route is not None and route.is_socket and _is_upgrade(request):
            return  # who it is may also be told in the query or in the first message
        if permission is Permission.SCRAPER and self._scrapers.hold(address_of(request)):
            return
        if caller is None:
            raise NotAuthenticated
        if permission is Permission.SCRAPER and caller.scope is not None:
            raise Forbidden("This is for those who may see every camera.")
        if permission in _LEVELS and not caller.may(_LEVELS[permission]):
            raise Forbidden
        if permission is Permission.PERSON and caller.user_id is None:
            raise Forbidden("Log in for this: it is for users, and not for API tokens.")

    def _known(self, request: web.Request, permission: Permission) -> Caller | None:
        """Who shows a token, or else a cookie of our page; a bad token is not made good by a cookie.

        Raises CrossSite when another page may have made the browser show its cookie.
        """
        shown = request.headers.getall(hdrs.AUTHORIZATION, None)
        if shown is not None:
            return self._bearer(shown[0]) if len(shown) == 1 else None
        cookie = session_cookie.read(request)
        caller = None if cookie is None else self._accounts.session_caller(cookie)
        if caller is None or (permission is Permission.OPEN and request.method not in _SAFE):
            return None  # what is open needs no cookie, and so no proof that our page meant it
        session_cookie.check(request)
        if _is_upgrade(request):
            session_cookie.check_own_page(request)
        return caller

    def _bearer(self, header: str) -> Caller | None:
        token = self._token(header)
        return None if token is None else self._accounts.caller(token)

    def _token(self, header: str) -> str | None:
        token = self._tokens.get(header)
        if token is None:
            if header[: len(_BEARER)].lower() != _BEARER or len(header) > _LONGEST:
                return None
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            token = self._tokens[header] = header[len(_BEARER) :]
        return token

    def _granted(self, request: web.Request) -> Caller | None:
        """Who has the grant of the path: a viewer of that one camera."""
        path = request.match_info
        return self._grants.caller(path["grant"], path["camera_id"])

    def _device(self, request: web.Request) -> Caller | None:
        """A camera with the hardware key; raises WrongKey. A key that is not configured never passes."""
        key = request.headers.get("X-API-Key")
        if key is None:
            return None
        given = key.encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._hardware_key) or not self._hardware_key:
            raise WrongKey
        return _DEVICE


def _is_upgrade(request: web.Request) -> bool:
    return request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
