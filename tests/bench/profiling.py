"""Where a server's CPU time goes, as py-spy sees it from outside: what is told of a figure that is missed."""

import asyncio
import shutil
import sys
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import cores
from tests.bench.machine import cpu_times
from tests.bench.serving import PREFIX

PER_SECOND = 500
"""Looks at the stacks. The server is not stopped for them, as its threads that wait could then not be told
from those that work; so now and then a look meets a stack that is just changing.
"""

_MOST = 8
"""Functions that are told."""


async def profile(pid: int, seconds: float, load: Awaitable[object] | None = None) -> str:
    """What the process does for so long, beside this load: the functions that were met most often at work.

    What no Python function stands for (uvloop, a system call) counts for the one that called it.
    """
    with TemporaryDirectory(prefix=PREFIX) as directory:
        file = Path(directory) / "stacks"
        words = f"record --format raw --nonblocking --rate {PER_SECOND} --duration {seconds:.0f} --pid {pid}"
        child = await asyncio.create_subprocess_exec(
            *cores.on(cores.CLIENT, _py_spy(), *words.split(), "--output", str(file)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        before = cpu_times(pid)
        (_, said), _ = await asyncio.gather(child.communicate(), load or asyncio.sleep(0))
        user, kernel = (now - then for now, then in zip(cpu_times(pid), before, strict=True))
        assert child.returncode == 0, said.decode()
        stacks = file.read_text()
    in_kernel = 100 * kernel / max(user + kernel, 1e-9)
    return f"{user + kernel:.1f} s of CPU time, {in_kernel:.0f} % of it in the kernel; {_told(stacks)}"


def _told(stacks: str) -> str:
    """Of lines `caller (file:line);function (file:line) looks`."""
    own = Counter[str]()
    for line in stacks.splitlines():
        stack, _, looks = line.rpartition(" ")
        name, _, place = stack.rpartition(";")[2].partition(" (")
        own[f"`{name}` ({place.rpartition(':')[0]})"] += int(looks)
    shares = [f"{name} {100 * looks / own.total():.0f} %" for name, looks in own.most_common(_MOST)]
    return f"of {own.total()} looks that met it at work: {', '.join(shares)}"


def _py_spy() -> str:
    beside = Path(sys.executable).with_name("py-spy")
    found = str(beside) if beside.exists() else shutil.which("py-spy")
    if found is None:
        sys.exit("py-spy is missing: pip install -e .[test]")
    return found
