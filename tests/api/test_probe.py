"""A look at a camera, before it is added or when it is there."""

import asyncio
import json
from typing import Any

import pytest

from socstream.model.account import Role
from socstream.model.failure import Failure, FailureCode
from socstream.model.report import Report
from socstream.model.source import Credentials
from socstream.model.stream import Media
from tests.api.rig import CAMERAS, Rig, until
from tests.api.test_openapi import Description
from tests.api.visitors import deeds, logged_in

PROBE = f"{CAMERAS}/probe"
WISH: dict[str, Any] = {"stream_url": "rtsp://192.0.2.7/live"}


async def test_a_probe_tells_what_the_camera_sends(rig: Rig) -> None:
    rig.supervision.report = Report(None, Media("h264", 640, 360, 25.0), 1.0, "aac", b"\xff\xd8")
    async with rig.client.post(PROBE, json=WISH) as response:
        assert response.status == 200
        assert await response.json() == {
            "ok": True,
            "failure": None,
            "codec": "h264",
            "width": 640,
            "height": 360,
            "fps": 25.0,
            "keyframe_interval": 1.0,
            "audio": "aac",
            "picture": "data:image/jpeg;base64,/9g=",
            "advice": [],
        }


async def test_a_probe_says_why_there_is_nothing_to_see(rig: Rig) -> None:
    rig.supervision.report = Report(Failure(FailureCode.UNAUTHORIZED))
    async with rig.client.post(PROBE, json=WISH) as response:
        answer = await response.json()
    assert (answer["ok"], answer["failure"]["code"]) == (False, "unauthorized")
    assert answer["failure"]["remedy"]


@pytest.mark.parametrize(
    ("report", "codes"),
    [
        (Report(None, Media("hevc", 640, 360, 25.0), 1.0), ["h265"]),
        (Report(None, Media("h264", 640, 360, 25.0), 8.0), ["keyframe_interval"]),
        (Report(None, Media("mjpeg", 640, 360, 25.0), 8.0), ["codec", "keyframe_interval"]),
    ],
)
async def test_a_probe_gives_advice(rig: Rig, report: Report, codes: list[str]) -> None:
    rig.supervision.report = report
    async with rig.client.post(PROBE, json=WISH) as response:
        assert [advice["code"] for advice in (await response.json())["advice"]] == codes


async def test_one_client_probes_one_camera_at_a_time(rig: Rig) -> None:
    rig.supervision.may_report.clear()
    first = asyncio.create_task(rig.client.post(PROBE, json=WISH))
    await until(lambda: rig.probing == 1)
    async with rig.client.post(PROBE, json=WISH) as second:
        assert second.status == 429
    rig.supervision.may_report.set()
    assert (await first).status == 200
    async with rig.client.post(PROBE, json=WISH) as third:
        assert third.status == 200


@pytest.mark.parametrize(
    "wish", [{}, {"stream_url": "ftp://192.0.2.7/"}, {"stream_url": "rtsp://127.0.0.1/"}, {**WISH, "x": 1}]
)
async def test_a_bad_wish_is_refused_and_named(rig: Rig, wish: dict[str, Any]) -> None:
    async with rig.client.post(PROBE, json=wish) as response:
        assert response.status == 422
        assert (await response.json())["errors"][0]["field"] in ("stream_url", "x")


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
async def test_a_camera_that_is_there_is_looked_at_with_its_own_password(rig: Rig, prefix: str) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.supervision.report = Report(None, Media("h264", 640, 360, 25.0), 1.0, None, b"\xff\xd8")
    cameras = f"{prefix}/security-operations/cameras"
    response = await rig.client.post(f"{cameras}/{camera_id}/probe")
    description = Description(await (await rig.get("/openapi.json")).json())
    await description.check(cameras + "/{camera_id}/probe", response)
    text = await response.text()
    assert (response.status, json.loads(text)["codec"]) == (200, "h264")
    (source,) = rig.supervision.looked_at
    assert source == rig.cameras.get(camera_id).source
    assert source.credentials == Credentials("viewer", "s3cret-pass")
    assert "s3cret" not in text
    assert "viewer" not in text
    found = (await deeds(rig))[-1]
    assert (found.action, found.target) == ("camera.probe", camera_id)


async def test_it_may_be_in_maintenance(rig: Rig) -> None:
    camera_id = (await rig.add(status="maintenance"))["camera_id"]
    async with rig.client.post(f"{CAMERAS}/{camera_id}/probe") as response:
        assert response.status == 200


async def test_it_takes_its_turn_with_the_looks_at_others(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.supervision.may_report.clear()
    first = asyncio.create_task(rig.client.post(f"{CAMERAS}/{camera_id}/probe"))
    await until(lambda: rig.probing == 1)
    for url in (PROBE, f"{CAMERAS}/{camera_id}/probe"):
        async with rig.client.post(url, json=WISH) as second:
            assert second.status == 429
            assert "Retry-After" in second.headers
    rig.supervision.may_report.set()
    assert (await first).status == 200


@pytest.mark.parametrize("url", ["https://example.org/a/index.m3u8", "http://192.0.2.7/a.m3u8"])
async def test_what_another_server_streams_cannot_be_looked_at(rig: Rig, url: str) -> None:
    camera_id = (await rig.add(stream_url=url))["camera_id"]
    for answer in (
        await rig.client.post(f"{CAMERAS}/{camera_id}/probe"),
        await rig.client.post(PROBE, json={"stream_url": url}),
    ):
        assert answer.status == 422
        (error,) = (await answer.json())["errors"]
        assert error == {"field": "stream_url", "message": "can be probed for rtsp and rtsps only"}
    assert rig.supervision.looked_at == []


async def test_nobody_looks_at_a_camera_that_there_is_not_or_that_is_not_his(rig: Rig) -> None:
    own, foreign = [(await rig.add(name=name))["camera_id"] for name in ("own", "foreign")]
    limited = await logged_in(rig, "limited", Role.SECURITY_MANAGER, frozenset({own}))
    operator = await logged_in(rig, "operator", Role.OPERATOR)
    unknown = "00000000-0000-4000-8000-00000000dead"
    for visitor, camera_id, status in (
        (limited, own, 200),
        (limited, foreign, 404),
        (limited, unknown, 404),
        (operator, own, 403),
    ):
        answer = await visitor.ask("POST", f"/security-operations/cameras/{camera_id}/probe")
        assert answer.status == status
    assert len(rig.supervision.looked_at) == 1
