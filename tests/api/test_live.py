"""The WebSocket with pictures: what it lets a client ask for, what it refuses, and when it ends."""

import asyncio
import json
import ssl
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer

from socstream.api.application import make_application
from socstream.api.keys import SOCKETS
from socstream.live.group import Form, Picture
from socstream.model.account import Role
from tests.api.certificates import write_pair
from tests.api.rig import CAMERAS, Rig, until
from tests.api.visitors import add_user, bearer, tokens_of
from tests.live.client import Binary, Camera, take_apart

pytestmark = pytest.mark.both_loops

LIVE = "/api/security-operations/live"
UNKNOWN = "00000000-0000-4000-8000-00000000dead"

Told = dict[str, Any] | Binary


class Watching:
    """A client, and what it is sent."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, kind: str, camera_id: str, form: str = "units") -> None:
        await self.socket.send_json({"type": kind, "camera_id": camera_id, "form": form})

    async def take(self) -> Told:
        message = await self.socket.receive(timeout=5)
        if message.type is WSMsgType.TEXT:
            told: dict[str, Any] = json.loads(message.data)
            return told
        assert message.type is WSMsgType.BINARY, message
        return take_apart(message.data)

    async def kinds(self, count: int) -> list[object]:
        """So many messages in short: the type of a text, the kind of a binary one."""
        told = [await self.take() for _ in range(count)]
        return [each.kind if isinstance(each, Binary) else each["type"] for each in told]


@asynccontextmanager
async def watching(rig: Rig, path: str = LIVE, **options: Any) -> AsyncIterator[Watching]:
    async with rig.client.ws_connect(path, **options) as socket:
        yield Watching(socket)


async def live_camera(rig: Rig, **changes: Any) -> Camera:
    """A camera with a configuration and three pictures."""
    camera_id = (await rig.add(**changes))["camera_id"]
    camera = Camera(rig.clock, rig.services.edges, camera_id)
    camera.begin()
    camera.send_group(3)
    return camera


@pytest.mark.parametrize("path", [LIVE, "/api/v1/security-operations/live"])
@pytest.mark.parametrize("form", ["units", "fmp4"])
async def test_a_subscriber_gets_what_there_is_and_what_comes_until_he_has_enough(
    rig: Rig, path: str, form: str
) -> None:
    camera = await live_camera(rig)
    async with watching(rig, path) as client:
        await client.say("sub", camera.edge.camera_id, form)
        assert await client.kinds(6) == ["subscribed", "configuration", 0, 1, 2, 2]
        data = camera.send()
        picture = await client.take()
        assert isinstance(picture, Binary)
        assert picture.payload.endswith(data)
        await client.say("unsub", camera.edge.camera_id, form)
        told = await client.take()
        assert told == {"type": "unsubscribed", "camera_id": camera.edge.camera_id, "form": form}
        camera.send()
        await client.say("sub", camera.edge.camera_id, form)
        assert await client.kinds(2) == ["subscribed", "configuration"]


async def test_one_socket_carries_many_cameras_and_forms(rig: Rig) -> None:
    cameras = [await live_camera(rig, name=f"camera {number}") for number in range(3)]
    async with watching(rig) as client:
        streams = set()
        for camera in cameras:
            for form in ("units", "fmp4"):
                await client.say("sub", camera.edge.camera_id, form)
                told = await client.take()
                assert isinstance(told, dict)
                assert (told["type"], told["camera_id"], told["form"]) == (
                    "subscribed",
                    camera.edge.camera_id,
                    form,
                )
                streams.add(told["stream"])
                assert await client.kinds(5) == ["configuration", 0, 1, 2, 2]
        assert len(streams) == 6
        seen = set()
        for camera in cameras:
            camera.send()
        for _ in range(6):
            told = await client.take()
            assert isinstance(told, Binary)
            seen.add(told.stream)
        assert seen == streams


async def test_a_keyframe_is_asked_for_when_a_decoder_has_lost_its_way(rig: Rig) -> None:
    camera = await live_camera(rig)
    async with watching(rig) as client:
        await client.say("sub", camera.edge.camera_id)
        await client.kinds(6)
        await client.say("keyframe", camera.edge.camera_id)
        assert await client.kinds(5) == ["configuration", 0, 1, 2, 2]


async def test_unknown_and_forbidden_cameras_look_the_same_to_every_command(rig: Rig) -> None:
    own, foreign = [(await live_camera(rig, name=name)).edge.camera_id for name in ("own", "foreign")]
    await add_user(rig, "guard", Role.VIEWER, frozenset({own}))
    headers = bearer(rig, (await tokens_of(rig, "guard"))["access_token"]).headers
    async with rig.stranger.ws_connect(LIVE, headers=headers) as socket:
        client = Watching(socket)
        await client.say("sub", own)
        assert (await client.kinds(6))[0] == "subscribed"
        for command in ("sub", "keyframe", "unsub"):
            answers = []
            for camera_id in (foreign, UNKNOWN, "no id at all"):
                await client.say(command, camera_id)
                told = await client.take()
                assert isinstance(told, dict)
                assert told.pop("camera_id") == camera_id
                answers.append(told)
            assert answers == [answers[0]] * 3
            assert (answers[0]["type"], answers[0]["code"]) == ("refused", "camera_not_found")


BAD = {
    "nothing": "",
    "no JSON": "sub",
    "no object": "[]",
    "a number": "7",
    "no type": '{"camera_id": "c", "form": "units"}',
    "another type": '{"type": "pause", "camera_id": "c", "form": "units"}',
    "no camera": '{"type": "sub", "form": "units"}',
    "a camera that is no text": '{"type": "sub", "camera_id": 7, "form": "units"}',
    "no form": '{"type": "sub", "camera_id": "c"}',
    "another form": '{"type": "sub", "camera_id": "c", "form": "webm"}',
    "an end too early": '{"type": "sub", "camera_id": "c", "form": "units"',
    "a long word that is repeated": '{"type": "%s", "camera_id": "c", "form": "units"}' % ("ü" * 1500),
    "a deep hole": "[" * 4000,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
async def test_a_malformed_command_ends_the_socket_with_a_reason(rig: Rig, text: str) -> None:
    async with watching(rig) as client:
        await client.socket.send_str(text)
        message = await client.socket.receive(timeout=5)
        assert (message.type, message.data) == (WSMsgType.CLOSE, WSCloseCode.POLICY_VIOLATION)
        reason = str(message.extra)
        assert reason.startswith("no command: ")
    assert len(reason.encode()) <= 123


async def test_what_is_binary_or_too_large_ends_the_socket_as_well(rig: Rig) -> None:
    async with watching(rig) as client:
        await client.socket.send_bytes(b'{"type": "sub"}')
        message = await client.socket.receive(timeout=5)
        assert (message.data, message.extra) == (WSCloseCode.UNSUPPORTED_DATA, "commands are text")
    async with watching(rig) as client:
        await client.socket.send_str("x" * 5000)
        assert (await client.socket.receive(timeout=5)).data == WSCloseCode.MESSAGE_TOO_BIG


async def test_a_flood_of_commands_ends_the_socket(rig: Rig) -> None:
    async with watching(rig) as client:
        for _ in range(512):
            await client.say("unsub", UNKNOWN)
        assert await client.kinds(512) == ["refused"] * 512
        await client.say("unsub", UNKNOWN)
        message = await client.socket.receive(timeout=5)
        assert (message.data, message.extra) == (WSCloseCode.POLICY_VIOLATION, "too many commands")


async def test_who_loses_the_right_to_look_loses_the_socket(rig: Rig) -> None:
    camera = await live_camera(rig)
    made = await add_user(rig, "guard", Role.VIEWER)
    headers = bearer(rig, (await tokens_of(rig, "guard"))["access_token"]).headers
    async with rig.stranger.ws_connect(LIVE, headers=headers) as socket, watching(rig) as other:
        for client in (Watching(socket), other):
            await client.say("sub", camera.edge.camera_id)
            await client.kinds(6)
        await rig.services.accounts.delete_user(made.user_id)
        assert (await socket.receive(timeout=5)).data == WSCloseCode.POLICY_VIOLATION
        camera.send()
        assert await other.kinds(1) == [2]


async def test_a_deleted_camera_is_one_that_nobody_knows(rig: Rig) -> None:
    camera = await live_camera(rig)
    camera_id = camera.edge.camera_id
    async with watching(rig) as client:
        await client.say("sub", camera_id)
        await client.kinds(6)
        assert (await rig.client.delete(f"{CAMERAS}/{camera_id}")).status == 204
        told = await client.take()
        assert isinstance(told, dict)
        assert (told["type"], told["code"]) == ("refused", "camera_not_found")
        await client.say("unsub", camera_id)
        assert await client.kinds(1) == ["refused"]


async def test_cameras_that_have_no_edge_say_so(rig: Rig) -> None:
    camera_id = (await rig.add(status="maintenance"))["camera_id"]
    async with watching(rig) as client:
        await client.say("sub", camera_id)
        assert await client.kinds(1) == ["subscribed"]
        told = await client.take()
        assert isinstance(told, dict)
        assert (told["type"], told["code"]) == ("unavailable", "maintenance")


async def test_a_subscriber_is_a_viewer_as_long_as_he_is_one(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    viewers, watched = rig.services.metrics.viewers, rig.supervision.watched

    def noted_times(times: int) -> bool:
        return len(watched) >= times

    async with watching(rig) as client:
        await client.say("sub", camera_id)
        await client.kinds(1)
        assert watched == [camera_id]
        for times in range(2, 12):
            await asyncio.sleep(0)
            rig.clock.advance(5)
            await until(partial(noted_times, times))
        assert viewers.count(camera_id) == 1
        await client.say("unsub", camera_id)
        await client.kinds(1)
        noted = len(watched)
        for _ in range(10):
            rig.clock.advance(5)
            await asyncio.sleep(0.01)
        assert len(watched) == noted
    assert viewers.count(camera_id) == 0


async def test_a_client_that_vanishes_is_forgotten(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = await live_camera(rig)
    async with watching(rig) as client:
        await client.say("sub", camera.edge.camera_id)
        await client.kinds(6)
        transport = client.socket._response.connection.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.abort()
        await until(lambda: not rig.app[SOCKETS])
    made: list[Form] = []

    def made_of(picture: Picture, form: Form, stream: int) -> bytes:
        made.append(form)
        return b""

    monkeypatch.setattr(Picture, "_made", made_of)
    camera.send()
    assert not made, "nobody wants it"


async def test_who_says_who_he_is_in_the_first_message_may_look(rig: Rig) -> None:
    camera = await live_camera(rig)
    async with rig.stranger.ws_connect(LIVE) as socket:
        await socket.send_json({"token": rig.admin_token})
        client = Watching(socket)
        await client.say("sub", camera.edge.camera_id)
        assert (await client.kinds(6))[-1] == 2
    async with rig.stranger.ws_connect(LIVE) as socket:
        await socket.send_json({"type": "sub", "camera_id": camera.edge.camera_id, "form": "units"})
        assert (await socket.receive(timeout=5)).data == WSCloseCode.POLICY_VIOLATION


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3001"])
async def test_no_foreign_page_may_look(rig: Rig, origin: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await rig.client.ws_connect(LIVE, headers={"Origin": origin})
    assert refused.value.status == 403


async def test_a_picture_larger_than_all_that_may_wait_goes_through(rig: Rig) -> None:
    camera = await live_camera(rig)
    async with watching(rig, max_msg_size=0) as client:
        await client.say("sub", camera.edge.camera_id)
        await client.kinds(6)
        large = [camera.send(key=True, size=3_000_000), camera.send(size=70_000), camera.send()]
        told = [await client.take() for _ in range(3)]
        assert [each.payload for each in told if isinstance(each, Binary)] == large


async def test_by_tls_it_is_the_same_and_what_waits_is_bounded_as_well(rig: Rig, tmp_path: Path) -> None:
    camera = await live_camera(rig)
    certificate = write_pair(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=certificate[0])
    server = TestServer(make_application(rig.services), scheme="https")
    await server.start_server(ssl=context)
    secured: TestClient[web.Request, web.Application] = TestClient(server, headers=rig.header)
    async with secured, secured.ws_connect(LIVE, ssl=trusting, max_msg_size=0) as socket:
        client = Watching(socket)
        await client.say("sub", camera.edge.camera_id)
        await client.kinds(6)
        large = [camera.send(key=True, size=3_000_000), *[camera.send(size=70_000) for _ in range(20)]]
        told = [await client.take() for _ in large]
        assert [each.payload for each in told if isinstance(each, Binary)] == large
        tracemalloc.start()
        try:
            for _ in range(20):
                camera.send_group(5, size=500_000)
                await asyncio.sleep(0.02)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 16_000_000, "50 MB were sent to a client that did not read"
