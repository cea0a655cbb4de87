"""What every program does with what it has measured."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from tests.bench.report import Section, write


def play(measuring: Coroutine[Any, Any, Section], *, is_written: bool) -> None:
    """Measure, print the table, and write it into RESULTS.md if wanted. SIGTERM ends all that was started."""
    try:
        section = asyncio.run(_measured(measuring))
    except asyncio.CancelledError:
        sys.exit("stopped before the end")
    print(section.render(), flush=True)
    if is_written:
        write(section)


async def _measured(measuring: Coroutine[Any, Any, Section]) -> Section:
    task = asyncio.create_task(measuring)
    # Leaving by an exception ends what was started; the default for SIGTERM would leave it all behind.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task
