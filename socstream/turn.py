"""Writes one after the other, each to its end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Turn:
    """One write at a time. One that has begun ends, whoever cancels it: store and memory stay alike."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._write: asyncio.Task[object] | None = None

    async def take(self, write: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `write` returns or raises. Cancelled while it waits for its turn, it never begins."""
        await self._lock.acquire()
        writing = asyncio.create_task(write())
        self._write = writing  # the loop itself holds a task only weakly
        writing.add_done_callback(lambda _: self._lock.release())
        return await asyncio.shield(writing)
