"""A server with a window in it, started in the place of `socstream`: what can only be seen from inside.

SIGUSR1: its figures since the last time go into `observed.json` in the data directory.
SIGUSR2: its wall clock jumps, an hour ahead at first, then two hours back.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from socstream.app import announce, running
from socstream.config import Config, load
from socstream.footing import run
from socstream.frugality import give_back, keep_little
from socstream.stopping import stop_signal
from tests.rigs import processes
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

_EVERY = 0.01
_HOUR = 3600.0


@frozen
class Figures:
    """What a server says of its loop. `lags`: seconds by which each tick of 10 ms came late by the server's
    own doing, without the time for which the machine had no core for it.
    """

    tasks: int
    lags: list[float]


async def figures(server: ServerProcess) -> Figures:
    """The figures since the last time."""
    file = server.data_dir / "observed.json"
    file.unlink(missing_ok=True)
    server.signal(signal.SIGUSR1)

    async def is_written() -> bool:
        return file.exists()

    await until("figures", is_written, within=5, every=0.02)
    told = json.loads(file.read_text())
    return Figures(told["tasks"], told["lags"])


@frozen
class Holdings:
    """What a server holds at a moment (monotonic seconds); memory in bytes."""

    at: float
    memory: int
    tasks: int
    descriptors: Counter[str]


async def holdings(server: ServerProcess) -> Holdings:
    """How it is now."""
    tasks = (await figures(server)).tasks
    pid = server.pid
    return Holdings(time.monotonic(), processes.resident_memory(pid), tasks, processes.descriptors(pid))


class _Meter:
    """Ticks in the server's loop."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lags: list[float] = []

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._tell)
        while True:
            due, waited = loop.time() + _EVERY, _waited()
            await asyncio.sleep(_EVERY)
            self._lags.append(max(0.0, loop.time() - due - (_waited() - waited)))

    def _tell(self) -> None:
        give_back()  # as the server does each minute: how long ago it did makes half a megabyte
        beside = self._file.with_suffix(".tmp")
        beside.write_text(json.dumps({"tasks": len(asyncio.all_tasks()), "lags": self._lags}))
        beside.replace(self._file)
        self._lags = []


def _waited() -> float:
    """Seconds for which this thread could have run, had there been a core for it."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


class _Clock:
    """The wall clock of this process, with jumps."""

    def __init__(self) -> None:
        self._real = time.time
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._real() + self._ahead

    def jump(self) -> None:
        self._ahead = -_HOUR if self._ahead > 0 else _HOUR


async def _serve(config: Config) -> None:
    """As `socstream.app.serve`, with a meter in the loop."""
    stop = stop_signal()
    async with running(config) as server:
        meter = asyncio.create_task(_Meter(config.data.directory / "observed.json").run())
        announce(server)
        await stop.wait()
        meter.cancel()


def _main(words: Sequence[str]) -> None:
    options = dict(zip(words[::2], words[1::2], strict=True))
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    clock = _Clock()
    time.time = clock
    signal.signal(signal.SIGUSR2, lambda *_: clock.jump())
    keep_little()  # as `socstream.app.serve` does
    config = load(os.environ, options)
    run(_serve(config), config.server.loop)


if __name__ == "__main__":
    _main(sys.argv[1:])
