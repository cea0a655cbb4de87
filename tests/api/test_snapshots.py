"""Snapshots are made once for many clients, and still tell each how everything is when it asks."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from socstream.api.keys import FEED
from socstream.events.hub import ALL, CONTRACT
from tests.api.rig import CAMERAS, Rig


def cameras_of(messages: Iterator[bytes]) -> list[dict[str, Any]]:
    """The cameras of a snapshot's messages, of either kind of clients."""
    cameras: list[dict[str, Any]] = []
    for message in messages:
        data = msgspec.json.decode(message)["data"]
        cameras += data.get("cameras", [data["camera"]] if "camera" in data else [])
    return cameras


@pytest.fixture
async def ids(rig: Rig) -> list[str]:
    """60 cameras: three messages for clients of ours."""
    return [(await rig.add(name=f"camera {number:02}"))["camera_id"] for number in range(60)]


@pytest.mark.parametrize("kinds", [ALL, CONTRACT])
async def test_the_same_bytes_serve_all_who_ask_within_a_second(
    rig: Rig, ids: list[str], kinds: frozenset[Any]
) -> None:
    feed = rig.app[FEED]
    first, second = list(feed.snapshot(kinds, None)), list(feed.snapshot(kinds, None))
    assert len(first) == (4 if kinds is ALL else 61)
    assert all(one is other for one, other in zip(first[:-1], second[:-1], strict=True))
    rig.clock.advance(1)
    assert not any(one is other for one, other in zip(first[:-1], feed.snapshot(kinds, None), strict=False))


@pytest.mark.parametrize("kinds", [ALL, CONTRACT])
async def test_a_change_is_in_every_snapshot_from_then_on(
    rig: Rig, ids: list[str], kinds: frozenset[Any]
) -> None:
    feed = rig.app[FEED]
    cameras_of(feed.snapshot(kinds, None))
    rig.go_live(ids[30])
    assert cameras_of(feed.snapshot(kinds, None))[30]["status"] == "online"
    rig.fail(ids[30])
    assert cameras_of(feed.snapshot(kinds, None))[30]["stream"]["state"] == "backoff"
    await rig.edit(ids[30], name="camera 99")
    assert cameras_of(feed.snapshot(kinds, None))[-1]["name"] == "camera 99"


@pytest.mark.parametrize("kinds", [ALL, CONTRACT])
async def test_cameras_that_come_and_go_while_one_is_taken_spoil_neither_it_nor_the_next(
    rig: Rig, ids: list[str], kinds: frozenset[Any]
) -> None:
    feed = rig.app[FEED]
    taken = feed.snapshot(kinds, None)
    first = cameras_of(iter([next(taken)]))
    new = (await rig.add(name="another"))["camera_id"]
    assert (await rig.client.delete(f"{CAMERAS}/{ids[40]}")).status == 204
    assert [camera["id"] for camera in first + cameras_of(taken)] == ids[:40] + ids[41:]
    assert [camera["id"] for camera in cameras_of(feed.snapshot(kinds, None))] == [new, *ids[:40], *ids[41:]]


async def test_without_cameras_our_clients_are_told_that_there_are_none(rig: Rig) -> None:
    part, _ = rig.app[FEED].snapshot(ALL, None)
    assert msgspec.json.decode(part)["data"] == {"cameras": [], "more": False}
    (metrics,) = rig.app[FEED].snapshot(CONTRACT, None)
    assert msgspec.json.decode(metrics)["data"]["metrics"]["total"] == 0


@pytest.mark.parametrize("kinds", [ALL, CONTRACT])
async def test_each_scope_has_snapshots_and_counts_of_its_own(
    rig: Rig, ids: list[str], kinds: frozenset[Any]
) -> None:
    feed, own = rig.app[FEED], frozenset(ids[7:9])
    assert [camera["id"] for camera in cameras_of(feed.snapshot(kinds, None))] == ids
    *cameras, metrics = feed.snapshot(kinds, own)
    assert [camera["id"] for camera in cameras_of(iter(cameras))] == ids[7:9]
    assert msgspec.json.decode(metrics)["data"]["metrics"]["total"] == 2
