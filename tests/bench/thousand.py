"""A thousand cameras in the store: how soon a start is ready, and what it costs to list them.

They run on demand, and nobody demands: it is the store, the start and the list that are measured, not FFmpeg.
For the list as a client asks for it whose cameras live, `lively` stands in for what FFmpegs bring about.
"""

import argparse
import asyncio
import signal
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
from attrs import frozen

from socstream.ffmpeg import binary
from tests.bench import cores
from tests.bench.machine import Surroundings, cpu_seconds, cpu_seconds_now
from tests.bench.profiling import profile
from tests.bench.program import play
from tests.bench.report import Figure, Section, spread
from tests.bench.serving import PREFIX
from tests.rigs.client import API, Client, bearer, client, new_token
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

READY_GOAL = 1.5
"""Seconds."""

LIST_GOAL = 5.0
"""Milliseconds of the server's CPU time."""

_AT_ONCE = 250
_LISTS = 100
_WARM_UP = 3
_SETTLE = 2.0
_LIVE_LISTS = 20
_REST = 0.02


@frozen
class Lists:
    """Milliseconds of CPU time for a list: nothing changed since the one before, one camera did, all live."""

    same: float
    changed: float
    live: float
    why: str


async def measure(cameras: int, starts: int, *, is_profiled: bool = False) -> Section:
    """Do it; two minutes. `is_profiled`: the list is looked into if it misses its goal."""
    surroundings = await Surroundings.now()
    with TemporaryDirectory(prefix=PREFIX) as home:
        environ = {
            "SOCSTREAM_FFMPEG": str((await binary.find()).path),
            "SOCSTREAM_SERVER_REQUESTS_PER_SECOND": "10000",
            "SOCSTREAM_SERVER_REQUEST_BURST": "10000",
        }
        process = ServerProcess(Path(home), environ)
        lively = ServerProcess(Path(home), environ, "tests.bench.lively")
        try:
            await process.start()
            async with client(process) as http:
                await _store(process, cameras)
                await until("all are listed", partial(_has, http, cameras), within=10)
                same, changed = await _same(process, http), await _changed(process, http)
            ready = []
            for _ in range(starts):
                await process.stop()
                ready.append(await process.start(within=30))
                await asyncio.sleep(_SETTLE)
            await process.stop()
            await lively.start()
            async with client(lively) as http:
                live, why = await _live(lively, http, cameras, is_profiled=is_profiled)
            await lively.stop()
        finally:
            await process.close()
            await lively.close()
    conditions = (
        *surroundings.told(),
        f"server on core {cores.SERVER} while it lists; {starts} starts",
        "while all stream: a segment of each of them a second, written to the board as a worker does it, but "
        "without FFmpegs; a list each second, with news of every camera; their own cost is taken off",
        "the goal is of that row: whoever asks for a list has cameras that live",
    )
    return Section(
        "thousand", conditions, _figures(cameras, ready, Lists(same, changed, live, why)), beside=""
    )


def _figures(cameras: int, ready: Sequence[float], lists: Lists) -> tuple[Figure, ...]:
    name = f"list of {cameras} cameras, ms of CPU time"
    return (
        Figure(
            f"start → ready with {cameras} stored cameras, s",
            spread(ready),
            "",
            f"median ≤ {READY_GOAL}",
            statistics.median(ready) <= READY_GOAL,
        ),
        Figure(f"{name}: the same list again", f"{lists.same:.1f}"),
        Figure(f"{name}: after one camera was edited", f"{lists.changed:.1f}"),
        Figure(
            f"{name}: while all stream",
            f"{lists.live:.1f}",
            "",
            f"≤ {LIST_GOAL:.0f}",
            lists.live <= LIST_GOAL,
            lists.why,
        ),
    )


