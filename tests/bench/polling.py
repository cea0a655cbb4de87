"""What it costs to look at the playlists of many cameras that have nothing new: the poll of a quiet fleet."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from socstream.footing import loop_named
from socstream.hls.disk import Look, StreamDisk
from socstream.hls.layout import StreamLayout
from socstream.supervision.run import Timing
from tests.bench.serving import PREFIX

_ROUNDS = 50
_WARM_UP = 3


@frozen
class Poll:
    """CPU seconds of our process for each look, of the loop and of the thread that makes it.

    `alone`: one after the other, each on a trip of its own; `together`: all in the same turn of the loop.
    """

    cameras: int
    alone: float
    together: float

    @property
    def share(self) -> float:
        """Of a core, when every camera is looked at as often as nobody hints, and never two together."""
        return self.cameras * self.alone / Timing().poll


def poll_cost(cameras: int, scratch: Path, loop: str = "auto") -> Poll:
    """Measure it, on the loop of that name; not to be called from within one."""
    with (
        asyncio.Runner(loop_factory=loop_named(loop)) as runner,
        TemporaryDirectory(prefix=PREFIX, dir=scratch) as root,
    ):
        return runner.run(_measured(cameras, StreamLayout(Path(root))))


async def _measured(cameras: int, layout: StreamLayout) -> Poll:
    seen = {}
    for number in range(cameras):
        playlist = layout.encoder_playlist(f"camera-{number}")
        playlist.parent.mkdir(parents=True)
        playlist.write_text("#EXTM3U\n")
        seen[f"camera-{number}"] = Look(playlist.stat().st_mtime_ns)
    with _disk(layout) as disk:

        async def look(camera_id: str) -> None:
            assert await disk.look(camera_id, seen[camera_id], 0) is None

        async def one_by_one() -> None:
            for camera_id in seen:
                await look(camera_id)

        async def all_at_once() -> None:
            await asyncio.gather(*map(look, seen))

        return Poll(cameras, await _each(one_by_one) / cameras, await _each(all_at_once) / cameras)


async def _each(turn: Callable[[], Awaitable[None]]) -> float:
    """CPU seconds of a turn."""
    for _ in range(_WARM_UP):
        await turn()
    before = time.process_time()
    for _ in range(_ROUNDS):
        await turn()
    return (time.process_time() - before) / _ROUNDS


@contextmanager
def _disk(layout: StreamLayout) -> Iterator[StreamDisk]:
    disk = StreamDisk(layout)
    try:
        yield disk
    finally:
        disk.close()
