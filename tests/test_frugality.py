"""What is loaded once is not looked through again; what is free is given back."""

import asyncio
import gc
import os

import pytest

from socstream.frugality import keep_giving_back, loading
from tests.rigs.processes import resident_memory


def test_what_was_loaded_is_no_garbage_to_look_for() -> None:
    before = gc.get_freeze_count()
    try:
        with loading():
            loaded: list[list[int]] = [[] for _ in range(1000)]
            assert not gc.isenabled()
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(loaded)
    finally:
        gc.unfreeze()


async def test_what_is_free_between_blocks_that_are_not_is_given_back() -> None:
    blocks = [bytes(1500) for _ in range(40_000)]
    kept = blocks[::9]
    del blocks
    before, waits = resident_memory(os.getpid()), list[float]()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 1:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await keep_giving_back(sleep)
    assert waits == [60.0, 60.0]
    assert resident_memory(os.getpid()) < before - 10_000_000
    assert len(kept) == 4445
