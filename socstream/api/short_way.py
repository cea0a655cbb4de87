"""The short way of the requests that come most: past the middlewares, and through all that they check."""

from collections.abc import Callable, Mapping

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.typedefs import Handler, Middleware
from attrs import frozen

from socstream.api import handlers_media as media
from socstream.api.adjusting import Adjustable
from socstream.api.authentication import Authentication, Served
from socstream.api.headers import own_lines
from socstream.api.identity import caller_of
from socstream.api.ready import Ready, ReadyAnswer, Stock
from socstream.api.route import Permission, Route
from socstream.api.screen import Screen
from socstream.model.account import Caller
from socstream.model.errors import SocstreamError
from socstream.ops.tallies import Traffic

UNUSUAL = frozenset(
    {
        *(hdrs.RANGE, hdrs.IF_RANGE, hdrs.IF_MATCH),
        *(hdrs.IF_MODIFIED_SINCE, hdrs.IF_UNMODIFIED_SINCE),
        *(hdrs.CONTENT_LENGTH, hdrs.TRANSFER_ENCODING, hdrs.EXPECT, hdrs.UPGRADE),
    }
)
"""Headers that make of a GET something else than a plain one."""

MEDIA = (media.hls, media.granted)
"""The handlers of the routes that have a short way."""


@frozen
class Place:
    """A directory of media: whose, how its requests are counted, and who may see it by its path alone."""

    camera_id: str
    label: tuple[str, str]
    granted: Callable[[], Caller | None] | None


@frozen
class Client:
    """What some headers say: who it is, and the lines that only he gets."""

    who: Callable[[], Caller | None]
    own: bytes


class ShortWay:
    """Answers plain GETs of media that are ready. Whatever is wrong with one, it leaves to the long way."""

    def __init__(
        self,
        stock: Stock,
        parts: Adjustable,
        screen: Screen,
        authentication: Authentication,
        traffic: Traffic,
        served: Served,
        labels: Mapping[web.AbstractRoute, tuple[str, str]],
    ) -> None:
        self.stock = stock
        self.parts = parts
        self.traffic = traffic
        self._screen = screen
        self._authentication = authentication
        self._served = served
        self._labels = labels

    def middleware(self) -> Middleware:
        """Stands outside of all others."""

        @web.middleware
        async def take_short_way(request: web.Request, handler: Handler) -> web.StreamResponse:
            route = self._served.get(request.match_info.route)
            if route is not None and route.handler in MEDIA and _is_plain(request):
                ready = self._ready(request, route)
                if ready is not None:
                    self.traffic.count(self._labels[request.match_info.route], ready.status)
                    return ReadyAnswer(ready)
            return await handler(request)

        return take_short_way

    def place(self, request: web.Request) -> Place:
        """Where a request that was answered found something."""
        route = request.match_info.route
        is_granted = self._served[route].permission is Permission.GRANT
        granted = self._authentication.by_path(request) if is_granted else None
        return Place(request.match_info["camera_id"], self._labels[route], granted)

    def client(self, request: web.Request) -> Client:
        """Who sent a request that was answered."""
        return Client(self._authentication.by_headers(request), own_lines(request, self.parts.cors.origins))

    def _ready(self, request: web.Request, route: Route) -> Ready | None:
        path = request.match_info
        etags = request.headers.getall(hdrs.IF_NONE_MATCH, (None,))
        if len(etags) > 1:
            return None
        try:
            self.parts.proxies.look_behind(request)
            self._screen.check(request)
            self._authentication.decide(request, route)
            own = own_lines(request, self.parts.cors.origins)
            return self.stock.take(path["camera_id"], path["name"], caller_of(request), etags[0], own)
        except SocstreamError:
            return None


SHORT_WAY = web.AppKey("short_way", ShortWay)


def _is_plain(request: web.Request) -> bool:
    """Whether there is nothing to it but a path, an If-None-Match at most, and who asks."""
    headers = request.headers
    return (
        request.method == hdrs.METH_GET
        and request.version == HttpVersion11
        and request.keep_alive
        and not any(name in headers for name in UNUSUAL)
    )
