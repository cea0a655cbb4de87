"""From POST to pictures: what a player gets of a camera that is well."""

import asyncio
import importlib
import itertools
import json
import time
from asyncio.subprocess import PIPE
from collections import Counter
from pathlib import Path
from typing import Any

import m3u8
import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Silent
from socstream.demo.media import Media, Spec
from socstream.demo.prepare import prepare
from socstream.ffmpeg.binary import locate
from tests.rigs import processes
from tests.rigs.client import Client
from tests.rigs.client import client as client_of
from tests.rigs.server import served
from tests.rigs.witness import Witness

pytestmark = pytest.mark.engine


async def ffprobe(url: str, seconds: int) -> Any:
    """What FFmpeg's own player sees in so many seconds of a stream."""
    child = await asyncio.create_subprocess_exec(
        *("ffprobe", "-v", "warning", "-read_intervals", f"%+{seconds}", "-of", "json"),
        *("-show_entries", "stream=codec_name,codec_type,width,height:packet=pts_time,dts_time,flags", url),
        stdout=PIPE,
        stderr=PIPE,
    )
    async with asyncio.timeout(20):
        out, complaints = await child.communicate()
    assert child.returncode == 0, complaints.decode()
    return json.loads(out)


async def test_the_first_request_is_held_and_then_plays(http: Client, media: Media) -> None:
    witness = Witness()
    async with VirtualCamera("Gate", media, join="live") as camera:
        posted = time.monotonic()
        camera_id = await http.add(camera)
        assert time.monotonic() - posted < 2, "adding a camera waits for the camera"
        first = await http.playlist(camera_id)
        print(f"POST to the first playlist: {time.monotonic() - posted:.2f} s")
        assert first.status == 200, first.text
        assert first.headers["Content-Type"] == "application/vnd.apple.mpegurl"
        assert first.headers["Cache-Control"] == "no-store"
        witness.hear(first.text)
        seen = await ffprobe(await http.granted(camera_id), 3)
        for prefix in ("/api", "/api/v1"):
            answer = await http.get(f"{prefix}/security-operations/cameras/{camera_id}/hls/index.m3u8")
            assert answer.status == 200
            assert m3u8.loads(answer.text).target_duration == 1
        playlist = await http.look(camera_id, witness)
        stream = await http.stream(camera_id)
    assert seen["streams"] == [{"codec_name": "h264", "codec_type": "video", "width": 320, "height": 180}]
    times = [float(packet["dts_time"]) for packet in seen["packets"]]
    assert len(times) >= 50, "three seconds of 25 frames"
    steps = [after - before for before, after in itertools.pairwise(times)]
    # FFmpeg may have to guess the time of a run's very first packet, before it has seen a sender report.
    assert [step for step in steps[1:] if not 0.03 < step < 0.05] == [], "one frame follows the other"
    assert "K" in seen["packets"][0]["flags"], "a segment begins with a keyframe"
    newest = playlist.segments[-1]
    assert newest.program_date_time is not None
    assert abs(newest.program_date_time.timestamp() - time.time()) < 5
    assert (stream["state"], stream["codec"], stream["width"], stream["run"]) == ("live", "h264", 320, 1)


async def test_three_requests_of_a_client_are_held_and_the_fourth_is_sent_away(
    http: Client, media: Media
) -> None:
    async with VirtualCamera("Gate", media) as camera:
        await camera.order(Silent())
        camera_id = await http.add(camera)
        held = [asyncio.create_task(http.playlist(camera_id)) for _ in range(3)]
        await asyncio.sleep(0.3)
        asked = time.monotonic()
        fourth = await http.playlist(camera_id)
        assert time.monotonic() - asked < 1
        assert (fourth.status, fourth.headers["Retry-After"]) == (503, "1")
        assert fourth.json["detail"] == fourth.json["message"]
        assert not any(task.done() for task in held)
        await camera.clear()
        await http.ask("DELETE", f"cameras/{camera_id}")
        assert [(await task).status for task in held] == [404] * 3


async def test_a_segment_is_readable_until_four_more_have_left_the_list(tmp_path: Path) -> None:
    brisk = Spec("BRISK", width=320, height=180, gop=0.2, loop_seconds=1)
    media = await prepare(locate(), brisk, tmp_path / "media")
    witness, fewest_gone = Witness(), Counter[int]()
    async with (
        served(tmp_path, {"SOCSTREAM_STREAMS_SEGMENT_SECONDS": "0.15"}) as server,
        client_of(server) as http,
        VirtualCamera("Gate", media) as camera,
    ):
        camera_id = await http.add(camera)
        while witness.newest < 20 or not fewest_gone[4]:
            first = witness.hear((await http.playlist(camera_id)).text).media_sequence or 0
            for number in range(max(0, first - 6), first):
                answer = await http.media(camera_id, f"{number}.m4s")
                witness.hear((await http.playlist(camera_id)).text)
                most_gone = witness.newest - 5 - number  # how many have left the list, this one included
                assert answer.status == 200 or most_gone > 4, (number, witness.newest)
                assert answer.status == 404 or first - number <= 4, (number, witness.newest)
                if answer.status == 200:
                    witness.keep(f"{number}.m4s", answer.body)
                    fewest_gone[first - number] += 1
        files = list((server.stream_dir / camera_id).glob("*.m4s"))
    assert len(files) <= 14, "old segments are deleted"


async def test_names_that_cannot_exist_and_cameras_that_do_not_are_404(http: Client, media: Media) -> None:
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await http.add(camera)
        assert (await http.playlist(camera_id)).status == 200
        for name in (
            "window.json",
            "encoder.m3u8",
            "..%2f..%2fdata%2fsocstream.db",
            "1.m4s/x",
            "01.m4s",
            "999999.m4s",
        ):
            assert (await http.media(camera_id, name)).status == 404, name
    assert (await http.playlist("0" * 32)).status == 404


async def test_the_ffmpeg_of_the_wheel_does_it_too(tmp_path: Path, media: Media) -> None:
    wheel = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    witness = Witness()
    async with (
        served(tmp_path, {"SOCSTREAM_FFMPEG": wheel}) as server,
        client_of(server) as http,
        VirtualCamera("Gate", media) as camera,
    ):
        camera_id = await http.add(camera)
        await http.look(camera_id, witness)
        [pid] = server.ffmpegs()
        assert processes.arguments(pid)[0] == wheel
        await http.meet(camera_id, witness, 2, within=10)
        assert (await server.stop()).code == 0
