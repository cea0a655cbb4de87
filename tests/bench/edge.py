"""The live edge, in figures: how old pictures are, how soon they come and come back, and what they cost."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from socstream.ffmpeg.binary import find
from socstream.ui.build import build_page, is_fresh
from tests.bench import cores, edge_page, edge_server, edge_walls
from tests.bench.machine import Surroundings
from tests.bench.report import Figure, Section, write
from tests.bench.serving import PREFIX

Part = Callable[[], Awaitable[Sequence[Figure]]]


def parts(ffmpeg: Path, scratch: Path, asked: argparse.Namespace) -> dict[str, Part]:
    """What can be measured, in order."""
    seconds, rounds = float(asked.seconds), int(asked.rounds)
    return {
        "ages": partial(edge_server.ages, ffmpeg, seconds),
        "costs": partial(edge_server.costs, ffmpeg, asked.cameras, seconds, is_profiled=asked.profile),
        "walls": partial(edge_walls.walls, ffmpeg, min(seconds, 10), asked.walls),
        "stopped": partial(edge_walls.stopped, ffmpeg),
        "returns": partial(edge_server.returns, ffmpeg, scratch),
        "pixels": partial(edge_page.pixel_ages, ffmpeg, seconds),
        "firsts": partial(edge_page.firsts, ffmpeg, rounds),
        "joins": partial(edge_page.joins, ffmpeg, 3 * rounds),
        "comebacks": partial(edge_page.comebacks, ffmpeg, rounds),
        "browser": partial(edge_page.browser_costs, rounds, seconds),
    }


async def measure(asked: argparse.Namespace) -> Section:
    """All parts, or those that were asked for."""
    if not is_fresh():
        build_page()
    found, figures = await find(), list[Figure]()
    surroundings = await Surroundings.now()
    with TemporaryDirectory(prefix=PREFIX) as scratch:
        for name, part in parts(found.path, Path(scratch), asked).items():
            if asked.only and name not in asked.only:
                continue
            print(f"{name} …", file=sys.stderr, flush=True)
            figures += await part()
            print(
                "\n".join(f"  {each.name}: {each.ours}" for each in figures[-5:]), file=sys.stderr, flush=True
            )
    conditions = (
        *surroundings.told(),
        f"walls: {cores.told()}, with the cameras and their FFmpegs, so the viewers' own load stands beside; "
        "counted are the pictures that arrived at the server in that time, from when all viewers are level",
        "all else shares both cores, also Chromium, which decodes in software",
        "clocks in the pictures are those of the wall; seconds: median (least…most)",
    )
    return Section("edge", conditions, tuple(figures), beside="beside")


async def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.edge", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measuring (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of what is repeated (%(default)s)")
    parser.add_argument("--cameras", type=int, default=32, help="of 1080p, for the costs (%(default)s)")
    parser.add_argument(
        "--walls", type=int, nargs="*", default=[50, 100, 150, 200, 250], help="to try (%(default)s)"
    )
    parser.add_argument("--only", nargs="*", default=[], help="of these parts (all)")
    parser.add_argument("--profile", action="store_true", help="look into what is missed")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    section = await measure(asked)
    print(section.render())
    if asked.write:
        write(section)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
