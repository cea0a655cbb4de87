"""How many connections there are, and who of them takes nothing of what was sent to him."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from attrs import frozen

from socstream.api.tally import Tally
from socstream.clock import Clock

_LOOK_EVERY = 0.5
"""Seconds between two looks at who takes what; a client may be found out two looks late."""


@frozen
class Limits:
    """What clients may do. Times in seconds."""

    idle_timeout: float = 10.0
    """Without a whole request line and headers, from the connection or from the last answer on."""
    answer_timeout: float = 10.0
    """Without taking a single byte of those that wait for the client."""
    connections: int = 4096
    connections_per_address: int = 512


class Guarded(Protocol):
    """A connection as the guard sees it."""

    @property
    def address(self) -> str:
        """Where it comes from."""
        ...

    def tried_for(self, now: float) -> float:
        """Seconds in which nothing was taken of what waits for the client."""
        ...

    def cut(self) -> None:
        """End it, whatever it does, and forget what was not taken."""
        ...


class Guard:
    """Lets connections in, and ends those whose clients take nothing any more."""

    def __init__(
        self, limits: Limits, clock: Clock, is_proxy: Callable[[str], bool] = lambda address: False
    ) -> None:
        self.limits = limits
        self._is_proxy = is_proxy
        self._clock = clock
        self._addresses: Counter[str] = Counter()
        self._connections: set[Guarded] = set()
        self.tally = Tally(clock)

    def admit(self, connection: Guarded) -> bool:
        """False when there are enough already, of all or from there; what was let in has to `leave`."""
        address = connection.address
        if len(self._connections) >= self.limits.connections:
            self.tally.note("too many connections", address)
            return False
        is_many = self._addresses[address] >= self.limits.connections_per_address
        if is_many and not self._is_proxy(address):  # a proxy comes for many
            self.tally.note("too many connections from one address", address)
            return False
        self._connections.add(connection)
        self._addresses[address] += 1
        return True

    def leave(self, connection: Guarded) -> None:
        """It is closed; nothing happens if it never was let in."""
        if connection in self._connections:
            self._connections.remove(connection)
            self._addresses[connection.address] -= 1
            if not self._addresses[connection.address]:
                del self._addresses[connection.address]

    async def run(self) -> None:
        """Look at everybody twice a second; ends only by being cancelled."""
        while True:
            await self._clock.sleep(_LOOK_EVERY)
            now = self._clock.monotonic()
            for connection in tuple(self._connections):
                if connection.tried_for(now) >= self.limits.answer_timeout:
                    self.tally.note("answers that nobody took", connection.address)
                    connection.cut()
