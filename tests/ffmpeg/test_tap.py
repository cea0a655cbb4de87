"""The second output is read as fast as it is written, in whole pieces, and never stops who writes."""

import asyncio
import fcntl
import os
from collections import deque
from pathlib import Path

import pytest

from socstream.ffmpeg.binary import Binary
from socstream.ffmpeg.command import LiveOutput, Order
from socstream.ffmpeg.encoder import Encoder
from socstream.ffmpeg.tap import BUFFER_SIZE, PIPE_SIZE, REST, Take, Tap
from socstream.hls.layout import StreamLayout
from socstream.model.errors import FFmpegMissing
from socstream.model.source import parse_source
from tests.ffmpeg.stand_in import ended

SOURCE = parse_source("rtsp://192.0.2.7/live")


class Pieces:
    """Keeps what was taken."""

    def __init__(self, *, is_awaited: bool = True) -> None:
        self.is_awaited = is_awaited
        self.sizes: list[int] = []
        self.content = b""

    def take(self, piece: memoryview) -> bool:
        self.content += piece
        return self.note(piece)

    def note(self, piece: memoryview) -> bool:
        """Keep its size only."""
        self.sizes.append(len(piece))
        return self.is_awaited


def encoder(directory: Path, script: str) -> Encoder:
    """One whose FFmpeg is a script."""
    path = directory / "ffmpeg"
    path.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    path.chmod(0o755)

    async def find() -> Binary:
        return Binary(path, "9.0")

    return Encoder(find, StreamLayout(directory), setpriv=None, segment_seconds=0.9)


async def written(door: Encoder, take: Take, live: LiveOutput = LiveOutput.PROMPT) -> list[str]:
    """Run it to its end; its log."""
    log: deque[str] = deque()
    async with (
        asyncio.timeout(20),
        door.run(Order("cam", SOURCE, "192.0.2.7", 7, live=live), log, take) as one,
    ):
        await ended(one)
    return list(log)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_all_that_is_written_arrives_in_order(tmp_path: Path) -> None:
    pieces = Pieces()
    await written(encoder(tmp_path, "seq 1 200000"), pieces.take)
    assert pieces.content == b"".join(b"%d\n" % number for number in range(1, 200001))
    assert max(pieces.sizes) <= BUFFER_SIZE


async def test_a_taker_that_fails_stops_nobody(tmp_path: Path) -> None:
    """Two megabytes are more than any pipe holds: the script ends only if they are read."""
    loop, bugs = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: bugs.append(context))

    def fail(piece: memoryview) -> bool:
        raise ZeroDivisionError

    log = await written(encoder(tmp_path, "head -c 2000000 /dev/zero; echo '[error] done' >&2"), fail)
    assert log == ["[error] done"]
    assert bugs


async def test_an_end_of_the_output_is_no_end_of_the_process(tmp_path: Path) -> None:
    pieces = Pieces()
    script = "echo one; exec >&-; sleep 0.3; echo '[error] done' >&2"
    assert await written(encoder(tmp_path, script), pieces.take) == ["[error] done"]
    assert pieces.content == b"one\n"


async def test_without_a_live_output_there_is_no_pipe(tmp_path: Path) -> None:
    pieces = Pieces()
    door = encoder(tmp_path, 'echo "[error] $(readlink /proc/$$/fd/1)" >&2')
    assert await written(door, pieces.take, LiveOutput.OFF) == ["[error] /dev/null"]
    assert not pieces.content


async def test_lives_leave_no_descriptor(tmp_path: Path) -> None:
    pieces, door = Pieces(), encoder(tmp_path, "echo one")
    await written(door, pieces.take)
    before = descriptors()
    for _ in range(20):
        await written(door, pieces.take)
    assert descriptors() <= before
    assert pieces.content == b"one\n" * 21


async def test_a_start_that_fails_leaves_no_descriptor(tmp_path: Path) -> None:
    door = encoder(tmp_path, "")
    (tmp_path / "ffmpeg").chmod(0o644)
    before = descriptors()
    for _ in range(5):
        with pytest.raises(FFmpegMissing):
            await written(door, Pieces().take)
    assert descriptors() <= before


async def test_a_flood_does_not_starve_the_loop(tmp_path: Path) -> None:
    loop, pieces = asyncio.get_running_loop(), Pieces()
    door = encoder(tmp_path, "exec yes")
    order = Order("cam", SOURCE, "192.0.2.7", 7, live=LiveOutput.PROMPT)
    async with door.run(order, deque(), pieces.note):
        lags = []
        for _ in range(20):
            before = loop.time()
            await asyncio.sleep(0.01)
            lags.append(loop.time() - before - 0.01)
    assert sorted(lags)[10] < 0.05
    assert sum(pieces.sizes) > 1_000_000


@pytest.mark.parametrize("size", [65536, 8192])
async def test_a_small_pipe_stops_nobody_though_nobody_waits_for_pictures(size: int) -> None:
    """The kernel gives larger ones to a user only up to a limit. A megabyte a second is 8 Mbit/s."""
    pieces, loop = Pieces(is_awaited=False), asyncio.get_running_loop()
    with Tap(pieces.take, bytearray(BUFFER_SIZE), size) as tap:
        assert fcntl.fcntl(tap.inlet, fcntl.F_GETPIPE_SZ) == size
        outer = os.dup(tap.inlet)
        tap.begin()
        began = loop.time()
        for _ in range(25):
            await asyncio.to_thread(os.write, outer, bytes(40_000))
        took = loop.time() - began
        os.close(outer)
    assert took < 1


async def test_the_pipe_is_larger_than_usual() -> None:
    with Tap(Pieces().take, bytearray(BUFFER_SIZE)) as tap:
        assert fcntl.fcntl(tap.inlet, fcntl.F_GETPIPE_SZ) == PIPE_SIZE


async def test_what_is_there_at_the_end_is_no_matter() -> None:
    """The run is over: whoever is still writing gets an error, and we no piece."""
    pieces = Pieces()
    with Tap(pieces.take, bytearray(BUFFER_SIZE)) as tap:
        held = os.dup(tap.inlet)
        tap.begin()
    with pytest.raises(BrokenPipeError):
        os.write(held, b"late")
    os.close(held)
    await asyncio.sleep(0)
    assert pieces.content == b""


async def test_it_is_read_at_once_only_while_somebody_waits() -> None:
    pieces = Pieces(is_awaited=False)
    with Tap(pieces.take, bytearray(BUFFER_SIZE)) as tap:
        outer = os.dup(tap.inlet)
        tap.begin()
        await _written(outer, 20)
        resting = len(pieces.sizes)
        pieces.is_awaited = True
        await asyncio.sleep(REST + 0.1)
        await _written(outer, 20)
        os.close(outer)
        await asyncio.sleep(0.05)
    assert resting <= 3
    assert len(pieces.sizes) - resting >= 15
    assert len(pieces.content) == 40


async def _written(descriptor: int, times: int) -> None:
    for _ in range(times):
        os.write(descriptor, b"x")
        await asyncio.sleep(0.01)


async def test_what_does_not_fit_into_the_pipe_waits_for_one_rest_only() -> None:
    pieces = Pieces(is_awaited=False)
    loop = asyncio.get_running_loop()
    with Tap(pieces.take, bytearray(BUFFER_SIZE)) as tap:
        outer = os.dup(tap.inlet)
        tap.begin()
        os.write(outer, b"x")
        await asyncio.sleep(0.05)
        began = loop.time()
        await asyncio.to_thread(os.write, outer, bytes(8 * PIPE_SIZE))
        took = loop.time() - began
        os.close(outer)
    assert took < 2 * REST
