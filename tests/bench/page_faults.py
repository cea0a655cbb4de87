"""Every fault P1 to P23 between page and server: how soon pictures move again, and for how long a tile lies.

The rows are those of tests/e2e/test_page_faults.py. Each is seen on HLS, and those that concern the live edge
on the whole ladder, too.
"""

import argparse
import statistics
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from socstream.demo.media import Media
from socstream.demo.prepare import prepare
from socstream.ffmpeg.binary import find
from socstream.ui.build import build_page, is_fresh
from tests.bench.machine import Surroundings
from tests.bench.program import play
from tests.bench.report import Figure, Section, spread
from tests.bench.serving import PREFIX
from tests.e2e.fault_stage import OTHER, Stage, staged
from tests.e2e.page_faults import (
    AT_OPENING,
    BACK,
    LIE,
    MEDIAN,
    OF_THE_SERVER,
    ON_THE_EDGE,
    WALLS,
    Act,
    Outcome,
    bound,
    fault_of_the_server,
    faults_at_the_opening,
    faults_of_streams,
)
from tests.rigs.browser import chromium
from tests.rigs.fixtures import SMALL

_WAYS = {"hls": "HLS", "": "ladder"}

NEVER = float("inf")


@frozen
class Part:
    """Rows that are seen on one page."""

    cameras: int
    run: Callable[[Stage], Awaitable[Sequence[Outcome]]]


def parts() -> dict[str, Part]:
    """All of them, in order."""
    return {
        "opening": Part(len(AT_OPENING), faults_at_the_opening),
        **{name: Part(len(rows) + 1, partial(_streams, "hls", rows)) for name, rows in WALLS.items()},
        "ladder": Part(len(ON_THE_EDGE) + 1, partial(_streams, "", ON_THE_EDGE)),
        **{
            f"{row.partition(' ')[0]}-{way.lower()}": Part(
                2, partial(fault_of_the_server, rung=rung, row=row, act=act)
            )
            for row, act in OF_THE_SERVER.items()
            for rung, way in _WAYS.items()
        },
    }


async def _streams(rung: str, rows: dict[str, Act], stage: Stage) -> Sequence[Outcome]:
    outcomes, _ = await faults_of_streams(stage, rung, rows)
    return outcomes


async def measure(rounds: int, only: Sequence[str]) -> Section:
    """All parts so many times, or those that were asked for."""
    if not is_fresh():
        build_page()
    found, outcomes = await find(), list[Outcome]()
    surroundings = await Surroundings.now()
    with TemporaryDirectory(prefix=PREFIX) as scratch:
        media = [await prepare(found.path, spec, Path(scratch) / "media") for spec in (SMALL, OTHER)]
        for name, part in parts().items():
            for _ in range(rounds if not only or name in only else 0):
                print(f"{name} …", file=sys.stderr, flush=True)
                async with _stage(media, part.cameras) as stage:
                    seen = await part.run(stage)
                print("\n".join(f"  {one}" for one in seen), file=sys.stderr, flush=True)
                outcomes += seen
    conditions = (
        *surroundings.told(),
        f"each row {rounds} times; small pictures, several rows on one page, Chromium without a GPU",
        "back: seconds from the end of the fault to pictures that move and say LIVE, median (least…most)",
        "lie: the most seconds that a tile said LIVE on a still picture",
    )
    return Section("page_faults", conditions, (*_rows(outcomes), *_verdict(outcomes)), beside="beside")


@asynccontextmanager
async def _stage(media: Sequence[Media], cameras: int) -> AsyncIterator[Stage]:
    """A server, a proxy and a browser of their own."""
    async with chromium() as browser, AsyncExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix=PREFIX)))
        yield await staged(stack, home, media[0], media[1], browser, cameras)


def _rows(outcomes: Sequence[Outcome]) -> list[Figure]:
    """One line for each row and way, in the order of the table of faults."""
    seen: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        seen.setdefault((outcome.row, outcome.rung), []).append(outcome)
    figures = []
    for (row, rung), those in sorted(seen.items(), key=lambda item: _number(item[0][0])):
        backs, lie = sorted(map(_back, those)), max(one.lie for one in those)
        told = spread(backs, 1) if len(backs) > 1 and NEVER not in backs else _told(backs[-1])
        is_met = max(backs) <= bound(row) and lie <= LIE
        goal = f"back ≤ {bound(row):.0f}; lie ≤ {LIE:.0f}"
        figures.append(Figure(f"{row}: {_WAYS[rung]}", f"back {told}; lie {lie:.1f}", "", goal, is_met))
    return figures


def _verdict(outcomes: Sequence[Outcome]) -> list[Figure]:
    """All rows together."""
    backs, lie = [_back(one) for one in outcomes], max(one.lie for one in outcomes)
    rows = {one.row for one in outcomes}
    came = rows - {one.row for one in outcomes if one.back is None}
    half, most = statistics.median(backs), max(backs)
    return [
        Figure("rows whose pictures came back", f"{len(came)} of {len(rows)}", "", "all", came == rows),
        Figure("median of all, s", _told(half), "", f"≤ {MEDIAN:.0f}", half <= MEDIAN),
        Figure("the slowest of all, s", _told(most), "", f"≤ {BACK:.0f}", most <= BACK),
        Figure("longest LIVE on a still picture, s", f"{lie:.1f}", "", f"≤ {LIE:.0f}", lie <= LIE),
    ]


def _number(row: str) -> int:
    return int(row.partition(" ")[0].removeprefix("P"))


def _told(seconds: float) -> str:
    return "never" if seconds == NEVER else f"{seconds:.1f}"


def _back(outcome: Outcome) -> float:
    return NEVER if outcome.back is None else outcome.back


def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.page_faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="of each part (%(default)s)")
    parser.add_argument("--only", nargs="*", default=[], choices=list(parts()), help="of these parts (all)")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    play(measure(asked.rounds, asked.only), is_written=asked.write)


if __name__ == "__main__":
    _main(sys.argv[1:])
