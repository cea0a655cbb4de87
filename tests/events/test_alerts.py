"""Which outages become alerts: what lasts, what flaps, and the box once for all its cameras."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from socstream.background import in_background
from socstream.events.alerts import Alerts
from socstream.events.hub import Kind
from socstream.model.backoff import Lane, lane_of
from socstream.model.failure import Failure, FailureCode
from tests.events.rig import Streams

DOWN, REMEDY = Failure(FailureCode.REFUSED).message, Failure(FailureCode.REFUSED).remedy


class Rig(Streams):
    """Streams, and the alerts that they led to."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str | None, str, str]] = []
        self.remedies: list[str | None] = []
        self.alerts = Alerts(self.board, self.clock, 10.0, self._take, str.upper)
        self.board.listen(self.alerts.stream_changed)

    def _take(self, kind: Kind, data: object, camera_id: str | None) -> None:
        assert kind is Kind.ALERT_TRIGGERED
        assert isinstance(data, dict)
        assert data["cameraId"] == camera_id, "told to those who may see it"
        self.told.append((data["cameraId"], data["alertType"], data["message"]))
        self.remedies.append(data["remedy"])

    @property
    def types(self) -> list[tuple[str | None, str]]:
        return [(camera_id, alert_type) for camera_id, alert_type, _ in self.told]

    async def pass_time(self, seconds: float) -> None:
        await self.clock.advance(seconds)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    rig.add("gate", "hall", "roof")
    async with in_background(rig.alerts.run(), "alerts"):
        yield rig


async def test_an_outage_that_lasts_is_told_once_and_so_is_its_end(rig: Rig) -> None:
    rig.go_live("gate")
    await rig.pass_time(60)
    rig.stall("gate")
    rig.fail("gate", FailureCode.STALLED)
    await rig.pass_time(4)
    rig.fail("gate")
    await rig.pass_time(5)
    assert rig.told == []
    await rig.pass_time(2)
    assert rig.told == [("gate", "camera_down", DOWN)]
    assert rig.remedies == [REMEDY]
    for _ in range(100):
        rig.fail("gate")
        await rig.pass_time(5)
    rig.go_live("gate")
    for _ in range(100):
        rig.publish("gate")
        await rig.pass_time(1)
    assert rig.told[1:] == [("gate", "camera_recovered", "Pictures arrive again, after 9 min without")]


async def test_a_blip_is_no_alert_and_neither_is_its_end(rig: Rig) -> None:
    rig.go_live("gate")
    rig.fail("gate")
    await rig.pass_time(9)
    rig.go_live("gate")
    await rig.pass_time(600)
    assert rig.told == []


async def test_a_camera_that_never_was_live_is_told_from_its_first_failure_on(rig: Rig) -> None:
    rig.spawn("gate")
    await rig.pass_time(20)
    assert rig.told == []
    rig.fail("gate", FailureCode.NO_MEDIA)
    await rig.pass_time(9)
    assert rig.told == []
    await rig.pass_time(2)
    assert rig.types == [("gate", "camera_down")]


async def test_nobody_is_told_of_a_camera_that_nobody_wants(rig: Rig) -> None:
    for camera_id in ("gate", "hall", "roof"):
        rig.fail(camera_id)
    await rig.pass_time(5)
    rig.stop("gate")
    await rig.pass_time(10)
    assert rig.types == [("hall", "camera_down"), ("roof", "camera_down")]
    rig.stop("hall")
    rig.remove("roof")
    await rig.pass_time(60)
    rig.go_live("hall")
    await rig.pass_time(60)
    assert len(rig.told) == 2  # it was asked to stop; that it streams again is no recovery


async def test_four_outages_in_ten_minutes_are_flapping_told_once_an_episode(rig: Rig) -> None:
    async def blip() -> None:
        rig.fail("gate")
        await rig.pass_time(2)
        rig.go_live("gate")
        await rig.pass_time(178)

    for _ in range(3):
        await blip()
    assert rig.told == []
    await blip()
    assert rig.told == [("gate", "flapping", "The camera was lost 4 times within 10 min")]
    for _ in range(10):
        await blip()
    assert len(rig.told) == 1
    await rig.pass_time(600)
    for _ in range(3):
        await blip()
    assert len(rig.told) == 1
    await blip()
    assert len(rig.told) == 2


