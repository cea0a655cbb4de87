"""What a small box has to spare: memory that the C library keeps for us, time that a start takes."""

import asyncio
import ctypes
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h

_ARENAS = 2
"""Pools of free memory. glibc would have one for each of our threads: 85 MB resident instead of 65."""

_LARGE = 320 * 1024
"""Bytes. What is larger is given back at once. glibc would raise this to the size of the largest block that
was freed, and keep such blocks in a heap that grows: by 2 MB in one step, several times in a soak. Both event
loops read TLS into a new block of 256 KiB each time: to map and unmap that costs three times the request.
"""

_KEPT = 1024 * 1024
"""Bytes at the end of the heap that are free and not given back."""

_GIVE_BACK_EVERY = 60.0
"""Seconds."""


def keep_little() -> None:
    """To be called before there are threads; does nothing where the C library is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)


async def keep_giving_back(sleep: Callable[[float], Awaitable[None]]) -> None:
    """Now and then give back what is free between blocks that are not; ends only by being cancelled.

    Else each rare moment that needs more than any before makes us larger for ever. Python itself keeps some
    thousand blocks for the next tuples and the like until it looks through all for garbage: each ten minutes
    by itself. That takes some 5 ms, on the loop: whatever is found may belong to it.
    """
    while True:
        await sleep(_GIVE_BACK_EVERY)
        gc.collect()
        await asyncio.to_thread(give_back)


def give_back() -> None:
    """Give back what is free, now; does nothing where the C library is not glibc. Takes some milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@contextmanager
def loading() -> Iterator[None]:
    """For the import of all that stays: it is no garbage, so nobody looks through it for some, then or later.

    That is an eighth of the time until a server is ready, and a pause of some 30 ms less now and then.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
