"""Whether somebody watches a camera: noted with each request, asked by its worker."""

import asyncio

from socstream.clock import Clock


class Demand:
    """The viewers of one camera, as far as their requests tell."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: float | None = None
        self._asked = asyncio.Event()

    def note(self) -> None:
        """Somebody asked for its pictures."""
        self._last = self._clock.monotonic()
        self._asked.set()

    def look_again(self) -> None:
        """Wake whoever waits for a viewer, for what he waits for may be another thing now."""
        self._asked.set()

    def within(self, seconds: float) -> bool:
        """True when somebody asked during the last `seconds`."""
        return self.left(seconds) > 0

    def left(self, seconds: float) -> float:
        """How long that will still be true; 0: it is not. To the millisecond, so that waiting ends it."""
        since = float("inf") if self._last is None else self._clock.monotonic() - self._last
        return max(0.0, round(seconds - since, 3))

    async def next(self) -> None:
        """Return when somebody asks from now on, or when it is to be looked at again."""
        self._asked.clear()
        await self._asked.wait()
