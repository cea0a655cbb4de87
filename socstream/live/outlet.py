"""The way out to one client: what there is room for is written at once, the rest waits its turn."""

from collections.abc import Callable
from typing import Protocol

from socstream.clock import Clock

_ROOM = 256 * 1024
"""Bytes that wait in our memory for a client; what is above it was a single unit."""

_SOON = 0.01
"""Seconds until the next look at whether a client has taken something."""

_TURN = 32
"""Units written before others get their turn: a large group must not stop the loop."""

Later = Callable[[float, Callable[[], None]], object]
"""Calls a function so many seconds later."""


class Pipe(Protocol):
    """A transport of asyncio, as far as it matters here."""

    def write(self, data: bytes) -> None:
        """Send it, or keep it until there is room."""
        ...

    def get_write_buffer_size(self) -> int:
        """Bytes that are kept."""
        ...


class Sender(Protocol):
    """Somebody who waits for room."""

    def send_next(self) -> bool:
        """Write one thing that is due; False when there is no more."""
        ...


class Outlet:
    """Writes whole frames to one client. Frames of others (pings, the end) may come in between."""

    def __init__(self, pipe: Pipe, is_open: Callable[[], bool], later: Later, clock: Clock) -> None:
        self.clock = clock
        self.write = pipe.write
        self._waiting_bytes = pipe.get_write_buffer_size
        self._is_still_open = is_open
        self._later = later
        self._senders: dict[Sender, None] = {}
        self._is_due = False

    @property
    def is_open(self) -> bool:
        """False when nothing reaches the client any more."""
        return self._is_still_open()

    def has_room(self) -> bool:
        """True when the client takes what it gets, so that it may get more."""
        return self._waiting_bytes() <= _ROOM and self._is_still_open()

    def tell(self, frame: bytes) -> None:
        """Write something small, whether there is room or not; not for what comes again and again."""
        if self._is_still_open():
            self.write(frame)

    def wait(self, sender: Sender) -> None:
        """Let him send as soon as there is room, behind the others who wait."""
        self._senders.pop(sender, None)
        self._senders[sender] = None
        if not self._is_due:
            self._pump_later(0 if self.has_room() else _SOON)

    def forget(self, sender: Sender) -> None:
        """He wants no more."""
        self._senders.pop(sender, None)

    def pump(self) -> None:
        """Write what waits, as far as there is room: all of one, then all of the next. Of sixteen that begin
        together each shows its first picture as soon as its own group is decoded, not when all are.
        """
        for _ in range(_TURN):
            if not self._senders or not self.has_room():
                break
            sender = next(iter(self._senders))
            if not sender.send_next():
                self._senders.pop(sender, None)
        if self._senders and not self._is_due and self._is_still_open():
            self._pump_later(0 if self.has_room() else _SOON)

    def _pump_later(self, delay: float) -> None:
        self._is_due = True
        self._later(delay, self._pump_now)

    def _pump_now(self) -> None:
        self._is_due = False
        self.pump()
