"""The engine's figures: from POST to picture, back after a fault, and what a camera costs.

Everything stays on loopback and is gone at the end. Beside each figure: FFmpeg alone with the same flags.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from attrs import frozen

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import bench
from socstream.demo.prepare import prepare
from socstream.ffmpeg import binary
from socstream.ffmpeg.binary import Binary
from socstream.supervision.run import Timing
from tests.bench.cameras import Cameras, cameras
from tests.bench.costs import ServerCost, Usage, raw_cost, server_cost
from tests.bench.delays import GOP, OUTAGE, Delays, Rig
from tests.bench.machine import Others, description, load_average
from tests.bench.polling import Poll, poll_cost
from tests.bench.program import play
from tests.bench.report import Figure, Section, percentile, spread
from tests.bench.serving import PREFIX, serving

JOIN_GOAL = 2.0
"""Seconds, the median."""

RETURN_GOAL = 3.0 + GOP
"""Seconds, the longest: three, and the wait for a keyframe."""

KILL_GOAL = 4.0
"""Seconds, the longest."""

CPU_GOAL = 0.1
"""% of a core that our own process uses for a camera."""

GOAL_COUNT = 32
"""Cameras for which the goals of CPU time, memory and lag are asked. With few of them, what the process does
for all of them weighs more; with more of them, the machine may be the limit.
"""

LAG_GOAL = 5.0
"""Milliseconds, the 99th percentile of the loop's lag."""

MEMORY_GOAL = 16.0
"""MB of PSS for a camera, our process and its FFmpegs together."""

_CACHE = Path(platformdirs.user_cache_path("socstream", appauthor=False)) / "demo"
_SHARED_MEMORY = Path("/dev/shm")


@frozen
class Plan:
    """How much is measured; nothing of a kind when its count is zero or absent."""

    joins: int
    returns: int
    kills: int
    cameras: tuple[int, ...]
    seconds: float
    is_compared: bool
    """Whether FFmpegs alone are measured beside."""
    section: str
    """Of RESULTS.md."""
    is_profiled: bool = False
    """Whether is told what our process does where its CPU time is missed."""


async def measure(plan: Plan) -> Section:
    """Do it; takes some quarter of an hour with the default plan."""
    others, load_before = Others(), load_average()
    found = await binary.find()
    in_memory = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=in_memory) as scratch:
        figures = [*await _delays(plan, found, Path(scratch)), *await _costs(plan, found, Path(scratch))]
    conditions = (
        description(found.version),
        f"busy with other work meanwhile: {100 * others.share():.0f} % of all cores; "
        f"load average {load_before} before, {load_average()} after",
        f"{plan.joins} joins, {plan.returns} returns after {OUTAGE:.0f} s, {plan.kills} kills, and "
        f"{' and '.join(map(str, plan.cameras)) or 'no'} cameras for {plan.seconds:.0f} s each; "
        f"1080p25 H.264 of 4 Mbit/s with a keyframe every {GOP:.0f} s, joined at random phases",
        "delays: median (least…most); memory: PSS, 1 MB = 10⁶ bytes, less while others run FFmpeg, too",
        "while CPU is measured nobody watches; all cameras have their keyframes in the same moment",
    )
    return Section(plan.section, conditions, tuple(figures))


async def _delays(plan: Plan, found: Binary, scratch: Path) -> list[Figure]:
    figures = []
    media = await prepare(found.path, bench(), _CACHE)
    async with VirtualCamera("bench", media, join="live") as camera, serving(scratch, found.path) as ours:
        rig = Rig(ours, camera, found, scratch)
        if plan.joins:
            figures.append(_join_figure(await rig.joins(plan.joins)))
        if plan.returns:
            name = f"source back after {OUTAGE:.0f} s → new segment, s"
            figures.append(_return_figure(name, await rig.returns(plan.returns), RETURN_GOAL))
        if plan.kills:
            figures.append(
                _return_figure("FFmpeg killed → new segment, s", await rig.kills(plan.kills), KILL_GOAL)
            )
    return figures


async def _costs(plan: Plan, found: Binary, scratch: Path) -> list[Figure]:
    figures = []
    for count in plan.cameras:
        async with cameras(count, _CACHE, found.path) as sources:
            is_profiled = plan.is_profiled and count == GOAL_COUNT
            ours = await server_cost(sources, found, scratch, plan.seconds, is_profiled=is_profiled)
            raw = await raw_cost(sources, found, scratch, plan.seconds) if plan.is_compared else None
        figures += _cost_figures(sources, ours, raw)
    if plan.cameras:
        # In a thread, where no loop runs: it has one of its own, of the kind that the server uses.
        figures.append(_poll_figure(await asyncio.to_thread(poll_cost, max(plan.cameras), scratch)))
    return figures


