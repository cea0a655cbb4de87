"""The dead-man switch: a server that stands still is ended, so that whoever started it can start it again."""

import asyncio
import faulthandler
import logging
import os
import resource
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from socstream.clock import Clock

log = logging.getLogger(__name__)

_BEAT = 1.0
"""Seconds between two signs of life."""

_LATE = 1.0
"""Seconds by which a sign of life has to be late for a line in the log."""

_NEXT_WATCHER = 5.0
"""Seconds before another watcher takes the place of one that ended."""

_WATCHER = Path(__file__).with_name("watcher.py")
_STDERR = 2


class DeadMan:
    """Tells a watcher that the event loop runs. The watcher is another process: it needs no lock of ours."""

    def __init__(self, patience: float, clock: Clock) -> None:
        self._patience = patience
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled: so many seconds without a turn of the loop end this process."""
        if not faulthandler.is_enabled():
            faulthandler.enable(_STDERR)  # writes down where all threads are, on SIGABRT
        _leave_no_core()
        while True:
            try:
                await self.beat()  # before the first watcher, too: a start has more urgent things to do
                await self._be_watched()
                log.warning("the dead-man switch is out of order: its watcher ended")
            except OSError as error:
                log.warning("the dead-man switch is out of order: %s", error.strerror)
            await self._clock.sleep(_NEXT_WATCHER)

    async def _be_watched(self) -> None:
        """Returns when the watcher has ended by itself."""
        async with _watcher(self._patience) as watcher:
            assert watcher.stdin is not None
            while watcher.returncode is None:
                watcher.stdin.write(b".")
                await self.beat()

    async def beat(self) -> None:
        """Wait for the next sign of life; tell of one that comes late."""
        due = self._clock.monotonic() + _BEAT
        await self._clock.sleep(_BEAT)
        late = self._clock.monotonic() - due
        if late >= _LATE:
            log.warning("the event loop, or this whole process, stood still for %.1f s", late)


def _leave_no_core() -> None:
    """A core would hold the passwords of all cameras."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    with suppress(ValueError):  # forbidden altogether already
        # One byte: where a program is to take the cores, Linux does not look at 0.
        resource.setrlimit(resource.RLIMIT_CORE, (1, hard))


@asynccontextmanager
async def _watcher(patience: float) -> AsyncIterator[Process]:
    """A watcher for as long as the block. It ends with us, however we end: its standard input ends then."""
    watcher = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(_WATCHER), str(patience), str(os.getpid())),
        stdin=PIPE,
        stdout=DEVNULL,
        start_new_session=True,  # what a terminal sends to us is not meant for it
        env={},
    )
    try:
        yield watcher
    finally:
        assert watcher.stdin is not None
        watcher.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await watcher.wait()
        if watcher.returncode is None:
            watcher.kill()
            await watcher.wait()
