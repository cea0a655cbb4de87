"""What one core can answer: playlists, their 304, segments of 1 MiB, over HTTP and HTTPS, beside nginx.

Ours with each loop and layer, nginx stock and at its best; round by round in turn, all on the same core.
"""

import argparse
import statistics
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve, field, frozen

from socstream.ffmpeg import binary
from tests.api.certificates import write_pair
from tests.bench import cores, nginx
from tests.bench.encoder import SEGMENT
from tests.bench.machine import Surroundings
from tests.bench.profiling import profile
from tests.bench.program import play
from tests.bench.report import Figure, Section
from tests.bench.serving import PREFIX
from tests.bench.stage import SHARED_MEMORY, Stage, get, stage
from tests.bench.ways import Way, ways
from tests.bench.wrk import Rate, load
from tests.rigs.client import bearer

PLAYLIST, UNCHANGED, MEDIA = "playlist", "304", "1 MiB segment"
_CONNECTIONS = {PLAYLIST: 50, UNCHANGED: 50, MEDIA: 16}

_LONG = 7.0
"""Seconds from one segment to the next; rounds that need a list that does not change are shorter."""

_PLAYLIST_FILE, _SEGMENT_FILE = "index.m3u8", "segment.m4s"


@frozen
class Goal:
    """At least so many times what nginx answers with one configuration."""

    ratio: float
    beside: str


GOALS = {
    (PLAYLIST, 1, False): (Goal(0.33, nginx.STOCK),),
    (PLAYLIST, 2, False): (Goal(1.0, nginx.STOCK), Goal(0.6, nginx.BEST_PLAYLIST)),
    (UNCHANGED, 2, False): (Goal(0.9, nginx.STOCK),),
    (MEDIA, 1, False): (Goal(0.9, nginx.BEST_SEGMENT),),
    (MEDIA, 2, False): (Goal(0.9, nginx.BEST_SEGMENT),),
    (PLAYLIST, 2, True): (Goal(0.5, nginx.TLS),),
    (MEDIA, 1, True): (Goal(1.0, nginx.TLS),),
    (MEDIA, 2, True): (Goal(1.0, nginx.TLS),),
}
"""What is asked for, layer, TLS → what is to be reached on the usual loop."""

_BESIDE = {
    (PLAYLIST, False): (nginx.STOCK, nginx.BEST_PLAYLIST),
    (UNCHANGED, False): (nginx.STOCK, nginx.BEST_PLAYLIST),
    (MEDIA, False): (nginx.STOCK, nginx.BEST_SEGMENT),
    (PLAYLIST, True): (nginx.TLS,),
    (UNCHANGED, True): (nginx.TLS,),
    (MEDIA, True): (nginx.TLS,),
}


@frozen
class Series:
    """One server that is asked for one thing, round by round."""

    measure: Callable[[], Awaitable[Rate]]
    rates: list[Rate] = field(factory=list)

    @property
    def per_second(self) -> float:
        return statistics.median(rate.per_second for rate in self.rates)

    @property
    def cpu(self) -> float:
        """Seconds for each answer."""
        return statistics.median(rate.cpu for rate in self.rates)


@frozen
class Bench:
    """All servers, running. `ours`: by way and whether it speaks TLS."""

    ours: dict[tuple[Way, bool], Stage]
    other: nginx.Nginx
    seconds: float

    async def ask_ours(self, way: Way, what: str, *, is_tls: bool) -> Rate:
        """One round."""
        ours = self.ours[way, is_tls]
        while True:
            path = await ours.newest() if what == MEDIA else ours.playlist()
            headers, etag = bearer(ours.token), (await ours.get(ours.playlist()))[2]
            if what == UNCHANGED:
                headers["If-None-Match"] = etag
                assert (await ours.get(path, headers))[0] == 304
            rate = await self._load(ours.origin + path, headers, what, ours.process.pid)
            if what != UNCHANGED or (await ours.get(ours.playlist()))[2] == etag:
                return rate

    async def ask_nginx(self, configuration: str, what: str) -> Rate:
        """One round."""
        url = f"{self.other.origins[configuration]}/{_SEGMENT_FILE if what == MEDIA else _PLAYLIST_FILE}"
        headers = {}
        if what == UNCHANGED:
            headers["If-None-Match"] = (await get(url))[2]
        return await self._load(url, headers, what, self.other.worker)

    async def _load(self, url: str, headers: dict[str, str], what: str, server: int) -> Rate:
        return await load(url, headers, _CONNECTIONS[what], self.seconds, server)


