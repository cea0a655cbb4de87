"""Cameras behind a gateway, through our own paths."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientPayloadError, web

from socstream.model.address import AddressPolicy
from tests.api.rig import CAMERAS, Rig, rigged
from tests.upstream import Upstream

LOOPBACK = AddressPolicy(allow_loopback=True)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    async with upstream.server:
        yield upstream


@pytest.fixture
async def gated(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, gateway_url=upstream.url, policy=LOOPBACK) as rig:
        yield rig


async def below(rig: Rig, source: str = "http://192.0.2.7/mjpeg") -> str:
    camera = await rig.add(stream_url=source)
    return f"{CAMERAS}/{camera['camera_id']}"


async def test_playlist_and_segments_come_through_us(gated: Rig, upstream: Upstream) -> None:
    path = await below(gated)
    upstream.says(
        b"#EXTM3U\n#...\n", headers={"Content-Type": "application/x-mpegURL", "Cache-Control": "max-age=9"}
    )
    playlist = await gated.get(path + "/hls/index.m3u8")
    assert (playlist.status, await playlist.read()) == (200, b"#EXTM3U\n#...\n")
    assert playlist.headers["Content-Type"].lower() == "application/x-mpegurl"
    assert playlist.headers["Cache-Control"] == "no-store"
    upstream.says(b"x" * 1_000_000, headers={"Content-Type": "video/mp2t", "ETag": '"7"'})
    segment = await gated.get(path + "/hls/720p/seg1.ts?session=5")
    assert (segment.status, len(await segment.read())) == (200, 1_000_000)
    assert segment.headers["Content-Type"] == "video/mp2t"
    assert segment.headers["ETag"] == '"7"'
    assert upstream.requests[1].path_qs.endswith("/720p/seg1.ts?session=5")


async def test_what_a_caller_says_about_himself_never_goes_there(gated: Rig, upstream: Upstream) -> None:
    upstream.says()
    path = await below(gated)
    headers = {
        "Authorization": f"Bearer {gated.admin_token}",
        "Cookie": "session=1",
        "X-API-Key": "key",
        "X-Forwarded-For": "192.0.2.1",
        "Range": "bytes=0-3",
        "If-None-Match": '"7"',
    }
    await gated.get(path + "/hls/seg1.ts", headers=headers)
    (request,) = upstream.requests
    assert not {"Authorization", "Cookie", "X-API-Key", "X-Forwarded-For"} & set(request.headers)
    assert request.headers["Range"] == "bytes=0-3"
    assert request.headers["If-None-Match"] == '"7"'


@pytest.mark.parametrize("status", [206, 304, 416])
async def test_answers_to_ranges_and_conditions_are_passed_on(
    gated: Rig, upstream: Upstream, status: int
) -> None:
    path = await below(gated)
    body = b"" if status == 304 else b"part"
    upstream.says(body, status, {"Content-Type": "video/mp4", "Content-Range": "bytes 0-3/9"})
    response = await gated.get(path + "/hls/seg1.mp4")
    assert (response.status, await response.read()) == (status, body)
    assert response.headers["Content-Range"] == "bytes 0-3/9"


@pytest.mark.parametrize(
    ("name", "upstream_status", "status"),
    [
        ("index.m3u8", 404, 502),  # to hls.js a 4xx would mean: gone for good
        ("index.m3u8", 401, 502),
        ("index.m3u8", 503, 502),
        ("720p/main.m3u8", 404, 502),
        ("seg1.ts", 404, 404),
        ("seg1.ts", 410, 404),
        ("seg1.ts", 403, 502),
        ("seg1.ts", 500, 502),
    ],
)
async def test_a_gateways_refusals(
    gated: Rig, upstream: Upstream, name: str, upstream_status: int, status: int
) -> None:
    path = await below(gated)
    upstream.says(b"<html>secret</html>", upstream_status, {"Content-Type": "text/html"})
    response = await gated.get(f"{path}/hls/{name}")
    assert response.status == status
    body = await response.json()
    assert body["detail"] == body["message"]
    assert status == 404 or (str(upstream_status) in body["detail"] and "Retry-After" in response.headers)


async def test_a_page_of_somebody_else_does_not_become_one_of_ours(gated: Rig, upstream: Upstream) -> None:
    path = await below(gated)
    upstream.says(b"<script>", headers={"Content-Type": "text/html", "Set-Cookie": "a=b"})
    response = await gated.get(path + "/hls/seg1.ts")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    "name", ["../x.ts", "..%2fx.ts", "a/../../x", "%2fetc/passwd", "http:%2f%2fx/y", ".x"]
)
async def test_a_name_that_leads_elsewhere_is_404_and_nobody_is_asked(
    gated: Rig, upstream: Upstream, name: str
) -> None:
    path = await below(gated)
    assert (await gated.ask_verbatim("GET", f"{path}/hls/{name}")).status == 404
    assert upstream.requests == []


async def test_a_gateway_that_is_not_there_is_502_and_a_silent_one_504(
    tmp_path: Path, unused_tcp_port: int, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rigged(
        tmp_path / "a", gateway_url=f"http://127.0.0.1:{unused_tcp_port}", policy=LOOPBACK
    ) as rig:
        response = await rig.get(await below(rig) + "/hls/index.m3u8")
        assert response.status == 502
        assert (await response.json())["code"] == "gateway_unreachable"
    monkeypatch.setattr("socstream.gateway._SILENCE", 0.1)
    silent = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        await silent.wait()
        return web.Response()

    upstream.handler = answer
    async with rigged(tmp_path / "b", gateway_url=upstream.url, policy=LOOPBACK) as rig:
        response = await rig.get(await below(rig) + "/hls/index.m3u8")
        assert response.status == 504
        assert (await response.json())["code"] == "gateway_timeout"
    silent.set()


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_that_is_cut_is_seen_as_cut(gated: Rig, upstream: Upstream, chunked: bool) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        response.content_length = None if chunked else 1000
        await response.prepare(request)
        await response.write(b"x" * 500)
        await asyncio.sleep(0.05)  # so that our side has sent these on
        assert request.transport is not None
        request.transport.abort()
        return response

    upstream.handler = answer
    response = await gated.get(await below(gated) + "/hls/seg1.mp4")
    assert response.status == 200
    with pytest.raises(ClientPayloadError):
        await response.read()
    assert (await gated.get("/healthz")).status == 200


async def test_a_reader_that_stops_does_not_fill_our_memory(gated: Rig, upstream: Upstream) -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await response.prepare(request)
        for _ in range(2000):
            await response.write(b"x" * 65536)
            sent += 65536
        return response

    upstream.handler = answer
    path = await below(gated)
    reader, writer = await asyncio.open_connection("127.0.0.1", gated.client.port)
    head = f"GET {path}/hls/seg1.mp4 HTTP/1.1\r\nHost: localhost\r\n{gated.bearer}\r\n"
    writer.write(head.encode())
    await reader.readexactly(16)
    before = -1
    while sent != before:  # until nothing moves any more
        before = sent
        await asyncio.sleep(0.3)
    assert sent < 64 * 1024 * 1024  # what fits into the kernel's buffers, of 125 MiB
    writer.close()


async def test_head_asks_for_the_headers_only(gated: Rig, upstream: Upstream) -> None:
    path = await below(gated)
    upstream.says(b"#EXTM3U\n")
    response = await gated.client.head(path + "/hls/index.m3u8")
    assert (response.status, await response.read()) == (200, b"")
    assert (await gated.get(path + "/hls/index.m3u8")).status == 200


async def test_maintenance_is_503_and_nobody_is_asked(gated: Rig, upstream: Upstream) -> None:
    path = await below(gated)
    await gated.edit(path.rsplit("/", 1)[1], status="maintenance")
    response = await gated.get(path + "/hls/index.m3u8")
    assert response.status == 503
    assert (await response.json())["code"] == "maintenance"
    assert upstream.requests == []


async def test_a_direct_source_is_handed_out_and_can_be_played_through_us(
    gated: Rig, upstream: Upstream, tmp_path: Path
) -> None:
    async with rigged(tmp_path / "direct", policy=LOOPBACK) as rig:
        source = upstream.url + "/cam/live.m3u8"
        camera = await rig.add(stream_url=source.replace("://", "://user:pass@"))
        path = f"{CAMERAS}/{camera['camera_id']}"
        assert camera["stream_url"] == source
        assert (await rig.get(path + "/stream")).headers["Location"] == source
        upstream.says(b"#EXTM3U\n")
        assert await (await rig.get(path + "/hls/index.m3u8")).read() == b"#EXTM3U\n"
        assert upstream.requests[0].path == "/cam/live.m3u8"
        # The whole camera sent back is no change, and keeps the password.
        assert (await rig.edit(camera["camera_id"], **camera))["source_password_set"] is True
        assert rig.supervision.replaced == []


async def test_without_the_proxy_the_gateways_own_url_is_handed_out_and_known_again(
    tmp_path: Path, upstream: Upstream
) -> None:
    async with rigged(tmp_path, gateway_url=upstream.url, via_proxy=False, policy=LOOPBACK) as rig:
        camera = await rig.add(stream_url="http://192.0.2.7/mjpeg")
        assert camera["stream_url"] == f"{upstream.url}/hls/{camera['camera_id']}/index.m3u8"
        await rig.edit(camera["camera_id"], **camera)
        assert str(rig.cameras.get(camera["camera_id"]).source.url) == "http://192.0.2.7/mjpeg"


async def test_stream_status_asks_the_gateway(gated: Rig, upstream: Upstream, tmp_path: Path) -> None:
    path = await below(gated)
    for status in (200, 404):
        upstream.says(status=status)
        answer = await (await gated.get(path + "/stream-status")).json()
        assert answer["gateway_reachable"] is True
        assert answer["manifest_available"] is (status == 200)
        assert (answer["source"], answer["status_code"], answer["hint"]) == ("gateway", status, None)
        assert answer["playlist"] is None
    async with rigged(tmp_path / "none") as rig:
        answer = await (await rig.get(await below(rig) + "/stream-status")).json()
        assert answer["gateway_reachable"] is False
        assert answer["manifest_available"] is False
        assert "HLS_GATEWAY_BASE_URL" in answer["hint"]
