"""The fragments that MediaSource gets: read back by FFmpeg, and taken by a real browser."""

import json
import subprocess
from base64 import b64encode
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from socstream.live import fmp4
from socstream.live.flv import FlvReader
from socstream.live.group import Pace
from socstream.live.unit import AccessUnit, Configuration
from tests.rigs.browser import chromium

FLV = ("-f", "flv", "-flvflags", "no_duration_filesize+no_metadata", "-")

APPEND = """async ([codec, parts]) => {
    const video = document.createElement("video"), source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise((resolve) => (source.onsourceopen = resolve));
    const buffer = source.addSourceBuffer(`video/mp4; codecs="${codec}"`);
    for (const part of parts) {
        buffer.appendBuffer(Uint8Array.from(atob(part), (each) => each.charCodeAt(0)));
        await new Promise((resolve) => (buffer.onupdateend = resolve));
    }
    const ranges = [];
    for (let at = 0; at < buffer.buffered.length; at++)
        ranges.push([buffer.buffered.start(at), buffer.buffered.end(at)]);
    return { ranges, error: video.error && video.error.message };
}"""


@cache
def camera(fps: int, b_frames: int) -> tuple[Configuration, tuple[AccessUnit, ...]]:
    """Two seconds of a camera with a keyframe at the beginning and none afterwards."""
    picture = ("-f", "lavfi", "-i", f"testsrc2=size=160x96:rate={fps}:duration=2", "-pix_fmt", "yuv420p")
    coding = ("-c:v", "libx264", "-preset", "veryfast", "-g", "250", "-bf", str(b_frames))
    command = ["ffmpeg", "-v", "error", *picture, *coding, *FLV]
    flv = subprocess.run(command, capture_output=True, check=True).stdout
    configuration, *units = FlvReader().feed(flv, 0.0)
    assert isinstance(configuration, Configuration)
    return configuration, tuple(each for each in units if isinstance(each, AccessUnit))


def fragments(units: tuple[AccessUnit, ...]) -> list[bytes]:
    pace = Pace()
    return [fmp4.fragment(unit, n, pace.duration(unit.decode_at)) for n, unit in enumerate(units, 1)]


CAMERAS = pytest.mark.parametrize(("fps", "b_frames"), [(15, 0), (25, 0), (30, 0), (25, 2), (30, 3)])


@CAMERAS
def test_ffmpeg_reads_every_picture_at_its_time(tmp_path: Path, fps: int, b_frames: int) -> None:
    configuration, units = camera(fps, b_frames)
    assert any(unit.shift for unit in units) is bool(b_frames)
    path = tmp_path / "live.mp4"
    path.write_bytes(fmp4.init_segment(configuration) + b"".join(fragments(units)))
    shown = ("-show_entries", "packet=pts_time,flags:stream=codec_name,width,height", "-of", "json")
    asked = ["ffprobe", "-v", "error", "-ignore_editlist", "1", *shown, str(path)]
    probed = subprocess.run(asked, capture_output=True, check=True)
    assert not probed.stderr
    told = json.loads(probed.stdout)
    assert told["streams"] == [{"codec_name": "h264", "width": 160, "height": 96}]
    times = [round(1000 * float(packet["pts_time"])) for packet in told["packets"]]
    assert times == [unit.decode_at + unit.shift for unit in units]
    assert [packet["flags"][0] == "K" for packet in told["packets"]] == [unit.is_key for unit in units]
    decoded = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", str(path), "-fps_mode", "passthrough", "-f", "framemd5", "-"],
        capture_output=True,
        check=True,
    )
    assert not decoded.stderr
    assert sum(line[:1] != b"#" for line in decoded.stdout.splitlines()) == len(units) == 2 * fps


async def test_a_browser_takes_all_of_it_also_when_pictures_are_missing() -> None:
    """Were a duration too short, Chromium would throw away everything until the next keyframe."""
    async with chromium() as browser:
        page = await browser.new_page()
        for fps, b_frames, missing in ((15, 0, 0), (25, 0, 3), (30, 0, 3), (25, 2, 0), (30, 3, 0)):
            configuration, units = camera(fps, b_frames)
            sent = units[:20] + units[20 + missing :]
            parts = [fmp4.init_segment(configuration), *fragments(sent)]
            answer = await page.evaluate(
                APPEND, [configuration.codec, [b64encode(each).decode() for each in parts]]
            )
            assert answer["error"] is None
            ((start, end),) = answer["ranges"]
            times = [unit.decode_at + unit.shift for unit in sent]
            assert start == pytest.approx(min(times) / 1000)
            assert 0 < end - max(times) / 1000 <= 0.3


@pytest.mark.parametrize("times", [[0, 40, 80, 120], [0, 40, 80, 240, 280], [0, 40, 240, 440, 1400, 1440]])
def test_no_gap_is_more_than_twice_the_duration_before_it(times: list[int]) -> None:
    pace = Pace()
    durations = [pace.duration(each) for each in times]
    gaps = [after - before for before, after in pairwise(times)]
    too_long = [gap for gap, duration in zip(gaps, durations, strict=False) if gap > 2 * duration]
    assert too_long == [gap for gap in gaps if gap > 800]


def test_a_camera_that_stops_and_goes_is_known_after_the_first_time() -> None:
    pace, at, was_lost = Pace(), 0, []
    for _ in range(5):
        for interval in (40, 40, 40, 40, 1000):
            was_lost.append(interval > 2 * pace.duration(at))
            at += interval
    assert was_lost.count(True) == 1


def test_a_duration_is_bounded() -> None:
    pace = Pace()
    assert [pace.duration(each) for each in (0, 1, 90_000, 90_000)] == [100, 100, 2000, 2000]
