"""A thousand cameras in the store: how soon a start is ready, and what it costs to list them.

They run on demand, and nobody demands: it is the store, the start and the list that are measured, not FFmpeg.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from socstream.ffmpeg import binary
from tests.bench import cores
from tests.bench.machine import Surroundings, cpu_seconds
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


async def measure(cameras: int, starts: int) -> Section:
    """Do it; less than a minute."""
    surroundings = await Surroundings.now()
    with TemporaryDirectory(prefix=PREFIX) as home:
        environ = {
            "SOCSTREAM_FFMPEG": str((await binary.find()).path),
            "SOCSTREAM_SERVER_REQUESTS_PER_SECOND": "10000",
            "SOCSTREAM_SERVER_REQUEST_BURST": "10000",
        }
        process = ServerProcess(Path(home), environ)
        try:
            await process.start()
            async with client(process) as http:
                await _store(process, cameras)
                await until("all are listed", partial(_has, http, cameras), within=10)
                listed = await _listed(process, http)
            ready = []
            for _ in range(starts):
                await process.stop()
                ready.append(await process.start(within=30))
                await asyncio.sleep(_SETTLE)
            await process.stop()
        finally:
            await process.close()
    conditions = (*surroundings.told(), f"server on core {cores.SERVER} while it lists; {starts} starts")
    return Section(
        "thousand",
        conditions,
        (
            Figure(
                f"start → ready with {cameras} stored cameras, s",
                spread(ready),
                "",
                f"median ≤ {READY_GOAL}",
                statistics.median(ready) <= READY_GOAL,
            ),
            Figure(
                f"list of {cameras} cameras, ms of CPU time",
                f"{listed:.1f}",
                "",
                f"≤ {LIST_GOAL:.0f}",
                listed <= LIST_GOAL,
            ),
        ),
        beside="",
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


async def _listed(process: ServerProcess, http: Client) -> float:
    """Milliseconds of CPU time for each list."""
    cores.pin(process.pid, cores.SERVER)
    for _ in range(_WARM_UP):
        await http.get("cameras")
    before = cpu_seconds(process.pid)
    for _ in range(_LISTS):
        assert (await http.get("cameras")).status == 200
    return 1000 * (cpu_seconds(process.pid) - before) / _LISTS


def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.thousand", description=__doc__)
    parser.add_argument("--cameras", type=int, default=1000, help="in the store (%(default)s)")
    parser.add_argument("--starts", type=int, default=5, help="of the server (%(default)s)")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    play(measure(asked.cameras, asked.starts), is_written=asked.write)


if __name__ == "__main__":
    _main(sys.argv[1:])
