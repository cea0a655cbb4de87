"""What the pictures cost: CPU time and memory per camera, of our server and of as many FFmpegs alone."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from attrs import frozen

from socstream.ffmpeg.binary import Binary
from tests.bench.cameras import Cameras
from tests.bench.machine import cpu_seconds, proportional_memory
from tests.bench.profiling import profile
from tests.bench.raw import raw_ffmpeg
from tests.bench.serving import Serving, serving
from tests.faults import observed
from tests.rigs.patience import until

SPAWN_EVERY = 0.05
"""Seconds between two raw FFmpegs: the pace of our server."""

_SETTLE = 10.0
"""Seconds after the last camera has its first picture."""

FIRST_STILL = 2.1
"""Seconds for each camera: one after the other gets its first still picture after a start, and then one in
ten minutes. What that costs is no steady state.
"""

_LIVE_WITHIN = 120.0
_ASK_EVERY = 0.1


@frozen
class Usage:
    """Of one process or several, per camera: CPU time in % of a core, and PSS in bytes."""

    cpu: float
    memory: float


@frozen
class ServerCost:
    """Our process and its FFmpegs, apart; the cameras' process.

    `lags`: seconds by which the loop came late, by its own doing; `answers`: that /healthz took.
    """

    server: Usage
    ffmpegs: Usage
    cameras: Usage
    lags: tuple[float, ...]
    answers: tuple[float, ...]
    why: str = ""


async def server_cost(
    sources: Cameras, binary: Binary, scratch: Path, seconds: float, *, is_profiled: bool = False
) -> ServerCost:
    """A server with all these cameras, in steady state, without viewers; and another one to look into.

    `is_profiled`: afterwards it is told what the first one does.
    """
    count = len(sources.urls)
    async with serving(scratch, binary.path) as ours:
        await _all_live(ours, sources)
        await asyncio.sleep(FIRST_STILL * count)
        ffmpegs = ours.process.ffmpegs()
        assert len(ffmpegs) == count
        own, theirs, cameras = await usages(([ours.process.pid], ffmpegs, [sources.pid]), count, seconds)
        why = await profile(ours.process.pid, seconds) if is_profiled else ""
    # Not of the same server: to answer, and to look at the loop all the time, costs CPU time, too.
    async with serving(scratch, binary.path, observed.__name__) as ours:
        await _all_live(ours, sources)
        await observed.figures(ours.process)  # forgets what was before
        answers = await _answers(ours, seconds)
        lags = (await observed.figures(ours.process)).lags
    return ServerCost(own, theirs, cameras, tuple(lags), answers, why)


async def _all_live(ours: Serving, sources: Cameras) -> None:
    """Add all these cameras; returns when the server is in steady state."""

    async def are_live() -> bool:
        return await ours.online() == len(sources.urls)

    for number, url in enumerate(sources.urls):
        await ours.add(f"bench {number}", url)
    await until("all live", are_live, _LIVE_WITHIN, every=0.5)
    await asyncio.sleep(_SETTLE)


async def raw_cost(sources: Cameras, binary: Binary, scratch: Path, seconds: float) -> Usage:
    """As many FFmpegs without a server."""
    async with AsyncExitStack() as stack:
        running = []
        for number, url in enumerate(sources.urls):
            running.append(await stack.enter_async_context(raw_ffmpeg(binary, scratch, f"raw {number}", url)))
            await asyncio.sleep(SPAWN_EVERY)
        for raw in running:
            await raw.first_segment(_LIVE_WITHIN)
        await asyncio.sleep(_SETTLE)
        (usage,) = await usages(([raw.pid for raw in running],), len(running), seconds)
        return usage


async def usages(groups: Sequence[Sequence[int]], count: int, seconds: float) -> list[Usage]:
    """What each group of processes uses for one of `count` cameras during the next seconds."""
    began, before = time.monotonic(), [sum(map(cpu_seconds, group)) for group in groups]
    await asyncio.sleep(seconds)
    after, took = [sum(map(cpu_seconds, group)) for group in groups], time.monotonic() - began
    return [
        Usage(
            cpu=100 * (end - start) / took / count,
            memory=sum(map(proportional_memory, group)) / count,
        )
        for group, start, end in zip(groups, before, after, strict=True)
    ]


async def _answers(ours: Serving, seconds: float) -> tuple[float, ...]:
    """How long the server takes to say that it is alive, asked at a low rate from here."""
    answers = []
    for _ in range(round(seconds / _ASK_EVERY)):
        began = time.monotonic()
        assert (await ours.http.get("/healthz")).status == 200
        answers.append(time.monotonic() - began)
        await asyncio.sleep(_ASK_EVERY)
    return tuple(answers)
