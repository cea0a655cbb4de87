"""One child process: started so that it cannot outlive us, always drained, surely gone at the end."""

import asyncio
import contextlib
import resource
import signal
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import evolve

from socstream.ffmpeg import diagnosis
from socstream.ffmpeg.child import Child
from socstream.ffmpeg.command import Command
from socstream.ffmpeg.diagnosis import LiveTrouble, Phase
from socstream.model.errors import FFmpegMissing
from socstream.model.failure import Failure, FailureCode
from socstream.model.stream import Media

TERMINATE_GRACE = 3.0
"""Seconds between SIGTERM and SIGKILL. FFmpeg in a garbage stream, or stopped, ignores the first."""

# (signal, seconds for it to work). While FFmpeg waits for bytes, only a second SIGTERM interrupts it.
_LAST_WORDS = ((signal.SIGTERM, 0.2), (signal.SIGTERM, TERMINATE_GRACE - 0.2), (signal.SIGKILL, 3.0))

# Nothing of ours is inherited. glibc else raises its thresholds to the size of the largest segment and keeps
# that much in several arenas: 16.7 MB a camera instead of 14.3 (1080p, 16 cameras), at the same CPU.
_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "1048576"}

_GIB = 1024**3
LIMITS = {
    resource.RLIMIT_AS: 4 * _GIB,
    resource.RLIMIT_DATA: 768 * 1024**2,
    resource.RLIMIT_FSIZE: _GIB,
    resource.RLIMIT_NOFILE: 256,
    resource.RLIMIT_CORE: 0,  # memory with a password in it
}
"""What one FFmpeg may have. Measured with 4K cameras: 0.3 GiB of address space and 40 MB of data; a first
look, which decodes, 0.45 GiB and 130 MB. FFmpeg itself takes whatever length a camera's answer claims.
"""

_OOM_SCORE = 500
"""Added to its badness: of all on the box, the kernel ends one camera first, and not the server."""

_KEPT_LINES = 40
_PIECE = 65536
_TURN = 50
"""Lines after which others get their turn: about a millisecond."""


