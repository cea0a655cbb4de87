"""The engine's door to FFmpeg: what one run is to do goes in, a running process comes out."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext

from socstream.ffmpeg.binary import Binary
from socstream.ffmpeg.command import LiveOutput, Order, pull
from socstream.ffmpeg.probe import probe
from socstream.ffmpeg.process import Process, spawn
from socstream.ffmpeg.still import still
from socstream.ffmpeg.tap import BUFFER_SIZE, Take, Tap
from socstream.hls.layout import StreamLayout
from socstream.model.errors import FFmpegMissing
from socstream.model.report import Report
from socstream.model.source import Source


class Encoder:
    """FFmpeg as this box has it: looked for before the first run, and again after it was missing."""

    def __init__(
        self,
        find: Callable[[], Awaitable[Binary]],
        layout: StreamLayout,
        *,
        setpriv: str | None,
        segment_seconds: float,
    ) -> None:
        self._find = find
        self._layout = layout
        self._setpriv = setpriv
        self._segment_seconds = segment_seconds
        self._binary: Binary | None = None
        self._asking = asyncio.Lock()
        self._buffer = bytearray(BUFFER_SIZE)

    async def binary(self) -> Binary:
        """The FFmpeg that is used; raises FFmpegMissing."""
        async with self._asking:
            if self._binary is None:
                self._binary = await self._find()
            return self._binary

    async def probe(self, source: Source, address: str, *, tls_verify: bool, until: float) -> Report:
        """One look at a camera, over before `until` (the loop's clock); FFmpegMissing, OSError of the box."""
        try:
            async with asyncio.timeout_at(until):
                binary = await self.binary()
        except TimeoutError as error:
            raise FFmpegMissing("FFmpeg takes too long to say its version") from error
        return await probe(binary, self._setpriv, source, address, tls_verify=tls_verify, until=until)

    async def still(self, movie: bytes) -> bytes:
        """The first picture of an MP4 as a JPEG; NoStill, FFmpegMissing, or an OSError of the box."""
        try:
            return await still(await self.binary(), self._setpriv, movie)
        except FFmpegMissing:
            self._binary = None
            raise

    @asynccontextmanager
    async def run(self, order: Order, log: deque[str], take: Take | None = None) -> AsyncIterator[Process]:
        """One FFmpeg life, as long as the `async with` block; FFmpegMissing, or an OSError of the box.

        `take` gets what the live output writes, if one was ordered.
        """
        command = pull(await self.binary(), self._layout, order, self._segment_seconds)
        secrets = order.source.secrets()
        try:
            with self._tap(order, take) as tap:
                stdout = asyncio.subprocess.DEVNULL if tap is None else tap.inlet
                async with spawn(
                    command, setpriv=self._setpriv, secrets=secrets, log=log, stdout=stdout
                ) as process:
                    if tap is not None:
                        tap.begin()
                    yield process
            if process.never_ran:
                self._binary = None
        except FFmpegMissing:
            self._binary = None
            raise

    def _tap(self, order: Order, take: Take | None) -> AbstractContextManager[Tap | None]:
        if order.live is LiveOutput.OFF:
            return nullcontext()
        assert take is not None, "a live output that nobody reads would stop FFmpeg"
        return Tap(take, self._buffer)
