"""Who listens at the WebSockets: how he says who he is, what he may hear, and when that ends."""

from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType, WSServerHandshakeError

from socstream.model.account import Role, UserEdit
from tests.api.rig import CAMERAS, Rig
from tests.api.visitors import PASSWORD, add_user, tokens_of

EVENTS = "/api/security-operations/events"
CONTRACT_PATHS = ("/ws/somebody", "/api/ws/somebody", "/api/v1/ws/somebody")


async def types(socket: ClientWebSocketResponse, count: int) -> list[str]:
    return [(await socket.receive_json(timeout=5))["type"].rpartition(".")[2] for _ in range(count)]


async def code_of(socket: ClientWebSocketResponse) -> int | None:
    """With which code the server closes, after whatever it has to tell yet."""
    message = await socket.receive(timeout=5)
    while message.type is WSMsgType.TEXT:
        message = await socket.receive(timeout=5)
    assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING)
    return socket.close_code


@pytest.mark.parametrize("path", CONTRACT_PATHS)
async def test_clients_of_the_contract_tell_their_token_in_the_query(rig: Rig, path: str) -> None:
    await add_user(rig, "guard")
    token = (await tokens_of(rig, "guard"))["access_token"]
    async with rig.stranger.ws_connect(f"{path}?token={token}") as socket:
        assert await types(socket, 2) == ["connected", "updated"]


@pytest.mark.parametrize("path", CONTRACT_PATHS)
@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=" + "x" * 4000])
@pytest.mark.both_paths
async def test_a_bad_token_is_closed_with_1008_and_told_nothing(rig: Rig, path: str, query: str) -> None:
    await rig.add()
    async with rig.stranger.ws_connect(path + query) as socket:
        message = await socket.receive(timeout=5)
        assert message.type is WSMsgType.CLOSE
        assert socket.close_code == WSCloseCode.POLICY_VIOLATION


async def test_a_token_in_the_query_opens_nothing_but_that(rig: Rig) -> None:
    for path in (CAMERAS, EVENTS, "/readyz"):
        async with rig.stranger.get(f"{path}?token={rig.admin_token}") as answer:
            assert answer.status in (200, 401)
            assert answer.status == 401 or path == "/readyz"
    async with rig.stranger.ws_connect(f"{EVENTS}?token={rig.admin_token}") as socket:
        await socket.send_str("{}")
        assert await code_of(socket) == WSCloseCode.POLICY_VIOLATION


async def test_our_clients_may_tell_it_in_the_first_message(rig: Rig) -> None:
    async with rig.stranger.ws_connect(EVENTS) as socket:
        await socket.send_json({"token": rig.admin_token})
        assert await types(socket, 3) == ["connected", "snapshot", "updated"]


@pytest.mark.parametrize(
    "message", ["", "{", "null", '{"token": 5}', '{"token": "wrong"}', "[]", '{"token": null}']
)
@pytest.mark.both_paths
async def test_a_bad_introduction_is_closed_with_1008_and_told_nothing(rig: Rig, message: str) -> None:
    async with rig.stranger.ws_connect(EVENTS) as socket:
        await socket.send_str(message)
        assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
        assert socket.close_code == WSCloseCode.POLICY_VIOLATION


async def test_bytes_are_no_introduction(rig: Rig) -> None:
    async with rig.stranger.ws_connect(EVENTS) as socket:
        await socket.send_bytes(b"\x00")
        assert await code_of(socket) == WSCloseCode.POLICY_VIOLATION


async def page(rig: Rig) -> dict[str, str]:
    await add_user(rig, "page")
    opened = await rig.services.accounts.open_session("page", PASSWORD, "192.0.2.9")
    return {"Cookie": f"socstream_session={opened.cookie}"}


async def test_our_page_listens_with_its_cookie_and_no_other_page_does(rig: Rig) -> None:
    cookie = await page(rig)
    own = str(rig.stranger.make_url("/")).rstrip("/")
    async with rig.stranger.ws_connect(EVENTS, headers=cookie | {"Origin": own}) as socket:
        assert await types(socket, 1) == ["connected"]
    for headers in ({}, {"Origin": "http://localhost:3000"}, {"Origin": "http://evil.example"}):
        with pytest.raises(WSServerHandshakeError) as refused:
            await rig.stranger.ws_connect(EVENTS, headers=cookie | headers)
        assert refused.value.status == 403


async def test_a_limited_listener_hears_of_his_cameras_only(rig: Rig) -> None:
    own, foreign = [(await rig.add(name=name))["camera_id"] for name in ("own", "foreign")]
    await add_user(rig, "guard", scope=frozenset({own}))
    token = (await tokens_of(rig, "guard"))["access_token"]
    async with rig.stranger.ws_connect(EVENTS, headers={"Authorization": f"Bearer {token}"}) as socket:
        heard = [await socket.receive_json(timeout=5) for _ in range(3)]
        assert [camera["id"] for camera in heard[1]["data"]["cameras"]] == [own]
        assert heard[2]["data"]["metrics"]["total"] == 1
        for camera_id in (foreign, own):
            rig.go_live(camera_id)
        await rig.edit(foreign, name="secret")
        assert (await rig.client.delete(f"{CAMERAS}/{foreign}")).status == 204
        await rig.edit(own, name="last")
        text = ""
        while '"last"' not in text:
            text += await socket.receive_str(timeout=5)
        assert foreign not in text
        assert own in text


async def test_each_listener_gets_urls_of_pictures_that_are_his_own(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    rig.go_live(camera_id)
    await add_user(rig, "guard")
    token = (await tokens_of(rig, "guard"))["access_token"]
    urls = []
    for headers in (rig.header, {"Authorization": f"Bearer {token}"}):
        async with rig.stranger.ws_connect(EVENTS, headers=headers) as socket:
            await socket.receive_json(timeout=5)
            snapshot = await socket.receive_json(timeout=5)
            urls.append(snapshot["data"]["cameras"][0]["lastKnownImageUrl"])
    assert urls[0] != urls[1]
    for url in urls:
        async with rig.stranger.get(url) as answer:
            assert answer.status == 200
            assert answer.content_type == "image/jpeg"


async def ended(rig: Rig, name: str) -> None:
    user = rig.services.accounts.user_of_login(name)
    assert user is not None
    await rig.services.accounts.delete_user(user.user_id)


async def limited(rig: Rig, name: str) -> None:
    user = rig.services.accounts.user_of_login(name)
    assert user is not None
    await rig.services.accounts.edit_user(user.user_id, UserEdit(scope=frozenset()))


@pytest.mark.parametrize(
    ("change", "code"), [(ended, WSCloseCode.POLICY_VIOLATION), (limited, WSCloseCode.GOING_AWAY)]
)
async def test_who_may_not_listen_any_more_is_closed_at_once(rig: Rig, change: Any, code: int) -> None:
    await add_user(rig, "guard", Role.OPERATOR)
    token = (await tokens_of(rig, "guard"))["access_token"]
    async with (
        rig.stranger.ws_connect(EVENTS, headers={"Authorization": f"Bearer {token}"}) as theirs,
        rig.client.ws_connect(EVENTS) as ours,
    ):
        assert await types(theirs, 3) == ["connected", "snapshot", "updated"]
        assert await types(ours, 3) == ["connected", "snapshot", "updated"]
        await change(rig, "guard")
        assert await code_of(theirs) == code
        await rig.add()
        assert await types(ours, 1) == ["updated"], "nobody else is touched"
