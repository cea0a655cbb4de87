"""Waiting for the real world, with a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(
    what: str, look: Callable[[], Awaitable[T | None]], within: float, every: float = 0.1
) -> tuple[T, float]:
    """The first answer that is neither None nor False, and after how many seconds it came.

    AssertionError with `what` when none has come `within` seconds.
    """
    began = time.monotonic()
    while True:
        found = await look()
        waited = time.monotonic() - began
        if found is not None and found is not False:
            return found, waited
        assert waited < within, f"{what}: not within {within} s"
        await asyncio.sleep(every)
