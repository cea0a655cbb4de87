"""The engine's door to FFmpeg: what one run is to do goes in, a running process comes out."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import frozen

from socstream.ffmpeg.binary import Binary
from socstream.ffmpeg.command import Order, pull
from socstream.ffmpeg.process import Process, spawn
from socstream.hls.layout import StreamLayout


@frozen
class Encoder:
    """FFmpeg as this box has it. `setpriv` is its path, or None where there is none."""

    binary: Binary
    layout: StreamLayout
    setpriv: str | None
    segment_seconds: float

    @asynccontextmanager
    async def run(self, order: Order, log: deque[str]) -> AsyncIterator[Process]:
        """One FFmpeg life, as long as the `async with` block; OSError when it cannot be started."""
        command = pull(self.binary, self.layout, order, self.segment_seconds)
        secrets = order.source.secrets()
        async with spawn(command, setpriv=self.setpriv, secrets=secrets, log=log) as process:
            yield process
