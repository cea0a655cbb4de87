"""The table of faults, measured: seconds to detect and to recover for each row, a crowd's return, kill -9.

The trials are those of `tests/faults`; here each is played several times, and its times are told.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import platformdirs

from socstream.ffmpeg import binary
from tests.bench.machine import Others, description, load_average
from tests.bench.report import Figure, Section, spread, write
from tests.faults import boxes, cameras, encoders, lives
from tests.faults.returns import ALL_LIVE, API_P99, LOOP_LAG, crowded
from tests.faults.site import Lab
from tests.faults.trial import Times, Together, Trial

T = TypeVar("T")

Played = dict[str, list[Times | BaseException]]


async def measure(rounds: int, crowd: int, kills: int) -> Section:
    """Play all of it; half an hour with the defaults."""
    others, load_before = Others(), load_average()
    found = await binary.find()
    cache = Path(platformdirs.user_cache_path("socstream", appauthor=False)) / "demo"
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="socstream-faults-") as scratch:
        lab = Lab(Path(scratch), found.path, cache)
        if rounds:
            figures += await _rows(lab, rounds)
        if crowd:
            figures += await _return(lab, crowd)
        if kills:
            figures.append(await _kills(lab, kills))
    conditions = (
        description(found.version),
        f"busy with other work meanwhile: {100 * others.share():.0f} % of all cores; "
        f"load average {load_before} before, {load_average()} after",
        f"each row {rounds} times, several rows side by side; seconds: median (least…most)",
    )
    return Section("faults", conditions, tuple(figures))


async def _rows(lab: Lab, rounds: int) -> list[Figure]:
    played: Played = defaultdict(list)
    for _ in range(rounds):
        await _play(cameras.TRIALS, lab.shared_site, 6, played)
        await _play(encoders.TRIALS, lambda: encoders.odd_site(lab), 4, played)
        await _play((*lives.TRIALS, *boxes.TRIALS), lambda: _alone(lab), 2, played)
    bounds = {str(trial): trial.bound for trial in (*cameras.TRIALS, *encoders.TRIALS)}
    bounds |= {str(trial): trial.bound for trial in (*lives.TRIALS, *boxes.TRIALS)}
    return [_figure(name, played[name], bounds[name]) for name in sorted(bounds)]


@asynccontextmanager
async def _alone(lab: Lab) -> AsyncIterator[Lab]:
    yield lab


async def _play(
    trials: Iterable[Trial[T]],
    place: Callable[[], AbstractAsyncContextManager[T]],
    at_once: int,
    played: Played,
) -> None:
    """Play each once; what it took, or why it failed, goes to `played`."""
    trials = tuple(trials)
    async with place() as subject:
        together = Together(trials, subject, at_once)
        for trial in trials:
            try:
                played[str(trial)].append(await together.outcome(trial))
            except (AssertionError, TimeoutError, OSError) as failure:
                played[str(trial)].append(failure)
        await together.close()


def _figure(name: str, played: Sequence[Times | BaseException], bound: Times) -> Figure:
    times = [each for each in played if isinstance(each, Times)]
    met = len(times) == len(played)
    told, goals = [], []
    for what in ("detect", "recover"):
        seconds = [value for each in times if (value := getattr(each, what)) is not None]
        most = getattr(bound, what)
        if seconds:
            told.append(f"{what} {spread(seconds)}")
        if most is not None:
            goals.append(f"{what} ≤ {most:g}")
            met = met and all(value <= most for value in seconds)
    failed = len(played) - len(times)
    if failed:
        told.append(f"failed {failed} times")
    return Figure(name, "; ".join(told) or f"held {len(times)} times", goal="; ".join(goals), met=met)


async def _return(lab: Lab, count: int) -> list[Figure]:
    async with crowded(lab, count) as full:
        back = await full.all_come_back()
    name = f"row_13: {count} cameras return:"
    return [
        Figure(
            f"{name} all live, s", f"{back.all_live:.1f}", "", f"≤ {ALL_LIVE:g}", back.all_live <= ALL_LIVE
        ),
        Figure(
            f"{name} worst loop lag, ms",
            f"{1000 * back.loop_lag:.0f}",
            "",
            f"≤ {1000 * LOOP_LAG:.0f}",
            back.loop_lag <= LOOP_LAG,
        ),
        Figure(
            f"{name} API p99, ms",
            f"{1000 * back.api_p99:.0f}",
            "",
            f"< {1000 * API_P99:.0f}",
            back.api_p99 < API_P99,
        ),
    ]


async def _kills(lab: Lab, times: int) -> Figure:
    """An orphan or a lost write fails the whole of it."""
    name, goal = f"row_15: {times} times kill -9: orphans and lost writes", "0 and 0"
    try:
        took = await lives.a_server_that_is_killed(lab, times)
    except AssertionError as failure:
        return Figure(name, str(failure).splitlines()[0], goal=goal, met=False)
    return Figure(name, f"0 and 0; slowest back {took.recover:.1f} s", goal=goal, met=True)


async def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of every row (3)")
    parser.add_argument("--crowd", type=int, default=64, help="cameras that return at once (64)")
    parser.add_argument("--kills", type=int, default=20, help="of the server (20)")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    section = await measure(asked.rounds, asked.crowd, asked.kills)
    print(section.render())
    if asked.write:
        write(section)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
