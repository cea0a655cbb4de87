"""How many viewers one core carries: each asks for a playlist every second and for 1 MiB every other second.

They ask when it is time, however long the answers before took, and delays count from then. The number is
sought by halves, for all servers by turns: a try of ours, a try of nginx.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve, field, frozen

from socstream.ffmpeg import binary
from tests.api.certificates import write_pair
from tests.bench import cores, nginx
from tests.bench.machine import Surroundings, cpu_seconds
from tests.bench.profiling import profile
from tests.bench.program import play
from tests.bench.report import Figure, Section
from tests.bench.serving import PREFIX
from tests.bench.stage import SHARED_MEMORY, Stage, stage
from tests.bench.tools import compiled, let_open_many
from tests.bench.watching import WARM_UP, Seen, look_on
from tests.bench.ways import ways

BOUND = 10.0
"""Milliseconds: the 99th percentile of the delays, of playlists as of segments."""

GOAL, STRETCH = 2000, 4000
"""Viewers."""

_FIRST, _MOST, _STEP = 1000, 8000, 250
_CAMERAS = 4
_CADENCE = 2.0
_REST = 0.5
_TRIES = 2

NGINX = "nginx"


@frozen
class Wall:
    """A server, the viewers' program, and what they ask for."""

    name: str
    program: Path
    server: int
    origin: str
    token: str
    playlists: tuple[str, ...]
    seconds: float
    is_usual: bool = True
    tried: dict[int, bool] = field(factory=dict)
    """Viewers → whether it carried so many."""
    seen: dict[int, Seen] = field(factory=dict)
    busy: dict[int, float] = field(factory=dict)
    """Viewers → cores that the server took."""

    @property
    def carried(self) -> int:
        """The largest number of viewers that it has carried so far; 0 when not even the first."""
        return max((count for count, is_carried in self.tried.items() if is_carried), default=0)

    async def seek(self) -> bool:
        """Try the next number; False when there is none left."""
        if (count := self._next()) is None:
            return False
        self.tried[count] = await self._carries(count)
        return True

    async def why(self) -> str:
        """What it does with the least number of viewers that was too many."""
        viewers = min(count for count, is_carried in self.tried.items() if not is_carried)
        load = look_on(self.program, self.origin, self.token, self.playlists, viewers, self.seconds)
        return f"with {viewers} viewers: {await profile(self.server, self.seconds + WARM_UP, load)}"

    def _next(self) -> int | None:
        failed = min((count for count, is_carried in self.tried.items() if not is_carried), default=None)
        if failed is None:
            count = 2 * self.carried or _FIRST
            return count if count <= _MOST else None
        if failed - self.carried <= _STEP:
            return None
        return (self.carried + failed) // 2 // _STEP * _STEP

    async def _carries(self, viewers: int) -> bool:
        for _ in range(_TRIES):
            before = cpu_seconds(self.server)
            seen = await look_on(self.program, self.origin, self.token, self.playlists, viewers, self.seconds)
            self.seen[viewers] = seen
            self.busy[viewers] = (cpu_seconds(self.server) - before) / (self.seconds + WARM_UP)
            await asyncio.sleep(_REST)
            if seen.p99 < BOUND and not seen.errors:
                return True
        return False


