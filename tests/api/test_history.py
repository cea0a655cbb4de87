"""The past of a camera over HTTP."""

from typing import Any

import pytest

from tests.api.rig import CAMERAS, Rig

UNKNOWN = "00000000-0000-4000-8000-00000000dead"


async def ask(rig: Rig, camera_id: str, **times: str) -> dict[str, Any]:
    response = await rig.get(f"{CAMERAS}/{camera_id}/history", params=times)
    assert response.status == 200, await response.text()
    answer: dict[str, Any] = await response.json()
    return answer


@pytest.fixture
async def gate(rig: Rig) -> str:
    """A camera that started at 12:00, was live from 12:00:01 to 12:01 and is down since."""
    camera_id: str = (await rig.add())["camera_id"]
    rig.spawn(camera_id)
    rig.clock.advance(1)
    rig.publish(camera_id)
    rig.clock.advance(59)
    rig.fail(camera_id)
    rig.clock.advance(0.5)
    return camera_id


async def test_states_and_bit_rate_of_the_last_day_are_told(rig: Rig, gate: str) -> None:
    assert await ask(rig, gate) == {
        "states": [
            {"state": "unknown", "since": "2026-02-28T12:01:00.500Z"},
            {"state": "starting", "since": "2026-03-01T12:00:00.000Z"},
            {"state": "live", "since": "2026-03-01T12:00:01.000Z"},
            {"state": "backoff", "since": "2026-03-01T12:01:00.000Z"},
        ],
        "bitrate": [["2026-03-01T12:00:00.000Z", 4_000_000]],
        "bitrate_step": 10,
    }


async def test_another_time_may_be_asked_for(rig: Rig, gate: str) -> None:
    told = await ask(rig, gate, since="2026-03-01T12:00:30Z", until="2026-03-01T12:01:00Z")
    assert told["states"] == [{"state": "live", "since": "2026-03-01T12:00:30.000Z"}]
    assert told["bitrate"] == []
    whole = await ask(rig, gate, since="0001-01-01T00:00:00Z", until="9999-12-31T23:59:59Z")
    assert [each["state"] for each in whole["states"]] == ["unknown", "starting", "live", "backoff"]
    assert whole["states"][0]["since"] == "2025-12-01T12:01:00.500Z"


@pytest.mark.parametrize(
    ("times", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-03-01"}, "until"),
        ({"since": "2027-01-01T00:00:00Z"}, "since"),
    ],
)
async def test_a_wrong_time_is_named(rig: Rig, gate: str, times: dict[str, str], field: str) -> None:
    response = await rig.get(f"{CAMERAS}/{gate}/history", params=times)
    assert response.status == 422
    assert [error["field"] for error in (await response.json())["errors"]] == [field]


async def test_an_unknown_camera_has_no_past(rig: Rig, gate: str) -> None:
    assert (await rig.get(f"{CAMERAS}/{UNKNOWN}/history")).status == 404


async def test_a_camera_that_nobody_started_has_a_past_without_anything(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.clock.advance(5)
    told = await ask(rig, camera_id, since="2026-03-01T12:00:01Z")
    assert told == {
        "states": [{"state": "stopped", "since": "2026-03-01T12:00:01.000Z"}],
        "bitrate": [],
        "bitrate_step": 10,
    }
