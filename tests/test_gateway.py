"""The gateway's client: which URL serves a camera, what it is asked, what it may do to us."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from socstream.gateway import (
    CheckedResolver,
    Gateway,
    GatewayRefused,
    GatewayTimeout,
    GatewayUnreachable,
    open_session,
    relative_name,
)
from socstream.model.address import AddressPolicy
from socstream.model.camera import Camera, CameraDraft
from socstream.model.failure import FailureCode
from socstream.model.source import parse_source
from tests.upstream import Upstream

CAMERA_ID = "00000000-0000-4000-8000-000000000001"
GATEWAY = URL("http://gateway.example:8080")
LOOPBACK = AddressPolicy(allow_loopback=True)


def camera(url: str) -> Camera:
    draft = CameraDraft("Gate", {}, "192.0.2.7", parse_source(url))
    return Camera.from_draft(CAMERA_ID, draft, datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session(None, LOOPBACK) as session:
        yield session


BASE = "http://gateway.example:8888/base"


@pytest.mark.parametrize(
    ("source", "base", "via_proxy", "expected"),
    [
        ("rtsp://192.0.2.7/live", BASE, False, None),
        ("rtsp://192.0.2.7/live.m3u8", None, True, None),
        ("http://192.0.2.7/cam/live.m3u8", None, True, "http://192.0.2.7/cam/live.m3u8"),
        ("https://u:p@192.0.2.7/live.m3u8?t=1", BASE, True, "https://192.0.2.7/live.m3u8?t=1"),
        (f"{BASE}/front", BASE, True, None),
        (f"{BASE}/front", BASE, False, f"{BASE}/hls/{CAMERA_ID}/index.m3u8"),
        (f"{BASE}/front/index.m3u8", BASE, True, None),
        (f"{BASE}/front/index.m3u8", BASE + "/", False, f"{BASE}/hls/{CAMERA_ID}/index.m3u8"),
        (f"{BASE}ment/front.m3u8", BASE, True, f"{BASE}ment/front.m3u8"),
        ("http://192.0.2.7/mjpeg", BASE, True, None),
        ("http://192.0.2.7/mjpeg", BASE, False, f"{BASE}/hls/{CAMERA_ID}/index.m3u8"),
        ("http://192.0.2.7/mjpeg", None, False, None),
    ],
)
async def test_where_players_find_a_camera_without_us(
    session: aiohttp.ClientSession, source: str, base: str | None, via_proxy: bool, expected: str | None
) -> None:
    gateway = Gateway(URL(base) if base else None, via_proxy, session, LOOPBACK)
    assert gateway.public_url(camera(source)) == expected


@pytest.mark.parametrize("name", ["index.m3u8", "seg-1.ts", "720p/seg_1.m4s", "a/b/c/d/e.ts", "1,2=3~@+.mp4"])
def test_names_that_a_playlist_may_use(name: str) -> None:
    assert relative_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../x.ts",
        "a/../../x.ts",
        "a/./x.ts",
        "a//x.ts",
        ".hidden",
        "a/.hidden",
        "http://192.0.2.9/x.ts",
        "a\\x.ts",
        "a%2fx.ts",
        "x.ts\n",
        "x.ts\x00",
        "x.ts?y",
        "x.ts#y",
        "a b.ts",
        "x" * 200,
        "a/" * 6 + "x.ts",
        "é.ts",
    ],
)
def test_names_that_lead_elsewhere(name: str) -> None:
    assert relative_name(name) is None


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    async with upstream.server:
        yield upstream


def gateway_of(upstream: Upstream, session: aiohttp.ClientSession) -> Gateway:
    return Gateway(URL(upstream.url + "/base"), True, session, LOOPBACK)


async def test_a_playlist_comes_from_the_cameras_place_below_the_base(
    upstream: Upstream, session: aiohttp.ClientSession
) -> None:
    upstream.says()
    gateway = gateway_of(upstream, session)
    assert await gateway.read_playlist(camera("http://192.0.2.7/mjpeg")) == b"#EXTM3U\n"
    assert (
        await gateway.read_playlist(camera("http://192.0.2.7/mjpeg"), "720p/main.m3u8?session=5")
        == b"#EXTM3U\n"
    )
    assert [str(request.rel_url) for request in upstream.requests] == [
        f"/base/hls/{CAMERA_ID}/index.m3u8",
        f"/base/hls/{CAMERA_ID}/720p/main.m3u8?session=5",
    ]


async def test_a_direct_source_is_asked_itself_with_its_credentials(
    upstream: Upstream, session: aiohttp.ClientSession
) -> None:
    upstream.says()
    gateway = Gateway(None, True, session, LOOPBACK)
    source = upstream.url.replace("://", "://us%C3%A9r:p%3Ass@") + "/cam/live.m3u8?key=1"
    await gateway.read_playlist(camera(source))
    await gateway.read_playlist(camera(source), "seg/1.ts")
    assert [str(request.rel_url) for request in upstream.requests] == [
        "/cam/live.m3u8?key=1",
        "/cam/seg/1.ts",
    ]
    for request in upstream.requests:
        login, password, _ = aiohttp.BasicAuth.decode(request.headers["Authorization"], "utf-8")
        assert (login, password) == ("usér", "p:ss")


async def test_the_password_of_another_host_is_not_told_to_the_gateway(
    upstream: Upstream, session: aiohttp.ClientSession
) -> None:
    upstream.says()
    gateway = gateway_of(upstream, session)
    await gateway.read_playlist(camera("http://user:pass@192.0.2.7/mjpeg"))
    await gateway.read_playlist(camera(upstream.url.replace("://", "://user:pass@") + "/base/front"))
    assert ["Authorization" in request.headers for request in upstream.requests] == [False, True]


@pytest.mark.parametrize("status", [401, 404, 500, 503])
async def test_a_refusal_tells_its_status(
    upstream: Upstream, session: aiohttp.ClientSession, status: int
) -> None:
    upstream.says(status=status)
    with pytest.raises(GatewayRefused) as caught:
        await gateway_of(upstream, session).read_playlist(camera("http://192.0.2.7/mjpeg"))
    assert caught.value.status == status


async def test_a_huge_playlist_is_not_read_to_its_end(
    upstream: Upstream, session: aiohttp.ClientSession
) -> None:
    upstream.says(body=b"#" * (1024 * 1024 + 1))
    with pytest.raises(GatewayUnreachable, match="too large"):
        await gateway_of(upstream, session).read_playlist(camera("http://192.0.2.7/mjpeg"))


async def test_a_compressed_answer_is_not_undone(upstream: Upstream, session: aiohttp.ClientSession) -> None:
    upstream.says(body=b"\x1f\x8b bomb", headers={"Content-Encoding": "gzip"})
    assert (
        await gateway_of(upstream, session).read_playlist(camera("http://192.0.2.7/mjpeg"))
        == b"\x1f\x8b bomb"
    )
    assert upstream.requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "location",
    ["http://192.0.2.9/x.m3u8", "//192.0.2.9/x.m3u8", "ftp://127.0.0.1/x", "file:///etc/passwd", "", ":"],
)
async def test_a_redirect_to_another_host_is_refused(
    upstream: Upstream, session: aiohttp.ClientSession, location: str
) -> None:
    upstream.says(status=302, headers={"Location": location})
    with pytest.raises(GatewayUnreachable, match="redirects"):
        await gateway_of(upstream, session).read_playlist(camera("http://192.0.2.7/mjpeg"))
    assert len(upstream.requests) <= 4


async def test_a_redirect_within_the_host_is_followed(
    upstream: Upstream, session: aiohttp.ClientSession
) -> None:
    async def answer(request: web.Request) -> web.Response:
        if "cookieCheck" not in request.query:
            return web.Response(status=302, headers={"Location": "?cookieCheck=1"})
        return web.Response(body=b"#EXTM3U\n")

    upstream.handler = answer
    assert await gateway_of(upstream, session).read_playlist(camera("http://192.0.2.7/x")) == b"#EXTM3U\n"


async def test_endless_redirects_end(upstream: Upstream, session: aiohttp.ClientSession) -> None:
    upstream.says(status=302, headers={"Location": "/again"})
    with pytest.raises(GatewayUnreachable, match="without end"):
        await gateway_of(upstream, session).read_playlist(camera("http://192.0.2.7/x"))
    assert len(upstream.requests) == 4


async def test_cookies_of_a_gateway_are_not_kept(upstream: Upstream, session: aiohttp.ClientSession) -> None:
    upstream.says(headers={"Set-Cookie": "a=b"})
    gateway = gateway_of(upstream, session)
    for _ in range(2):
        await gateway.read_playlist(camera("http://192.0.2.7/x"))
    assert "Cookie" not in upstream.requests[1].headers


async def test_nobody_there_and_nobody_configured(
    session: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    nobody = Gateway(URL(f"http://127.0.0.1:{unused_tcp_port}"), True, session, LOOPBACK)
    with pytest.raises(GatewayUnreachable, match="cannot be reached"):
        await nobody.read_playlist(camera("http://192.0.2.7/x"))
    with pytest.raises(GatewayUnreachable, match="HLS_GATEWAY_BASE_URL"):
        await Gateway(None, True, session, LOOPBACK).read_playlist(camera("http://192.0.2.7/x"))


async def test_a_gateway_that_says_nothing_times_out(
    upstream: Upstream, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        await silent.wait()
        return web.Response()

    upstream.handler = answer
    monkeypatch.setattr("socstream.gateway._PROBE_WITHIN", 0.1)
    probe = await gateway_of(upstream, session).probe(camera("http://192.0.2.7/x"))
    assert probe.status_code is None
    assert "did not answer" in (probe.hint or "")
    hasty = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(sock_read=0.1))
    async with hasty:
        with pytest.raises(GatewayTimeout):
            await gateway_of(upstream, hasty).read_playlist(camera("http://192.0.2.7/x"))
    silent.set()


async def test_a_probe_tells_the_status_or_a_hint(
    upstream: Upstream, session: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    upstream.says(status=404)
    probe = await gateway_of(upstream, session).probe(camera("http://192.0.2.7/x"))
    assert (probe.status_code, probe.hint) == (404, None)
    nobody = Gateway(URL(f"http://127.0.0.1:{unused_tcp_port}"), True, session, LOOPBACK)
    probe = await nobody.probe(camera("http://192.0.2.7/x"))
    assert probe.status_code is None
    assert probe.hint


class FixedResolver(AbstractResolver):
    """Every name has these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        return None


