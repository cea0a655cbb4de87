"""What the handlers are given, and the keys under which the application holds it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from aiohttp import web
from attrs import field, frozen

from socstream.api.listing import Listing
from socstream.api.page import Page
from socstream.api.playlists import Playlists
from socstream.api.presence import Presence
from socstream.api.times import WallTimes
from socstream.api.views import Views
from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.clock import Clock
from socstream.gateway import Gateway
from socstream.hls.layout import StreamLayout
from socstream.hls.timeline import Timelines


@frozen
class Settings:
    """The settings that concern the API. Times in seconds."""

    cors_origins: frozenset[str] = frozenset()
    manifest_wait_timeout: float = 15.0
    held_requests_per_client: int = 3
    hardware_ingest_key: str = field(default="", repr=False)
    page: Path | None = None
    """The directory of the built page; None or missing: there is none."""


@frozen
class Services:
    """Everything that a handler may look at or wish from."""

    clock: Clock
    board: StreamBoard
    cameras: Cameras
    timelines: Timelines
    layout: StreamLayout
    gateway: Gateway
    log_of: Callable[[str], Sequence[str]]
    """The last lines of a camera's FFmpeg, redacted."""
    readiness: Callable[[], Sequence[str]]
    """What is wrong with this server in general words; empty when it is ready."""
    settings: Settings = Settings()


PROBING = web.AppKey("probing", set[str])
"""The clients that have a probe under way."""
SERVICES = web.AppKey("services", Services)
VIEWS = web.AppKey("views", Views)
LISTING = web.AppKey("listing", Listing)
PLAYLISTS = web.AppKey("playlists", Playlists)
PRESENCE = web.AppKey("presence", Presence)
TIMES = web.AppKey("times", WallTimes)
PAGE = web.AppKey("page", Page)
OPENAPI = web.AppKey("openapi", bytes)
