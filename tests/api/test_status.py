"""One stream for whoever looks for a fault, counts over all, and the server itself."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from socstream.model.failure import FailureCode
from socstream.model.stream import PlaylistAdvanced
from tests.api.rig import CAMERAS, Rig, rigged

METRICS = "/api/security-operations/metrics"


async def test_stream_status_of_a_live_camera(tmp_path: Path) -> None:
    log: dict[str, list[str]] = {}
    async with rigged(tmp_path, log=log) as rig:
        camera_id = (await rig.add())["camera_id"]
        log[camera_id] = ["Input #0, rtsp", "Stream #0:0: Video: h264"]
        rig.go_live(camera_id)
        rig.publish(camera_id)
        rig.clock.advance(1.25)
        answer = await (await rig.get(f"{CAMERAS}/{camera_id}/stream-status")).json()
        assert answer == {
            "gateway_reachable": True,
            "manifest_available": True,
            "source": "backend_rtsp",
            "stream": (await rig.show(camera_id))["stream"],
            "playlist": {"media_sequence": 0, "discontinuity_sequence": 0, "segments": 2, "age": 1.25},
            "log": ["Input #0, rtsp", "Stream #0:0: Video: h264"],
            "status_code": None,
            "hint": None,
        }


async def test_stream_status_before_the_first_picture_and_long_after_the_last(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    answer = await (await rig.get(f"{CAMERAS}/{camera_id}/stream-status")).json()
    assert answer["manifest_available"] is False
    assert answer["playlist"]["age"] is None
    rig.go_live(camera_id)
    rig.clock.advance(60)
    rig.fail(camera_id, FailureCode.STALLED)
    answer = await (await rig.get(f"{CAMERAS}/{camera_id}/stream-status")).json()
    assert answer["manifest_available"] is False
    assert answer["playlist"]["age"] == 60
    assert answer["stream"]["failure"]["code"] == "stalled"


async def test_metrics_count_every_camera_once(rig: Rig) -> None:
    live, dark, resting = [(await rig.add(name=name))["camera_id"] for name in ("live", "dark", "resting")]
    for camera_id in (live, dark, resting):
        rig.go_live(camera_id)
    await rig.edit(live, is_recording=True)
    rig.fail(dark)
    await rig.edit(resting, status="maintenance")
    answer = await (await rig.get(METRICS)).json()
    assert {name: answer[name] for name in ("total", "online", "offline", "maintenance", "recording")} == {
        "total": 3,
        "online": 1,
        "offline": 1,
        "maintenance": 1,
        "recording": 1,
    }


async def test_average_uptime_is_live_by_wanted_time_of_the_last_day(rig: Rig) -> None:
    async def uptime() -> str:
        answer: str = (await (await rig.get(METRICS)).json())["avg_uptime"]
        return answer

    assert await uptime() == "100%"
    one, two = (await rig.add(name="one"))["camera_id"], (await rig.add(name="two"))["camera_id"]
    rig.clock.advance(1000)  # not wanted: counts for nothing
    rig.spawn(one)
    rig.spawn(two)
    rig.clock.advance(5)  # nobody knows yet
    assert await uptime() == "100%"
    rig.fail(one)
    rig.fail(two)
    rig.clock.advance(10)
    assert await uptime() == "0%"
    rig.spawn(one, 2)
    rig.publish(one)
    rig.clock.advance(30)
    assert await uptime() == "37%"  # 30 of 40 s, and none: 37.5, rounded down
    rig.spawn(two, 2)
    rig.publish(two)
    rig.clock.advance(9960)
    assert await uptime() == "99%"
    rig.stop(one)
    rig.stop(two)
    rig.clock.advance(70_000)
    assert await uptime() == "99%"
    assert (await rig.show(one))["uptime"] == 0.999
    assert (await rig.show(two))["uptime"] == 0.996
    assert (await rig.client.delete(f"{CAMERAS}/{two}")).status == 204
    rig.clock.advance(16_380)  # the ten seconds were longer ago than a day
    assert await uptime() == "100%"
    rig.clock.advance(10_000)
    assert (await rig.show(one))["uptime"] is None


async def test_a_restart_that_nobody_noticed_is_not_counted_twice(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    for run in range(2, 5):
        rig.clock.advance(10)
        rig.fail(camera_id)
        rig.spawn(camera_id, run)
        rig.clock.advance(10)
        rig.publish(camera_id)
    assert (await (await rig.get(METRICS)).json())["avg_uptime"] == "50%"
    assert (await rig.show(camera_id))["status_since"] == "2026-03-01T12:01:00.000Z"


async def test_the_server_tells_that_it_lives(rig: Rig) -> None:
    response = await rig.get("/healthz")
    assert (response.status, await response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "problems", [[], ["the stream directory is full"], ["the disk is full", "no supervisor"]]
)
async def test_it_is_ready_only_when_nothing_is_wrong(tmp_path: Path, problems: list[str]) -> None:
    async with rigged(tmp_path, problems=problems) as rig:
        response = await rig.get("/readyz")
        assert response.status == (503 if problems else 200)
        body = await response.json()
        assert all(problem in body["detail"] for problem in problems)
        assert body.get("status") == (None if problems else "ready")


async def test_it_is_not_ready_while_the_cameras_cannot_be_read(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        assert (await rig.get("/readyz")).status == 200
        with closing(sqlite3.connect(tmp_path / "test.db")) as other:
            other.execute("ALTER TABLE camera RENAME TO elsewhere")
            response = await rig.get("/readyz")
            assert response.status == 503
            assert (await response.json())["detail"] == "Not ready: the database cannot be read."
            other.execute("ALTER TABLE elsewhere RENAME TO camera")
        assert (await rig.get("/readyz")).status == 200


async def test_it_is_not_ready_before_the_cameras_were_read(tmp_path: Path) -> None:
    async with rigged(tmp_path, loaded=False) as rig:
        assert (await rig.get("/readyz")).status == 503


async def test_a_camera_with_rare_keyframes_is_warned_of_as_long_as_it_has_them(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.spawn(camera_id)
    rig.note(camera_id, PlaylistAdvanced(8, 4_000_000, None, stable=True, segment_duration=8))
    [warning] = (await rig.show(camera_id))["warnings"]
    assert warning["code"] == "keyframe_interval"
    assert "every 8 s" in warning["message"]
    assert "1 s" in warning["remedy"]
    rig.note(camera_id, PlaylistAdvanced(8, 4_000_000, None, stable=True, segment_duration=1))
    shown = await rig.show(camera_id)
    assert (shown["warnings"], shown["stream"]["target_duration"]) == ([], 8)
