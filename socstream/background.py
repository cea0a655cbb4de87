"""Work that goes on behind a block: begun with it, ended with it, and heard of when a bug ends it before."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)


@asynccontextmanager
async def in_background(work: Coroutine[object, object, None], name: str) -> AsyncIterator[None]:
    """Run `work` as a task for as long as the block; it is gone when the block is left."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_tell_bug)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def _tell_bug(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (bug := task.exception()) is not None:
        log.critical("a bug ended %s, which is missing from now on", task.get_name(), exc_info=bug)
