"""What it costs to tell five hundred clients ten times a second that a camera has changed, and how late.

The changes are made as users make them; what they cost without anybody who listens is taken off.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from attrs import frozen

from socstream.ffmpeg import binary
from tests.bench import cores
from tests.bench.listeners import Listeners
from tests.bench.machine import Surroundings, cpu_seconds
from tests.bench.profiling import profile
from tests.bench.program import play
from tests.bench.report import Figure, Section, percentile
from tests.bench.stage import Stage, stage
from tests.bench.tools import let_open_many
from tests.bench.ways import Way, ways
from tests.rigs.client import API, Client, client

COST_GOAL = 15.0
"""Microseconds of the server's CPU time for each delivery."""

DELAY_GOAL = 15.0
"""Milliseconds, the 99th percentile."""

_CADENCE = 5.0
_CAMERAS = 8
_SETTLE = 2.0


@frozen
class Told:
    """What was delivered. `cost`: CPU seconds for each; `delays` in seconds."""

    delays: list[float]
    cost: float
    lost: int
    cut: int
    why: str = ""


async def measure(clients: int, per_second: float, seconds: float, *, is_profiled: bool = False) -> Section:
    """Do it; half a minute for each way. `is_profiled`: what is missed is looked into."""
    surroundings, figures = await Surroundings.now(), list[Figure]()
    let_open_many()
    ffmpeg = (await binary.find()).path
    for way in (way for way in ways() if way.layer == 2):  # both are the same to a WebSocket
        async with (
            stage(way, ffmpeg, cameras=_CAMERAS, seconds=_CADENCE) as ours,
            client(ours.process) as http,
        ):
            told = await _told(ours, http, clients, per_second, seconds, is_profiled=is_profiled)
            figures += _figures(way, told)
    conditions = (
        *surroundings.told(),
        cores.told(),
        f"{clients} WebSockets, {per_second:g} changes of cameras a second for {seconds:.0f} s, by PATCH; "
        "the cost of these without a listener is taken off",
        "delay: from the timestamp in the message, which is cut to milliseconds, so up to 1 ms too long",
    )
    return Section("events", conditions, tuple(figures), beside="")


async def _told(
    ours: Stage, http: Client, clients: int, per_second: float, seconds: float, *, is_profiled: bool
) -> Told:
    silent, changes = await _changes(ours, http, per_second, seconds)
    listeners = Listeners(ours.origin, f"{API}/events", ours.token, clients)
    os.sched_setaffinity(0, {cores.CLIENT})
    with listeners.listening():
        await asyncio.sleep(_SETTLE)
        listeners.delays.clear()
        heard, changes = await _changes(ours, http, per_second, seconds)
        await asyncio.sleep(_SETTLE)
        delays, why = list(listeners.delays), ""
        if is_profiled:
            why = await profile(ours.process.pid, seconds, _changes(ours, http, per_second, seconds))
    # Cameras may change by themselves, too: that is more, never less.
    lost = max(0, changes * clients - len(delays))
    return Told(delays, (heard - silent) / max(1, len(delays)), lost, listeners.cut, why)


async def _changes(ours: Stage, http: Client, per_second: float, seconds: float) -> tuple[float, int]:
    """Change a camera so often; CPU seconds that the server took, and the number of changes."""
    loop = asyncio.get_running_loop()
    before, began = cpu_seconds(ours.process.pid), loop.time()
    count = round(per_second * seconds)
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / per_second - loop.time()))
        path = f"cameras/{ours.ids[number % len(ours.ids)]}"
        answer = await http.ask("PATCH", path, body={"location": f"Bench {number}"})
        assert answer.status == 200, answer.text
    await asyncio.sleep(max(0.0, began + seconds - loop.time()))
    return cpu_seconds(ours.process.pid) - before, count


def _figures(way: Way, told: Told) -> list[Figure]:
    cost = 1e6 * told.cost
    p50, p99 = (1000 * percentile(told.delays, share) for share in (0.5, 0.99))
    trouble = f"; {told.lost} lost, {told.cut} cut off" if told.lost or told.cut else ""
    return [
        Figure(
            f"a delivery, {way.loop}, µs of CPU time",
            f"{cost:.1f}",
            "",
            f"≤ {COST_GOAL:.0f}",
            cost <= COST_GOAL,
            told.why,
        ),
        Figure(
            f"delay, {way.loop}, ms: p50, p99",
            f"{p50:.1f}, {p99:.1f}{trouble}",
            "",
            f"p99 ≤ {DELAY_GOAL:.0f}",
            p99 <= DELAY_GOAL and not told.lost and not told.cut,
            told.why,
        ),
    ]


def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.events", description=__doc__)
    parser.add_argument("--clients", type=int, default=500, help="who listen (%(default)s)")
    parser.add_argument("--rate", type=float, default=10.0, help="changes a second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of changes (%(default)s)")
    parser.add_argument("--profile", action="store_true", help="look into what is missed")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    measuring = measure(asked.clients, asked.rate, asked.seconds, is_profiled=asked.profile)
    play(measuring, is_written=asked.write)


if __name__ == "__main__":
    _main(sys.argv[1:])