async def _store(process: ServerProcess, count: int) -> None:
    """As an installer does it: by a table."""
    headers = bearer(await new_token(process)) | {"Content-Type": "text/csv"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for first in range(0, count, _AT_ONCE):
            numbers = range(first, min(first + _AT_ONCE, count))
            lines = (f"bench {each},Bench,127.0.0.1,rtsp://127.0.0.1/{each},on_demand" for each in numbers)
            text = "\n".join(("name,location,ip_address,stream_url,mode", *lines))
            async with session.post(f"{process.url}{API}/cameras/import", data=text) as answer:
                assert answer.status == 200, await answer.text()


async def _has(http: Client, count: int) -> bool:
    return len((await http.get("cameras")).json) == count


async def _same(process: ServerProcess, http: Client) -> float:
    """Milliseconds of CPU time for each list, one right after the other."""
    cores.pin(process.pid, cores.SERVER)
    for _ in range(_WARM_UP):
        await http.get("cameras")
    before = cpu_seconds(process.pid)
    for _ in range(_LISTS):
        assert (await http.get("cameras")).status == 200
    return 1000 * (cpu_seconds(process.pid) - before) / _LISTS


async def _changed(process: ServerProcess, http: Client) -> float:
    """The same, with an edit before each; what the edits cost is taken off."""
    camera_id = (await http.get("cameras")).json[0]["camera_id"]
    took = dict[bool, float]()
    for is_listed in (False, True):
        before = cpu_seconds(process.pid)
        for number in range(_LISTS):
            body = {"location": f"Bench {number} {is_listed}"}
            assert (await http.ask("PATCH", f"cameras/{camera_id}", body=body)).status == 200
            if is_listed:
                assert (await http.get("cameras")).status == 200
        took[is_listed] = cpu_seconds(process.pid) - before
    return 1000 * (took[True] - took[False]) / _LISTS


async def _live(
    process: ServerProcess, http: Client, cameras: int, *, is_profiled: bool
) -> tuple[float, str]:
    """The same, while all cameras stream, and what the server does then.

    A list each second; what the streams themselves cost in the time of a list is known from the rest of it.
    """
    process.signal(signal.SIGUSR1)
    await until("all are live", partial(_are_live, http, cameras), within=10)
    cores.pin(process.pid, cores.SERVER)
    await asyncio.sleep(_SETTLE)
    marks = list[tuple[float, float]]()  # before and after each list: clock, CPU time
    await _ask_each_second(http, _LIVE_LISTS, lambda: marks.append(_mark(process.pid)))
    steps = [(later[0] - at[0], later[1] - at[1]) for at, later in pairwise(marks)]
    lists, rests = steps[::2], steps[1::2]
    share = sum(cpu for _, cpu in rests) / sum(wall for wall, _ in rests)
    each = 1000 * statistics.mean(cpu - share * wall for wall, cpu in lists)
    if not is_profiled:
        return each, ""
    asking = _ask_each_second(http, _LIVE_LISTS, lambda: None)
    return each, await profile(process.pid, _LIVE_LISTS, asking)


async def _ask_each_second(http: Client, times: int, mark: Callable[[], None]) -> None:
    """`mark` is called before and after each list."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(times):
        await asyncio.sleep(max(0.0, began + number - loop.time()))
        mark()
        assert (await http.get("cameras")).status == 200
        await asyncio.sleep(_REST)  # the kernel tells what a thread took once it rests
        mark()


def _mark(pid: int) -> tuple[float, float]:
    return time.monotonic(), cpu_seconds_now(pid)


async def _are_live(http: Client, count: int) -> bool:
    states = [camera["status"] for camera in (await http.get("cameras")).json]
    return states == ["online"] * count


def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.thousand", description=__doc__)
    parser.add_argument("--cameras", type=int, default=1000, help="in the store (%(default)s)")
    parser.add_argument("--starts", type=int, default=5, help="of the server (%(default)s)")
    parser.add_argument("--profile", action="store_true", help="look into what is missed")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    play(measure(asked.cameras, asked.starts, is_profiled=asked.profile), is_written=asked.write)


if __name__ == "__main__":
    _main(sys.argv[1:])
