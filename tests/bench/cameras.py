"""Virtual cameras that share one loop, in a process of their own: their CPU time is nobody else's.

As a program (`python -m tests.bench.cameras COUNT CACHE FFMPEG full|small`) it prints the URLs, one JSON list
on one line, and serves until its standard input ends.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from attrs import frozen

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Spec, bench
from socstream.demo.prepare import prepare

FULL = bench()
SMALL = Spec("BENCH", bitrate=300_000, noise=True, loop_seconds=10)
"""What the tile of a wall needs: 640x360, 25 fps."""

_SPECS = {"full": FULL, "small": SMALL}

_READY_WITHIN = 120.0  # seconds; the first time, the pictures have to be drawn


@frozen
class Cameras:
    """They are ready to be pulled."""

    pid: int
    urls: tuple[str, ...]


@asynccontextmanager
async def cameras(count: int, cache: Path, ffmpeg: Path, *, spec: Spec = FULL) -> AsyncIterator[Cameras]:
    """So many cameras (of 1080p at 4 Mbit/s), joined wherever they are, until the block is left."""
    setpriv = shutil.which("setpriv")
    leash = (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()
    kind = next(name for name, known in _SPECS.items() if known is spec)
    words = ("-m", __name__, str(count), str(cache), str(ffmpeg), kind)
    child = await asyncio.create_subprocess_exec(
        *leash, sys.executable, *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        async with asyncio.timeout(_READY_WITHIN):
            line = await child.stdout.readline()
        yield Cameras(child.pid, tuple(json.loads(line)))
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def _serve(count: int, cache: Path, ffmpeg: Path, spec: Spec) -> None:
    media = await prepare(ffmpeg, spec, cache)
    async with AsyncExitStack() as stack:
        names = [f"bench {number}" for number in range(count)]
        devices = [await stack.enter_async_context(VirtualCamera(name, media, join="live")) for name in names]
        print(json.dumps([device.url for device in devices]), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), _SPECS[sys.argv[4]]))
