"""How this process is asked to stop, and stops at once when it is asked again."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def stop_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT. The second one ends the process: the kernel ends its FFmpegs."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop_or_leave() -> None:
        if stop.is_set():
            _leave()
        stop.set()

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop_or_leave)
    return stop


def hang_up_signal() -> asyncio.Event:
    """Set by each SIGHUP: it asks to read the settings again. One from a terminal that is gone means stop."""
    asked = asyncio.Event()
    had_terminal = _has_terminal()

    def ask_or_stop() -> None:
        if had_terminal and not _has_terminal():
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            asked.set()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, ask_or_stop)
    return asked


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _leave() -> NoReturn:
    """End now. Not by SystemExit: asyncio would wait for every task, and they for an FFmpeg that hangs."""
    sys.stderr.write("stopped at once\n")
    with suppress(OSError):  # where there is no setpriv, the kernel does not end them
        for task in Path("/proc/self/task").iterdir():
            for child in (task / "children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
    os._exit(0)


def ignore_stop_signals() -> None:
    """The loop has given the signals back: one more must not turn this clean end into a kill."""
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
