"""How often somebody may ask: a budget for each caller that refills steadily."""

import ipaddress
from math import ceil

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from socstream.api.identity import CALLER, address_of
from socstream.api.paths import is_media
from socstream.clock import Clock
from socstream.model.account import Caller
from socstream.model.errors import SocstreamError

_MOST_CALLERS = 10_000
"""Budgets that are kept in each of two generations, some 2 MB in all; who comes with more addresses costs
everybody a part of his debt, and nobody memory.
"""

_CHARGED = web.RequestKey("charged", bool)


class TooManyRequests(SocstreamError):
    """This caller asked too often; `retry_after` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("You ask too often; wait a moment.")
        self.retry_after = retry_after


class Rates:
    """Budgets by the time at which each will be full again (GCRA). Who paused for that long is forgotten."""

    def __init__(self, per_second: float, burst: int, clock: Clock) -> None:
        self._clock = clock
        self._interval, self._depth = 1 / per_second, burst / per_second
        self._young: dict[str, float] = {}
        self._old: dict[str, float] = {}
        self._turns_at = clock.monotonic() + self._depth

    def become(self, per_second: float, burst: int) -> None:
        """Such budgets from now on; a debt stays what it is in seconds."""
        self._interval, self._depth = 1 / per_second, burst / per_second

    def charge(self, key: str) -> None:
        """One more request; raises TooManyRequests, which costs nothing of the budget."""
        now = self._clock.monotonic()
        if now >= self._turns_at or len(self._young) >= _MOST_CALLERS:
            self._turn(now)
        full_at = self._young.get(key) or self._old.get(key, now)
        full_at = max(full_at, now) + self._interval
        over = full_at - now - self._depth
        if over > self._interval / 2:  # sums of floats are not exact
            raise TooManyRequests(ceil(over))
        self._young[key] = full_at

    def middleware(self) -> Middleware:
        """Stands inside of the authentication, and knows the caller."""

        @web.middleware
        async def charge(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._charge(request)
            return await handler(request)

        return charge

    def outer_middleware(self) -> Middleware:
        """Stands outside of the authentication, and charges those whom it did not let through."""

        @web.middleware
        async def charge_refused(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            except SocstreamError:
                if _CHARGED not in request:
                    self._charge(request)
                raise

        return charge_refused

    def _charge(self, request: web.Request) -> None:
        if is_limited(request):
            request[_CHARGED] = True
            caller: Caller | None = request.get(CALLER)
            self.charge(network_of(address_of(request)) if caller is None else caller.key)

    def _turn(self, now: float) -> None:
        """Whoever was not seen since the turn before has a full budget by now, known or not."""
        self._old, self._young = self._young, {}
        self._turns_at = now + self._depth


def is_limited(request: web.Request) -> bool:
    """False for media, the page's files and the sign of life: a wall of many tiles asks for all at once."""
    if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
        return True
    path = request.path
    return not (is_media(path) or path == "/healthz" or path.startswith("/assets/"))


def network_of(address: str) -> str:
    """An IPv4 address as it is; of IPv6 the network, in which everybody has addresses without number."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.IPv6Network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address
