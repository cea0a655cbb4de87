"""Who runs where: the server that is measured has one core, all else another one."""

import os
from contextlib import suppress
from pathlib import Path

_ALL = sorted(os.sched_getaffinity(0))

SERVER, CLIENT = _ALL[0], _ALL[-1]
"""The same one where there is only one; `ARE_APART` tells."""

ARE_APART = SERVER != CLIENT


def on(core: int, *words: str) -> tuple[str, ...]:
    """The command that runs these words on one core."""
    return ("taskset", "--cpu-list", str(core), *words)


def pin(pid: int, core: int) -> None:
    """Let a process that runs already, with all its threads, run on one core only from now on."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # a thread that has just ended
            os.sched_setaffinity(int(task.name), {core})


def told() -> str:
    """For the conditions under which something was measured."""
    if ARE_APART:
        return f"server on core {SERVER} alone, load generator on core {CLIENT}"
    return "server and load generator share the only core: the figures are too small"
