"""`socstream demo` as a visitor meets it: it shows pictures, and leaves nothing behind."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import aiohttp
import pytest

from tests.rigs import processes
from tests.rigs.client import API
from tests.rigs.patience import until

pytestmark = pytest.mark.engine


async def test_nothing_of_a_demo_is_left_not_even_in_memory(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "socstream", "demo", "--cameras", "1", "--port", "0"),
        env=environ,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        assert demo.stdout is not None
        async with asyncio.timeout(20):
            await demo.stdout.readuntil(b" ready on ")
            url = (await demo.stdout.readline()).decode().strip()
            assert await demo.stdout.readline() == f"{url}/\n".encode()
        async with aiohttp.ClientSession() as session:

            async def is_online() -> bool:
                async with session.get(f"{url}{API}/cameras") as answer:
                    return [camera["status"] for camera in await answer.json()] == ["online"]

            await until("the camera is online", is_online, 10.0)
        demo.terminate()
        async with asyncio.timeout(12):
            rest, log = await demo.communicate()
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
    assert (demo.returncode, rest) == (0, b"")
    told = re.search(r"segments go to (\S+) \(", log.decode())
    assert told is not None, log.decode()
    streams = Path(told[1])
    assert not streams.exists(), "its segments stay"
    assert not processes.working_in(streams)
    assert not list(tmp_path.glob("socstream-demo-*")), "its data stays"


async def test_a_fault_that_is_typed_is_told_and_heals(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "socstream", "demo", "--cameras", "1", "--port", "0"),
        env=environ,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        assert demo.stdout is not None
        assert demo.stdin is not None
        async with asyncio.timeout(20):
            await demo.stdout.readuntil(b" ready on ")
            url = (await demo.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:

            async def state_is(state: str, code: str | None) -> bool:
                async with session.get(f"{url}{API}/cameras") as answer:
                    stream = (await answer.json())[0]["stream"]
                failure = stream["failure"]
                return (stream["state"], failure and failure["code"]) == (state, code)

            await until("the camera is live", lambda: state_is("live", None), 10.0)
            demo.stdin.write(b"refuse 1\n")
            await until("the order is told", lambda: state_is("backoff", "refused"), 10.0)
            demo.stdin.write(b"clear\n")
            await until("the camera is live again", lambda: state_is("live", None), 10.0)
        demo.terminate()
        async with asyncio.timeout(12):
            assert await demo.wait() == 0
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
