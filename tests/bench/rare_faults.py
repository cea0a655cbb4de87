"""Rows of the table of faults whose tests stand alone, as trials: 17, 24, 25 and 26; and 27, the soak."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections import Counter
from pathlib import Path

from socstream.demo.camera import VirtualCamera
from tests.bench.report import Figure
from tests.faults import test_dead_man, test_leaving, test_slow_clients, test_state_machine
from tests.faults.observed import Holdings, holdings
from tests.faults.returns import crowded
from tests.faults.site import Lab
from tests.faults.soak import CAMERAS, slope, soak
from tests.faults.trial import Times, Trial
from tests.rigs import processes, standing_still
from tests.rigs.client import new_token

ENOUGH = 20 * 60.0
"""Seconds of a soak from which its slope is judged: what a shorter one grows by is noise."""

SLOPE_GOAL = 1.0
"""MB an hour."""

_QUIETER = 0.5
"""Seconds, the 99th percentile of what others wait beside slow clients."""

_GROWTH = 64 * 2**20
"""Bytes that slow clients may cost."""


async def an_event_loop_that_stands_still(lab: Lab) -> Times:
    return await _ended(lab, "loop", stopped_by=standing_still.LOOP)


async def an_interpreter_that_stands_still(lab: Lab) -> Times:
    return await _ended(lab, "interpreter", stopped_by=standing_still.INTERPRETER)


async def _ended(lab: Lab, name: str, stopped_by: signal.Signals) -> Times:
    async with VirtualCamera("Gate", await lab.media()) as camera:
        return Times(await test_dead_man.ended(lab.home() / name, camera, stopped_by))


async def hundreds_of_slow_clients(lab: Lab) -> Times:
    """Detected is each when it is closed: the slowest counts. Nobody else notices, which is asserted."""
    async with lab.site() as site, site.camera("Gate") as gate:
        await gate.plays(4)
        memory = processes.resident_memory(site.server.pid)
        token = await new_token(site.server)
        path = (await site.http.get(f"cameras/{gate.camera_id}/media-grant")).json["last_image"]
        looking = asyncio.create_task(test_slow_clients.look(site, gate.camera_id))
        lasted = await test_slow_clients.press(site.server.port, token, path)
        more = processes.resident_memory(site.server.pid) - memory
        looking.cancel()
        took = sorted(await looking)
        await gate.plays(2)
    p99 = took[int(len(took) * 0.99)]
    assert p99 < _QUIETER, f"others waited {p99:.2f} s"
    assert more < _GROWTH, f"{more / 2**20:.0f} MiB more"
    return Times(max(map(max, lasted.values())))


async def all_commands_in_random_order(lab: Lab) -> Times:
    """In a process of its own: it is all computing, and would hold up whatever is timed beside it."""
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(test_state_machine.__file__)))
    child = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=PIPE, stderr=STDOUT)
    told, _ = await child.communicate()
    assert child.returncode == 0, told.decode().strip().splitlines()[-1]
    return Times()


async def a_segment_that_leaves_while_it_is_read(lab: Lab) -> Times:
    await test_leaving.test_row_26_a_segment_that_leaves_is_read_to_its_end_or_not_at_all(lab)
    return Times()


BESIDE: tuple[Trial[Lab], ...] = (
    Trial(17, an_event_loop_that_stands_still, Times(16)),
    Trial(17, an_interpreter_that_stands_still, Times(16)),
)
"""Those that mostly wait."""

ALONE: tuple[Trial[Lab], ...] = (
    Trial(24, hundreds_of_slow_clients, Times(12)),
    Trial(25, all_commands_in_random_order),
    Trial(26, a_segment_that_leaves_while_it_is_read),
)
"""Those that take all of the machine, or ask how long others wait."""


async def soaked(lab: Lab, seconds: float) -> list[Figure]:
    """Row 27: cameras that come and go for so long."""
    async with crowded(lab, CAMERAS) as full:
        cold = await holdings(full.site.server)
        samples = await soak(full, seconds)
    # The first flaps are left out: threads, caches, the first failure of each kind.
    later = samples[len(samples) // 4 :]
    return [_slope_figure(later, seconds), *_rest(cold, samples)]


def _slope_figure(later: list[Holdings], seconds: float) -> Figure:
    rise = slope(later) / 1e6 if len(later) > 1 else 0.0
    minutes = (later[-1].at - later[0].at) / 60
    return Figure(
        f"row_27: {CAMERAS} cameras that flap every 7 s: slope of RSS, MB an hour",
        f"{rise:+.2f} over {minutes:.0f} min, {later[0].memory / 1e6:.1f} → {later[-1].memory / 1e6:.1f} MB",
        goal=f"< {SLOPE_GOAL:g}" if seconds >= ENOUGH else f"< {SLOPE_GOAL:g} from {ENOUGH / 60:.0f} min on",
        met=rise < SLOPE_GOAL if seconds >= ENOUGH else None,
    )


def _rest(cold: Holdings, samples: list[Holdings]) -> list[Figure]:
    last = samples[-1]
    more: Counter[str] = last.descriptors - cold.descriptors
    return [
        Figure(
            "row_27: descriptors at the beginning, at the end",
            f"{cold.descriptors.total()}, {last.descriptors.total()}"
            + (f"; more: {dict(more)}" if more else ""),
            goal="none more",
            met=not more,
        ),
        Figure(
            "row_27: tasks at the beginning, at the end",
            f"{cold.tasks}, {last.tasks}",
            goal="none more",
            met=last.tasks <= cold.tasks,
        ),
    ]
