"""What is loaded once is not looked through again; what is free is given back."""

import asyncio
import gc
import os
import subprocess
import sys

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


_READS = """
import asyncio.sslproto, os, resource
from socstream.frugality import keep_little
keep_little()
zero = os.open("/dev/zero", os.O_RDONLY)
os.set_blocking(zero, False)
for number in range(201):
    os.read(zero, asyncio.sslproto.SSLProtocol.max_size)
    if number == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_what_tls_is_read_into_is_not_mapped_anew_for_each_read() -> None:
    faults = subprocess.run([sys.executable, "-c", _READS], check=True, capture_output=True, text=True).stdout
    assert int(faults) < 200  # else 64 for each of them
