"""The server as everybody starts it: `python -m socstream`, from outside."""

import asyncio
import os
import re
import secrets
import signal
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from attrs import frozen

from socstream.ops import watcher
from tests.rigs import processes
from tests.rigs.patience import until

ADMIN = "admin"
"""The first user of every server."""

_PASSWORD = "SOCSTREAM_ADMIN_PASSWORD"

# One for all servers of a run of the tests: a second process may begin where another one ended.
_MADE_UP = secrets.token_urlsafe(12)

_READY = re.compile(rb"socstream \S+ ready on (https?)://127\.0\.0\.1:(\d+)\n")

# A manager sets the number of the child that it is about to become: no parent can know it before.
_WITH_LISTENER = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3);"
    "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1');"
    "os.execv(sys.argv[2], sys.argv[2:])"
)

# Access, refresh and API tokens, cookies and one-use codes.
_SECRETS = re.compile(r"ss[artck]_[A-Za-z0-9_-]{24}")


@frozen
class Ended:
    """How a server ended; `output`: standard output after the ready line, `log`: standard error."""

    code: int
    output: str
    log: str


class ServerProcess:
    """A server with directories of its own. It may be started again after its end, and keeps its port.

    `module`: another program that starts a server. `listener`: what it is given to listen at, as by systemd.
    """

    def __init__(
        self,
        home: Path,
        environ: Mapping[str, str] | None = None,
        module: str = "socstream",
        listener: socket.socket | None = None,
    ) -> None:
        self.data_dir = home / "data"
        self.stream_dir = home / "streams"
        self.port = 0
        self._scheme = "http"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "HLS_STREAM_DIR": str(self.stream_dir),
            "SOCSTREAM_ALLOW_LOOPBACK_CAMERAS": "true",
            _PASSWORD: _MADE_UP,
            **(environ or {}),
        }
        self.entrance = asyncio.Lock()
        """For whoever logs in: many at once look like somebody who guesses."""
        self._module = module
        self._listener = listener
        self._log = home / "server.log"
        self._child: Process | None = None

    @property
    def url(self) -> str:
        """Where it listens, or did before its end; without a slash."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        """That of its first user."""
        return self.environ[_PASSWORD]

    @property
    def pid(self) -> int:
        """The process that was started last."""
        return self._running.pid

    @property
    def log(self) -> str:
        """What all its lives wrote to standard error."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def ffmpegs(self) -> list[int]:
        """Every FFmpeg that writes to its stream directory, also after the server's own end."""
        return processes.working_in(self.stream_dir)

    def watchers(self) -> list[int]:
        """Who watches the process that was started last, also after its end."""
        return processes.of_program(watcher.__file__, str(self.pid))

    async def start(self, within: float = 15.0) -> float:
        """Returns when the server says that it is ready; after how many seconds."""
        began = time.monotonic()
        self._child = await self._spawn()
        assert self._child.stdout is not None
        async with asyncio.timeout(within):
            line = await self._child.stdout.readline()
        ready = _READY.fullmatch(line)
        assert ready, f"no ready line but {line!r}; the log: {self.log}"
        self._scheme, self.port = ready[1].decode(), int(ready[2])
        return time.monotonic() - began

    async def run(self, within: float = 15.0) -> Ended:
        """A start that is to fail: how it ended."""
        self._child = await self._spawn()
        return await self._ended(within)

    async def stop(self, within: float = 12.0) -> Ended:
        """Asks it to stop, as `systemctl stop` does."""
        self._running.terminate()
        return await self._ended(within)

    async def ended(self, within: float) -> Ended:
        """How it ended, without being asked to."""
        return await self._ended(within)

    async def kill(self) -> None:
        """`kill -9`; returns when it is dead."""
        self._running.kill()
        await self._ended(5.0)

    async def gone(self, within: float) -> float:
        """Returns when no FFmpeg of its is left; after how many seconds."""

        async def look() -> bool:
            return not self.ffmpegs()

        return (await until("no FFmpeg is left", look, within, every=0.02))[1]

    def signal(self, number: signal.Signals) -> None:
        """Sends it any signal."""
        self._running.send_signal(number)

    async def close(self) -> None:
        """Nothing of it is left, however the test ended."""
        if self._child is not None and self._child.returncode is None:
            await self.kill()
        for pid in self.ffmpegs():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    @property
    def _running(self) -> Process:
        assert self._child is not None, "not started yet"
        return self._child

    async def _spawn(self) -> Process:
        argv = [sys.executable, "-m", self._module]
        given = [] if self._listener is None else [self._listener.fileno()]
        for fd in given:
            argv = [sys.executable, "-I", "-S", "-c", _WITH_LISTENER, str(fd), *argv]
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *argv,
                *("--port", str(self.port), "--data-dir", str(self.data_dir)),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=log,
                env=self.environ,
                pass_fds=given,
            )

    async def _ended(self, within: float) -> Ended:
        child = self._running
        assert child.stdout is not None
        async with asyncio.timeout(within):
            output = await child.stdout.read()
            code = await child.wait()
        return Ended(code, output.decode(), self.log)


@asynccontextmanager
async def served(
    home: Path, environ: Mapping[str, str] | None = None, module: str = "socstream"
) -> AsyncIterator[ServerProcess]:
    """A server that runs; nothing of it is left. A traceback or a secret in its log fails whoever used it."""
    server = ServerProcess(home, environ, module)
    try:
        await server.start()
        yield server
    finally:
        await server.close()
        sys.stderr.write(server.log)
    assert "Traceback" not in server.log
    assert not _SECRETS.search(server.log), "a token stands in the log"
    assert not server.password or server.password not in server.log
