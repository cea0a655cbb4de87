"""Whether the machine is large enough for its cameras, and keeps its clock."""

import ctypes
import resource
from pathlib import Path

from socstream.hls.root import MEBIBYTE
from socstream.ops.finding import Finding, note, ok

# As in the README, "How large": 1080p of 4 Mbit/s, measured on a server processor.
_SERVER_BYTES = 120 * MEBIBYTE
_CAMERA_BYTES = 25 * MEBIBYTE  # its FFmpeg, and its segments on a tmpfs
_CAMERA_CORES = 0.01
_SMALL_BOX = 5.0
"""So many times a core's share on a small processor."""

_CAMERA_FILES = 16
"""Pipes of its FFmpeg, and up to twelve segments that are held open while somebody may read them."""
_OWN_FILES = 64

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronized


def memory_free() -> int | None:
    """Bytes that could be had without swapping; None when the kernel does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None


def memory_found(free: int | None, cameras: int) -> Finding:
    """Enough for so many cameras."""
    name, needed = "memory", _SERVER_BYTES + cameras * _CAMERA_BYTES
    if free is None:
        return note(name, "the kernel does not tell", f"{cameras} cameras need {needed // MEBIBYTE} MiB")
    found = f"{free // MEBIBYTE} MiB free, {needed // MEBIBYTE} MiB for {cameras} cameras of 1080p"
    return ok(name, found) if free >= needed else note(name, found, "fewer cameras, or more memory")


def processors_found(count: int, cameras: int) -> Finding:
    """Enough for so many cameras, even if they are slow."""
    name, needed = "processors", _SMALL_BOX * _CAMERA_CORES * cameras
    found = (
        f"{count}; {cameras} cameras of 1080p need {needed / _SMALL_BOX:.1f} fast or {needed:.1f} slow ones"
    )
    return ok(name, found) if count >= needed else note(name, found, "fewer cameras, unless these are fast")


def most_files() -> int | None:
    """How many this process may open, if it asks for it; None: as many as it likes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if hard == resource.RLIM_INFINITY else hard


def files_found(most: int | None, connections: int, cameras: int) -> Finding:
    """Enough for every connection that may come, and so many cameras."""
    name, needed = "open files", _OWN_FILES + cameras * _CAMERA_FILES + connections
    found = f"{'any number' if most is None else most} allowed, at most {needed} needed"
    if most is None or most >= needed:
        return ok(name, found)
    return note(name, found, "raise the limit (LimitNOFILE, ulimit -n): till then fewer viewers are let in")


def clock_is_kept() -> bool | None:
    """Whether something synchronizes the clock; None when nobody knows."""
    timex = ctypes.create_string_buffer(1024)  # struct timex, larger than any; no modes: only asks
    state: int = ctypes.CDLL(None).adjtimex(timex)
    return None if state < 0 else state != _TIME_ERROR


def clock_found(is_kept: bool | None) -> Finding:
    """Streams do not need it; outages, log-ins and grants go by the clock."""
    name, remedy = "clock", "let NTP keep it (for example `apt install systemd-timesyncd`)"
    if is_kept is None:
        return note(name, "nobody knows whether it is synchronized", remedy)
    return ok(name, "synchronized") if is_kept else note(name, "nothing synchronizes it", remedy)
