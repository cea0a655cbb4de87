"""What the handlers are given, and the keys under which the application holds it."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import web
from attrs import field, frozen

from socstream.access.accounts import Accounts
from socstream.access.grants import Grants
from socstream.api.feed import Feed
from socstream.api.listing import Listings
from socstream.api.page import Page
from socstream.api.playlists import Playlists
from socstream.api.posters import Posters
from socstream.api.times import WallTimes
from socstream.api.views import Views
from socstream.audit import Audit
from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.clock import Clock
from socstream.events.history import History
from socstream.events.hub import Hub
from socstream.events.uptime import Uptime
from socstream.gateway import Gateway
from socstream.hls.layout import StreamLayout
from socstream.hls.timeline import Timelines
from socstream.live.edges import Edges
from socstream.model.address import IPNetwork
from socstream.model.outage import Outage
from socstream.ops.metrics import Metrics
from socstream.pictures import Pictures
from socstream.walls import Walls


@frozen
class Settings:
    """The settings that concern the API. Times in seconds."""

    cors_origins: frozenset[str] = frozenset()
    manifest_wait_timeout: float = 15.0
    held_requests_per_client: int = 3
    body_timeout: float = 8.0
    allowed_hosts: frozenset[str] = frozenset()
    trusted_proxies: tuple[IPNetwork, ...] = ()
    requests_per_second: float = 100.0
    request_burst: int = 1000
    scrapers: tuple[IPNetwork, ...] = ()
    """Networks that may read the metrics without a token."""
    hardware_ingest_key: str = field(default="", repr=False)
    page: Path | None = None
    """The directory of the built page; None or missing: there is none."""


@frozen
class Services:
    """Everything that a handler may look at or wish from."""

    clock: Clock
    accounts: Accounts
    grants: Grants
    audit: Audit
    board: StreamBoard
    cameras: Cameras
    walls: Walls
    timelines: Timelines
    edges: Edges
    pictures: Pictures
    layout: StreamLayout
    gateway: Gateway
    hub: Hub
    uptime: Uptime
    history: History
    outages: Callable[[str, float, float, int], Awaitable[Sequence[Outage]]]
    """The outages of a camera between two wall times, newest first, so many of them; StoreUnavailable."""
    log_of: Callable[[str], Sequence[str]]
    """The last lines of a camera's FFmpeg, redacted."""
    readiness: Callable[[], Sequence[str]]
    """What is wrong with this server in general words; empty when it is ready."""
    metrics: Metrics
    settings: Settings = Settings()


PROBING = web.AppKey("probing", set[str])
"""The users who have a probe under way."""
SERVICES = web.AppKey("services", Services)
VIEWS = web.AppKey("views", Views)
LISTINGS = web.AppKey("listings", Listings)
PLAYLISTS = web.AppKey("playlists", Playlists)
FEED = web.AppKey("feed", Feed)
POSTERS = web.AppKey("posters", Posters)
SOCKETS: web.AppKey[dict[web.WebSocketResponse, str]] = web.AppKey("sockets")
"""The open WebSockets, each with the key of its session or token."""
TIMES = web.AppKey("times", WallTimes)
PAGE = web.AppKey("page", Page)
OPENAPI = web.AppKey("openapi", bytes)
