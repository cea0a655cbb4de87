"""Whatever is killed or goes away comes back, and nothing that a player was told is taken back."""

import os
import shutil
import signal
import time

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Refuse
from socstream.demo.media import Media
from tests.rigs.client import Answer, Client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess
from tests.rigs.witness import Witness

pytestmark = pytest.mark.engine


async def test_a_killed_ffmpeg_is_replaced_and_the_list_goes_on(
    http: Client, server: ServerProcess, media: Media
) -> None:
    witness = Witness()
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await http.add(camera)
        await http.meet(camera_id, witness, 4, within=15)
        [before] = server.ffmpegs()
        os.kill(before, signal.SIGKILL)
        newest = witness.newest
        waited = await http.meet(camera_id, witness, len(witness.segments) + 1, within=15)
        [after] = server.ffmpegs()
        answers = [await http.media(camera_id, told.uri) for told in witness.segments.values()]
        stream = await http.stream(camera_id)
    print(f"FFmpeg killed, next segment after {waited:.2f} s")
    assert waited <= 4
    assert after != before
    assert witness.newest == newest + 1, "the media sequence goes on"
    assert witness.discontinuities == witness.segments[newest].discontinuities + 1
    assert {answer.status for answer in answers} == {200}, "old segments are still readable"
    assert (stream["state"], stream["run"]) == ("live", 2)


async def test_a_killed_server_leaves_no_ffmpeg_and_goes_on_where_it_was(
    http: Client, server: ServerProcess, media: Media
) -> None:
    gate, yard = Witness(), Witness()
    async with VirtualCamera("Gate", media) as first, VirtualCamera("Yard", media) as second:
        gate_id, yard_id = await http.add(first), await http.add(second)
        await http.meet(gate_id, gate, 6, within=20)
        await http.look(yard_id, yard)
        cameras = (await http.get("cameras")).json
        newest = gate.newest
        await server.kill()
        gone = await server.gone(within=1)
        ready = await server.start()
        asked = time.monotonic()
        assert [(await http.playlist(one)).status for one in (gate_id, yard_id)] == [200, 200]
        assert time.monotonic() - asked < 0.8, "the list of before is there at once"
        assert _told((await http.get("cameras")).json) == _told(cameras)
        print(f"FFmpegs gone after {gone:.2f} s, ready again after {ready:.2f} s")
        for camera_id, witness in ((gate_id, gate), (yard_id, yard)):
            await http.meet(camera_id, witness, len(witness.segments) + 1, within=8)
    assert list(gate.segments) == list(range(gate.newest + 1)), "the media sequence goes on without a gap"
    assert gate.discontinuities == gate.segments[newest].discontinuities + 1


async def test_after_a_reboot_the_numbers_skip_forward_once(
    http: Client, server: ServerProcess, media: Media
) -> None:
    witness = Witness()
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await http.add(camera)
        await http.meet(camera_id, witness, 2, within=15)
        newest = witness.newest
        await server.kill()
        shutil.rmtree(server.stream_dir)
        await server.start()
        began = time.monotonic()
        await http.look(camera_id, witness)
        print(f"after a reboot the first request waited {time.monotonic() - began:.2f} s")
        skipped_to = witness.newest
        await http.meet(camera_id, witness, len(witness.segments) + 1, within=8)
    assert newest + 1 < skipped_to < newest + 200
    assert witness.newest <= skipped_to + 2, "it goes on from there"
    assert witness.discontinuities > witness.segments[newest].discontinuities


async def test_a_camera_that_was_gone_is_told_of_and_comes_back_by_itself(
    http: Client, server: ServerProcess, media: Media
) -> None:
    witness = Witness()
    async with VirtualCamera("Gate", media) as camera, VirtualCamera("Yard", media) as other:
        camera_id, other_id = await http.add(camera), await http.add(other)
        await http.look(camera_id, witness)
        await http.playlist(other_id)
        known = len(witness.segments)
        await camera.order(Refuse())
        down, told = await until("503", lambda: _playlist(http, camera_id, 503), within=12)
        listed = (await http.get(f"cameras/{camera_id}")).json
        await camera.clear()
        _, back = await until("a playlist", lambda: _playlist(http, camera_id, 200), within=14)
        assert await http.look(camera_id, witness)
        assert len(witness.segments) > known
        others = await http.stream(other_id)
    print(f"closed port told after {told:.2f} s, back {back:.2f} s after it opened")
    assert 1 <= int(down.headers["Retry-After"]) <= 30
    failure = down.json["failure"]
    assert failure["code"] == "refused"
    assert down.json["detail"] == down.json["message"] == failure["message"] + "."
    assert failure["remedy"]
    assert listed["status"] == "offline"
    assert listed["stream"]["failure"]["code"] == "refused"
    assert listed["stream"]["retry_at"] is not None or listed["stream"]["state"] == "starting"
    assert (others["state"], others["run"]) == ("live", 1), "no other camera notices"


async def _playlist(http: Client, camera_id: str, status: int) -> Answer | None:
    answer = await http.playlist(camera_id)
    return answer if answer.status == status else None


def _told(cameras: list[dict[str, object]]) -> list[dict[str, object]]:
    """What an operator wrote of each camera."""
    passing = {"stream", "status", "status_since", "last_heartbeat"}
    return [{key: camera[key] for key in camera.keys() - passing} for camera in cameras]
