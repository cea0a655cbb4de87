"""Many virtual cameras in a process of their own, so that they do not slow down who measures.

As a program (`python -m tests.faults.crowd COUNT CACHE FFMPEG`) it prints the URLs, a JSON list on one line,
then does what the lines of its standard input say, "refuse" or "clear", and ends with it.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Refuse
from socstream.demo.prepare import prepare
from tests.faults.site import SMALL, Lab

_READY_WITHIN = 30.0


class Crowd:
    """The cameras, from outside."""

    def __init__(self, child: asyncio.subprocess.Process, urls: list[str]) -> None:
        self._child = child
        self.urls = urls

    async def refuse(self) -> None:
        """All their ports close, and every connection with them."""
        await self._say("refuse")

    async def clear(self) -> None:
        """All their ports open."""
        await self._say("clear")

    async def _say(self, word: str) -> None:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(f"{word}\n".encode())
        assert await self._child.stdout.readline() == f"{word}\n".encode()


@asynccontextmanager
async def crowd(lab: Lab, count: int) -> AsyncIterator[Crowd]:
    """So many cameras, until the block is left."""
    words = ("-m", __name__, str(count), str(lab.cache), str(lab.ffmpeg))
    child = await asyncio.create_subprocess_exec(sys.executable, *words, stdin=PIPE, stdout=PIPE)
    try:
        assert child.stdout is not None
        async with asyncio.timeout(_READY_WITHIN):
            urls = json.loads(await child.stdout.readline())
        yield Crowd(child, urls)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def _serve(count: int, cache: Path, ffmpeg: Path) -> None:
    media = await prepare(ffmpeg, SMALL, cache)
    async with AsyncExitStack() as stack:
        places = [
            stack.enter_async_context(VirtualCamera(f"Crowd {n}", media, join="live")) for n in range(count)
        ]
        devices = [await place for place in places]
        print(json.dumps([device.url for device in devices]), flush=True)
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            for device in devices:
                await (device.order(Refuse()) if word == "refuse" else device.clear())
            print(word, flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
