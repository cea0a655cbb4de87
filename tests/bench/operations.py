"""What an owner waits for: an installation, a start, a stop, and the first playlist after a sudden death."""

import argparse
import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import platformdirs
from attrs import frozen

from socstream.ffmpeg import binary
from tests.bench.cameras import cameras
from tests.bench.machine import Others, cpu_seconds, description, load_average
from tests.bench.report import Figure, Section, spread, write
from tests.bench.serving import PREFIX, Serving
from tests.rigs.client import client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess
from tests.rigs.wheelhouse import gather, install

# Goals, in seconds; every single time.
INSTALLED = 10.0
READY = 1.0
STOPPED = 5.0
ANSWERED = 2.0
SCRAPED = 0.01  # of CPU time, with twice as many cameras

RESTART = 0.1
"""RestartSec of conf/socstream.service."""

_CACHE = Path(platformdirs.user_cache_path("socstream", appauthor=False)) / "demo"
_SHARED_MEMORY = Path("/dev/shm")
_LIVE_WITHIN = 60.0
_SETTLE = 5.0
_ASK_EVERY = 0.05  # a player's patience after a refused connection is longer; this is how exact we are
_SCRAPES = 50


@frozen
class Plan:
    """How much is measured."""

    rounds: int
    cameras: int
    installs: int


@frozen
class Waits:
    """Seconds, one of each for every round."""

    ready: list[float]
    stopped: list[float]
    first: list[float]
    last: list[float]


async def measure(plan: Plan) -> Section:
    """Do it; takes some five minutes with the default plan."""
    others, load_before = Others(), load_average()
    found = await binary.find()
    figures = [] if not plan.installs else [await asyncio.to_thread(_installations, plan.installs)]
    async with cameras(2 * plan.cameras, _CACHE, found.path) as sources:
        for is_given in (False, True):
            async with _box(found.path, is_given=is_given) as ours:
                await _add(ours, sources.urls[: plan.cameras], 0)
                waits = await _rounds(ours, plan)
                figures += _figures_of_waits(waits, plan.cameras, is_given=is_given)
                if is_given:
                    await _add(ours, sources.urls[plan.cameras :], plan.cameras)
                    figures.append(_figure_of_scrapes(await _scrape(ours), 2 * plan.cameras))
    conditions = (
        description(found.version),
        f"busy with other work meanwhile: {100 * others.share():.0f} % of all cores; "
        f"load average {load_before} before, {load_average()} after",
        f"{plan.rounds} times each, {plan.cameras} live cameras of 1080p and 4 Mbit/s; their players ask "
        f"on; a killed server is started again after {1000 * RESTART:.0f} ms, as systemd does it",
        "seconds: median (least…most)",
    )
    return Section("operations", conditions, tuple(figures), beside="")


def _installations(count: int) -> Figure:
    seconds = []
    with TemporaryDirectory(prefix=PREFIX) as scratch:
        gather(Path(scratch) / "wheelhouse")
        for _ in range(count):
            with TemporaryDirectory(dir=scratch) as box:
                seconds.append(install(Path(scratch) / "wheelhouse", Path(box)))
    name = "installation from a wheelhouse, s"
    return Figure(name, spread(seconds, 1), "", f"all ≤ {INSTALLED:g}", max(seconds) <= INSTALLED)


@asynccontextmanager
async def _box(ffmpeg: Path, *, is_given: bool) -> AsyncIterator[Serving]:
    """A server with data of its own; `is_given`: what it listens at belongs to whoever starts it."""
    in_memory = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix=PREFIX)))
        streams = Path(stack.enter_context(TemporaryDirectory(prefix=PREFIX, dir=in_memory)))
        listener = None
        if is_given:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
        environ = {
            "SOCSTREAM_FFMPEG": str(ffmpeg),
            "HLS_STREAM_DIR": str(streams),
            "SOCSTREAM_SERVER_REQUESTS_PER_SECOND": "10000",
            "SOCSTREAM_SERVER_REQUEST_BURST": "10000",
        }
        server = ServerProcess(home, environ, listener=listener)
        server.stream_dir = streams
        try:
            await server.start()
            async with client(server) as http:
                yield Serving(server, http)
            await server.stop()
        finally:
            await server.close()


async def _add(ours: Serving, urls: Sequence[str], before: int) -> None:
    """Returns when they are live."""
    for number, url in enumerate(urls, before):
        await ours.add(f"bench {number}", url)
    await _all_live(ours)
    await asyncio.sleep(_SETTLE)


