"""socstream, which tells when its event loop waits for a disk or for somebody's answer.
For `ServerProcess(module=MODULE)`.

SIGUSR1  from now on (a start may wait): each such call is a line on standard error
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from socstream.__main__ import main

MODULE = "tests.rigs.unblocked"

ARM = signal.SIGUSR1

SIGN = "the loop waits:"
"""What every such line begins with."""

_BLOCKING = ("os.", "shutil.", "sqlite3.connect", "socket.getaddrinfo", "socket.gethostby", "time.sleep")
_HARMLESS = ("os.putenv", "os.unsetenv", "os.posix_spawn", "os.kill", "os.fork")
_MEMORY = ("/proc/", "/sys/", "/dev/null")
"""What no disk is behind."""


def guard(tell: Callable[[str], None]) -> None:
    """Tell of every call in a running loop that may wait for a disk or a name server.

    For good: Python knows no way to take this back. Nor does it tell of a look that opens nothing (stat).
    """

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        if asyncio._get_running_loop() is not None and _may_wait(event, arguments):
            tell(f"{SIGN} {event} {arguments[0] if arguments else ''} at {_where()}")

    sys.addaudithook(heard)


def _may_wait(event: str, arguments: tuple[object, ...]) -> bool:
    if event != "open" and (not event.startswith(_BLOCKING) or event.startswith(_HARMLESS)):
        return False
    what = arguments[0] if arguments else ""
    is_descriptor = event == "open" and not isinstance(what, str | bytes)
    return not (is_descriptor or str(what).startswith(_MEMORY))


def _where() -> str:
    """The innermost line of ours on the stack."""
    frame = sys._getframe(2)
    while frame.f_back is not None and f"{os.sep}socstream{os.sep}" not in frame.f_code.co_filename:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


if __name__ == "__main__":
    signal.signal(ARM, lambda *_: guard(lambda text: print(text, file=sys.stderr, flush=True)))
    sys.exit(main())
