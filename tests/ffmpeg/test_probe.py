"""What a look makes of the packets that FFmpeg lists, and that it is over in time."""

import asyncio
from pathlib import Path

import pytest

from socstream.ffmpeg.binary import Binary
from socstream.ffmpeg.probe import probe
from socstream.ffmpeg.process import TERMINATE_GRACE
from socstream.model.failure import FailureCode
from socstream.model.report import Report
from socstream.model.source import parse_source

SECOND = 1000
HEAD = "#tb 0: 1/1000"


def packet(at: float, *, is_key: bool = False) -> str:
    """A line of FFmpeg's muxer framecrc."""
    ticks = round(at * SECOND)
    return f"0, {ticks:10}, {ticks:10},       40,     4711, 0x1a2b3c4d" + ("" if is_key else ", F=0x0")


class Stage:
    """A program in FFmpeg's place that plays a part and then waits for its end."""

    def __init__(self, folder: Path) -> None:
        self._program = folder / "ffmpeg"

    async def look(
        self, *listing: str, seconds: float = 0.6, begin: str = "", end: str = "sleep 60"
    ) -> Report:
        """The report after a look of so many seconds."""
        words = "".join(f"printf '%s\\n' '{line}'\n" for line in listing)
        self._program.write_text(f"#!/bin/sh\n{begin}\ncat >/dev/null\n{words}{end}\n")
        self._program.chmod(0o755)
        until = asyncio.get_running_loop().time() + seconds + TERMINATE_GRACE + 0.5
        binary, source = Binary(self._program, "9.0"), parse_source("rtsp://192.0.2.7/live")
        return await probe(binary, None, source, "192.0.2.7", tls_verify=True, until=until)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


async def test_the_interval_is_that_of_the_last_two_of_three_keyframes(stage: Stage) -> None:
    keys = [packet(at, is_key=True) for at in (0.0, 4.8, 6.8)]
    report = await stage.look(HEAD, keys[0], packet(0.04), keys[1], keys[2], seconds=5)
    assert report.failure is None
    assert report.keyframe_interval == 2.0
    assert report.keyframe_gap is None


async def test_after_one_keyframe_the_longest_time_without_one_is_told(stage: Stage) -> None:
    for times in ((0.0, 0.3, 0.4), (0.0, 0.1, 0.4)):
        first, key, last = times
        report = await stage.look(HEAD, packet(first), packet(key, is_key=True), packet(last))
        assert report.failure is None
        assert report.keyframe_interval is None
        assert report.keyframe_gap == 0.3


async def test_a_clock_that_jumps_makes_no_gap_longer_than_the_look(stage: Stage) -> None:
    report = await stage.look(HEAD, packet(0.0, is_key=True), packet(500.0))
    assert report.keyframe_gap is not None
    assert report.keyframe_gap < 5


@pytest.mark.parametrize("later", [0.0, -7.0])
async def test_keyframes_that_go_back_in_time_have_no_interval(stage: Stage, later: float) -> None:
    report = await stage.look(HEAD, packet(0.0, is_key=True), packet(later, is_key=True))
    assert (report.failure, report.keyframe_interval) == (None, None)


async def test_without_a_keyframe_there_is_no_media(stage: Stage) -> None:
    report = await stage.look(HEAD, packet(0.0), packet(0.2))
    assert report.failure is not None
    assert report.failure.code is FailureCode.NO_MEDIA


async def test_a_redirect_in_the_last_words_takes_all_else_back(stage: Stage) -> None:
    """Two pipes are read in any order: the pictures of the other host may come before the line that tells."""
    keys = [packet(at, is_key=True) for at in (0.0, 1.0, 2.0)]
    line = "[rtsp @ 0x1] [info] Status 302: Redirecting to rtsp://192.0.2.66/"
    last_words = f"trap 'echo \"{line}\" >&2; exit' TERM"
    report = await stage.look(HEAD, *keys, begin=last_words, end="sleep 5 & wait")
    assert report.failure is not None
    assert report == Report(report.failure)
    assert report.failure.code is FailureCode.MISCONFIGURED


async def test_an_ffmpeg_that_ignores_its_end_is_over_in_time(stage: Stage) -> None:
    began = asyncio.get_running_loop().time()
    await stage.look(HEAD, seconds=0.2, begin="trap '' TERM", end="while :; do sleep 1; done")
    assert asyncio.get_running_loop().time() - began < 0.2 + TERMINATE_GRACE + 0.5
