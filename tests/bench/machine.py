"""What /proc tells about processes and the machine. CPU times in seconds, memory in bytes."""

import os
import platform
from pathlib import Path

from attrs import field, frozen

from socstream.ffmpeg import binary

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)  # of /proc/stat: idle and waiting for a disk; time stolen by the host counts as busy


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process so far, without its children."""
    return sum(cpu_times(pid))


def cpu_times(pid: int) -> tuple[float, float]:
    """The same, user time and system time apart."""
    # The name may hold spaces; after it come the state, the parent, …
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return int(fields[11]) * _TICK, int(fields[12]) * _TICK


def cpu_seconds_now(pid: int) -> float:
    """The same as `cpu_seconds`, to the microsecond for threads that do not run right now."""
    files = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(file.read_text().split()[0]) for file in files) / 1e9


def proportional_memory(pid: int) -> int:
    """PSS: pages that several processes share are shared out among them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"the kernel does not tell the PSS of {pid}")


def load_average() -> str:
    """The three load averages, as text."""
    return " ".join(Path("/proc/loadavg").read_text().split()[:3])


class Others:
    """What the machine does besides this program and its children, from the making of this on."""

    def __init__(self) -> None:
        self._busy, self._own, self._uptime = _busy_seconds(), _own_seconds(), _uptime()

    def share(self) -> float:
        """Busy with others, as a part of all cores. Children count as ours once they were waited for."""
        others = (_busy_seconds() - self._busy) - (_own_seconds() - self._own)
        return max(0.0, others / (_uptime() - self._uptime) / (os.cpu_count() or 1))


@frozen
class Surroundings:
    """The machine, and how busy it is with others from `now` on."""

    description: str
    load_before: str = field(factory=load_average)
    others: Others = field(factory=Others)

    @classmethod
    async def now(cls) -> "Surroundings":
        """At the beginning of a program."""
        return cls(description((await binary.find()).version))

    def told(self) -> tuple[str, str]:
        """At its end, for the conditions under which it has measured."""
        return self.description, (
            f"busy with other work meanwhile: {100 * self.others.share():.0f} % of all cores; "
            f"load average {self.load_before} before, {load_average()} after"
        )


def description(ffmpeg_version: str) -> str:
    """One line about this machine: cores, CPU, memory, kernel, Python, FFmpeg."""
    return (
        f"{os.cpu_count()} cores of {_cpu_model()}, {_memory() / 2**30:.0f} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}, FFmpeg {ffmpeg_version}"
    )


def _busy_seconds() -> float:
    """Of all cores, since boot."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    return sum(int(ticks) for index, ticks in enumerate(fields) if index not in _IDLE) * _TICK


def _own_seconds() -> float:
    """Of this process and of its children that were waited for, and theirs."""
    return sum(os.times()[:4])


def _uptime() -> float:
    return float(Path("/proc/uptime").read_text().split()[0])


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
