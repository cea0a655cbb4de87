"""A child that cannot be watched is none."""

import errno
import os
import subprocess
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
