"""The pipe of FFmpeg's second output, read as fast as it is written, whatever becomes of what was read."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Callable
from types import TracebackType
from typing import Self

BUFFER_SIZE = 256 * 1024
"""Bytes that are read at once. One buffer serves every tap: what was read is taken before the next read."""

PIPE_SIZE = 256 * 1024
"""Bytes that wait for us in the kernel: half a second of 4 Mbit/s. Not more, as it gives all pipes of a user
64 MiB together (fs.pipe-user-pages-soft), and every further one 8 KiB.
"""

Take = Callable[[memoryview], None]
"""Gets each piece, which is another one after it has returned. It must not wait."""


class Tap:
    """FFmpeg's end of the pipe is `inlet`; `begin` once FFmpeg has it. Leaving the block closes ours.

    FFmpeg 5 writes all its outputs by turns, so a full pipe would stop the segments too. That does not happen
    while we run: whoever gets the pieces can be late, wrong or gone, the pipe is read all the same, straight
    from the loop, and closed only when FFmpeg is gone. While we are stopped FFmpeg waits, and so does the
    camera, in whose connection the pictures pile up; afterwards all of it is read. FFmpeg's own `fifo` would
    spare the segments even that, for 19 % more CPU all the time.
    """

    def __init__(self, take: Take, buffer: bytearray) -> None:
        self._take = take
        self._buffer = buffer
        self._outlet, self.inlet = os.pipe()
        os.set_blocking(self._outlet, False)
        with contextlib.suppress(OSError):  # the box may forbid the larger size
            fcntl.fcntl(self._outlet, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        self._is_reading = False
        self._has_inlet = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop_reading()
        self._close_inlet()
        os.close(self._outlet)

    def begin(self) -> None:
        """Read from now on; the process that writes has been started."""
        self._close_inlet()  # else we would never see the end
        asyncio.get_running_loop().add_reader(self._outlet, self._read)
        self._is_reading = True

    def _read(self) -> None:
        try:
            size = os.readv(self._outlet, [self._buffer])
        except BlockingIOError:
            return
        if size == 0:
            self._stop_reading()
            return
        with memoryview(self._buffer) as whole, whole[:size] as piece:
            self._take(piece)

    def _stop_reading(self) -> None:
        if self._is_reading:
            asyncio.get_running_loop().remove_reader(self._outlet)
            self._is_reading = False

    def _close_inlet(self) -> None:
        if self._has_inlet:
            os.close(self.inlet)
            self._has_inlet = False