class Process:
    """A running FFmpeg. `attention` is set when a look is worth while: a segment was cut, or it ended."""

    def __init__(self, child: Child, secrets: tuple[str, ...], log: deque[str]) -> None:
        self._child = child
        self._secrets = secrets
        self._log = log
        # As FFmpeg wrote them, for the diagnosis only: a password of "401" must not hide a 401.
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._opened = False
        self._ending = False
        self._drained = False
        self.attention = asyncio.Event()
        self.media: Media | None = None
        """What FFmpeg said of the camera's video; None before it did."""
        self.redirected = False
        """The camera sends us elsewhere: the run must end now."""
        self.live_trouble: LiveTrouble | None = None
        """The second output was impossible: the run is over, but without fault of the camera."""
        self.never_ran = False
        """setpriv found no FFmpeg to execute."""

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def stdout(self) -> asyncio.StreamReader:
        """What it writes; only for one that was spawned with a pipe there."""
        return self._child.stdout

    @property
    def exited(self) -> bool:
        """True when the process has ended and all that it wrote was read."""
        return self._child.returncode is not None and self._drained

    def wants_longer_probe(self, ran_for: float) -> bool:
        """True when it gave up, after so many seconds, because it had seen too little of the stream."""
        return diagnosis.wants_longer_probe(self._lines, ran_for)

    def failure(self, *, streaming: bool, silent_for: float, longer_probe: bool) -> Failure:
        """Why it ended by itself; `silent_for` in seconds since the spawn or the last segment."""
        if self._child.returncode == -signal.SIGXFSZ:
            return Failure(FailureCode.OUTPUT, "FFmpeg wrote more into one file than it may")
        if any(map(diagnosis.is_out_of_memory, self._lines)):
            return Failure(FailureCode.CRASHED, "FFmpeg wanted more memory than it may have")
        phase = Phase.STREAMING if streaming else Phase.OPENED if self._opened else Phase.CONNECTING
        signalled = self._child.returncode is not None and self._child.returncode < 0
        failure = diagnosis.diagnose(
            tuple(self._lines),
            phase=phase,
            silent_for=silent_for,
            signalled=signalled and not self._ending,
            longer_probe=longer_probe,
        )
        return evolve(failure, detail=diagnosis.redacted(failure.detail, self._secrets))

    def forgive(self) -> None:
        """A new segment came: whatever FFmpeg complained of before is not what will end it."""
        self._lines.clear()

    async def drain(self) -> None:
        """Read standard error to its end: an undrained pipe freezes FFmpeg after minutes."""
        rest = b""
        while piece := await self._child.stderr.read(_PIECE):
            *lines, rest = (rest + piece).split(b"\n")
            for number, line in enumerate(lines, 1):
                self._note(line)
                if number % _TURN == 0:
                    await asyncio.sleep(0)  # a piece full of short lines takes some 40 ms
            # A line without an end may be as long as somebody likes; its beginning says enough.
            rest = rest[: 2 * diagnosis.LONGEST_LINE]
        self._note(rest)
        await self._child.wait()
        self._drained = True
        self.attention.set()

    def _note(self, raw: bytes) -> None:
        line = raw[: 2 * diagnosis.LONGEST_LINE].decode(errors="replace").strip()
        if diagnosis.is_cut(line):
            self.attention.set()
        elif diagnosis.is_opened(line):
            self._opened = True
        elif diagnosis.is_telling(line):
            self._lines.append(line)
            self._log.append(diagnosis.redacted(line, self._secrets))
            self.media = self.media or diagnosis.media_in(line)
            self.never_ran = self.never_ran or diagnosis.is_no_program(line)
            if trouble := diagnosis.live_trouble_in(line):
                self.live_trouble = trouble
                self.attention.set()
            if diagnosis.is_redirect(line):
                self.redirected = True
                self.attention.set()

    async def end(self) -> None:
        """SIGTERM, again, then SIGKILL to the whole group; returns when the process is reaped."""
        self._ending = True
        for number, patience in _LAST_WORDS:
            if self._child.returncode is not None:
                break
            self._child.tell_group(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._child.wait()
        self._child.tell_group(signal.SIGKILL)  # whoever else is in it


@asynccontextmanager
async def spawn(
    command: Command,
    *,
    setpriv: str | None,
    secrets: tuple[str, ...],
    log: deque[str],
    stdout: int = asyncio.subprocess.DEVNULL,
) -> AsyncIterator[Process]:
    """Run a command for as long as the `async with` block: leaving it, however, means that it is gone.

    FFmpegMissing, or an OSError of the box, when it cannot be started. `setpriv` lets the kernel kill it
    when we die; `log` receives its redacted lines. Who asks for a pipe as `stdout` has to read it.
    """
    # PDEATHSIG counts the death of the *thread* that forked: the loop's own lives as long as we do.
    leash = (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()
    try:
        child = Child((*leash, *command.arguments), stdout=stdout, env=_ENVIRONMENT)
    except (FileNotFoundError, PermissionError) as error:
        raise FFmpegMissing(f"{command.arguments[0]}: {error.strerror}") from error
    _restrain(child.pid)  # before it has read its script, and so before any camera speaks to it
    process = Process(child, secrets, log)
    drain = asyncio.create_task(process.drain(), name=f"drain {child.pid}")
    try:
        child.tell(command.script)
        yield process
    finally:
        await _uninterrupted(_end(process, drain))
        child.close()


def _restrain(pid: int) -> None:
    """Limits that an exec keeps, no larger than our own ones."""
    for what, most in LIMITS.items():
        with contextlib.suppress(OSError):  # it has ended already
            _, ours = resource.prlimit(pid, what)
            limit = most if ours == resource.RLIM_INFINITY else min(most, ours)
            resource.prlimit(pid, what, (limit, limit))
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(_OOM_SCORE))


async def _end(process: Process, drain: asyncio.Task[None]) -> None:
    await process.end()
    # Whoever inherited the pipe may hold it open: the process is gone, its last words are optional.
    _, late = await asyncio.wait({drain}, timeout=1.0)
    for task in late:
        task.cancel()


async def _uninterrupted(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of `work`, which runs to its end even if we are cancelled meanwhile; then we are."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return task.result()
