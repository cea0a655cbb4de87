"""Row 17: a server that stands still is ended. One that was merely stopped is not: row 18, in lives.py."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from socstream.demo.camera import VirtualCamera
from tests.faults.site import Lab
from tests.rigs import standing_still
from tests.rigs.client import client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess, served

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

SLOW = 5
"""Seconds that are bearable."""


@asynccontextmanager
async def playing(home: Path, camera: VirtualCamera, seconds: int) -> AsyncIterator[ServerProcess]:
    """A server as it is by default, with a camera that is live, its watcher at work."""
    home.mkdir()
    async with served(home, {"STAND_STILL": str(seconds)}, standing_still.MODULE) as server:
        async with client(server) as http:
            answer = await http.playlist(await http.add(camera))
            assert answer.status == 200, answer.text

        async def is_watched() -> bool:
            return bool(server.watchers())

        await until("a watcher", is_watched, within=10)
        assert server.ffmpegs()
        yield server


async def ended(home: Path, camera: VirtualCamera, kind: signal.Signals) -> float:
    """It tells where it stands and ends, and everything with it; after how many seconds."""
    async with playing(home, camera, seconds=60) as server:
        began = time.monotonic()
        server.signal(kind)
        end = await server.ended(within=18)
        took = time.monotonic() - began
        await server.gone(within=1)

        async def nobody_watches() -> bool:
            return not server.watchers()

        # It hears of the end when FFmpeg does, and takes some milliseconds to end, too.
        await until("no watcher is left", nobody_watches, within=1, every=0.02)
    assert end.code == -signal.SIGABRT
    assert "stood still for 15 s and is ended" in end.log
    assert "Current thread" in end.log
    assert "standing_still.py" in end.log
    return took


async def slow(home: Path, camera: VirtualCamera) -> None:
    """One line in the log, and that is all."""
    async with playing(home, camera, SLOW) as server:
        ffmpegs = server.ffmpegs()
        server.signal(standing_still.LOOP)
        await asyncio.sleep(SLOW + 4)
        assert server.ffmpegs() == ffmpegs
        [line] = [line for line in server.log.splitlines() if "stood still for" in line]
        assert f"stood still for {SLOW - 1}" in line or f"stood still for {SLOW}" in line


async def test_row_17_a_server_that_stands_still_is_ended_in_time(lab: Lab) -> None:
    home = lab.home()
    async with VirtualCamera("Gate", await lab.media()) as camera:
        loop, interpreter, _ = await asyncio.gather(
            ended(home / "loop", camera, standing_still.LOOP),
            ended(home / "interpreter", camera, standing_still.INTERPRETER),
            slow(home / "slow", camera),
        )
    print(f"from the standstill to the end: loop {loop:.1f} s, interpreter {interpreter:.1f} s")
    assert max(loop, interpreter) <= 16
    assert min(loop, interpreter) >= 13.5