async def measure(rounds: int, seconds: float, *, is_profiled: bool = False) -> Section:
    """Do it; some four minutes with the defaults. `is_profiled`: what is missed is looked into."""
    surroundings, figures = await Surroundings.now(), list[Figure]()
    async with _bench(seconds) as (bench, size):
        for is_tls, what in product((False, True), (PLAYLIST, UNCHANGED, MEDIA)):
            ours = {way: Series(partial(bench.ask_ours, way, what, is_tls=is_tls)) for way in ways()}
            beside = {name: Series(partial(bench.ask_nginx, name, what)) for name in _BESIDE[what, is_tls]}
            await _play([*ours.values(), *beside.values()], rounds)
            for way, series in ours.items():
                figure = _figure(way, what, series, beside, is_tls=is_tls)
                if is_profiled and figure.met is False:
                    server = bench.ours[way, is_tls].process.pid
                    figure = evolve(figure, why=await profile(server, seconds, series.measure()))
                figures.append(figure)
    conditions = (
        *surroundings.told(),
        f"{cores.told()}; {rounds} rounds of {seconds:.0f} s by turns, medians",
        f"wrk, one thread, keep-alive: {_CONNECTIONS[PLAYLIST]} connections for a playlist of {size} bytes, "
        f"{_CONNECTIONS[MEDIA]} for a segment; ours wants to see a token each time, nginx nothing",
        "nginx: one worker, `access_log off`, files on tmpfs, and",
        *(f"nginx {name}: `{directives}`" for name, directives in nginx.CONFIGURATIONS.items()),
        "µs: CPU time of the server's process for each answer",
    )
    return Section("http", conditions, tuple(figures), beside="nginx")


@asynccontextmanager
async def _bench(seconds: float) -> AsyncIterator[tuple[Bench, int]]:
    """All servers, and the size of the playlist."""
    ffmpeg = (await binary.find()).path
    in_memory = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix=PREFIX, dir=in_memory)))
        pair, ours = write_pair(home), {}
        for way, is_tls in product(ways(), (False, True)):
            tls = pair if is_tls else None
            ours[way, is_tls] = await stack.enter_async_context(
                stage(way, ffmpeg, cameras=1, seconds=_LONG, tls=tls)
            )
        # The very same bytes.
        first = ours[ways()[0], False]
        files = home / "files"
        files.mkdir()
        playlist = (await first.get(first.playlist()))[1]
        (files / _PLAYLIST_FILE).write_bytes(playlist)
        (files / _SEGMENT_FILE).write_bytes((await first.get(await first.newest()))[1])
        other = await stack.enter_async_context(nginx.nginx(home, files, pair))
        yield Bench(ours, other, seconds), len(playlist)


async def _play(every: Sequence[Series], rounds: int) -> None:
    for number in range(rounds):
        # Who goes first changes: the machine may have its moods.
        for series in every[:: 1 if number % 2 == 0 else -1]:
            series.rates.append(await series.measure())


def _figure(way: Way, what: str, ours: Series, beside: dict[str, Series], *, is_tls: bool) -> Figure:
    goals = GOALS.get((what, way.layer, is_tls), ()) if way.is_usual else ()
    ratios = {name: ours.per_second / other.per_second for name, other in beside.items()}
    told = ", ".join(f"{ratio:.2f} of {name}" for name, ratio in ratios.items())
    return Figure(
        f"{what}{' by TLS' if is_tls else ''}, {way.name}",
        f"{_rate(what, ours)}: {told}",
        "; ".join(f"{name} {_rate(what, other)}" for name, other in beside.items()),
        ", ".join(f"≥ {goal.ratio:g} of {goal.beside}" for goal in goals),
        all(ratios[goal.beside] >= goal.ratio for goal in goals) if goals else None,
    )


def _rate(what: str, series: Series) -> str:
    size = f" = {series.per_second * SEGMENT / 1e6:.0f} MB/s" if what == MEDIA else ""
    return f"{series.per_second:.0f}/s{size}, {1e6 * series.cpu:.0f} µs"


def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.http", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each server (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round (%(default)s)")
    parser.add_argument("--profile", action="store_true", help="look into what is missed")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    measuring = measure(asked.rounds, asked.seconds, is_profiled=asked.profile)
    play(measuring, is_written=asked.write)


if __name__ == "__main__":
    _main(sys.argv[1:])