def _join_figure(delays: Delays) -> Figure:
    return Figure(
        "POST camera → first playable playlist, s",
        spread(delays.ours),
        spread(delays.raw),
        f"median ≤ {JOIN_GOAL:.1f}",
        statistics.median(delays.ours) <= JOIN_GOAL,
    )


def _return_figure(name: str, delays: Delays, goal: float) -> Figure:
    return Figure(
        name, spread(delays.ours), spread(delays.raw), f"all ≤ {goal:.1f}", max(delays.ours) <= goal
    )


def _cost_figures(sources: Cameras, ours: ServerCost, raw: Usage | None) -> list[Figure]:
    where = f"{len(sources.urls)} cameras"
    memory = ours.server.memory + ours.ffmpegs.memory
    answers = [1000 * seconds for seconds in ours.answers]
    lags = [1000 * seconds for seconds in ours.lags]
    has_goal = len(sources.urls) == GOAL_COUNT
    return [
        Figure(
            f"{where}: CPU of our process per camera, % of a core",
            f"{ours.server.cpu:.3f}",
            "",
            f"≤ {CPU_GOAL}" if has_goal else "",
            ours.server.cpu <= CPU_GOAL if has_goal else None,
            ours.why,
        ),
        Figure(
            f"{where}: CPU of FFmpeg per camera, % of a core",
            f"{ours.ffmpegs.cpu:.2f}",
            f"{raw.cpu:.2f}" if raw else "",
        ),
        Figure(
            f"{where}: memory per camera, all told, MB",
            f"{memory / 1e6:.1f}",
            f"{raw.memory / 1e6:.1f}" if raw else "",
            f"≤ {MEMORY_GOAL:.0f}" if has_goal else "",
            memory / 1e6 <= MEMORY_GOAL if has_goal else None,
        ),
        Figure(f"{where}: memory of our process, MB", f"{ours.server.memory * len(sources.urls) / 1e6:.1f}"),
        Figure(
            f"{where}: lag of the loop, ms: p50, p99, most",
            f"{percentile(lags, 0.5):.1f}, {percentile(lags, 0.99):.1f}, {max(lags):.1f}",
            "",
            f"p99 ≤ {LAG_GOAL:.0f}" if has_goal else "",
            percentile(lags, 0.99) <= LAG_GOAL if has_goal else None,
            ours.why,
        ),
        Figure(
            f"{where}: GET /healthz, ms: p50, p99, most",
            f"{percentile(answers, 0.5):.1f}, {percentile(answers, 0.99):.1f}, {max(answers):.1f}",
        ),
        Figure(
            f"{where}: CPU of the virtual cameras, % of a core",
            f"{ours.cameras.cpu * len(sources.urls):.0f}",
        ),
    ]


def _poll_figure(poll: Poll) -> Figure:
    return Figure(
        f"{poll.cameras} cameras: CPU of a look at a playlist without news, µs: alone, all at once",
        f"{1e6 * poll.alone:.0f}, {1e6 * poll.together:.0f}; alone each {Timing().poll:g} s: "
        f"{100 * poll.share:.2f} % of a core for all",
    )


def _plan(words: Sequence[str]) -> tuple[Plan, bool]:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.engine", description=__doc__)
    parser.add_argument("--joins", type=int, default=10, help="rounds of POST → picture (%(default)s)")
    parser.add_argument("--returns", type=int, default=5, help="outages of the camera (%(default)s)")
    parser.add_argument("--kills", type=int, default=5, help="FFmpegs killed (%(default)s)")
    parser.add_argument(
        "--cameras", type=int, nargs="*", default=[1, 8, 32, 64], help="how many at once (1 8 32 64)"
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="of steady state (%(default)s)")
    parser.add_argument("--alone", action="store_true", help="do not measure FFmpegs without us beside")
    parser.add_argument("--profile", action="store_true", help="look into what is missed")
    parser.add_argument("--section", default="engine", help="of RESULTS.md (%(default)s)")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    given = parser.parse_args(words)
    plan = Plan(
        given.joins,
        given.returns,
        given.kills,
        tuple(given.cameras),
        given.seconds,
        not given.alone,
        given.section,
        given.profile,
    )
    return plan, given.write


def _main(words: Sequence[str]) -> None:
    plan, is_written = _plan(words)
    play(measure(plan), is_written=is_written)


if __name__ == "__main__":
    _main(sys.argv[1:])
