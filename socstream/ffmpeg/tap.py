"""The pipe of FFmpeg's second output, read before it is full, whatever becomes of what was read."""

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

REST = 0.2
"""Seconds between two reads while nobody waits for pictures: to wake for each costs four times as much."""

_RESTFUL = PIPE_SIZE // 2
"""Bytes. After a larger piece there is more to come, like the rest of a keyframe that did not fit."""

Take = Callable[[memoryview], bool]
"""Gets each piece, which is another one after it has returned. It must not wait. True when somebody waits for
the next.
"""


class Tap:
    """FFmpeg's end of the pipe is `inlet`; `begin` once FFmpeg has it. Leaving the block closes ours.

    FFmpeg 5 writes all its outputs by turns, so a full pipe would stop the segments too. That does not happen
    while we run: whoever gets the pieces can be late, wrong or gone, the pipe is read all the same, straight
    from the loop, and closed only when FFmpeg is gone. While somebody waits for pictures it is read at once,
    else every `REST` seconds: a picture that does not fit waits as long at most. A pipe that the box does not
    let us make so large is always read at once. While we are stopped FFmpeg waits, and so does the camera, in
    whose connection the pictures pile up; afterwards all of it is read. FFmpeg's own `fifo` would spare the
    segments even that, for 19 % more CPU all the time.
    """

    def __init__(self, take: Take, buffer: bytearray, wished: int = PIPE_SIZE) -> None:
        self._take = take
        self._buffer = buffer
        self._outlet, self.inlet = os.pipe()
        os.set_blocking(self._outlet, False)
        with contextlib.suppress(OSError):  # the box may forbid the larger size
            fcntl.fcntl(self._outlet, fcntl.F_SETPIPE_SZ, wished)
        self._may_rest = fcntl.fcntl(self._outlet, fcntl.F_GETPIPE_SZ) >= PIPE_SIZE
        self._is_listening = False
        self._timer: asyncio.TimerHandle | None = None
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
        self._listen()

    def _read(self) -> None:
        self._timer = None
        try:
            size = os.readv(self._outlet, [self._buffer])
        except BlockingIOError:
            self._listen()
            return
        if size == 0:
            self._stop_reading()
            return
        is_awaited = False
        try:
            with memoryview(self._buffer) as whole, whole[:size] as piece:
                is_awaited = self._take(piece)
        finally:
            if is_awaited or size > _RESTFUL or not self._may_rest:
                self._listen()
            else:
                self._rest()

    def _listen(self) -> None:
        """Read as soon as there is something."""
        if not self._is_listening:
            asyncio.get_running_loop().add_reader(self._outlet, self._read)
            self._is_listening = True

    def _rest(self) -> None:
        """Read after a while."""
        self._stop_reading()
        self._timer = asyncio.get_running_loop().call_later(REST, self._read)

    def _stop_reading(self) -> None:
        if self._is_listening:
            asyncio.get_running_loop().remove_reader(self._outlet)
            self._is_listening = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close_inlet(self) -> None:
        if self._has_inlet:
            os.close(self.inlet)
            self._has_inlet = False
