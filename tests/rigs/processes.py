"""Processes, as /proc shows them: whose they are, and what everybody on the box can read of them."""

import os
from collections import Counter
from pathlib import Path

_PROC = Path("/proc")


def arguments(pid: int) -> list[str]:
    """The command line; empty for a process that is gone, or dead and not reaped."""
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def environment(pid: int) -> str:
    """The environment as one text; empty for a process that is gone."""
    try:
        return (_PROC / str(pid) / "environ").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    """The processes that this one started and that live."""
    return [child for child in _all() if _parent(child) == pid]


def descendants(pid: int) -> list[int]:
    """The processes that this one started, and those that they did."""
    return [each for child in children(pid) for each in (child, *descendants(child))]


def working_in(directory: Path) -> list[int]:
    """The processes with a path below `directory` on their command line; they are found without a parent."""
    return [pid for pid in _all() if any(word.startswith(f"{directory}/") for word in arguments(pid))]


def resident_memory(pid: int) -> int:
    """Bytes of a process that are in memory now."""
    return int((_PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def bytes_read(pid: int) -> int:
    """What a process has read since its start, pipes and sockets included."""
    return int((_PROC / str(pid) / "io").read_text().split()[1])


def started(pid: int) -> float:
    """When a process was forked, in seconds since the boot, to 10 ms."""
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def of_program(path: str, argument: str) -> list[int]:
    """The processes that run a program with this last argument; they are found without a parent."""
    return [pid for pid in _all() if path in (words := arguments(pid)) and words[-1] == argument]


def descriptors(pid: int) -> Counter[str]:
    """The open descriptors by kind or path; TCP connections come and go and are left out.

    A database counts once: SQLite may not close a copy's reader while others lock the file (POSIX would drop
    their locks), and keeps its descriptor for the next copy. A connection that leaks shows in the `-wal`.
    """
    kinds: Counter[str] = Counter()
    tcp = _tcp_inodes()
    for path in (_PROC / str(pid) / "fd").iterdir():
        try:
            target = str(path.readlink())
        except OSError:
            continue  # closed meanwhile
        kind, _, inode = target.partition(":")
        if inode.strip("[]") not in tcp:
            kinds[kind if inode.strip("[]").isdigit() else target] += 1
    return Counter({each: 1 if each.endswith(".db") else count for each, count in kinds.items()})


def _tcp_inodes() -> set[str]:
    tables = [(_PROC / "net" / name).read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    return {line.split()[9] for table in tables for line in table}


def _all() -> list[int]:
    return [int(path.name) for path in _PROC.iterdir() if path.name.isdigit()]


def _parent(pid: int) -> int | None:
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[1])
