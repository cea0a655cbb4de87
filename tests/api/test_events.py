"""The WebSockets: what their clients are told, how little it costs, and who may listen."""

import asyncio
import gc
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import (
    ClientSession,
    ClientWebSocketResponse,
    TCPConnector,
    WSCloseCode,
    WSMsgType,
    WSServerHandshakeError,
)

from socstream.api import feed
from socstream.api.keys import SOCKETS
from socstream.api.schema import CameraAnswer
from socstream.background import in_background
from socstream.events.hub import Kind
from socstream.model.failure import FailureCode
from tests.api.rig import CAMERAS, Rig, rigged, until

EVENTS = "/api/security-operations/events"
WS = "/ws/somebody"
OPERATIONS = "security-operations."
METRICS = "metrics.updated"
CONTRACT_PATHS = (WS, "/api/ws/somebody", "/api/v1/ws/somebody")
OUR_PATHS = (EVENTS, "/api/v1/security-operations/events")


class Listener:
    """A client that has taken its greeting and the snapshot; types are told without their prefix."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def take(self) -> tuple[str, Any]:
        """The next message: its type and its data."""
        message = await self.socket.receive_json(timeout=5)
        assert set(message) == {"type", "data", "timestamp"}
        return message["type"].removeprefix(OPERATIONS), message["data"]

    async def take_until(self, last: str) -> list[tuple[str, Any]]:
        """All messages up to the next one of this type."""
        taken = [await self.take()]
        while taken[-1][0] != last:
            taken.append(await self.take())
        return taken

    async def snapshot(self) -> list[dict[str, Any]]:
        """The cameras of the next snapshot, whatever comes before it."""
        cameras: list[dict[str, Any]] = []
        while True:
            kind, data = await self.take()
            if kind == "snapshot":
                cameras += data["cameras"]
                if not data["more"]:
                    return cameras


@asynccontextmanager
async def listening(rig: Rig, path: str = EVENTS, **options: Any) -> AsyncIterator[Listener]:
    async with rig.client.ws_connect(path, **options) as socket:
        listener = Listener(socket)
        assert await listener.take() == ("connected", {})
        await listener.take_until(METRICS)
        yield listener


async def pass_time(rig: Rig) -> None:
    while True:
        await asyncio.sleep(0.01)
        rig.clock.advance(1)


async def tell_much(rig: Rig) -> None:
    """40 MB, slowly enough that sockets, not queues, fill: no client is slow by itself."""
    for _ in range(1000):
        for _ in range(4):
            rig.services.hub.publish(Kind.ALERT_TRIGGERED, "x" * 10_000)
        for _ in range(4):
            await asyncio.sleep(0)
        rig.clock.advance(1)


@pytest.mark.parametrize("path", OUR_PATHS)
async def test_our_page_is_greeted_and_gets_every_camera_in_few_messages(rig: Rig, path: str) -> None:
    added = [await rig.add(name=f"camera {number:02}", location={"Floor_no": number}) for number in range(30)]
    rig.go_live(added[3]["camera_id"])
    async with rig.client.ws_connect(path) as socket:
        listener = Listener(socket)
        assert await listener.take() == ("connected", {})
        *parts, (_, metrics) = await listener.take_until(METRICS)
    assert [kind for kind, _ in parts] == ["snapshot", "snapshot"]
    assert [data["more"] for _, data in parts] == [True, False]
    cameras = [camera for _, data in parts for camera in data["cameras"]]
    assert [camera["id"] for camera in cameras] == [camera["camera_id"] for camera in added]
    assert [camera["status"] for camera in cameras] == ["offline"] * 3 + ["online"] + ["offline"] * 26
    assert cameras[7]["location"] == {"Floor_no": 7}, "what others put in there keeps its names"
    assert metrics["metrics"] == {
        "total": 30,
        "online": 1,
        "offline": 29,
        "maintenance": 0,
        "recording": 0,
        "avgUptime": "100%",
    }


@pytest.mark.parametrize("path", CONTRACT_PATHS)
async def test_a_client_of_the_contract_gets_a_camera_in_each_message_and_only_types_it_knows(
    rig: Rig, path: str
) -> None:
    first, second = [(await rig.add(name=name))["camera_id"] for name in ("first", "second")]
    async with rig.client.ws_connect(path) as socket:
        listener = Listener(socket)
        messages = [await listener.take() for _ in range(4)]
        assert [kind for kind, _ in messages] == ["connected", "camera.updated", "camera.updated", METRICS]
        assert [data["camera"]["id"] for _, data in messages[1:3]] == [first, second]
        rig.go_live(first)
        await rig.client.delete(f"{CAMERAS}/{first}")
        rig.services.hub.publish(Kind.ALERT_TRIGGERED, "the last one")
        kinds = [kind for kind, _ in await listener.take_until("alert.triggered")]
    assert set(kinds) == {"camera.status-changed", "camera.updated", "alert.triggered"}


async def test_a_camera_is_told_in_camel_case_as_the_list_tells_it(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    rig.clock.advance(1)
    rig.fail(camera_id)
    rig.clock.advance(1)
    async with listening(rig) as listener:
        rig.spawn(camera_id, 2)
        ((_, data),) = await listener.take_until("camera.updated")
        listed = await rig.show(camera_id)
    told = data["camera"]
    assert told["id"] == camera_id
    assert told["motionDetectionEnabled"] is True
    assert told["stream"]["failure"]["code"] == "refused"
    assert told["stream"]["retryAt"] is None
    assert told["uptime"] == 0.5

    def snake(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                "".join(f"_{c.lower()}" if c.isupper() else c for c in k): snake(v) for k, v in value.items()
            }
        return value

    listed["id"] = listed.pop("camera_id")
    assert snake(told) == listed
    assert "s3cret-pass" not in str(data)


async def test_every_change_of_the_status_is_told_at_once_and_every_change_of_the_stream_once(
    rig: Rig,
) -> None:
    camera_id = (await rig.add())["camera_id"]
    async with listening(rig) as listener:

        async def told() -> list[str]:
            """What was told so far, a status with its value, a camera with its state."""
            rig.services.hub.publish(Kind.ALERT_TRIGGERED, "so far")
            *messages, _ = await listener.take_until("alert.triggered")
            return [
                data["status"] if kind == "camera.status-changed" else data["camera"]["stream"]["state"]
                for kind, data in messages
            ]

        rig.spawn(camera_id)
        assert await told() == ["starting"]
        rig.publish(camera_id)
        assert await told() == ["online", "live"]
        for _ in range(20):
            rig.clock.advance(0.01)
            rig.publish(camera_id)
        assert await told() == []
        rig.fail(camera_id)
        assert await told() == ["offline", "backoff"]
        rig.spawn(camera_id, 2)
        rig.fail(camera_id, FailureCode.UNAUTHORIZED)
        assert await told() == ["starting", "backoff"]
        rig.spawn(camera_id, 3)
        rig.publish(camera_id)
        assert await told() == ["starting", "online", "live"]
        await rig.edit(camera_id, status="maintenance")
        assert await told() == ["maintenance", "live"]
        rig.stop(camera_id)
        assert await told() == ["stopped"]
        await rig.edit(camera_id, status="online")
        assert await told() == ["offline", "stopped"]


async def test_adding_editing_and_deleting_a_camera_are_told_a_heartbeat_is_not(rig: Rig) -> None:
    async with listening(rig) as listener:
        camera_id = (await rig.add())["camera_id"]
        await rig.edit(camera_id, name="Door")
        await rig.client.post(f"{CAMERAS}/{camera_id}/heartbeat", json={})
        rig.go_live(camera_id)
        assert (await rig.client.delete(f"{CAMERAS}/{camera_id}")).status == 204
        messages = await listener.take_until("camera.deleted")
    names = [data["camera"]["name"] for kind, data in messages if kind == "camera.updated"]
    assert names[-4:] == ["Gate", "Door", "Door", "Door"]  # added; edited; starting; live
    assert messages[-2:] == [
        ("camera.status-changed", {"cameraId": camera_id, "status": "offline"}),
        ("camera.deleted", {"cameraId": camera_id}),
    ]


async def test_counts_are_told_when_they_change_and_at_most_once_a_second(rig: Rig) -> None:
    ids = [(await rig.add(name=f"camera {number}"))["camera_id"] for number in range(3)]
    async with listening(rig) as listener, listening(rig, WS) as other:
        for camera_id in ids:
            rig.go_live(camera_id)
        for _ in range(5):
            rig.clock.advance(1)
            await asyncio.sleep(0.02)
        await rig.edit(ids[0], is_recording=True)
        rig.clock.advance(1)
        for each in (listener, other):
            counts = [
                (data["metrics"]["online"], data["metrics"]["recording"])
                for data in [(await each.take_until(METRICS))[-1][1] for _ in range(2)]
            ]
            assert counts == [(3, 0), (3, 1)]


async def test_counts_are_fresh_for_who_comes_after_a_time_in_which_nobody_listened(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    async with listening(rig):
        pass
    await until(lambda: not rig.services.hub.is_heard)
    rig.go_live(camera_id)
    rig.clock.advance(1)
    await asyncio.sleep(0.02)
    async with rig.client.ws_connect(WS) as socket:
        (*_, (_, data)) = await Listener(socket).take_until(METRICS)
    assert data["metrics"]["online"] == 1


async def test_200_clients_cost_one_encoding_of_each_event(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    camera_id = (await rig.add())["camera_id"]
    made: Counter[str] = Counter()
    message, shown = rig.services.hub.message, feed._camel

    def count_message(kind: Kind, data: object) -> bytes:
        made["messages"] += 1
        return message(kind, data)

    def count_camera(value: Any) -> Any:
        made["cameras"] += isinstance(value, CameraAnswer)
        return shown(value)

    monkeypatch.setattr(rig.services.hub, "message", count_message)
    monkeypatch.setattr(feed, "_camel", count_camera)
    async with AsyncExitStack() as stack:
        many = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
        listeners = []
        for _ in range(200):
            socket = await stack.enter_async_context(
                many.ws_connect(rig.client.make_url(EVENTS), headers=rig.header)
            )
            listeners.append(Listener(socket))
            await listeners[-1].take_until(METRICS)
        assert made["cameras"] == 1, "a snapshot is made of what is known already"
        made.clear()
        await rig.edit(camera_id, name="Door")
        for listener in listeners:
            kind, data = await listener.take()
            assert (kind, data["camera"]["name"]) == ("camera.updated", "Door")
    assert made == {"messages": 1, "cameras": 1}


async def test_a_slow_client_gets_a_fresh_snapshot_and_costs_no_memory_meanwhile(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    async with listening(rig) as slow, listening(rig) as other:
        gc.collect()
        tracemalloc.start()
        try:
            await tell_much(rig)
            before_reading, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 4_000_000, "40 MB were told to two clients that did not read"
        assert before_reading < 3_000_000
        await rig.edit(camera_id, name="Door")
        async with in_background(pass_time(rig), "time"):
            for listener in (slow, other):
                while (await listener.snapshot())[0]["name"] != "Door":
                    pass
            await rig.edit(camera_id, name="Barrier")
            for listener in (slow, other):
                messages = await listener.take_until("camera.updated")
                assert messages[-1][1]["camera"]["name"] == "Barrier"


async def test_a_client_that_vanishes_is_forgotten(rig: Rig) -> None:
    async with listening(rig) as listener:
        transport = listener.socket._response.connection.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.abort()
        await until(lambda: not rig.app[SOCKETS])
        assert not rig.services.hub.is_heard
        rig.services.hub.publish(Kind.ALERT_TRIGGERED, "nobody")


async def test_what_a_client_says_is_not_looked_at_but_never_grows_large(rig: Rig) -> None:
    async with listening(rig) as listener:
        await listener.socket.send_str('{"token": "any"}')
        await listener.socket.send_bytes(b"\0\1")
        rig.services.hub.publish(Kind.ALERT_TRIGGERED, "still there")
        assert await listener.take() == ("alert.triggered", "still there")
        await listener.socket.send_str("x" * 5000)
        assert (await listener.socket.receive(timeout=5)).type is WSMsgType.CLOSE
        assert listener.socket.close_code == WSCloseCode.MESSAGE_TOO_BIG


async def test_a_stop_tells_every_client_at_once_also_when_one_reads_nothing(rig: Rig) -> None:
    async with listening(rig) as listener, listening(rig, WS) as other, listening(rig) as stuck:
        await tell_much(rig)

        async def end_of(client: Listener) -> int | None:
            async with asyncio.timeout(10):
                async for _ in client.socket:
                    pass
            return client.socket.close_code

        ends = [asyncio.create_task(end_of(client)) for client in (listener, other)]
        await asyncio.sleep(0.1)
        began = time.monotonic()
        assert rig.client.server is not None
        await rig.client.server.close()
        assert time.monotonic() - began < 2.5
        assert await asyncio.gather(*ends) == [WSCloseCode.GOING_AWAY] * 2
        await stuck.socket.close()


@pytest.mark.parametrize("path", [*CONTRACT_PATHS, *OUR_PATHS])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost:3001", "null", "", "file://", "http://"]
)
@pytest.mark.both_paths
async def test_no_foreign_page_may_listen(rig: Rig, path: str, origin: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await rig.client.ws_connect(path, headers={"Origin": origin})
    assert refused.value.status == 403
    answer = await rig.get(path, headers={"Origin": origin})
    assert (answer.status, (await answer.json())["code"]) == (403, "foreign_origin")


async def test_our_own_page_those_of_the_list_and_programs_may_listen(rig: Rig) -> None:
    own = f"{rig.client.host}:{rig.client.port}"
    for origin in (f"http://{own}", f"https://{own}", "http://localhost:3000"):
        async with listening(rig, WS, headers={"Origin": origin}):
            pass
    async with listening(rig, f"{WS}?token=any"):
        pass


async def test_a_plain_request_is_told_that_it_is_none(rig: Rig) -> None:
    for path in (WS, EVENTS):
        answer = await rig.get(path)
        assert answer.status == 400
        assert (await answer.json())["detail"]


async def test_without_a_list_there_is_no_snapshot_but_503(tmp_path: Path) -> None:
    async with rigged(tmp_path, loaded=False) as rig:
        with pytest.raises(WSServerHandshakeError) as refused:
            await rig.client.ws_connect(EVENTS)
        assert refused.value.status == 503
