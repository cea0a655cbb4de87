"""A look at a camera before it is added."""

import asyncio
from typing import Any

import pytest

from socstream.model.failure import Failure, FailureCode
from socstream.model.report import Report
from socstream.model.stream import Media
from tests.api.rig import CAMERAS, Rig, until

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
