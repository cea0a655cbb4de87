"""Small programs in the place of FFmpeg."""

from collections import deque
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from socstream.ffmpeg.command import Command
from socstream.ffmpeg.process import Process, spawn


def shell(script: str, *arguments: str | Path, stdin: bytes = b"") -> Command:
    """A command of the shell; the arguments are $1, $2 and so on."""
    return Command(("/bin/sh", "-c", script, "sh", *map(str, arguments)), stdin)


def started(
    command: Command,
    *,
    log: deque[str] | None = None,
    secrets: tuple[str, ...] = (),
    setpriv: str | None = None,
) -> AbstractAsyncContextManager[Process]:
    """It runs as long as the block."""
    return spawn(command, setpriv=setpriv, secrets=secrets, log=deque(maxlen=60) if log is None else log)


async def ended(process: Process) -> None:
    """Return when it has ended by itself and its last words were read."""
    while not process.exited:
        await process.attention.wait()
        process.attention.clear()
