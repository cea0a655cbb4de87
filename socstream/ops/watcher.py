"""A process of its own that ends its parent when that stands still.

    python -I -S watcher.py SECONDS PARENT

It is run by its path, so it can import nothing of ours. Its standard input holds a byte for each
sign of life, and ends when there is nobody to watch any more.
"""

import os
import select
import sys
import time

TICK = 1.0
"""Seconds between two looks."""

GRACE = 2.0
"""Seconds between SIGABRT, which makes Python write down where it stands, and SIGKILL."""

_GAP = 2 * TICK  # for a look that should have come after a TICK: we did not run, so who else did?

_SIGABRT, _SIGKILL = 6, 9  # the module `signal` would cost a third of a megabyte


class Silence:
    """How long the parent gave no sign of life although it could have."""

    def __init__(self, now: float) -> None:
        self._looked = now
        self.seconds = 0.0

    def broken(self, now: float) -> None:
        """A sign of life."""
        self._looked, self.seconds = now, 0.0

    def lasts(self, now: float, *, could_speak: bool) -> None:
        """No sign since the last look. Begins anew if the parent was stopped, or everything was."""
        gap, self._looked = now - self._looked, now
        self.seconds = self.seconds + gap if could_speak and gap < _GAP else 0.0


def is_stopped(stat: str) -> bool:
    """Whether a process is, by its /proc/PID/stat: by a signal, or by a debugger."""
    return stat.rpartition(")")[2].split()[0] in ("T", "t")


def _can_speak(parent: int) -> bool:
    try:
        with open(f"/proc/{parent}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return not is_stopped(file.read())
    except OSError:
        return True


def _heard(within: float) -> bool | None:
    """Whether a sign came in time; None when there will be no more."""
    readable, _, _ = select.select([0], [], [], within)
    return bool(os.read(0, 4096)) or None if readable else False


def _end(parent: int, silence: float) -> None:
    os.write(
        2, f"socstream: the server stood still for {silence:.0f} s and is ended; its threads:\n".encode()
    )
    os.kill(parent, _SIGABRT)
    until = time.monotonic() + GRACE
    while (left := until - time.monotonic()) > 0:
        if _heard(left) is None:
            return
    os.kill(parent, _SIGKILL)


def watch(patience: float, parent: int) -> None:
    """Returns when the parent has ended, if need be by us."""
    silence = Silence(time.monotonic())
    while (heard := _heard(TICK)) is not None and os.getppid() == parent:
        if heard:
            silence.broken(time.monotonic())
            continue
        silence.lasts(time.monotonic(), could_speak=_can_speak(parent))
        if silence.seconds >= patience:
            _end(parent, silence.seconds)
            return


if __name__ == "__main__":
    watch(float(sys.argv[1]), int(sys.argv[2]))
