"""SIGHUP when a terminal is closed: the server that was started there ends, and does not linger."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from pathlib import Path

import pytest

from tests.rigs.patience import until

pytestmark = pytest.mark.engine

# A terminal for a command, for as long as this process lives.
_TERMINAL = "import pty, sys; pty.spawn(sys.argv[1:])"


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_there(pid: int) -> bool:
    """Not as a zombie either: whoever inherits it may take his time."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_closed_terminal_ends_the_server(tmp_path: Path) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "SOCSTREAM_ADMIN_PASSWORD": "a good password",
    }
    terminal = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _TERMINAL, sys.executable, "-m", "socstream"),
        *("--port", "0", "--data-dir", str(tmp_path / "data")),
        stdin=PIPE,
        stdout=PIPE,
        env=environ,
    )
    server = 0
    try:
        assert terminal.stdout is not None
        async with asyncio.timeout(20):
            while b"ready on" not in await terminal.stdout.readline():
                pass
        [server] = children(terminal.pid)

        async def is_gone() -> bool:
            return not is_there(server)

        terminal.kill()
        await until("the server is gone", is_gone, 8, every=0.05)
    finally:
        with suppress(ProcessLookupError):
            terminal.kill()
        await terminal.communicate()
        if server and is_there(server):
            os.kill(server, 9)
