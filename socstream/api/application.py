"""The door for app.py: services in, a web application out."""

from collections.abc import AsyncIterator
from functools import partial

import msgspec
from aiohttp import hdrs, web

from socstream.api import keys, routes
from socstream.api.bodies import LARGEST_BODY
from socstream.api.cors import CORS
from socstream.api.counts import count
from socstream.api.errors import error_middleware
from socstream.api.feed import Feed, encode_camera
from socstream.api.forwarded import Proxies
from socstream.api.handlers_events import close_sockets
from socstream.api.headers import mark
from socstream.api.hosts import Hosts
from socstream.api.keys import Services
from socstream.api.listing import Listing
from socstream.api.openapi import describe
from socstream.api.page import Page
from socstream.api.playlists import HeldRequests, Playlists
from socstream.api.presence import Presence
from socstream.api.rates import Rates
from socstream.api.route import Route
from socstream.api.screen import Screen
from socstream.api.snapshots import Snapshots
from socstream.api.tally import Tally
from socstream.api.texts import Texts
from socstream.api.times import WallTimes
from socstream.api.views import Views
from socstream.background import in_background


class UnlistedRoute(Exception):
    """A URL is served that stands not in the table, so that nobody has said who may ask it."""


def make_application(services: Services) -> web.Application:
    """The whole API and the page; its start raises UnlistedRoute if somebody added a URL of his own.

    To be made before the cameras are loaded, right before the server listens: from here count the seconds
    in which no playlist is refused.
    """
    settings, clock = services.settings, services.clock
    cors = CORS(settings.cors_origins)
    rates = Rates(settings.requests_per_second, settings.request_burst, clock)
    middlewares = (
        error_middleware,
        Proxies(settings.trusted_proxies).middleware(),
        Screen(Hosts(settings.allowed_hosts), Tally(clock)).middleware(),
        cors.middleware(),
        rates.outer_middleware(),
        rates.middleware(),
    )
    app = web.Application(middlewares=middlewares, client_max_size=LARGEST_BODY)
    _provide(app, services)
    for route in routes.ALL:
        _add(app, route)
    app.on_response_prepare.append(mark)
    app.on_response_prepare.append(cors.mark)
    app.on_startup.append(_check_routes)
    app.on_shutdown.append(_release)
    app.on_shutdown.append(close_sockets)
    app.cleanup_ctx.append(_feeding)
    return app


def _provide(app: web.Application, services: Services) -> None:
    """Put what the handlers need under its keys."""
    board, clock, settings = services.board, services.clock, services.settings
    times, presence = WallTimes(clock), Presence(services.cameras, board, clock)
    views = Views(board, presence, services.uptime, services.gateway, times)
    app[keys.SERVICES] = services
    app[keys.TIMES] = times
    app[keys.VIEWS] = views
    listed, told = Texts(board, views, times, msgspec.json.encode), Texts(board, views, times, encode_camera)
    app[keys.LISTING] = Listing(board, listed, times, clock)
    counts = partial(count, services.cameras, board, services.uptime)
    snapshots = Snapshots(services.cameras, services.hub, told, times, clock)
    app[keys.FEED] = feed = Feed(services.cameras, services.hub, told, snapshots, times, clock, counts)
    app[keys.SOCKETS] = set()
    for part in (presence, listed, told, feed):  # in this order: the feed tells what the others know
        board.listen(part.stream_changed)
    for listener in (presence.camera_changed, feed.camera_changed):
        services.cameras.listen(listener)
    presence.listen(feed.status_changed)
    app[keys.PLAYLISTS] = Playlists(
        services.cameras,
        board,
        services.timelines,
        clock,
        wait_timeout=settings.manifest_wait_timeout,
        held=HeldRequests(settings.held_requests_per_client),
    )
    app[keys.PROBING] = set()
    app[keys.PAGE] = Page.read(settings.page)
    app[keys.OPENAPI] = describe(routes.DESCRIBED)


def _add(app: web.Application, route: Route) -> None:
    app.router.add_route(route.method, route.path, route.handler)
    if route.method == hdrs.METH_GET:
        app.router.add_route(hdrs.METH_HEAD, route.path, route.handler)


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


async def _release(app: web.Application) -> None:
    """Answer the held requests before aiohttp waits for them, twice as long as it is told."""
    app[keys.PLAYLISTS].close()