async def test_a_name_that_means_this_box_is_not_connected_to() -> None:
    resolver = CheckedResolver(FixedResolver("127.0.0.1", "192.0.2.7"), AddressPolicy(), GATEWAY)
    assert [found["host"] for found in await resolver.resolve("camera.example", 80)] == ["192.0.2.7"]
    assert len(await resolver.resolve("gateway.example", 8080)) == 2
    assert len(await resolver.resolve("gateway.example", 8081)) == 1
    resolver = CheckedResolver(FixedResolver("127.0.0.1", "169.254.169.254"), AddressPolicy(), None)
    with pytest.raises(OSError, match="camera may have"):
        await resolver.resolve("camera.example", 80)


async def test_an_address_that_is_not_allowed_any_more_is_not_asked(upstream: Upstream) -> None:
    upstream.says()
    async with open_session(None, AddressPolicy()) as session:
        gateway = Gateway(None, True, session, AddressPolicy())
        with pytest.raises(GatewayUnreachable, match="loopback"):
            await gateway.read_playlist(camera(upstream.url + "/live.m3u8"))
    assert upstream.requests == []


async def test_the_administrators_own_gateway_may_be_on_this_box(upstream: Upstream) -> None:
    upstream.says()
    base = URL(upstream.url)
    async with open_session(base, AddressPolicy()) as session:
        await Gateway(base, True, session, AddressPolicy()).read_playlist(camera("http://192.0.2.7/x"))
    named = URL(upstream.url.replace("127.0.0.1", "localhost"))
    async with open_session(named, AddressPolicy()) as session:
        await Gateway(named, True, session, AddressPolicy()).read_playlist(camera("http://192.0.2.7/x"))
    assert len(upstream.requests) == 2


