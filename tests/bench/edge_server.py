"""The live edge without a browser: how old a unit is, what it costs us, how many walls one core carries."""

import asyncio
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import platformdirs
from attrs import frozen

from socstream.demo.media import Media, Spec
from socstream.demo.prepare import prepare
from tests.bench.cameras import FULL, cameras
from tests.bench.costs import FIRST_STILL, Usage, usages
from tests.bench.edge_client import Looker, Viewers, looker
from tests.bench.profiling import profile
from tests.bench.report import Figure, percentile, spread
from tests.bench.serving import PREFIX, Serving
from tests.faults.crowd import Crowd, crowd
from tests.faults.site import Lab
from tests.rigs.client import client, new_token
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

AGE_GOAL = 0.045
"""Seconds from the camera to us, the median: one picture at 25 fps, which FFmpeg's parser holds."""

UNWATCHED_GOAL, ONE_GOAL, FURTHER_GOAL = 0.1, 0.5, 0.2
"""% of a core that our process uses for a camera that nobody watches, one does, and for each further one."""

ALL_CPU_GOAL, ALL_MEMORY_GOAL = 0.70, 16.0
"""% of a core and MB for a camera, all processes together."""

CROWD = 64
CROWD_GOAL = 6.0
"""Seconds until all move."""
OUTAGE = 10.0

CACHE = Path(platformdirs.user_cache_path("socstream", appauthor=False)) / "demo"

NO_LIMITS = {
    "SOCSTREAM_SERVER_MAX_CONNECTIONS": "20000",
    "SOCSTREAM_SERVER_MAX_CONNECTIONS_PER_ADDRESS": "20000",
    "SOCSTREAM_SERVER_REQUESTS_PER_SECOND": "100000",
    "SOCSTREAM_SERVER_REQUEST_BURST": "100000",
}

_LIVE_WITHIN = 120.0
_SETTLE = 10.0


@frozen
class Edge:
    """A server whose cameras are live, a token for it, and a place for files."""

    serving: Serving
    token: str
    ids: tuple[str, ...]
    scratch: Path
    camera_pid: int

    @property
    def process(self) -> ServerProcess:
        return self.serving.process


@asynccontextmanager
async def edge(
    ffmpeg: Path, count: int, spec: Spec, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Edge]:
    """So many cameras, live, until the block is left."""
    memory = Path("/dev/shm")
    with (
        TemporaryDirectory(prefix=PREFIX) as home,
        TemporaryDirectory(prefix=PREFIX, dir=memory if memory.is_dir() else None) as streams,
    ):
        async with cameras(count, CACHE, ffmpeg, spec=spec) as sources:
            given = {"HLS_STREAM_DIR": streams, **NO_LIMITS, **(environ or {})}
            process = ServerProcess(Path(home), given)
            process.stream_dir = Path(streams)
            try:
                await process.start()
                async with client(process) as http:
                    ours = Serving(process, http)
                    added = [await ours.add(f"bench {n}", url) for n, url in enumerate(sources.urls)]

                    async def are_live() -> bool:
                        return await ours.online() == count

                    await until("all live", are_live, _LIVE_WITHIN, every=0.5)
                    ids = tuple(player.camera_id for player in added)
                    yield Edge(ours, await new_token(process), ids, Path(home), sources.pid)
            finally:
                await process.close()


async def ages(ffmpeg: Path, seconds: float) -> list[Figure]:
    """How old an access unit is when we have it."""
    places = _places(await prepare(ffmpeg, FULL, CACHE))
    found = []
    async with edge(ffmpeg, 1, FULL) as ours, looker(ours.process, ours.token) as eye:
        await eye.subscribe(ours.ids[0])
        until_then = asyncio.get_running_loop().time() + seconds
        async for unit in eye.pictures():
            place = places.get(_last_nal(unit.data))
            if unit.kind and place is not None:
                found.append((unit.arrived - place) % FULL.loop_seconds)
            if asyncio.get_running_loop().time() > until_then:
                break
    found = found[FULL.gop_frames :]  # the group that was there already
    return [
        Figure(
            f"age of an access unit when our process has it, 1080p25, s ({len(found)} units)",
            f"{spread(found, 3)}, p99 {percentile(found, 0.99):.3f}",
            goal=f"median ≤ {AGE_GOAL}",
            met=statistics.median(found) <= AGE_GOAL,
        )
    ]


def _places(media: Media) -> dict[bytes, float]:
    """When in its loop each unit is sent, in seconds, by its last NAL unit."""
    return {unit.nals[-1]: number / media.spec.fps for number, unit in enumerate(media.units)}


def _last_nal(unit: bytes) -> bytes:
    at, last = 0, b""
    while at + 4 <= len(unit):
        size = int.from_bytes(unit[at : at + 4], "big")
        last, at = unit[at + 4 : at + 4 + size], at + 4 + size
    return last


