"""The list of all cameras: an ETag that changes when something is told, and bytes made once."""

from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientResponse

from socstream.api.keys import LISTINGS, VIEWS
from socstream.api.schema import CameraAnswer
from socstream.model.camera import Camera
from tests.api.rig import CAMERAS, Rig, rigged


async def ask(rig: Rig, etag: str | None = None) -> ClientResponse:
    return await rig.get(CAMERAS, headers={"If-None-Match": etag} if etag else {})


async def etag_of(rig: Rig) -> str:
    return (await ask(rig)).headers["ETag"]


async def test_an_unchanged_list_is_304_and_is_not_to_be_kept_by_caches(rig: Rig) -> None:
    await rig.add()
    first = await ask(rig)
    assert first.headers["Cache-Control"] == "no-store"
    again = await ask(rig, first.headers["ETag"])
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (await ask(rig, "*")).status == 304
    assert (await ask(rig, f'"other", {first.headers["ETag"]}')).status == 304
    assert (await ask(rig, '"other"')).status == 200
    assert (await ask(rig, "nonsense")).status == 200


async def test_whatever_is_told_changes_the_etag(rig: Rig) -> None:
    seen = [await etag_of(rig)]

    async def changed() -> None:
        seen.append(await etag_of(rig))

    camera_id = (await rig.add())["camera_id"]
    await changed()
    rig.go_live(camera_id)
    await changed()
    rig.fail(camera_id)
    await changed()
    rig.spawn(camera_id, run=2)
    await changed()
    await rig.edit(camera_id, name="Door")
    await changed()
    other = (await rig.add(name="Other"))["camera_id"]
    await changed()
    rig.clock.offset += 60
    await changed()
    assert (await rig.client.delete(f"{CAMERAS}/{other}")).status == 204
    await changed()
    assert len(set(seen)) == len(seen)


async def test_segments_and_heartbeats_change_it_once_in_ten_seconds_while_the_body_is_exact(
    rig: Rig,
) -> None:
    rig.clock.now = 6_000.0
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    etag = await etag_of(rig)
    for _ in range(9):
        rig.clock.advance(1)
        rig.publish(camera_id)
        await rig.client.post(f"{CAMERAS}/{camera_id}/heartbeat", json={})
        assert (await ask(rig, etag)).status == 304
    (camera,) = await (await ask(rig)).json()
    assert camera["stream"]["last_segment_at"].endswith("12:16:49.000Z")
    assert camera["last_heartbeat"] == camera["stream"]["last_segment_at"]
    rig.clock.advance(1)
    assert (await ask(rig, etag)).status == 200


async def test_uptime_is_exact_in_the_body_and_changes_the_etag_once_in_ten_seconds(rig: Rig) -> None:
    rig.clock.now = 6_000.0
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    rig.clock.advance(2)
    rig.fail(camera_id)
    etag = await etag_of(rig)
    for seconds, uptime in ((3, 0.666), (4, 0.5), (5, 0.4)):
        rig.clock.now = 6_000.0 + seconds
        assert (await ask(rig, etag)).status == 304
        assert [camera["uptime"] for camera in await (await ask(rig)).json()] == [uptime]
    rig.clock.now = 6_010.0
    assert (await ask(rig, etag)).status == 200


async def test_the_etag_of_another_life_of_the_server_stands_for_nothing(tmp_path: Path) -> None:
    async with rigged(tmp_path / "one") as one, rigged(tmp_path / "two") as two:
        assert await etag_of(one) != await etag_of(two)


async def test_only_cameras_that_changed_are_shown_anew(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    calm = (await rig.add(name="calm"))["camera_id"]
    busy = (await rig.add(name="busy"))["camera_id"]
    rig.go_live(calm)
    rig.go_live(busy)
    await ask(rig)
    shown: list[str] = []
    show = rig.app[VIEWS].camera

    def note_and_show(camera: Camera) -> CameraAnswer:
        shown.append(camera.camera_id)
        return show(camera)

    monkeypatch.setattr(rig.app[VIEWS], "camera", note_and_show)
    rig.clock.advance(1)
    rig.publish(busy)  # its segment is filled in
    assert len({camera["stream"]["last_segment_at"] for camera in await (await ask(rig)).json()}) == 2
    assert shown == []
    rig.fail(busy)
    assert len(await (await ask(rig)).json()) == 2
    assert shown == [busy]


async def test_what_is_filled_in_is_what_would_be_made_anew(rig: Rig) -> None:
    odd = {"label": '"bitrate":null', "uptime": None, "last_segment_at": -1, "last_heartbeat": "%b \\1 é"}
    gate = (await rig.add(name="null", location=odd))["camera_id"]
    hall = (await rig.add(name="hall"))["camera_id"]

    async def heartbeat() -> None:
        await rig.client.post(f"{CAMERAS}/{hall}/heartbeat", json={})

    async def check() -> None:
        texts = rig.app[LISTINGS].of(None)
        cameras = rig.cameras.all()
        texts.look(cameras)
        anew = msgspec.json.encode([rig.app[VIEWS].camera(camera) for camera in cameras])
        assert texts.body() == anew

    await check()
    for camera_id in (gate, hall):
        rig.go_live(camera_id)
        rig.services.uptime.note(camera_id, wanted=True, down=False, at=rig.clock.now)
    await check()
    for seconds in range(1, 8):
        rig.clock.advance(seconds + 0.0625)
        rig.publish(gate)
        await check()
        if seconds % 3 == 0:
            await heartbeat()
            await check()
            rig.publish(hall)
        rig.services.uptime.note(gate, wanted=True, down=seconds % 2 == 0, at=rig.clock.now)
        await check()
    rig.fail(gate)
    await check()
    rig.spawn(gate, run=2)
    await check()
    rig.clock.offset += 60
    await check()
    await rig.edit(gate, name="Door")
    await check()
