"""Upkeep, wired: what this server tells of itself and does for itself, as `app` starts it."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from aiohttp import web

from socstream import __version__
from socstream.api.adjusting import adjust
from socstream.api.keys import Settings
from socstream.audit import Audit
from socstream.background import in_background
from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.clock import SystemClock
from socstream.config import Config
from socstream.engine import backoff_of
from socstream.entrance import Door
from socstream.events.alerts import Alerts, AlertType
from socstream.events.hub import Hub
from socstream.hls.root import MEBIBYTE
from socstream.hls.timeline import Timelines
from socstream.live.edges import Edges
from socstream.logs import change
from socstream.model.address import AddressPolicy
from socstream.model.audit import Deed, Outcome
from socstream.ops.backup import HourlyBackups, Rescue
from socstream.ops.metrics import Figure, Metrics
from socstream.ops.space import DATA, Marks, SpaceWatch, Step, is_same_disk, room_in
from socstream.pictures import Pictures
from socstream.store.backups import Backups
from socstream.store.database import Database
from socstream.supervision.policy import Policy
from socstream.supervision.supervisor import Supervisor


async def make_metrics(
    cameras: Cameras,
    board: StreamBoard,
    timelines: Timelines,
    directories: dict[str, Path],
    figures: Iterable[Figure],
    stack: AsyncExitStack,
) -> Metrics:
    """What Prometheus may ask for; its look at the event loop ends with the stack."""
    metrics = Metrics(__version__, cameras, board, timelines, SystemClock(), directories, figures)
    await stack.enter_async_context(in_background(metrics.lag.run(), "the look at the event loop"))
    return metrics


def figures_of_events(hub: Hub) -> tuple[Figure, ...]:
    """Who is told of events, and of how many."""
    return (
        Figure("socstream_event_listeners", "WebSockets that are told of events.", lambda: hub.listeners),
        Figure("socstream_events", "Events that somebody was told.", lambda: hub.told, is_counter=True),
    )


def figures_of_edges(edges: Edges) -> tuple[Figure, ...]:
    """Who watches pictures as they come."""
    told = "Cameras that clients of the live edge watch, one for each tile."
    return (Figure("socstream_live_subscriptions", told, lambda: edges.watchers),)


def figures_of_store(database: Database, path: Path, copies: HourlyBackups) -> tuple[Figure, ...]:
    """How the database is used, and when it was copied last."""
    return (
        Figure(
            "socstream_store_transactions",
            "Transactions that were committed.",
            lambda: database.committed,
            is_counter=True,
        ),
        Figure(
            "socstream_store_failed_transactions",
            "Transactions that came to nothing.",
            lambda: database.failed,
            is_counter=True,
        ),
        Figure(
            "socstream_store_backup_timestamp_seconds",
            "When the newest hourly backup was made; 0: never.",
            lambda: copies.last or 0.0,
        ),
        Figure("socstream_store_size_bytes", "Of the database, its log not counted.", lambda: _size(path)),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


async def watch_space(
    config: Config,
    root: Path,
    policy: Policy,
    supervisor: Supervisor,
    pictures: Pictures,
    alerts: Alerts,
    stack: AsyncExitStack,
) -> tuple[SpaceWatch, ...]:
    """Give things up before the disks of streams and data are full, until the stack ends."""
    watches: list[SpaceWatch] = []

    def apply(step: Step) -> None:
        policy.is_short = step >= Step.LONG_WINDOWS
        policy.is_scarce = step >= Step.UNWATCHED_CAMERAS
        supervisor.look_again()
        pause()

    def pause(_: Step = Step.NOTHING) -> None:
        pictures.is_paused = any(each.step >= Step.PICTURES for each in watches)

    def tell(trouble: str | None) -> None:
        if trouble is None:
            alerts.all_clear(AlertType.SPACE_LOW, "There is room for the streams again")
        else:
            alerts.notice(AlertType.SPACE_LOW, trouble)

    def tell_of_data(trouble: str | None) -> None:
        if trouble is None:
            alerts.all_clear(AlertType.DATA_SPACE_LOW, "There is room for the database again")
        else:
            alerts.notice(AlertType.DATA_SPACE_LOW, trouble)

    marks, clock, data = marks_of(config), SystemClock(), config.data.directory
    watches.append(SpaceWatch(marks, clock, partial(room_in, root), apply, tell))
    if not await asyncio.to_thread(is_same_disk, root, data):
        watches.append(SpaceWatch(marks, clock, partial(room_in, data), pause, tell_of_data, DATA))
    for watch in watches:
        await stack.enter_async_context(in_background(watch.run(), "the watch of a disk"))
    return tuple(watches)


def marks_of(config: Config) -> Marks:
    """As the settings say."""
    return Marks(config.streams.low_room_percent / 100, config.streams.low_room_mebibytes * MEBIBYTE)


def adjuster(
    app: web.Application,
    settings_of: Callable[[Config], Settings],
    door: Door,
    addresses: AddressPolicy,
    policy: Policy,
    supervisor: Supervisor,
    alerts: Alerts,
    space: Iterable[SpaceWatch],
) -> Callable[[Config], None]:
    """What puts other settings in force while the server runs; see `ops.reload.LIVE`."""

    def put_in_force(config: Config) -> None:
        change(config.log.level, config.log.format, config.log.repeats_per_minute)
        adjust(app, settings_of(config))
        door.adjust(config)
        addresses.allow_loopback = config.cameras.allow_loopback
        addresses.allowed_networks = config.cameras.networks
        policy.backoff = backoff_of(config)
        supervisor.pace(config.streams.spawns_per_second)
        alerts.hold_off = config.alerts.hold_off
        for watch in space:
            watch.marks = marks_of(config)

    return put_in_force


async def keep_backups(path: Path, alerts: Alerts, stack: AsyncExitStack) -> HourlyBackups:
    """A copy of the database each hour, until the stack ends."""

    def tell(trouble: str | None) -> None:
        if trouble is None:
            alerts.all_clear(AlertType.BACKUP_FAILED, "The database is copied again")
        else:
            alerts.notice(AlertType.BACKUP_FAILED, trouble)

    copies = HourlyBackups(Backups(path), SystemClock(), tell)
    await stack.enter_async_context(in_background(copies.run(), "the backups"))
    return copies


def tell_rescue(rescue: Rescue, alerts: Alerts, audit: Audit) -> None:
    """Let nobody overlook that the database is an older one."""
    alerts.notice(AlertType.DATABASE_RESTORED, str(rescue))
    deed = Deed(
        audit.now(), "store.restore", Outcome.DONE, via="server", detail=f"from {rescue.backup.path.name}"
    )
    audit.note(deed, is_change=True)
