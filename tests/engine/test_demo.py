"""`socstream demo` as a visitor meets it: it shows pictures at once, and leaves nothing behind."""

import asyncio
import os
import pty
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from attrs import frozen

from tests.rigs import processes
from tests.rigs.client import API
from tests.rigs.patience import until

pytestmark = [pytest.mark.engine, pytest.mark.timeout(90)]

DRAWN = 45.0
"""Seconds in which a busy box has drawn the pictures of a camera and started."""

LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/#code=(ssk_[\w-]+)\n")


@frozen
class Demo:
    """One that is ready: where it is, and the code of the address that it printed."""

    process: Process
    url: str
    code: str

    async def say(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())

    async def line(self) -> str:
        """The next line on standard output."""
        assert self.process.stdout is not None
        async with asyncio.timeout(10):
            return (await self.process.stdout.readline()).decode()

    async def stop(self) -> tuple[bytes, bytes]:
        """What it still said, on standard output and standard error."""
        self.process.terminate()
        async with asyncio.timeout(12):
            return await self.process.communicate()


@asynccontextmanager
async def demo(home: Path, stderr: int = PIPE, **variables: str) -> AsyncIterator[Demo]:
    """A demo with one camera; it is gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "socstream", "demo", "--cameras", "1", "--port", "0"),
        env={"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), **variables},
        stdin=PIPE,
        stdout=PIPE,
        stderr=stderr,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(DRAWN):
            await process.stdout.readuntil(b" ready on ")
            url = (await process.stdout.readline()).decode().strip()
            link = LINK.fullmatch((await process.stdout.readline()).decode())
        assert link is not None
        assert link[1] == url
        yield Demo(process, url, link[2])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def visitor() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser: it keeps cookies."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def come_in(session: aiohttp.ClientSession, url: str, **proof: str) -> int:
    """The status of a log-in to the page."""
    async with session.post(f"{url}/api/auth/session", json=proof) as answer:
        return answer.status


async def state_is(session: aiohttp.ClientSession, url: str, state: str, code: str | None) -> bool:
    async with session.get(f"{url}{API}/cameras") as answer:
        assert answer.status == 200, await answer.text()
        stream = (await answer.json())[0]["stream"]
    failure = stream["failure"]
    return (stream["state"], failure and failure["code"]) == (state, code)


async def test_nothing_of_a_demo_is_left_not_even_in_memory(tmp_path: Path) -> None:
    async with demo(tmp_path) as shown, visitor() as session:
        assert await come_in(session, shown.url, code=shown.code) == 200
        await until("the camera is live", lambda: state_is(session, shown.url, "live", None), 10.0)
        rest, log = await shown.stop()
    assert (shown.process.returncode, rest) == (0, b"")
    told = re.search(r"segments go to (\S+) \(", log.decode())
    assert told is not None, log.decode()
    streams = Path(told[1])
    assert not streams.exists(), "its segments stay"
    assert not processes.working_in(streams)
    assert not list(tmp_path.glob("socstream-demo-*")), "its data stays"


async def test_a_fault_that_is_typed_is_told_and_heals(tmp_path: Path) -> None:
    async with demo(tmp_path, stderr=DEVNULL) as shown, visitor() as session:
        url = shown.url
        assert await come_in(session, url, code=shown.code) == 200
        await until("the camera is live", lambda: state_is(session, url, "live", None), 10.0)
        await shown.say("refuse 1")
        await until("the order is told", lambda: state_is(session, url, "backoff", "refused"), 10.0)
        await shown.say("clear")
        await until("the camera is live again", lambda: state_is(session, url, "live", None), 10.0)
        await shown.stop()
    assert shown.process.returncode == 0


async def test_the_address_lets_in_one_visitor_and_the_next_one_gets_a_new_one(tmp_path: Path) -> None:
    real = "the-password-of-a-real-server"
    async with demo(tmp_path, SOCSTREAM_ADMIN_PASSWORD=real) as shown, visitor() as session:
        async with session.get(f"{shown.url}{API}/cameras") as answer:
            assert answer.status == 401, "a demo is no open house"
        assert await come_in(session, shown.url, code=shown.code) == 200
        assert await come_in(session, shown.url, code=shown.code) == 401
        assert await come_in(session, shown.url, username="admin", password=real) == 401
        await shown.say("Link")
        link = LINK.fullmatch(await shown.line())
        assert link is not None
        assert link[2] != shown.code
        assert await come_in(session, shown.url, code=link[2]) == 200
        _, log = await shown.stop()
    assert "password “" not in log.decode(), "a log file is no place for it"
    assert b"ssk_" not in log


async def test_a_terminal_is_told_how_to_come_in_later(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        async with demo(tmp_path, stderr=theirs) as shown, visitor() as session:
            os.close(theirs)
            told = b""
            async with asyncio.timeout(10):
                while (
                    found := re.search(r"user “(\w+)”, password “(\S+)”", told.decode("utf-8", "ignore"))
                ) is None:
                    told += await asyncio.to_thread(os.read, ours, 4096)
            assert await come_in(session, shown.url, username=found[1], password=found[2]) == 200
            draining = asyncio.create_task(asyncio.to_thread(_drain, ours))
            await shown.stop()
            await draining
    finally:
        os.close(ours)


def _drain(terminal: int) -> None:
    """Read until nobody writes there any more."""
    with suppress(OSError):
        while os.read(terminal, 4096):
            pass