async def test_a_name_is_judged_with_the_port_that_is_connected_to() -> None:
    resolver = CheckedResolver(FixedResolver("192.0.2.7"), AddressPolicy(), None)
    assert await resolver.resolve("camera.example", 8080)
    with pytest.raises(OSError, match="camera may have"):
        await resolver.resolve("camera.example", 6379)


async def test_a_redirect_to_another_port_takes_no_password_along(upstream: Upstream) -> None:
    other = Upstream()
    async with other.server, open_session(None, LOOPBACK) as session:
        other.says()
        upstream.says(status=302, headers={"Location": f"{other.url}/live.m3u8"})
        with_password = upstream.url.replace("://", "://u:s3cret@")
        await Gateway(None, True, session, LOOPBACK).read_playlist(camera(f"{with_password}/live.m3u8"))
    assert "Authorization" in upstream.requests[0].headers
    assert [request.headers.get("Authorization") for request in other.requests] == [None]


@pytest.mark.parametrize(
    ("base_url", "code"),
    [
        ("http://127.0.0.1:9/", FailureCode.REFUSED),
        ("http://no-such-host.invalid/", FailureCode.DNS),
        ("", FailureCode.MISCONFIGURED),
    ],
)
async def test_why_a_gateway_gives_nothing_is_told_for_the_stream(base_url: str, code: FailureCode) -> None:
    url = URL(base_url) if base_url else None
    policy = AddressPolicy(allow_loopback=True)
    async with open_session(url, policy) as session:
        gateway = Gateway(url, True, session, policy)
        with pytest.raises(GatewayUnreachable) as raised:
            await gateway.read_playlist(camera("http://192.0.2.7/stream"))
    assert raised.value.code is code