async def costs(
    ffmpeg: Path, count: int, seconds: float, further: int = 4, *, is_profiled: bool = False
) -> list[Figure]:
    """What a camera costs, unwatched and watched. `is_profiled`: what is missed is looked into."""
    async with edge(ffmpeg, count, FULL) as ours:
        await asyncio.sleep(_SETTLE + FIRST_STILL * count)
        server, ffmpegs, watchers = await _all_usages(ours, count, seconds)
        unwatched_why = await profile(ours.process.pid, seconds) if is_profiled else ""
        one, one_why = await _watched(ours, 1, seconds, is_profiled=is_profiled)
        more, more_why = await _watched(ours, 1 + further, seconds, is_profiled=is_profiled)
    cpu, memory = (
        server.cpu + ffmpegs.cpu + watchers.cpu,
        (server.memory + ffmpegs.memory + watchers.memory) / 1e6,
    )
    each = (more.cpu - one.cpu) / further
    where = f"{count} cameras of 1080p 4 Mbit/s: "
    return [
        at_most(
            f"{where}our process per camera, unwatched, % of a core",
            server.cpu,
            UNWATCHED_GOAL,
            3,
            unwatched_why,
        ),
        at_most(f"{where}the same with one viewer", one.cpu, ONE_GOAL, 2, one_why),
        at_most(f"{where}each further viewer (of {further})", each, FURTHER_GOAL, 2, more_why),
        at_most(f"{where}all processes per camera, % of a core", cpu, ALL_CPU_GOAL, 2),
        at_most(f"{where}all processes per camera, MB", memory, ALL_MEMORY_GOAL, 1),
    ]


async def _all_usages(ours: Edge, count: int, seconds: float) -> Sequence[Usage]:
    groups = ([ours.process.pid], ours.process.ffmpegs(), ours.process.watchers())
    return await usages(groups, count, seconds)


async def _watched(ours: Edge, walls: int, seconds: float, *, is_profiled: bool = False) -> tuple[Usage, str]:
    """Our process while so many look at all cameras, and where its time goes."""
    viewers = Viewers(ours.process, ours.token, ours.scratch)
    child = await viewers.start(walls, (1 + is_profiled) * seconds, ours.ids)
    await viewers.begun(child)
    (usage,) = await usages([[ours.process.pid]], len(ours.ids), seconds)
    why = await profile(ours.process.pid, seconds) if is_profiled else ""
    counted = await viewers.counted(child)
    assert counted.least > 0
    if counted.strange or counted.missing:
        told = (
            f"{counted.missing} of {counted.all} pictures missing, {counted.strange} times one was too slow"
        )
        print(f"  {walls} viewers: {told}", file=sys.stderr)
    return usage, why


async def returns(ffmpeg: Path, scratch: Path) -> list[Figure]:
    """All cameras of a site come back at once: until all move at the edge."""
    async with crowd(Lab(scratch, ffmpeg, CACHE), CROWD) as many, _crowded(scratch, many) as (ours, ids):
        await many.refuse()
        await asyncio.sleep(OUTAGE)
        async with looker(ours.process, await new_token(ours.process)) as eye:
            for camera_id in ids:
                await eye.subscribe(camera_id)
            took = await _until_all_move(eye, many)
    return [at_most(f"{CROWD} cameras back at once → all move at the edge, s", took, CROWD_GOAL, 1)]


@asynccontextmanager
async def _crowded(scratch: Path, many: Crowd) -> AsyncIterator[tuple[Serving, list[str]]]:
    process = ServerProcess(scratch, NO_LIMITS)
    try:
        await process.start()
        async with client(process) as http:
            ours = Serving(process, http)
            ids = [(await ours.add(f"bench {n}", url)).camera_id for n, url in enumerate(many.urls)]

            async def are_live() -> bool:
                return await ours.online() == len(ids)

            await until("all live", are_live, _LIVE_WITHIN, every=0.5)
            await asyncio.sleep(_SETTLE)  # what is stable starts again at once
            yield ours, ids
    finally:
        await process.close()


async def _until_all_move(eye: Looker, many: Crowd) -> float:
    """Seconds from the end of the outage until three pictures of each came."""
    began = time.monotonic()
    await many.clear()
    missing = Counter(dict.fromkeys(range(CROWD), 3))
    streams: dict[int, int] = {}
    async with asyncio.timeout(60):
        async for unit in eye.pictures():
            place = streams.setdefault(unit.stream, len(streams))
            if unit.kind and unit.arrived > time.time() - 5:
                missing[place] -= 1
                if max(missing.values()) <= 0:
                    break
    return time.monotonic() - began


def at_most(name: str, value: float, goal: float, digits: int, why: str = "") -> Figure:
    """A figure that is met up to its goal."""
    return Figure(name, f"{value:.{digits}f}", goal=f"≤ {goal:g}", met=value <= goal, why=why)