async def test_four_outages_in_more_than_ten_minutes_are_not_flapping(rig: Rig) -> None:
    for _ in range(10):
        rig.fail("gate")
        await rig.pass_time(1)
        rig.go_live("gate")
        await rig.pass_time(200)
    assert rig.told == []


@pytest.mark.parametrize("code", [code for code in FailureCode if lane_of(code) is Lane.BOX])
async def test_trouble_of_the_box_is_one_alert_and_so_is_its_end(rig: Rig, code: FailureCode) -> None:
    for camera_id in ("gate", "hall", "roof"):
        rig.go_live(camera_id)
    for camera_id in ("gate", "hall", "roof"):
        assert rig.told == []
        rig.fail(camera_id, code)
        await rig.pass_time(0.9)
    await rig.pass_time(1)
    assert rig.types == [(None, str(code))], "long before a camera of its own would be told of"
    for _ in range(20):
        for camera_id in ("gate", "hall", "roof"):
            rig.fail(camera_id, code)
        await rig.pass_time(3)
    assert rig.told == [(None, str(code), Failure(code).message)]
    for camera_id in ("gate", "hall"):
        rig.go_live(camera_id)
        await rig.pass_time(5)
        assert len(rig.told) == 1
    rig.go_live("roof")
    await rig.pass_time(60)
    assert rig.types[1:] == [(None, f"{code}_over")]


async def test_the_boxs_trouble_is_no_flapping_of_its_cameras(rig: Rig) -> None:
    for _ in range(10):
        rig.fail("gate", FailureCode.OUTPUT)
        await rig.pass_time(1)
        rig.go_live("gate")
        await rig.pass_time(10)
    assert rig.told == []


async def test_a_camera_that_is_down_for_a_reason_of_its_own_after_the_box_is_told_at_once(rig: Rig) -> None:
    rig.fail("gate", FailureCode.DISK_FULL)
    rig.fail("hall", FailureCode.DISK_FULL)
    await rig.pass_time(60)
    assert rig.types == [(None, "disk_full")]
    rig.fail("gate")
    await rig.pass_time(1)
    assert rig.types[1:] == [("gate", "camera_down")]
    rig.go_live("hall")
    await rig.pass_time(1)
    assert rig.types[2:] == [(None, "disk_full_over")]


async def test_that_nobody_wants_a_camera_any_more_does_not_heal_the_box(rig: Rig) -> None:
    rig.fail("gate", FailureCode.FFMPEG_MISSING)
    await rig.pass_time(60)
    rig.stop("gate")
    await rig.pass_time(60)
    rig.fail("hall", FailureCode.FFMPEG_MISSING)
    await rig.pass_time(60)
    assert rig.types == [(None, "ffmpeg_missing")]
    rig.stop("hall")
    rig.go_live("roof")
    await rig.pass_time(1)
    assert rig.types[1:] == [(None, "ffmpeg_missing_over")]


async def test_an_alert_is_logged_once_by_the_cameras_name(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "socstream.events.alerts")
    rig.fail("gate")
    rig.fail("hall", FailureCode.DISK_FULL)
    await rig.pass_time(60)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "ERROR",
            "this server: The server's disk is full (disk_full). "
            "Free space for the stream directory on this server.",
        ),
        ("WARNING", f"GATE: {DOWN} (camera_down). {REMEDY}"),
    ]


async def test_all_alerts_of_a_storm_are_told_within_a_second_of_the_hold_off(rig: Rig) -> None:
    names = [f"camera {number}" for number in range(1000)]
    rig.add(*names)
    for name in names:
        rig.fail(name)
    await rig.pass_time(9.9)
    assert rig.told == []
    await rig.pass_time(1)
    assert sorted(rig.types) == sorted((name, "camera_down") for name in names)


async def test_a_camera_that_is_gone_leaves_nothing_behind(rig: Rig) -> None:
    for number in range(50):
        name = f"camera {number}"
        rig.add(name)
        rig.go_live(name)
        for _ in range(5):
            rig.fail(name)
            rig.go_live(name)
        rig.remove(name)
    await asyncio.sleep(0)
    assert not rig.alerts._outages
    assert not rig.alerts._flaps