async def measure(seconds: float, *, is_whole: bool, is_profiled: bool = False) -> Section:
    """Do it; some three minutes with the defaults, twice that for the `is_whole` of it.

    `is_profiled`: what is missed is looked into.
    """
    surroundings, figures = await Surroundings.now(), list[Figure]()
    let_open_many()
    async with _walls(seconds, is_whole=is_whole) as walls:
        seeking = list(walls)
        while seeking:
            # The machine may have its moods: all are at the same step of their search.
            seeking = [wall for wall in seeking if await wall.seek()]
        for wall in walls:
            figure = _figure(wall, walls[-1].carried)
            if is_profiled and figure.met is False:
                figure = evolve(figure, why=await wall.why())
            figures.append(figure)
    conditions = (
        *surroundings.told(),
        cores.told(),
        f"a viewer: one connection, a playlist every second, 1 MiB every 2 s, of {_CAMERAS} cameras",
        f"carried: p99 < {BOUND:.0f} ms from the moment a request was due, of playlists and of segments, "
        f"over {seconds:.0f} s, at the first or second try, and no error; sought in steps of {_STEP}, "
        "ours and nginx by turns",
        "what comes of segments is thrown away in the kernel: the generator must not be what is measured",
        f"nginx stock: `{nginx.CONFIGURATIONS[nginx.STOCK]}`, one worker, constant files, no token",
    )
    return Section("wall", conditions, tuple(figures), beside="nginx stock")


@asynccontextmanager
async def _walls(seconds: float, *, is_whole: bool) -> AsyncIterator[list[Wall]]:
    ffmpeg = (await binary.find()).path
    in_memory = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix=PREFIX, dir=in_memory)))
        program, walls = compiled("wall", home), list[Wall]()
        for way in ways():
            if not (way.is_usual or is_whole):
                continue
            ours = await stack.enter_async_context(stage(way, ffmpeg, cameras=_CAMERAS, seconds=_CADENCE))
            playlists = tuple(ours.playlist(number) for number in range(_CAMERAS))
            walls.append(
                Wall(
                    way.name,
                    program,
                    ours.process.pid,
                    ours.origin,
                    ours.token,
                    playlists,
                    seconds,
                    way.is_usual,
                )
            )
        other = await stack.enter_async_context(
            nginx.nginx(home, await _copied(ours, home), write_pair(home))
        )
        names = tuple(f"/{number}/index.m3u8" for number in range(_CAMERAS))
        walls.append(Wall(NGINX, program, other.worker, other.origins[nginx.STOCK], "", names, seconds))
        yield walls


async def _copied(ours: Stage, home: Path) -> Path:
    """A directory with each camera's playlist and the newest segment in it, as they are now."""
    files = home / "files"
    for number in range(_CAMERAS):
        directory = files / str(number)
        directory.mkdir(parents=True)
        segment = await ours.newest(number)
        (directory / Path(segment).name).write_bytes((await ours.get(segment))[1])
        # Read later, it might name a newer one.
        lines = (await ours.get(ours.playlist(number)))[1].splitlines(keepends=True)
        newest = next(index for index, line in enumerate(lines) if Path(segment).name.encode() in line)
        (directory / "index.m3u8").write_bytes(b"".join(lines[: newest + 1]))
    return files


def _figure(wall: Wall, nginx_carried: int) -> Figure:
    most = wall.carried
    shown = max(most, min(wall.seen))
    seen = wall.seen[shown]
    told = (
        f"{most} (at {shown}: playlists {seen.playlists}, segments {seen.segments}, "
        f"generator late {seen.late}; {100 * wall.busy[shown]:.0f} % of a core)"
    )
    if wall.name == NGINX:
        return Figure("viewers carried; ms: p50, p99", "", told)
    return Figure(
        f"viewers carried, {wall.name}; ms: p50, p99",
        f"{told}{f'; {seen.errors} errors: {seen.first_error}' if seen.errors else ''}"
        f"; {most / max(1, nginx_carried):.2f} of nginx",
        str(nginx_carried),
        f"≥ {GOAL}, stretch {STRETCH}" if wall.is_usual else "",
        most >= GOAL if wall.is_usual else None,
    )


def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.wall", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each try (%(default)s)")
    parser.add_argument("--all", action="store_true", help="asyncio's own loop, too, where uvloop is usual")
    parser.add_argument("--profile", action="store_true", help="look into what is missed")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    measuring = measure(asked.seconds, is_whole=asked.all, is_profiled=asked.profile)
    play(measuring, is_written=asked.write)


if __name__ == "__main__":
    _main(sys.argv[1:])
