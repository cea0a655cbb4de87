"""Upkeep, wired: what this server tells of itself, as `app` starts it."""

from contextlib import AsyncExitStack
from pathlib import Path

from socstream import __version__
from socstream.background import in_background
from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.clock import SystemClock
from socstream.events.hub import Hub
from socstream.hls.timeline import Timelines
from socstream.ops.metrics import Figure, Metrics
from socstream.store.database import Database


async def make_metrics(
    cameras: Cameras,
    board: StreamBoard,
    timelines: Timelines,
    hub: Hub,
    database: Database,
    directories: dict[str, Path],
    stack: AsyncExitStack,
) -> Metrics:
    """What Prometheus may ask for; its look at the event loop ends with the stack."""
    figures = (
        Figure("socstream_event_listeners", "WebSockets that are told of events.", lambda: hub.listeners),
        Figure("socstream_events", "Events that somebody was told.", lambda: hub.told, is_counter=True),
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
    )
    metrics = Metrics(__version__, cameras, board, timelines, SystemClock(), directories, figures)
    await stack.enter_async_context(in_background(metrics.lag.run(), "the look at the event loop"))
    return metrics
