"""What one listener gets: a snapshot, then what happens; a fresh snapshot instead of a long queue."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest

from socstream.events.hub import ALL, CONTRACT, MOST_UNSENT, Hub, Kind, Listener, Subscription
from tests.fakes import FakeClock, settle


class Client:
    """Takes messages as fast as the test lets it."""

    def __init__(self, subscription: Subscription) -> None:
        self._messages = subscription.messages()

    async def take(self) -> bytes:
        return await anext(self._messages)


class Rig:
    """A hub, whose snapshots are numbered."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.hub = Hub(self.clock)
        self.snapshots = 0

    def snapshot(self) -> Iterator[bytes]:
        self.snapshots += 1
        number = self.snapshots
        yield f"snapshot {number}, first part".encode()
        yield f"snapshot {number}, last part".encode()

    def alert(self, text: str) -> None:
        self.hub.publish(Kind.ALERT_TRIGGERED, text)


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[Client]:
    """One that has its first snapshot."""
    with rig.hub.subscribed(Listener(CONTRACT, None, rig.snapshot)) as subscription:
        client = Client(subscription)
        assert [await client.take(), await client.take()] == [
            b"snapshot 1, first part",
            b"snapshot 1, last part",
        ]
        yield client


def data_of(message: bytes) -> object:
    return msgspec.json.decode(message)["data"]


def test_a_message_has_type_data_and_timestamp(rig: Rig) -> None:
    assert msgspec.json.decode(rig.hub.message(Kind.CONNECTED, {"a": None})) == {
        "type": "connected",
        "data": {"a": None},
        "timestamp": "2026-03-01T12:00:00.000Z",
    }


async def test_messages_come_in_order_after_the_snapshot(rig: Rig, client: Client) -> None:
    for number in range(5):
        rig.alert(f"alert {number}")
    assert [data_of(await client.take()) for _ in range(5)] == [f"alert {number}" for number in range(5)]


async def test_what_happens_while_a_snapshot_is_taken_comes_after_it(rig: Rig) -> None:
    with rig.hub.subscribed(Listener(CONTRACT, None, rig.snapshot)) as subscription:
        client = Client(subscription)
        rig.alert("before it: in the snapshot")
        await client.take()
        rig.alert("between its parts")
        assert await client.take() == b"snapshot 1, last part"
        assert data_of(await client.take()) == "between its parts"


async def test_nobody_gets_a_kind_that_he_does_not_know(rig: Rig) -> None:
    with (
        rig.hub.subscribed(Listener(CONTRACT, None, rig.snapshot)) as theirs,
        rig.hub.subscribed(Listener(ALL, None, rig.snapshot)) as ours,
    ):
        old, new = Client(theirs), Client(ours)
        for client in (old, old, new, new):
            await client.take()
        rig.hub.publish(Kind.CAMERA_DELETED, "deleted")
        rig.alert("alert")
        assert data_of(await old.take()) == "alert"
        assert [data_of(await new.take()), data_of(await new.take())] == ["deleted", "alert"]


async def test_who_is_too_slow_gets_a_fresh_snapshot_and_no_queue(rig: Rig, client: Client) -> None:
    await rig.clock.advance(10)
    for _ in range(1000):
        rig.alert("x" * (MOST_UNSENT // 50))
    assert await client.take() == b"snapshot 2, first part"
    rig.alert("and then this")
    assert await client.take() == b"snapshot 2, last part"
    assert data_of(await client.take()) == "and then this"


async def test_a_little_that_waits_is_not_replaced(rig: Rig, client: Client) -> None:
    for number in range(50):
        rig.alert(f"{number} " + "x" * 1000)
    assert [str(data_of(await client.take())).split()[0] for _ in range(50)] == [str(n) for n in range(50)]
    rig.alert("x" * 60_000)
    assert data_of(await client.take()) == "x" * 60_000
    assert rig.snapshots == 1


async def test_in_a_storm_snapshots_are_a_second_apart(rig: Rig, client: Client) -> None:
    async def take_all() -> None:
        while True:
            await client.take()

    taking = asyncio.create_task(take_all())
    for _ in range(50):
        rig.alert("x" * (MOST_UNSENT + 1))
        await rig.clock.advance(0.1)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    assert 4 <= rig.snapshots <= 6


async def test_who_is_gone_gets_nothing_and_nothing_is_made_for_nobody(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rig.hub.subscribed(Listener(CONTRACT, None, rig.snapshot)):
        heard = [rig.hub.is_heard]
    heard.append(rig.hub.is_heard)
    assert heard == [True, False]
    monkeypatch.setattr(rig.hub, "message", None)  # calling it would fail
    rig.alert("nobody listens")
    await settle()


async def test_all_get_the_very_same_bytes(rig: Rig) -> None:
    with (
        rig.hub.subscribed(Listener(CONTRACT, None, rig.snapshot)) as first,
        rig.hub.subscribed(Listener(ALL, None, rig.snapshot)) as second,
    ):
        clients = Client(first), Client(second)
        for client in (*clients, *clients):
            await client.take()
        rig.alert("one for all")
        one, other = [await client.take() for client in clients]
        assert one is other


async def test_nobody_hears_of_a_camera_that_he_may_not_see(rig: Rig) -> None:
    limited = Listener(ALL, frozenset({"gate"}), rig.snapshot)
    with rig.hub.subscribed(limited) as subscription:
        client = Client(subscription)
        await client.take(), await client.take()
        for camera_id in ("hall", "gate", None):
            rig.hub.publish(Kind.ALERT_TRIGGERED, camera_id, camera_id)
        rig.hub.publish_to(None, Kind.METRICS_UPDATED, "of all")
        rig.hub.publish_to(frozenset({"gate"}), Kind.METRICS_UPDATED, "of his")
        assert [data_of(await client.take()) for _ in range(3)] == ["gate", None, "of his"]
        assert rig.hub.scopes == {frozenset({"gate"})}


async def test_who_has_all_is_told_at_once_and_who_has_no_room_later_and_in_order(rig: Rig) -> None:
    told, room = list[bytes](), 0

    def tell(message: bytes) -> bool:
        if len(told) < room:
            told.append(message)
            return True
        return False

    with rig.hub.subscribed(Listener(CONTRACT, None, rig.snapshot), tell) as subscription:
        client = Client(subscription)
        room = 2
        await client.take()
        rig.alert("behind the snapshot")
        await client.take()
        assert not told, "the snapshot is not sent yet"
        assert data_of(await client.take()) == "behind the snapshot"
        rest = asyncio.create_task(client.take())
        await settle()
        for number in range(4):
            rig.alert(f"alert {number}")
        room = 5
        rig.alert("alert 4")
        assert [data_of(message) for message in told] == ["alert 0", "alert 1"]
        later = [await rest, await client.take(), await client.take()]
        assert [data_of(message) for message in later] == ["alert 2", "alert 3", "alert 4"]