async def _all_live(ours: Serving) -> None:
    count = len((await ours.http.get("cameras")).json)

    async def are_live() -> bool:
        return await ours.online() == count

    await until("all live", are_live, _LIVE_WITHIN, every=0.5)


async def _rounds(ours: Serving, plan: Plan) -> Waits:
    waits = Waits([], [], [], [])
    urls = await _playlists(ours)
    for _ in range(plan.rounds):
        answered = await _death(ours, urls)
        waits.first.append(min(answered))
        waits.last.append(max(answered))
        await _all_live(ours)
        await asyncio.sleep(_SETTLE)
        began = time.monotonic()
        ended = await ours.process.stop()
        waits.stopped.append(time.monotonic() - began)
        assert ended.code == 0, ended.log
        assert not ours.process.ffmpegs()
        waits.ready.append(await ours.process.start())
        await _all_live(ours)
        await asyncio.sleep(_SETTLE)
    return waits


async def _playlists(ours: Serving) -> list[str]:
    """URLs with grants: what a player has that sends no header."""
    return [await ours.http.granted(camera["camera_id"]) for camera in (await ours.http.get("cameras")).json]


async def _death(ours: Serving, urls: Sequence[str]) -> list[float]:
    """Kill it, and start it again as the unit would; for each playlist, when it was answered by 200."""
    connector = aiohttp.TCPConnector(limit=0)  # each player has a browser of its own
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=10)) as session:
        for url in urls:
            async with session.get(url) as answer:
                assert answer.status == 200
        await ours.process.kill()
        began = time.monotonic()
        players = [asyncio.create_task(_answered(session, url, began)) for url in urls]
        await asyncio.sleep(RESTART)
        await ours.process.start()
        return list(await asyncio.gather(*players))


async def _answered(session: aiohttp.ClientSession, url: str, began: float) -> float:
    """When this playlist was answered by 200, in seconds since `began`."""

    async def look() -> bool:
        try:
            async with session.get(url) as answer:
                await answer.read()
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    await until(url, look, 30, every=_ASK_EVERY)
    return time.monotonic() - began


async def _scrape(ours: Serving) -> float:
    """CPU seconds of one scrape, what the streams themselves need meanwhile taken off."""
    pid = ours.process.pid
    idle_before, began = cpu_seconds(pid), time.monotonic()
    await asyncio.sleep(10)
    idle = (cpu_seconds(pid) - idle_before) / (time.monotonic() - began)
    before, began = cpu_seconds(pid), time.monotonic()
    for _ in range(_SCRAPES):
        answer = await ours.http.get("/metrics")
        assert answer.status == 200
    return (cpu_seconds(pid) - before - idle * (time.monotonic() - began)) / _SCRAPES


def _figures_of_waits(waits: Waits, count: int, *, is_given: bool) -> list[Figure]:
    where = f"{count} cameras, {'a held' if is_given else 'no held'} listener: "

    def figure(name: str, seconds: list[float], goal: float) -> Figure:
        return Figure(where + name, spread(seconds), "", f"all ≤ {goal:g}", max(seconds) <= goal)

    return [
        figure("kill -9 → the first playlist, s", waits.first, ANSWERED),
        figure("kill -9 → the last camera's playlist, s", waits.last, ANSWERED),
        figure("start → ready, s", waits.ready, READY),
        figure("SIGTERM → end, s", waits.stopped, STOPPED),
    ]


def _figure_of_scrapes(seconds: float, count: int) -> Figure:
    told = f"{1000 * seconds:.1f}"
    return Figure(
        f"{count} cameras: CPU of a scrape, ms", told, "", f"≤ {1000 * SCRAPED:g}", seconds <= SCRAPED
    )


def _plan(words: Sequence[str]) -> tuple[Plan, bool]:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.operations", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="deaths, stops and starts (%(default)s)")
    parser.add_argument("--cameras", type=int, default=32, help="how many (%(default)s)")
    parser.add_argument(
        "--installs", type=int, default=3, help="from a wheelhouse; needs an index (%(default)s)"
    )
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    given = parser.parse_args(words)
    return Plan(given.rounds, given.cameras, given.installs), given.write


async def _main(words: Sequence[str]) -> None:
    plan, is_written = _plan(words)
    task = asyncio.current_task()
    assert task is not None
    # Leaving by an exception ends what was started; the default for SIGTERM would leave it all behind.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    section = await measure(plan)
    print(section.render())
    if is_written:
        write(section)


if __name__ == "__main__":
    try:
        asyncio.run(_main(sys.argv[1:]))
    except asyncio.CancelledError:
        sys.exit("stopped before the end")
