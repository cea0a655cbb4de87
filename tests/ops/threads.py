"""Threads that work in order, so that a test knows when what it gave them is done."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from tests.fakes import settle

_ROUNDS = 4  # what follows from the answer of one thread may ask another one


def one_thread() -> None:
    """From now on this loop has one thread for all that blocks."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))


async def threads_done() -> None:
    """Returns when that thread has done all that it was given, and everybody has heard of it."""
    for _ in range(_ROUNDS):
        await settle()
        await asyncio.to_thread(int)
    await settle()
