"""The table of faults, measured: seconds to detect and to recover for each row, a crowd's return, kill -9.

The trials are those of `tests/faults`; here each is played several times, and its times are told.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Container, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import platformdirs

from socstream.ffmpeg import binary
from tests.bench import rare_faults
from tests.bench.machine import Surroundings
from tests.bench.report import Figure, Section, spread, write
from tests.faults import boxes, cameras, encoders, lives
from tests.faults.returns import API_P99, LOOP_LAG, Return, crowded
from tests.faults.site import Lab
from tests.faults.trial import Times, Together, Trial

T = TypeVar("T")

ALL_LIVE_GOAL = 10.0
"""Seconds. The table of faults grants the tests, which run on any machine, two more."""

_STABLE = 12.0
"""Seconds after which a stream's earlier failures are forgotten."""

Played = dict[str, list[Times | BaseException]]


async def measure(rounds: int, crowd: int, kills: int, rows: Container[int]) -> Section:
    """Play all of it, and of the rows these; half an hour with the defaults."""
    surroundings, figures = await Surroundings.now(), list[Figure]()
    async with _lab() as lab:
        if rounds:
            figures += await _rows(lab, rounds, rows)
        if rounds and crowd and 13 in rows:
            figures += await _returns(lab, crowd, rounds)
        if kills and 15 in rows:
            figures.append(await _kills(lab, kills))
    conditions = (
        *surroundings.told(),
        f"each row {rounds} times, several rows side by side; seconds: median (least…most)",
        "row 25 in virtual time; `--soak` plays row 27, and writes a section of its own",
    )
    return Section("faults", conditions, tuple(figures))


async def measure_soak(minutes: float) -> Section:
    """Row 27 for so long."""
    surroundings = await Surroundings.now()
    async with _lab() as lab:
        figures = await rare_faults.soaked(lab, 60 * minutes)
    return Section("soak", (*surroundings.told(), f"{minutes:g} minutes"), tuple(figures), beside="")


@asynccontextmanager
async def _lab() -> AsyncIterator[Lab]:
    cache = Path(platformdirs.user_cache_path("socstream", appauthor=False)) / "demo"
    with tempfile.TemporaryDirectory(prefix="socstream-faults-") as scratch:
        yield Lab(Path(scratch), (await binary.find()).path, cache)


_ON_THEIR_OWN = (*lives.TRIALS, *boxes.TRIALS, *rare_faults.BESIDE)
"""Trials on a server of their own."""


async def _rows(lab: Lab, rounds: int, rows: Container[int]) -> list[Figure]:
    played: Played = defaultdict(list)
    on_one_server = [trial for trial in cameras.TRIALS if trial.row in rows]
    oddly_encoded = [trial for trial in encoders.TRIALS if trial.row in rows]
    on_their_own = [trial for trial in _ON_THEIR_OWN if trial.row in rows]
    alone = [trial for trial in rare_faults.ALONE if trial.row in rows]
    for _ in range(rounds):
        await _play(on_one_server, lab.shared_site, 6, played)
        await _play(oddly_encoded, lambda: encoders.odd_site(lab), 4, played)
        await _play(on_their_own, lambda: _alone(lab), 3, played)
        await _play(alone, lambda: _alone(lab), 1, played)
    bounds = {str(trial): trial.bound for trial in (*on_one_server, *oddly_encoded)}
    bounds |= {str(trial): trial.bound for trial in (*on_their_own, *alone)}
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
    if not trials:
        return
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
            met = met and len(seconds) == len(times) and all(value <= most for value in seconds)
    failures = [each for each in played if not isinstance(each, Times)]
    if failures:
        first = (str(failures[0]) or type(failures[0]).__name__).splitlines()[0]
        told.append(f"failed {len(failures)} times: {first}")
    return Figure(name, "; ".join(told) or f"held {len(times)} times", goal="; ".join(goals), met=met)


async def _returns(lab: Lab, count: int, times: int) -> list[Figure]:
    """An outage of all, so many times; each time must be within the bounds."""
    back = list[Return]()
    async with crowded(lab, count) as full:
        for _ in range(times):
            await asyncio.sleep(_STABLE)
            back.append(await full.all_come_back())
    lags, answers = ([1000 * each.loop_lag for each in back], [1000 * each.api_p99 for each in back])
    return [
        _most(f"{count} cameras return: all live, s", [each.all_live for each in back], ALL_LIVE_GOAL, 1),
        _most(f"{count} cameras return: worst loop lag, ms", lags, 1000 * LOOP_LAG, 0),
        _most(f"{count} cameras return: API p99, ms", answers, 1000 * API_P99, 0),
    ]


def _most(name: str, values: Sequence[float], goal: float, digits: int) -> Figure:
    return Figure(f"row_13: {name}", spread(values, digits), goal=f"all ≤ {goal:g}", met=max(values) <= goal)


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
    parser.add_argument("--rounds", type=int, default=3, help="of every row but 27 (3)")
    parser.add_argument("--crowd", type=int, default=64, help="cameras that return at once (64)")
    parser.add_argument("--kills", type=int, default=20, help="of the server (20)")
    parser.add_argument(
        "--rows", type=int, nargs="*", default=range(28), help="of the table, these only; not to be written"
    )
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="only row 27, for so long")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    if asked.write and not asked.soak and asked.rows != range(28):
        parser.error("some rows must not take the place of all of them: no --write with --rows")
    if asked.soak:
        section = await measure_soak(asked.soak)
    else:
        section = await measure(asked.rounds, asked.crowd, asked.kills, asked.rows)
    print(section.render())
    if asked.write:
        write(section)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
