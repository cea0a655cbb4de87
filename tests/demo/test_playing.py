"""Real FFmpeg pulls virtual cameras: codecs, moving digits, odd passwords, faults."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from socstream.demo.auth import Scheme
from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Bye, Fault, Fin, Garbage, Jump, Redirect, Status, Switch
from socstream.demo.media import Media, Spec, split_nals
from socstream.demo.picture import Layout, read_clock
from socstream.demo.prepare import prepare
from socstream.ffmpeg.binary import locate

pytestmark = pytest.mark.engine

SIZE = Layout(320, 180)
ODD_PASSWORD = "p'#/?%@: ä\\\""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


async def media(cache: Path, **wishes: Any) -> Media:
    spec = Spec(**{"name": "GATE 1", "width": SIZE.width, "height": SIZE.height, "loop_seconds": 2, **wishes})
    return await prepare(locate(), spec, cache)


@asynccontextmanager
async def pulling(url: str, *output: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """FFmpeg with this input and these output options."""
    child = await asyncio.create_subprocess_exec(
        locate(),
        *("-nostdin", "-hide_banner", "-nostats", "-v", "level+info"),
        *(
            "-timeout",
            "5000000",
            "-probesize",
            "500000",
            "-analyzeduration",
            "500000",
            "-rtsp_transport",
            "tcp",
            "-i",
            url,
            *output,
        ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def pull(url: str, *output: str) -> tuple[bytes, str]:
    """What FFmpeg writes and says until it ends by itself, within 10 s."""
    async with pulling(url, *output) as child, asyncio.timeout(10):
        out, said = await child.communicate()
    return out, said.decode()


@pytest.mark.parametrize(
    ("wishes", "seen"),
    [
        ({"b_frames": 2, "audio": "aac"}, ["Video: h264 (Main)", "Audio: aac (LC), 16000 Hz, mono"]),
        (
            {"codec": "h265", "b_frames": 2, "audio": "pcma"},
            ["Video: hevc", "Audio: pcm_alaw, 8000 Hz, mono"],
        ),
    ],
    ids=["h264 aac", "h265 pcma"],
)
async def test_every_codec_is_understood_and_decoded_without_an_error(
    cache: Path, wishes: dict[str, Any], seen: list[str]
) -> None:
    async with VirtualCamera("one", await media(cache, **wishes)) as camera:
        _, said = await pull(camera.url, "-t", "1", "-map", "0", "-f", "null", "-")
    assert "320x180" in said
    assert all(name in said for name in seen)
    assert "error" not in said
    assert int(re.findall(r"frame= *(\d+)", said)[-1]) >= 24


async def test_the_digits_run_level_with_the_clock_of_the_machine(cache: Path) -> None:
    minute = await media(cache, fps=20, loop_seconds=60)
    shown: list[int] = []  # frames of the minute
    async with (
        VirtualCamera("one", minute, join="live") as camera,
        pulling(camera.url, "-f", "rawvideo", "-pix_fmt", "gray", "-") as child,
        asyncio.timeout(15),
    ):
        assert child.stdout is not None
        while len(shown) < 15:
            clock = read_clock(await child.stdout.readexactly(SIZE.width * SIZE.height), SIZE)
            shown += [] if clock is None else [int(clock[:2]) * 20 + int(clock[3:])]
        now = time.time()
    assert [(frame - shown[0]) % 1200 for frame in shown] == list(range(15))
    assert -0.1 < (now - shown[-1] / 20 + 30) % 60 - 30 < 1.5


@pytest.mark.parametrize("auth", ["basic", "digest", "digest-qop"])
async def test_an_odd_password_opens(cache: Path, auth: Scheme) -> None:
    camera = VirtualCamera("one", await media(cache), credentials=("ad min", ODD_PASSWORD), auth=auth)
    async with camera:
        out, _ = await pull(camera.login_url, "-c", "copy", "-frames:v", "1", "-f", "h264", "-")
    assert len(split_nals(out)) >= 3
    assert camera.counts.wrong_logins == 0


async def test_a_wrong_password_does_not(cache: Path) -> None:
    async with VirtualCamera(
        "one", await media(cache), credentials=("admin", "right"), auth="digest"
    ) as camera:
        out, said = await pull(camera.login_url.replace("right", "wrong"), "-c", "copy", "-f", "h264", "-")
    assert "401 Unauthorized" in said
    assert (out, camera.counts.wrong_logins) == (b"", 1)


async def test_time_stamps_of_b_frames_are_those_of_the_pictures_over_loops(cache: Path) -> None:
    short = await media(cache, b_frames=2, loop_seconds=1)
    async with VirtualCamera("one", short) as camera:
        out, _ = await pull(camera.url, "-c", "copy", "-copyts", "-t", "1.4", "-f", "framecrc", "-")
    lines = [line.split(",") for line in out.decode().splitlines() if not line.startswith("#")]
    times = [int(line[2]) for line in lines if int(line[2]) > -(2**62)]  # the first has none
    assert len(times) >= 30
    assert times != sorted(times)
    assert {after - before for before, after in pairwise(sorted(times)[:-3])} == {3600}


async def test_parameter_sets_only_in_band_and_joined_mid_gop_play(cache: Path) -> None:
    async with VirtualCamera("one", await media(cache), parameter_sets="band", join="live") as camera:
        _, said = await pull(camera.url, "-frames:v", "15", "-f", "null", "-")
    assert "Video: h264 (Constrained Baseline)" in said
    assert int(re.findall(r"frame= *(\d+)", said)[-1]) >= 15


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Status(404), "404 Not Found"),
        (Status(453), "DESCRIBE failed: 453"),
    ],
    ids=["404", "453"],
)
async def test_ffmpeg_is_turned_away_with_words(cache: Path, fault: Fault, line: str) -> None:
    async with VirtualCamera("one", await media(cache)) as camera:
        await camera.order(fault)
        out, said = await pull(camera.url, "-c", "copy", "-f", "h264", "-")
    assert out == b""
    assert line in said


async def test_ffmpeg_follows_a_redirect_to_another_camera(cache: Path) -> None:
    loop = await media(cache)
    async with VirtualCamera("one", loop) as one, VirtualCamera("two", loop) as two:
        await one.order(Redirect(two.url))
        out, said = await pull(one.url, "-c", "copy", "-frames:v", "3", "-f", "h264", "-")
    assert "Redirecting to" in said
    assert (one.counts.requests["PLAY"], two.counts.requests["PLAY"]) == (0, 1)
    assert out


@pytest.mark.parametrize("fault", [Fin(after=0.5), Bye(after=0.5)], ids=["fin", "bye"])
async def test_ffmpeg_ends_by_itself_when_the_camera_does(cache: Path, fault: Fault) -> None:
    async with VirtualCamera("one", await media(cache)) as camera:
        await camera.order(fault)
        out, _ = await pull(camera.url, "-c", "copy", "-f", "h264", "-")
    assert 5 <= len([nal for nal in split_nals(out) if nal[0] & 31 in (1, 5)]) <= 40


async def test_a_change_of_resolution_reaches_the_client(cache: Path) -> None:
    loop, larger = await media(cache), await media(cache, width=640, height=360)
    async with VirtualCamera("one", loop) as camera:
        await camera.order(Switch(larger, after=0.3))
        _, said = await pull(camera.url, "-frames:v", "40", "-vf", "showinfo", "-f", "null", "-")
    assert "s:320x180" in said
    assert "s:640x360" in said


async def test_a_jump_of_the_time_stamps_reaches_the_client(cache: Path) -> None:
    async with VirtualCamera("one", await media(cache)) as camera:
        await camera.order(Jump(100, after=0.3))
        out, _ = await pull(camera.url, "-c", "copy", "-copyts", "-frames:v", "25", "-f", "framecrc", "-")
    times = [int(line.split(",")[2]) for line in out.decode().splitlines() if not line.startswith("#")]
    assert max(after - before for before, after in pairwise(times)) > 99 * 90_000


async def test_garbage_makes_ffmpeg_deaf_to_sigterm(cache: Path) -> None:
    output = ("-c", "copy", "-flush_packets", "1", "-f", "h264", "-")
    async with (
        VirtualCamera("one", await media(cache)) as camera,
        asyncio.timeout(10),
        pulling(camera.url, *output) as child,
    ):
        assert child.stdout is not None
        await child.stdout.readexactly(1000)
        await camera.order(Garbage())
        await asyncio.sleep(0.5)
        child.terminate()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(child.wait(), 1)
