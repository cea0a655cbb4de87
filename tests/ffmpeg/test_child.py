"""A child that cannot be watched is none, and one that has ended leaves nothing behind."""

import asyncio
import errno
import gc
import os
import subprocess
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from socstream.ffmpeg.child import Child


async def test_a_child_that_there_is_no_descriptor_for_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    started = list[int]()

    def none_left(pid: int) -> int:
        started.append(pid)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "pidfd_open", none_left)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match="Too many open files"):
        Child(["sleep", "60"], stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
    [pid] = started
    assert not Path(f"/proc/{pid}").exists()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.fixture
def nobody_looks_for_garbage() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("nobody_looks_for_garbage")
async def test_one_that_has_ended_leaves_no_garbage_to_look_for() -> None:
    child = Child(
        ["sh", "-c", "echo one; echo two >&2"], stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"]}
    )
    child.tell(b"")
    assert (await child.stdout.read(), await child.stderr.read()) == (b"one\n", b"two\n")
    assert await child.wait() == 0
    child.close()
    readers = [weakref.ref(reader) for reader in (child.stdout, child.stderr)]
    del child
    await asyncio.sleep(0)  # the loop lets go of what it called last
    assert [reader() for reader in readers] == [None, None]
