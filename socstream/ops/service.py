"""What a service manager gives us and wants to hear: listening sockets, readiness, signs of life.

The protocols are sd_listen_fds(3), sd_notify(3) and sd_watchdog_enabled(3); each is a few variables, so
that no library of systemd has to be there.
"""

import logging
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

from socstream.clock import Clock

log = logging.getLogger(__name__)

_FIRST_FD = 3
_MOST_FDS = 64


class Tell(Protocol):
    """Sends one message to a UNIX datagram socket; raises OSError."""

    def __call__(self, address: str, message: bytes) -> None: ...


class Service:
    """This process as a service. Without a manager everything here is empty and does nothing."""

    def __init__(self, environ: Mapping[str, str], tell: "Tell | None" = None) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        self._tell = tell or send
        is_ours = environ.get("LISTEN_PID") == str(os.getpid())
        self._fds = min(_number(environ.get("LISTEN_FDS")), _MOST_FDS) if is_ours else 0
        is_watched = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._patience = _number(environ.get("WATCHDOG_USEC")) / 1e6 if is_watched else 0.0

    def sockets(self) -> list[socket.socket]:
        """The sockets that we were started with, to be asked for once; OSError for what is none."""
        return [socket.socket(fileno=fd) for fd in range(_FIRST_FD, _FIRST_FD + self._fds)]

    def ready(self) -> None:
        """We serve; what was waiting for that goes on."""
        self.say("READY=1")

    def stopping(self) -> None:
        """We were asked to stop, and do."""
        self.say("STOPPING=1")

    def say(self, message: str) -> None:
        """Tell the manager, if there is one; if it does not listen, nobody is helped by our stopping."""
        if self._address:
            with suppress(OSError):
                self._tell(self._address, message.encode())

    async def beat(self, clock: Clock) -> None:
        """Be heard twice in each span of the watchdog's patience, for as long as the loop lives."""
        if not self._patience:
            return
        log.info("the service manager ends this server when it hears nothing for %.0f s", self._patience)
        while True:
            self.say("WATCHDOG=1")
            await clock.sleep(self._patience / 2)


def send(address: str, message: bytes) -> None:
    """One datagram."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as teller:
        teller.sendto(message, address)


def _number(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else 0
