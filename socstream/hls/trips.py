"""Calls that block, made by threads: all that is asked for while one is on its way goes together on the next
trip. To wake a thread, and be woken by it, takes ten times as long as a look at a file.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from attrs import frozen

T = TypeVar("T")

_THREADS = 4

_PATIENCE = 0.1
"""Seconds until nobody waits for a trip any more: one that hangs on a sick disk does not stop the others."""

_Outcome = Callable[[asyncio.Future[Any]], None]
"""Tells a future what a call returned or raised."""


@frozen
class _Errand:
    """A call, and who waits for it."""

    call: Callable[[], Any]
    told: asyncio.Future[Any]


class Trips:
    """Threads that make calls. `close` ends them."""

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=name)
        self._waiting: list[_Errand] = []
        self._away = 0
        self._left_at = 0.0
        self._departure: asyncio.Handle | None = None

    def close(self) -> None:
        """Wait for what is under way and end the threads; what waits is not done any more."""
        self._cancel_departure()
        for errand in self._waiting:
            errand.told.cancel()
        self._waiting.clear()
        self._threads.shutdown()

    async def do(self, call: Callable[..., T], *arguments: object) -> T:
        """The result of the call, made in a thread; raises what it raised."""
        loop = asyncio.get_running_loop()
        errand = _Errand(partial(call, *arguments), loop.create_future())
        self._waiting.append(errand)
        if self._departure is None:
            # Not at once: whoever wakes in the same turn of the loop comes along.
            self._departure = loop.call_soon(self._leave, loop)
        result: T = await errand.told
        return result

    def _leave(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin a trip; later, if one is away that may be back in a moment, or nobody is left to go."""
        now = time.monotonic()
        if self._away == _THREADS or (self._away and now < self._left_at + _PATIENCE):
            self._departure = loop.call_later(_PATIENCE, self._leave, loop)
            return
        self._departure = None
        errands = [errand for errand in self._waiting if not errand.told.done()]
        self._waiting.clear()
        if errands:
            self._away += 1
            self._left_at = now
            self._threads.submit(_travel, loop, errands, self._return)

    def _return(self, errands: list[_Errand], outcomes: list[_Outcome]) -> None:
        self._away -= 1
        for errand, outcome in zip(errands, outcomes, strict=True):
            if not errand.told.done():
                outcome(errand.told)
        if self._waiting:
            self._cancel_departure()
            self._leave(asyncio.get_running_loop())

    def _cancel_departure(self) -> None:
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None


def _travel(
    loop: asyncio.AbstractEventLoop,
    errands: list[_Errand],
    come_back: Callable[[list[_Errand], list[_Outcome]], None],
) -> None:
    """Make all the calls, one after the other, and go back into the loop with what they gave."""
    outcomes = [_outcome(errand.call) for errand in errands]
    loop.call_soon_threadsafe(come_back, errands, outcomes)


def _outcome(call: Callable[[], Any]) -> _Outcome:
    try:
        result = call()
    except Exception as raised:
        error = raised  # the other name is gone when the block ends
        return lambda told: told.set_exception(error)
    return lambda told: told.set_result(result)
