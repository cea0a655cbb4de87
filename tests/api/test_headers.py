"""What every answer tells browsers, whoever made it: a handler, a refusal, aiohttp itself."""

from pathlib import Path

import pytest
from aiohttp import ClientResponse

from tests.api.doorstep import doorstep
from tests.api.rig import CAMERAS, Rig

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Server": "socstream",
}


def check(response: ClientResponse) -> None:
    headers = response.headers
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert len(headers.getall("Cache-Control")) == 1
    assert "Strict-Transport-Security" not in headers, "not over plain HTTP"


async def test_every_kind_of_answer_bears_them(rig: Rig) -> None:
    camera_id = (await rig.add())["camera_id"]
    segment = rig.go_live(camera_id)
    below = f"{CAMERAS}/{camera_id}"
    for path, status, may_be_kept, is_for_all in (
        (CAMERAS, 200, False, False),
        (below, 200, False, False),
        (f"{below}/stream", 307, False, False),
        (f"{below}/hls/index.m3u8", 200, False, True),
        (f"{below}/hls/{segment}", 200, True, True),
        (f"{below}/hls/999.m4s", 404, False, True),
        (f"{below}/last-image", 200, False, True),
        ("/healthz", 200, False, False),
        ("/openapi.json", 200, True, False),
        ("/nothing", 404, False, False),
    ):
        response = await rig.get(path)
        assert response.status == status
        check(response)
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        corp = "cross-origin" if is_for_all else "same-origin"
        assert response.headers["Cross-Origin-Resource-Policy"] == corp, path
        if not may_be_kept and "last-image" not in path:
            assert response.headers["Cache-Control"] == "no-store", path


async def test_a_preflight_and_a_refusal_bear_them_too(rig: Rig) -> None:
    check(await rig.client.options(CAMERAS, headers={"Origin": "http://localhost:3000"}))
    check(await rig.client.put(CAMERAS))
    check(await rig.get("/healthz", headers={"Host": "evil.example"}))


async def test_what_never_reached_a_handler_bears_them_too(tmp_path: Path) -> None:
    async with doorstep() as door:
        answer, _ = await door.say(b"nonsense\r\n\r\n")
    head = answer.partition(b"\r\n\r\n")[0].decode()
    for name, value in ALWAYS.items():
        assert f"{name}: {value}\r\n" in head + "\r\n"
    assert "Content-Security-Policy: default-src 'none'" in head


@pytest.mark.parametrize("path", ["/ws/someone", "/api/security-operations/events"])
async def test_a_websocket_for_another_name_is_refused(rig: Rig, path: str) -> None:
    response = await rig.get(
        path,
        headers={
            "Host": "evil.example",
            "Origin": "http://evil.example",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        },
    )
    assert response.status == 421
