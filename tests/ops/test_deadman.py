"""The dead-man switch of a real server, with two seconds of patience."""

import asyncio
import logging
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from socstream.ops import watcher
from socstream.ops.deadman import DeadMan
from tests.fakes import FakeClock
from tests.rigs import processes, standing_still
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess, served

PATIENCE = 2
STOOD_STILL = "stood still for"


@asynccontextmanager
async def watched(home: Path, seconds: int = 60, patience: int = PATIENCE) -> AsyncIterator[ServerProcess]:
    """A server that can be made to stand still, with its watcher at work."""
    environ = {"SOCSTREAM_OPS_DEAD_MAN": str(patience), "STAND_STILL": str(seconds)}
    async with served(home, environ, standing_still.MODULE) as server:
        await watcher_of(server)
        yield server


async def watcher_of(server: ServerProcess, within: float = 10) -> int:
    """Its watcher, as soon as there is one."""

    async def look() -> int | None:
        return next(iter(server.watchers()), None)

    return (await until("a watcher", look, within))[0]


@pytest.mark.parametrize("kind", [standing_still.LOOP, standing_still.INTERPRETER])
async def test_a_server_that_stands_still_tells_where_and_is_ended(
    tmp_path: Path, kind: signal.Signals
) -> None:
    async with watched(tmp_path) as server:
        began = time.monotonic()
        server.signal(kind)
        ended = await server.ended(within=PATIENCE + 2.5)
        took = time.monotonic() - began
    assert took >= PATIENCE - 1.2
    assert ended.code == -signal.SIGABRT
    assert f"socstream: the server {STOOD_STILL} {PATIENCE} s and is ended" in ended.log
    assert "Current thread 0x" in ended.log
    assert 'standing_still.py", line' in ended.log


async def test_nothing_of_it_is_left_and_nothing_of_ours_is_in_it(tmp_path: Path) -> None:
    async with watched(tmp_path) as server:
        watching = await watcher_of(server)
        shown = {file.name: str(file.readlink()) for file in Path(f"/proc/{watching}/fd").iterdir()}
        assert shown["0"].startswith(("pipe:", "socket:"))
        # uvloop leaves copies of these three in a child, under higher numbers
        assert set(shown.values()) == {shown["0"], "/dev/null", str(tmp_path / "server.log")}
        assert (shown["1"], shown["2"]) == ("/dev/null", str(tmp_path / "server.log"))
        assert processes.environment(watching) == ""
        await server.kill()
        await gone(server, within=1)
        await server.start()
        await watcher_of(server)
        await server.stop()
        await gone(server, within=0.1)


async def gone(server: ServerProcess, within: float) -> None:
    async def look() -> bool:
        return not server.watchers()

    await until("the watcher is gone", look, within, every=0.01)


async def test_a_loop_that_is_only_slow_costs_one_line(tmp_path: Path) -> None:
    async with watched(tmp_path, seconds=2, patience=5) as server:
        server.signal(standing_still.LOOP)

        async def told() -> bool:
            return STOOD_STILL in server.log

        await until("a line", told, within=6)
        await asyncio.sleep(1.5)
        assert server.log.count(STOOD_STILL) == 1
        assert server.watchers()


async def test_time_in_which_it_is_stopped_does_not_count(tmp_path: Path) -> None:
    async with watched(tmp_path) as server:
        server.signal(signal.SIGSTOP)
        await asyncio.sleep(PATIENCE * 2 + 0.5)
        server.signal(signal.SIGCONT)
        await asyncio.sleep(PATIENCE + 1)
        assert len(server.watchers()) == 1
        assert "is ended" not in server.log
        server.signal(standing_still.LOOP)
        assert (await server.ended(within=PATIENCE + 2.5)).code == -signal.SIGABRT


async def test_a_watcher_that_was_killed_leaves_no_zombie_and_is_missed(tmp_path: Path) -> None:
    async with watched(tmp_path) as server:
        watching = await watcher_of(server)
        os.kill(watching, signal.SIGKILL)

        async def told() -> bool:
            return "out of order" in server.log

        await until("a line", told, within=4)
        assert not Path(f"/proc/{watching}").exists()
        assert await watcher_of(server, within=15) != watching


DEAF = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGABRT, signal.SIG_IGN)
watcher = [sys.executable, "-I", "-S", sys.argv[1], "1", str(os.getpid())]
subprocess.Popen(watcher, stdin=subprocess.PIPE)
time.sleep(30)
"""


async def test_who_does_not_listen_is_killed() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DEAF, watcher.__file__, stdout=DEVNULL, stderr=DEVNULL
    )
    async with asyncio.timeout(10):
        assert await child.wait() == -signal.SIGKILL


async def test_no_watcher_where_none_is_wanted(tmp_path: Path) -> None:
    async with served(tmp_path, {"SOCSTREAM_OPS_DEAD_MAN": "0"}) as server:
        await asyncio.sleep(2)
        assert server.watchers() == []


async def test_a_sign_of_life_that_comes_late_is_told(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    switch = DeadMan(15.0, clock)
    with caplog.at_level(logging.INFO):
        for lag in (0.0, 0.9, 4.0):
            beat = asyncio.create_task(switch.beat())
            await clock.leap(1.0 + lag)
            await beat
    assert caplog.messages == ["the event loop, or this whole process, stood still for 4.0 s"]
