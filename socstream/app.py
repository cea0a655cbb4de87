"""The composition root: the only module that knows every room. It wires them once, and takes them down."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from attrs import frozen
from yarl import URL

from socstream import __version__
from socstream.access.accounts import Accounts
from socstream.access.grants import Grants
from socstream.api.application import make_application
from socstream.api.keys import Services, Settings
from socstream.audit import audited
from socstream.background import in_background
from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.clock import SystemClock
from socstream.config import Config
from socstream.engine import address_policy, backoff_of, look_at, make_encoder, make_gateway, make_supervisor
from socstream.entrance import hide_secrets, listen, make_accounts, make_door
from socstream.events.alerts import Alerts
from socstream.events.history import History
from socstream.events.hub import Hub
from socstream.events.journal import Journal
from socstream.events.recorder import Recorder
from socstream.events.uptime import Uptime
from socstream.footing import run
from socstream.frugality import keep_giving_back, keep_little
from socstream.hls.album import Album
from socstream.hls.layout import StreamLayout
from socstream.hls.root import choose_root, claimed, is_nearly_full, sweep
from socstream.hls.timeline import Timelines
from socstream.live.edges import Edges
from socstream.model.errors import CameraNotFound
from socstream.ops.backup import sound_database
from socstream.ops.deadman import DeadMan
from socstream.ops.reload import Reload
from socstream.ops.service import Service
from socstream.pictures import Pictures
from socstream.stopping import hang_up_signal, ignore_stop_signals, stop_signal
from socstream.store.audit import AuditStore
from socstream.store.cameras import CameraStore, holds_secrets
from socstream.store.database import Database
from socstream.store.ledger import Ledger
from socstream.store.secrets import open_vault
from socstream.store.walls import WallStore
from socstream.supervision.address import OwnListener, Resolver
from socstream.supervision.policy import Policy
from socstream.supervision.supervisor import Supervisor
from socstream.upkeep import (
    adjuster,
    figures_of_edges,
    figures_of_events,
    figures_of_store,
    keep_backups,
    make_metrics,
    tell_rescue,
    watch_space,
)
from socstream.walls import Walls

log = logging.getLogger(__name__)

_PAGE = Path(__file__).parent / "ui" / "dist"

_HISTORY = 0.5
"""Seconds that a start waits for the uptimes of yesterday, which take some 10 ms; else they come later."""


@frozen
class Server:
    """A server that is ready: where it listens, its cameras, and who may come in."""

    url: str
    cameras: Cameras
    accounts: Accounts
    adjust: Callable[[Config], None]
    """Puts other settings in force, as far as that needs no restart."""


def serve(config: Config, file: Path | None, reread: Callable[[], Config]) -> int:
    """Run until SIGTERM or SIGINT; 0 then. Raises AlreadyRunning, StoreUnavailable, KeyUnusable, OSError.

    `reread`: the settings anew, when `file` has changed or SIGHUP comes; ConfigError if they are no good.
    """
    keep_little()
    run(_serve(config, file, reread), config.server.loop)
    ignore_stop_signals()
    return 0


async def _serve(config: Config, file: Path | None, reread: Callable[[], Config]) -> None:
    stop, service, hang_up = stop_signal(), Service(os.environ), hang_up_signal()
    async with (
        running(config, service.sockets()) as server,
        in_background(service.beat(SystemClock()), "the service manager's watchdog"),
        in_background(
            Reload(config, file, SystemClock(), reread, server.adjust, hang_up).run(), "the settings"
        ),
    ):
        announce(server)
        service.ready()
        await stop.wait()
        log.info("asked to stop")
        service.stopping()


def announce(server: Server) -> None:
    """The one line on standard output that says where a ready server listens."""
    print(f"socstream {__version__} ready on {server.url}", flush=True)


@asynccontextmanager
async def running(config: Config, given: Sequence[socket.socket] = ()) -> AsyncIterator[Server]:
    """The whole server for as long as the block; raises what `serve` does when it cannot start.

    `given`: sockets that listen already, in the place of host and port of the settings.
    """
    _reap_by_descriptor()
    async with AsyncExitStack() as stack:
        if config.ops.dead_man:
            switch = DeadMan(config.ops.dead_man, SystemClock())
            await stack.enter_async_context(in_background(switch.run(), "the dead-man switch"))
        giving_back = keep_giving_back(SystemClock().sleep)
        await stack.enter_async_context(in_background(giving_back, "the giving back of memory"))
        data_dir = config.data.directory
        stack.enter_context(claimed(data_dir))
        path = data_dir / "socstream.db"
        database, rescue = await stack.enter_async_context(sound_database(path, SystemClock()))
        vault = await asyncio.to_thread(
            open_vault, config.store.key, is_needed=await holds_secrets(database), beside=data_dir
        )
        store = CameraStore(database, vault)
        await store.seal()
        known = [stored.camera.camera_id for stored in await store.all()]
        root = await asyncio.to_thread(choose_root, config.streams.directory, data_dir, len(known))
        stack.enter_context(claimed(root.path))
        await asyncio.to_thread(sweep, root.path, known)
        log.info("segments go to %s (%s)", root.path, root.reason)
        layout = StreamLayout(root.path)

        own = OwnListener(config.server.port)
        policy = address_policy(config, own)
        gateway = await make_gateway(config, policy, stack)
        board, timelines, hub = StreamBoard(), Timelines(), Hub(SystemClock())
        edges = Edges(SystemClock())
        journal, uptime, history = await _history(database, board, stack)
        encoder = await make_encoder(config, layout, stack)
        stream_policy = Policy(backoff_of(config))
        supervisor = await make_supervisor(
            config, store, layout, board, timelines, gateway, encoder, edges, policy, stream_policy, stack
        )
        probe = partial(look_at, encoder, Resolver(policy), tls_verify=config.cameras.tls_verify)
        cameras = Cameras(store, supervisor, SystemClock(), policy, probe)
        cameras.listen(edges.camera_changed)
        walls = Walls(WallStore(database), SystemClock())
        await walls.load()
        accounts = await make_accounts(config, database, stack)
        log_of_deeds = audited(AuditStore(database), SystemClock(), config.audit.keep_days, __version__)
        audit = await stack.enter_async_context(log_of_deeds)
        alerts = await _alerts(config, board, cameras, hub, stack)
        copies = await keep_backups(path, alerts, stack)
        if rescue is not None:
            tell_rescue(rescue, alerts, audit)
        album = Album(data_dir / "pictures", layout)
        pictures = Pictures(album, timelines, encoder.still, SystemClock())
        await _keep_pictures(pictures, album, board, known, stack)
        space = await watch_space(config, root.path, stream_policy, supervisor, pictures, alerts, stack)
        places = {"data": data_dir, "streams": root.path}
        figures = (
            *figures_of_events(hub),
            *figures_of_edges(edges),
            *figures_of_store(database, path, copies),
        )
        metrics = await make_metrics(cameras, board, timelines, places, figures, stack)
        services = Services(
            clock=SystemClock(),
            accounts=accounts,
            audit=audit,
            grants=Grants(vault.derive("media grants"), accounts.alive, SystemClock()),
            board=board,
            cameras=cameras,
            walls=walls,
            timelines=timelines,
            edges=edges,
            pictures=pictures,
            layout=layout,
            gateway=gateway,
            hub=hub,
            uptime=uptime,
            history=history,
            outages=journal.outages,
            log_of=supervisor.log_of,
            readiness=partial(_troubles, supervisor, root.path),
            metrics=metrics,
            settings=_settings(config),
        )
        app = make_application(services)
        await cameras.load()
        hide_secrets(config, cameras, stack)
        door = make_door(config)
        url = await listen(config, app, door, given, stack)
        own.port = URL(url).port or 0
        # First of all when we stop: an FFmpeg that does not want to end must not keep the port closed.
        stack.push_async_callback(supervisor.close)
        stack.callback(pictures.stop)  # else every camera's end asks for a last one
        adjust = adjuster(app, _settings, door, policy, stream_policy, supervisor, alerts, space)
        yield Server(url, cameras, accounts, adjust)


async def _history(
    database: Database, board: StreamBoard, stack: AsyncExitStack
) -> tuple[Journal, Uptime, History]:
    """What keeps the ledger and reckons from it; the last entries are written when the streams have ended."""
    clock = SystemClock()
    uptime = Uptime(clock)
    journal = Journal(Ledger(database), clock, uptime.restore)
    history = History(journal, clock)
    for listener in (Recorder(journal, uptime, clock), history):
        board.listen(listener.stream_changed)
    stack.push_async_callback(journal.close)
    await stack.enter_async_context(in_background(journal.run(), "the ledger"))
    await clock.wait(journal.loaded, _HISTORY)
    return journal, uptime, history


async def _alerts(
    config: Config, board: StreamBoard, cameras: Cameras, hub: Hub, stack: AsyncExitStack
) -> Alerts:
    def name_of(camera_id: str) -> str:
        try:
            return cameras.get(camera_id).name
        except CameraNotFound:  # deleted, and its stream is just ending
            return camera_id

    alerts = Alerts(board, SystemClock(), config.alerts.hold_off, hub.publish, name_of)
    board.listen(alerts.stream_changed)
    await stack.enter_async_context(in_background(alerts.run(), "alerts"))
    return alerts


async def _keep_pictures(
    pictures: Pictures, album: Album, board: StreamBoard, known: list[str], stack: AsyncExitStack
) -> None:
    stack.callback(album.close)
    stack.push_async_callback(pictures.close)
    board.listen(pictures.stream_changed)
    await stack.enter_async_context(in_background(pictures.run(known), "the pictures"))


def _settings(config: Config) -> Settings:
    return Settings(
        cors_origins=frozenset(config.server.cors_origins),
        manifest_wait_timeout=config.streams.manifest_wait_timeout,
        held_requests_per_client=config.streams.held_requests_per_client,
        body_timeout=config.server.body_timeout,
        allowed_hosts=config.server.hosts,
        trusted_proxies=config.server.proxies,
        requests_per_second=config.server.requests_per_second,
        request_burst=config.server.request_burst,
        scrapers=config.ops.scrapers,
        hardware_ingest_key=config.access.hardware_ingest_key,
        page=_PAGE,
    )


def _troubles(supervisor: Supervisor, root: Path) -> list[str]:
    """What keeps this server from its work, in general words."""
    troubles = []
    if not supervisor.is_running:
        troubles.append("the supervisor is not running")
    if is_nearly_full(root):
        troubles.append("the stream directory is full")
    return troubles


def _reap_by_descriptor() -> None:
    """Wait for children by pidfd instead of a thread for each; uvloop and Python 3.12 have their own ways."""
    loop = asyncio.get_running_loop()
    if sys.version_info < (3, 12) and isinstance(loop, asyncio.SelectorEventLoop):
        watcher = asyncio.PidfdChildWatcher()
        watcher.attach_loop(loop)
        asyncio.set_child_watcher(watcher)
