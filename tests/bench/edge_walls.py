"""The live edge for many: how many walls one core carries, and a client that is stopped beside others."""

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path

from tests.bench import cores
from tests.bench.cameras import SMALL
from tests.bench.costs import Usage, usages
from tests.bench.edge_client import Begun, Counted, Viewers
from tests.bench.edge_server import Edge, at_most, edge
from tests.bench.report import Figure
from tests.rigs import processes

WALLS_GOAL = 200
WALL = 16
"""Tiles of a wall."""

STOPPED_GOAL = 2.0
"""MB by which we may grow for a client that takes nothing."""


async def walls(ffmpeg: Path, seconds: float, steps: Sequence[int]) -> list[Figure]:
    """How many walls one core carries."""
    carried, steps_told = 0, list[Figure]()
    async with edge(ffmpeg, WALL, SMALL) as ours:
        _keep_apart(ours)
        viewers = Viewers(ours.process, ours.token, ours.scratch)
        for count in steps:
            child = await viewers.start(count, seconds, ours.ids)
            cores.pin(child.pid, cores.CLIENT)
            begun = await viewers.begun(child)
            (usage,) = await usages([[ours.process.pid]], 1, seconds)
            counted = await viewers.counted(child)
            steps_told.append(_step_figure(count, seconds, usage, begun, counted))
            if not _got_all(counted, seconds):
                break
            carried = count
    return [
        Figure(
            "walls of 16 tiles (640x360, 25 fps, 300 kbit/s) that one core carries, every frame delivered",
            str(carried),
            goal=f"≥ {WALLS_GOAL}",
            met=carried >= WALLS_GOAL,
        ),
        *steps_told,
    ]


def _step_figure(count: int, seconds: float, usage: Usage, begun: Begun, counted: Counted) -> Figure:
    """What the server did, and beside it what the viewers took themselves; what they lacked, too."""
    frames, least = counted.all / seconds, f"the least of one {counted.least} of {_due(seconds):.0f} due"
    server = f"{frames:.0f} frames/s, {usage.cpu:.0f} % of a core, {usage.memory / 1e6:.0f} MB"
    told = f"{server}; {begun}; {counted.age}"
    if not _got_all(counted, seconds):
        told += f"; not all: {counted.missing} missing, {least}, {counted.strange} times told to be slow"
    return Figure(
        f"{count} walls, {begun.ready} of them level at the start", told, f"viewers: {counted.load}"
    )


def _due(seconds: float) -> float:
    """Pictures for one viewer."""
    return SMALL.fps * seconds * WALL


def _got_all(counted: Counted, seconds: float) -> bool:
    """Nobody lacks what another one had. All could lack the same: but for what the ends of the time may cost,
    a picture of each tile at either, everybody had all that was due.
    """
    return not (counted.strange or counted.missing) and counted.least >= _due(seconds) - 2 * WALL


def _keep_apart(ours: Edge) -> None:
    cores.pin(ours.process.pid, cores.SERVER)
    for pid in (*ours.process.ffmpegs(), *ours.process.watchers(), ours.camera_pid):
        cores.pin(pid, cores.CLIENT)


async def stopped(ffmpeg: Path, seconds: float = 60.0, others: int = 20) -> list[Figure]:
    """One client is stopped for so long, beside others."""
    async with edge(ffmpeg, WALL, SMALL) as ours:
        viewers = Viewers(ours.process, ours.token, ours.scratch)
        # A first time: what all these connections cost is not what the stopped one does.
        await viewers.count(others + 1, 5, ours.ids)
        await asyncio.sleep(2)
        lame = await viewers.start(1, 3600, ours.ids)
        await viewers.begun(lame)
        child = await viewers.start(others, seconds + 2, ours.ids)
        await viewers.begun(child)
        before = processes.resident_memory(ours.process.pid)
        lame.send_signal(signal.SIGSTOP)
        most = before
        for _ in range(int(seconds)):
            await asyncio.sleep(1)
            most = max(most, processes.resident_memory(ours.process.pid))
        lame.kill()
        await lame.wait()
        counted = await viewers.counted(child)
    grown = (most - before) / 1e6
    missed = max(counted.missing, round(_due(seconds + 2) - 2 * WALL - counted.least), 0)
    return [
        Figure(
            f"one client stopped for {seconds:.0f} s beside {others} others: frames that these missed, and "
            "times they were told to be slow",
            f"{missed} and {counted.strange} (of {counted.all})",
            goal="0 and 0",
            met=missed == 0 and counted.strange == 0,
        ),
        at_most("our memory meanwhile, MB more", grown, STOPPED_GOAL, 2),
    ]
