"""The way of pictures with real FFmpeg: at once, through every change, and HLS never pays for it."""

import asyncio
import os
import signal
import statistics
import struct
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Switch
from socstream.demo.media import Media, Spec
from socstream.demo.prepare import prepare
from socstream.ffmpeg.binary import locate
from tests.engine import blind
from tests.rigs.client import Client, client
from tests.rigs.live import Picture, watching
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess, served
from tests.rigs.witness import Witness

pytestmark = pytest.mark.engine

BUSY = Spec("BUSY", width=640, height=360, bitrate=2_000_000, noise=True, loop_seconds=10)
"""Each picture is another one; a full pipe takes a second."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "media"


@pytest.fixture(scope="module")
def busy(pictures: Path) -> Media:
    return asyncio.run(prepare(locate(), BUSY, pictures))


def ages(media: Media, units: list[Picture]) -> list[float]:
    """Seconds from the camera's sending to our having it, of each unit whose content is no other's."""
    numbers: dict[bytes, list[int]] = defaultdict(list)
    for number, unit in enumerate(media.units):
        numbers[b"".join(struct.pack(">I", len(nal)) + nal for nal in unit.nals)].append(number)
    found, fps, loop = [], media.spec.fps, len(media.units)
    for picture in units:
        if len(known := numbers.get(picture.payload, [])) == 1:
            found.append((picture.arrived * fps - known[0] - media.lag) % loop / fps)
    return found


async def test_a_unit_is_ours_a_frame_after_the_camera_sent_it(http: Client, busy: Media) -> None:
    async with VirtualCamera("Gate", busy, join="live") as camera:
        camera_id = await http.add(camera)
        async with watching(http, camera_id) as viewer:
            await viewer.until(lambda it: len(it.units) > 120, within=20)
    found = ages(busy, viewer.units[40:])
    print(f"{len(found)} units, {statistics.median(found):.3f} s median, {max(found):.3f} s at most")
    assert len(found) > 60
    assert statistics.median(found) <= 0.06


async def test_pictures_come_long_before_the_first_segment_of_a_long_group(
    http: Client, pictures: Path
) -> None:
    spec = Spec("LONG", width=320, height=180, gop=10.0, loop_seconds=10)
    async with VirtualCamera("Gate", await prepare(locate(), spec, pictures)) as camera:
        camera_id = await http.add(camera)
        async with watching(http, camera_id) as viewer:
            await viewer.until(lambda it: len(it.units) > 50, within=10)
            stream = await http.stream(camera_id)
            await viewer.until(lambda it: sum(one.is_key for one in it.units) > 1, within=15)
    assert stream["state"] == "starting", "no segment yet"
    assert viewer.units[0].is_key


async def test_another_resolution_is_told_before_its_first_keyframe(
    http: Client, media: Media, pictures: Path
) -> None:
    larger = await prepare(locate(), Spec("LARGE", width=640, height=360, loop_seconds=10), pictures)
    witness = Witness()
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await http.add(camera)
        async with watching(http, camera_id) as viewer:
            await viewer.until(lambda it: len(it.units) > 30, within=15)
            await camera.order(Switch(larger))
            await viewer.until(lambda it: len(it.configurations) > 1, within=5)
            await viewer.until(lambda it: it.units[-1].is_key, within=5)
            await http.look(camera_id, witness)
            await http.meet(camera_id, witness, len(witness.segments) + 3, within=20)
    sizes = [(told["width"], told["height"]) for told in viewer.configurations]
    assert sizes[:2] == [(320, 180), (640, 360)]
    kinds = [one.kind for one in viewer.pictures]
    assert kinds[kinds.index(0, 1) + 1] == 1, "right behind it comes a keyframe"


async def test_b_frames_are_shown_in_their_order_and_audio_stays_out(http: Client, pictures: Path) -> None:
    spec = Spec("BACK", width=320, height=180, b_frames=2, loop_seconds=10, audio="pcma")
    witness = Witness()
    async with VirtualCamera("Gate", await prepare(locate(), spec, pictures)) as camera:
        camera_id = await http.add(camera)
        async with watching(http, camera_id) as viewer:
            await viewer.until(lambda it: len(it.units) > 80, within=20)
        await http.look(camera_id, witness)
        stream = await http.stream(camera_id)
    shown = [one.presentation for one in viewer.units[:75]]
    assert shown != sorted(shown)
    steps = [after - before for before, after in pairwise(sorted(shown))]
    assert statistics.median(steps) == pytest.approx(0.04)
    assert max(steps[3:-3]) <= 0.081
    assert (stream["state"], stream["run"]) == ("live", 1), "the second try is no outage"


async def test_h265_is_streamed_as_hls_and_its_viewers_are_told(http: Client, pictures: Path) -> None:
    spec = Spec("H265", codec="h265", width=320, height=180, loop_seconds=10)
    witness = Witness()
    async with VirtualCamera("Gate", await prepare(locate(), spec, pictures)) as camera:
        camera_id = await http.add(camera)
        async with watching(http, camera_id) as viewer:
            await viewer.until(lambda it: any(told["type"] == "unavailable" for told in it.told), within=10)
            await http.meet(camera_id, witness, 3, within=15)
            stream = await http.stream(camera_id)
    assert [told["code"] for told in viewer.told if told["type"] == "unavailable"] == ["h265"]
    assert (stream["state"], stream["run"], stream["failure"]) == ("live", 1, None)


async def test_a_killed_ffmpeg_is_a_new_beginning(http: Client, server: ServerProcess, media: Media) -> None:
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await http.add(camera)
        async with watching(http, camera_id) as viewer:
            await viewer.until(lambda it: len(it.units) > 20, within=15)
            [ffmpeg] = server.ffmpegs()
            killed = time.time()
            os.kill(ffmpeg, signal.SIGKILL)
            await viewer.until(lambda it: it.units[-1].arrived > killed + 0.2, within=10)
    back = next(one for one in viewer.units if one.arrived > killed + 0.1)
    print(f"FFmpeg killed, next picture after {back.arrived - killed:.2f} s")
    assert back.is_key
    assert back.is_first
    assert [told["run"] for told in viewer.configurations] == [1, 2]
    assert "ended" in {told["type"] for told in viewer.told}
    assert back.arrived - killed <= 4


async def test_a_reader_that_gives_up_costs_the_live_edge_only(tmp_path: Path, busy: Media) -> None:
    """In ten seconds the pipe would be full ten times."""
    witness = Witness()
    async with (
        served(tmp_path, module=blind.MODULE) as server,
        client(server) as http,
        VirtualCamera("Gate", busy) as camera,
    ):
        camera_id = await http.add(camera)
        async with watching(http, camera_id) as viewer:
            await http.meet(camera_id, witness, 10, within=25)
            stream = await http.stream(camera_id)
    assert 0 < len(viewer.units) <= 100
    assert viewer.told[-1]["type"] == "ended"
    assert (stream["state"], stream["run"]) == ("live", 1)
    assert server.log.count("live edge is lost") == 1


@pytest.mark.parametrize("seconds", [8, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(150)])])
async def test_after_a_standstill_of_ours_everything_catches_up_without_a_restart(
    http: Client, server: ServerProcess, busy: Media, seconds: float
) -> None:
    async with VirtualCamera("Gate", busy, join="live") as camera:
        camera_id = await http.add(camera)
        witness = Witness()
        await http.meet(camera_id, witness, 3, within=15)
        before, newest = server.ffmpegs(), witness.newest
        server.signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        server.signal(signal.SIGCONT)
        woke = time.time()
        async with watching(http, camera_id) as viewer:
            await viewer.until(lambda it: any(age < 0.2 for age in ages(busy, it.units[-1:])), within=10)
            caught_up = time.time() - woke
            # Somebody new: whoever looks again only now has missed some.
            later = Witness()

            async def is_ahead() -> bool:
                await http.look(camera_id, later)
                return later.newest > newest + 2

            _, listed = await until("new segments", is_ahead, within=10)
            await http.meet(camera_id, later, len(later.segments) + 2, within=10)
        stream = await http.stream(camera_id)
        after = server.ffmpegs()
    print(f"stopped {seconds} s: pictures are new after {caught_up:.2f} s, the list after {listed:.2f} s")
    assert after == before
    assert (stream["state"], stream["run"]) == ("live", 1)
