"""Time as an argument: the protocol that everything which waits is given, and the real one."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Seconds. Ages and deadlines use `monotonic`, texts for people use `wall`."""

    def monotonic(self) -> float:
        """Seconds that never step back and do not follow clock changes."""
        ...

    def wall(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    async def sleep(self, delay: float) -> None:
        """Return `delay` seconds later."""
        ...

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        """True as soon as `event` is set, False when `timeout` seconds have passed without it."""
        ...


class SystemClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    async def sleep(self, delay: float) -> None:
        await asyncio.sleep(delay)

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        try:
            async with asyncio.timeout(timeout):
                return await event.wait()
        except TimeoutError:
            return False
