"""The engine's door to FFmpeg: found once, and looked for again when it is gone."""

import shutil
from collections import deque
from pathlib import Path

import pytest

from socstream.ffmpeg.binary import Binary
from socstream.ffmpeg.command import Order
from socstream.ffmpeg.encoder import Encoder
from socstream.hls.layout import StreamLayout
from socstream.model.errors import FFmpegMissing
from socstream.model.source import parse_source
from tests.ffmpeg.stand_in import ended

SETPRIV = shutil.which("setpriv")


class Box:
    """A box with an FFmpeg that says what it was told, or without one."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / "ffmpeg"
        self.looked = 0

    def install(self, name: str = "ffmpeg") -> None:
        self.path = self.directory / name
        self.path.write_text('#!/bin/sh\necho "[error] $0 $*" >&2\ncat >&2\n')
        self.path.chmod(0o755)

    async def find(self) -> Binary:
        self.looked += 1
        if not self.path.exists():
            raise FFmpegMissing("no FFmpeg")
        return Binary(self.path, "9.0")


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def encoder(box: Box, setpriv: str | None = None) -> Encoder:
    return Encoder(box.find, StreamLayout(box.directory), setpriv=setpriv, segment_seconds=0.9)


async def run_once(encoder: Encoder) -> str:
    """What one life wrote, as the log shows it."""
    source = parse_source("rtsp://viewer:hunter2@192.0.2.7/live")
    log: deque[str] = deque()
    async with encoder.run(Order("cam", source, "192.0.2.7", 7), log) as ffmpeg:
        await ended(ffmpeg)
    return "\n".join(log)


async def test_ffmpeg_is_looked_for_once(box: Box) -> None:
    box.install()
    door = encoder(box)
    assert "-start_number 7" in await run_once(door)
    await run_once(door)
    assert box.looked == 1


async def test_its_log_is_redacted(box: Box) -> None:
    box.install()
    box.path.write_text('#!/bin/sh\nwhile read line; do echo "[error] $line" >&2; done\n')
    log = await run_once(encoder(box))
    assert "[error] file 'rtsp://***'" in log
    assert "hunter2" not in log


async def test_a_missing_one_is_looked_for_at_every_start(box: Box) -> None:
    door = encoder(box)
    for _ in range(2):
        with pytest.raises(FFmpegMissing):
            await run_once(door)
    box.install()
    await run_once(door)
    assert box.looked == 3


@pytest.mark.parametrize(
    "setpriv", [None, pytest.param(SETPRIV, marks=pytest.mark.skipif(SETPRIV is None, reason="no setpriv"))]
)
async def test_one_that_moved_while_we_run_is_found_again(box: Box, setpriv: str | None) -> None:
    box.install()
    door = encoder(box, setpriv)
    await run_once(door)
    box.path.unlink()
    box.install("ffmpeg-new")
    if setpriv is None:
        with pytest.raises(FFmpegMissing):
            await run_once(door)
    else:
        assert "failed to execute" in await run_once(door)
    assert "ffmpeg-new" in await run_once(door)
