"""A child process and its pipes, the same on every event loop.

uvloop's own children inherit what is marked as inheritable, live on when their start is cancelled, and keep
their pipes for as long as a grandchild does. All that is asked of the loop here is to watch descriptors.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO

_PIPE = subprocess.PIPE
_PIECE = 65536


class Child:
    """A process in a session of its own, from its start on; OSError when it cannot be started.

    It takes some milliseconds, in which asyncio's own children hold the loop, too; and nobody can be
    cancelled meanwhile. Its pipes are open until `close`.
    """

    def __init__(self, arguments: Sequence[str], *, stdout: int, env: Mapping[str, str]) -> None:
        self._popen = subprocess.Popen(
            arguments, stdin=_PIPE, stdout=stdout, stderr=_PIPE, env=env, start_new_session=True, bufsize=0
        )
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        # The kernel tells of its end without a thread, and without a signal that others want, too.
        try:
            self._pidfd = os.pidfd_open(self.pid)
        except OSError:  # no descriptor is left
            self._popen.kill()
            with self._popen:  # waits for it, and closes its pipes
                raise
        asyncio.get_running_loop().add_reader(self._pidfd, self._reap)
        self.stdout, self.stderr = asyncio.StreamReader(), asyncio.StreamReader()
        """What it writes; the first only with a pipe for it."""
        pairs = ((self._popen.stdout, self.stdout), (self._popen.stderr, self.stderr))
        self._outlets = [_Outlet(pipe, reader) for pipe, reader in pairs if pipe is not None]
        assert self._popen.stdin is not None
        self._inlet = _Inlet(self._popen.stdin)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, or minus the number of the signal that ended it; None until it is reaped."""
        return self._ended.result() if self._ended.done() else None

    def tell(self, script: bytes) -> None:
        """What it reads from its standard input, which ends then; it may be gone, and never read it."""
        self._inlet.write(script)

    def tell_group(self, number: signal.Signals) -> None:
        """A signal for it and whoever it has started in its session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def wait(self) -> int:
        """Its `returncode`, once it has ended."""
        return await asyncio.shield(self._ended)

    def close(self) -> None:
        """Let go of its pipes, whoever else holds them."""
        self._inlet.close()
        for outlet in self._outlets:
            outlet.close()

    def _reap(self) -> None:
        code = self._popen.poll()
        if code is None:
            return
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._ended.set_result(code)


class _Outlet(asyncio.ReadTransport):
    """The end of a pipe that we read, as fast as `reader` is read."""

    def __init__(self, pipe: IO[bytes], reader: asyncio.StreamReader) -> None:
        super().__init__()
        self._pipe = pipe
        self._reader = reader
        self._loop = asyncio.get_running_loop()
        os.set_blocking(pipe.fileno(), False)
        reader.set_transport(self)
        self.resume_reading()

    def pause_reading(self) -> None:
        if not self._pipe.closed:
            self._loop.remove_reader(self._pipe.fileno())

    def resume_reading(self) -> None:
        if not self._pipe.closed:
            self._loop.add_reader(self._pipe.fileno(), self._read)

    def close(self) -> None:
        """The reader comes to its end."""
        if not self._pipe.closed:
            self.pause_reading()
            self._pipe.close()
            self._reader.feed_eof()
            del self._reader  # who knows us, too: both would stay until somebody looks for such pairs

    def _read(self) -> None:
        try:
            piece = os.read(self._pipe.fileno(), _PIECE)
        except BlockingIOError:
            return
        if piece:
            self._reader.feed_data(piece)
        else:
            self.close()


class _Inlet:
    """The end of a pipe into which we write once."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._rest = memoryview(b"")
        os.set_blocking(pipe.fileno(), False)

    def write(self, text: bytes) -> None:
        """All of it, as fast as it is read; then it is closed."""
        self._rest = memoryview(text)
        asyncio.get_running_loop().add_writer(self._pipe.fileno(), self._write)

    def close(self) -> None:
        if not self._pipe.closed:
            asyncio.get_running_loop().remove_writer(self._pipe.fileno())
            self._pipe.close()

    def _write(self) -> None:
        try:
            self._rest = self._rest[os.write(self._pipe.fileno(), self._rest) :]
        except BlockingIOError:
            return
        except OSError:  # nobody reads it any more
            self._rest = memoryview(b"")
        if not self._rest:
            self.close()
