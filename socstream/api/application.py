"""The door for app.py: services in, a web application out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial

import msgspec
from aiohttp import hdrs, web

from socstream.api import keys, routes
from socstream.api.adjusting import ADJUSTABLE, Adjustable
from socstream.api.auditing import auditing
from socstream.api.authentication import Authentication, Served
from socstream.api.bodies import LARGEST_BODY
from socstream.api.counts import count
from socstream.api.errors import error_middleware
from socstream.api.feed import Feed, encode_camera
from socstream.api.headers import mark
from socstream.api.keys import Services
from socstream.api.listing import Listing, Listings
from socstream.api.openapi import describe
from socstream.api.page import Page
from socstream.api.playlists import HeldRequests, Playlists
from socstream.api.posters import Posters
from socstream.api.presence import Presence
from socstream.api.ready import Stock
from socstream.api.route import Route
from socstream.api.schema import MetricsAnswer
from socstream.api.screen import Screen
from socstream.api.short_way import MEDIA, SHORT_WAY, ShortWay
from socstream.api.snapshots import Snapshots
from socstream.api.sockets import close_sockets, close_sockets_of
from socstream.api.tally import Tally
from socstream.api.texts import Texts
from socstream.api.times import WallTimes
from socstream.api.views import Views
from socstream.background import in_background
from socstream.model.account import Scope
from socstream.ops.tallies import Traffic

_NO_ROUTE = ("", "")


class UnlistedRoute(Exception):
    """A URL is served that stands not in the table, so that nobody has said who may ask it."""


def make_application(services: Services) -> web.Application:
    """The whole API and the page; its start raises UnlistedRoute if somebody added a URL of his own.

    To be made before the cameras are loaded, right before the server listens: from here count the seconds
    in which no playlist is refused.
    """
    settings, clock = services.settings, services.clock
    parts = Adjustable(settings, clock)
    authentication = Authentication(
        services.accounts, services.grants, settings.hardware_ingest_key, parts.scrapers
    )
    served: dict[web.AbstractRoute, Route] = {}
    labels: dict[web.AbstractRoute, tuple[str, str]] = {}
    screen = Screen(parts.hosts, Tally(clock))
    playlists = _playlists(services)
    stock = Stock(services.cameras, services.timelines, playlists, services.metrics.viewers, services.clock)
    services.cameras.listen(stock.camera_changed)
    short_way = ShortWay(stock, parts, screen, authentication, services.metrics.traffic, served, labels)
    middlewares = (
        short_way.middleware(),
        auditing(served, services.audit),
        error_middleware,
        parts.proxies.middleware(),
        screen.middleware(),
        parts.cors.middleware(),
        parts.rates.outer_middleware(),
        authentication.middleware(served),
        parts.rates.middleware(),
    )
    app = web.Application(middlewares=middlewares, client_max_size=LARGEST_BODY)
    app[ADJUSTABLE] = parts
    app[keys.PLAYLISTS] = playlists
    app[SHORT_WAY] = short_way
    _provide(app, services)
    for route in sorted(routes.ALL, key=lambda route: route.handler not in MEDIA):  # aiohttp looks in turn
        served.update(_add(app, route))
    labels.update({each: (route.method, route.template) for each, route in served.items()})
    app.on_response_prepare.append(_counting(labels, services.metrics.traffic))
    app.on_response_prepare.append(mark)
    app.on_response_prepare.append(parts.cors.mark)
    app.on_startup.append(_check_routes)
    app.on_shutdown.append(_release)
    app.on_shutdown.append(close_sockets)
    app.cleanup_ctx.append(_feeding)
    app.cleanup_ctx.append(_ending_sockets)
    return app


def _provide(app: web.Application, services: Services) -> None:
    """Put what the handlers need under its keys."""
    board, clock = services.board, services.clock
    times, presence = WallTimes(clock), Presence(services.cameras, board, clock)
    app[keys.POSTERS] = posters = Posters(services.grants)
    views = Views(board, presence, services.uptime, services.gateway, times, posters)
    app[keys.SERVICES] = services
    app[keys.TIMES] = times
    app[keys.VIEWS] = views
    listed, told = Texts(board, views, times, msgspec.json.encode), Texts(board, views, times, encode_camera)
    app[keys.LISTINGS] = Listings(partial(Listing, listed, times, clock))

    def counts(scope: Scope) -> MetricsAnswer:
        cameras = services.cameras.all()
        seen = [each for each in cameras if scope is None or each.camera_id in scope]
        return count(seen, board, services.uptime)

    snapshots = Snapshots(services.cameras, services.hub, told, times, clock)
    app[keys.FEED] = feed = Feed(services.cameras, services.hub, told, snapshots, times, clock, counts)
    app[keys.SOCKETS] = {}
    for part in (presence, listed, told, feed):  # in this order: the feed tells what the others know
        board.listen(part.stream_changed)
    for listener in (presence.camera_changed, feed.camera_changed):
        services.cameras.listen(listener)
    services.walls.listen(feed.wall_changed)
    presence.listen(feed.status_changed)
    app[keys.PROBING] = set()
    app[keys.PAGE] = Page.read(services.settings.page)
    app[keys.OPENAPI] = describe(routes.DESCRIBED)


def _playlists(services: Services) -> Playlists:
    return Playlists(
        services.cameras,
        services.board,
        services.timelines,
        services.clock,
        wait_timeout=services.settings.manifest_wait_timeout,
        held=HeldRequests(services.settings.held_requests_per_client),
    )


def _add(app: web.Application, route: Route) -> Served:
    """Serve a line of the table; what aiohttp makes of it."""
    methods = [route.method, *([hdrs.METH_HEAD] if route.method == hdrs.METH_GET else [])]
    return {app.router.add_route(method, route.path, route.handler): route for method in methods}


def _counting(
    labels: Mapping[web.AbstractRoute, tuple[str, str]], traffic: Traffic
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Counts each answer as it begins; a path that a client made up never becomes a label."""

    async def count_answer(request: web.Request, response: web.StreamResponse) -> None:
        traffic.count(labels.get(request.match_info.route, _NO_ROUTE), response.status)

    return count_answer


async def _check_routes(app: web.Application) -> None:
    listed = {(route.method, route.template) for route in routes.ALL}
    for served in app.router.routes():
        method = hdrs.METH_GET if served.method == hdrs.METH_HEAD else served.method
        path = served.resource.canonical if served.resource is not None else ""
        if (method, path) not in listed:
            raise UnlistedRoute(f"{served.method} {path} does not stand in the route table")


async def _feeding(app: web.Application) -> AsyncIterator[None]:
    """Keep the feed running for as long as the application."""
    async with in_background(app[keys.FEED].run(), "the feed of the WebSockets"):
        yield


async def _ending_sockets(app: web.Application) -> AsyncIterator[None]:
    """Close the WebSockets of every session and token that ends."""
    ended: asyncio.Queue[str] = asyncio.Queue()
    app[keys.SERVICES].accounts.listen(ended.put_nowait)

    async def close_ended() -> None:
        while True:
            await close_sockets_of(app, await ended.get())

    async with in_background(close_ended(), "the end of WebSockets"):
        yield


async def _release(app: web.Application) -> None:
    """Answer the held requests before aiohttp waits for them, twice as long as it is told."""
    app[keys.PLAYLISTS].close()
