"""Slow, stuck, too many and talking nonsense: what real connections meet. The deadlines are short here."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from attrs import frozen

from socstream.api import express
from socstream.api.application import make_application
from socstream.api.connection import missing_hooks
from socstream.api.errors import error_middleware
from socstream.api.express import Asked, Express
from socstream.api.guard import Guard, Limits
from socstream.api.listener import listening
from socstream.api.ready import Ready
from socstream.background import in_background
from socstream.clock import SystemClock
from socstream.config import load
from socstream.entrance import listen, make_door
from tests.api.rig import CAMERAS, rigged

pytestmark = pytest.mark.both_loops

IDLE = 0.6
STUCK = 1.0
LARGE = 16 * 1024 * 1024

KINDS = ("memory", "disk", "stream")
"""Ways to send something large: in one piece, by sendfile(), in many pieces."""

LIMITS = Limits(IDLE, STUCK, connections=12, connections_per_address=8)
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UPGRADE = (
    b"GET /talk HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"


@frozen
class Place:
    """A server of a few handlers; `ended`: how each that sent something large, or waited, came to its end."""

    port: int
    ended: list[str]
    let_go: asyncio.Event

    async def connect(self, host: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, local_addr=(host, 0))

    async def closed(self, *pieces: bytes, within: float = 6.0) -> tuple[float, bytes]:
        """Send pieces, one each tenth of a second, the last again and again: when it is closed, what came."""
        reader, writer = await self.connect()
        began, got = time.monotonic(), b""
        left = list(pieces)
        async with asyncio.timeout(within):
            while True:
                if left:
                    writer.write(left.pop(0) if len(left) > 1 else left[0])
                try:
                    async with asyncio.timeout(0.1):
                        piece = await reader.read(65536)
                except TimeoutError:
                    continue
                except ConnectionError:
                    piece = b""
                if not piece:
                    writer.close()
                    return time.monotonic() - began, got
                got += piece


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with served(tmp_path) as place:
        yield place


@asynccontextmanager
async def served(directory: Path, limits: Limits = LIMITS) -> AsyncIterator[Place]:
    file = directory / "large"
    file.write_bytes(bytes(LARGE))
    ended: list[str] = []
    let_go = asyncio.Event()

    async def stream(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            for _ in range(LARGE // 65536):
                await answer.write(bytes(65536))
            ended.append("sent")
        except ConnectionError:
            ended.append("lost")
            raise
        return answer

    async def held(request: web.Request) -> web.Response:
        await let_go.wait()
        return web.Response(text="at last")

    async def talk(request: web.Request) -> web.WebSocketResponse:
        talk = web.WebSocketResponse()
        await talk.prepare(request)
        async for message in talk:
            await talk.send_bytes(bytes(int(message.data)))
        return talk

    async def quick(request: web.Request) -> web.Response:
        return web.Response(text="here")

    async def memory(request: web.Request) -> web.Response:
        return web.Response(body=bytes(LARGE))

    async def disk(request: web.Request) -> web.FileResponse:
        return web.FileResponse(file)

    async def take(request: web.Request) -> web.Response:
        return web.Response(text=f"{len(await request.read())} bytes")

    app = web.Application(middlewares=[error_middleware])
    app.router.add_post("/take", take)
    for path, handler in {
        "/": quick,
        "/memory": memory,
        "/disk": disk,
        "/stream": stream,
        "/held": held,
        "/talk": talk,
    }.items():
        app.router.add_get(path, handler)
    guard = Guard(limits, SystemClock())
    async with (
        in_background(guard.run(), "guard"),
        listening(app, guard, "127.0.0.1", 0, shutdown_timeout=0.5) as (_, port),
    ):
        yield Place(port, ended, let_go)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param((), id="no bytes"),
        pytest.param((b"GET / HT", b""), id="half a request line"),
        pytest.param((b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-More: y\r\n"), id="headers without end"),
        pytest.param((b"\r\n", b"\r\n"), id="empty lines"),
        pytest.param((ASK, b""), id="idle after an answer"),
        pytest.param((ASK, b"G", b"E", b"T", b" ", b"/"), id="a second request that comes slowly"),
    ],
)
async def test_who_sends_no_whole_request_is_closed_in_time(place: Place, pieces: tuple[bytes, ...]) -> None:
    took, got = await place.closed(*pieces)
    assert IDLE - 0.1 <= took <= IDLE + 0.5
    assert got.endswith(b"here") == (ASK in pieces)


async def test_the_rest_of_a_body_that_nobody_reads_is_waited_for_a_moment(place: Place) -> None:
    took, got = await place.closed(POST, b"a")
    assert got.startswith(b"HTTP/1.1 405")
    assert took <= 3


async def test_a_client_that_asks_now_and_then_keeps_its_connection(place: Place) -> None:
    reader, writer = await place.connect()
    for _ in range(6):
        writer.write(ASK)
        assert (await reader.readuntil(b"here")).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(IDLE / 2)
    writer.close()


async def test_a_held_answer_is_not_cut_and_comes(place: Place) -> None:
    reader, writer = await place.connect()
    writer.write(ASK.replace(b"/ ", b"/held "))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(IDLE + STUCK + 0.5):
            await reader.read(1)
    place.let_go.set()
    assert (await reader.readuntil(b"at last")).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_who_takes_nothing_of_an_answer_is_cut_and_leaves_nothing(place: Place) -> None:
    before = asyncio.all_tasks()
    async with asyncio.TaskGroup() as group:
        for kind in KINDS:
            group.create_task(_takes_nothing(place, kind))
    await until(lambda: asyncio.all_tasks() == before, within=1)
    assert place.ended == ["lost"]
    assert (await place.closed(ASK, b""))[1].endswith(b"here")


async def _takes_nothing(place: Place, kind: str) -> None:
    with small_client(place.port) as client:
        client.sendall(ASK.replace(b"/ ", f"/{kind} ".encode()))
        took = await until(lambda: is_reset(client), within=10)
    assert STUCK <= took <= STUCK + 2.5, kind


async def test_asking_and_asking_without_reading_is_cut_too(place: Place) -> None:
    with small_client(place.port) as client:
        client.setblocking(False)

        def ask() -> bool:
            try:
                client.send(ASK * 1000)
            except BlockingIOError:
                pass
            except ConnectionError:
                return True
            return is_reset(client)

        assert await until(ask, within=STUCK + 6) >= STUCK


async def test_who_takes_a_little_now_and_then_gets_it_all(place: Place) -> None:
    async with asyncio.TaskGroup() as group:
        for kind in KINDS:
            group.create_task(_takes_little(place, kind))


async def _takes_little(place: Place, kind: str) -> None:
    """For four times the deadline, in pieces of 64 KiB: loopback has no smaller ones."""
    with small_client(place.port) as client:
        client.sendall(ASK.replace(b"/ ", f"/{kind} ".encode()))
        client.setblocking(False)
        got, slow_until = 0, time.monotonic() + 4 * STUCK
        while got < LARGE:
            assert not is_reset(client), kind
            await asyncio.sleep(STUCK / 5 if time.monotonic() < slow_until else 0.001)
            with suppress(BlockingIOError):
                got += len(client.recv(65536))
    assert time.monotonic() > slow_until


async def test_a_websocket_is_not_cut_however_long_it_says_or_takes_nothing(place: Place) -> None:
    with small_client(place.port) as client:
        client.sendall(UPGRADE)
        await asyncio.sleep(IDLE + STUCK + 0.5)
        wish = str(LARGE).encode()
        client.sendall(b"\x81" + bytes([0x80 + len(wish)]) + bytes(4) + wish)
        await asyncio.sleep(STUCK + 2)
        assert client.recv(4096).startswith(b"HTTP/1.1 101")
        assert not is_reset(client)


async def test_one_address_has_its_share_and_others_come_in(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    async def asked(host: str) -> bytes:
        reader, writer = await place.connect(host)
        writers.append(writer)
        writer.write(ASK)
        try:
            return (await reader.read(65536))[-4:]
        except ConnectionError:
            return b""

    async def hang_up() -> None:
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.1)

    writers: list[asyncio.StreamWriter] = []
    assert [await asked("127.0.0.1") for _ in range(10)] == [b"here"] * 8 + [b""] * 2
    assert [await asked("127.0.0.2") for _ in range(5)] == [b"here"] * 4 + [b""]
    assert caplog.messages == [
        "too many connections from one address: 1 so far, now from 127.0.0.1",
        "too many connections: 1 so far, now from 127.0.0.2",
    ]
    await hang_up()
    assert [await asked("127.0.0.1") for _ in range(8)] == [b"here"] * 8
    await hang_up()


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x8esecret\r\n\r\n",
        b"secret\r\n\r\n",
        b"GET /" + b"secret" * 4000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nse cret\x01: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"secret" * 4000 + b"\r\n\r\n",
        b"GET http://[secret/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /secret HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nsecret",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nsecret",
    ],
    ids=lambda nonsense: repr(nonsense[:30]),
)
async def test_nonsense_is_refused_in_json_and_costs_one_line_that_repeats_none_of_it(
    place: Place, nonsense: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [await place.closed(nonsense, b"") for _ in range(3)]
    [told] = [record for record in caplog.records if record.name.startswith(("aiohttp", "socstream"))]
    assert told.getMessage().startswith("malformed requests (")
    assert told.exc_info is None
    assert "secret" not in caplog.text
    for took, answer in answers:
        assert took < IDLE, "nobody waits for more of it"
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.0 400")
        assert b"aiohttp" not in head
        told_to_client = json.loads(body)
        assert told_to_client.pop("request_id").encode() in head
        text = "That is not a request that HTTP knows."
        assert told_to_client == {"detail": text, "message": text, "code": "malformed_request"}


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        pytest.param(b"Content-Length: 1000\r\n\r\n{", b"", id="hangs up"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", b"", id="hangs up in a chunk"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n", b"secret\r\n", id="goes on with nonsense"),
    ],
)
async def test_a_client_that_spoils_its_own_body_is_no_bug(
    place: Place, head: bytes, rest: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    before = asyncio.all_tasks()
    _, writer = await place.connect()
    writer.write(b"POST /take HTTP/1.1\r\nHost: x\r\n" + head)
    await asyncio.sleep(0.1)
    writer.write(rest)
    await asyncio.sleep(0.1)
    writer.close()
    await until(lambda: asyncio.all_tasks() == before, within=3)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert "secret" not in caplog.text


async def test_little_of_an_answer_waits_in_the_kernel() -> None:
    async def unsent(request: web.Request) -> web.Response:
        assert request.transport is not None
        sock = request.transport.get_extra_info("socket")
        return web.Response(text=str(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT)))

    app = web.Application()
    app.router.add_get("/", unsent)
    async with (
        listening(app, Guard(LIMITS, SystemClock()), "127.0.0.1", 0, shutdown_timeout=0.2) as (_, port),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/") as answer,
    ):
        assert await answer.text() == str(128 * 1024)


@pytest.mark.parametrize(
    ("setting", "trouble", "warnings", "is_fast"),
    [
        ("true", None, [], True),
        ("false", None, [], False),
        (
            "true",
            "aiohttp 9 was not tested with it",
            ["no fast path, which costs time but changes nothing: aiohttp 9 was not tested with it"],
            False,
        ),
    ],
    ids=["on", "off", "another aiohttp"],
)
async def test_the_fast_path_is_taken_as_the_settings_say_and_aiohttp_allows(
    tmp_path: Path,
    setting: str,
    trouble: str | None,
    warnings: list[str],
    is_fast: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    looks: list[Asked] = []
    answer = Express.answer

    def look(self: Express, asked: Asked) -> Ready | None:
        looks.append(asked)
        return answer(self, asked)

    monkeypatch.setattr(Express, "answer", look)
    monkeypatch.setattr(express, "missing", lambda: trouble)
    environ = {"HOME": str(tmp_path), "SOCSTREAM_PORT": "0", "SOCSTREAM_SERVER_FAST_PATH": setting}
    config = load(environ)
    async with rigged(tmp_path / "rig", fast_path=False) as rig, AsyncExitStack() as stack:
        camera_id = (await rig.add())["camera_id"]
        rig.go_live(camera_id)
        url = await listen(config, make_application(rig.services), make_door(config), (), stack)
        session = await stack.enter_async_context(aiohttp.ClientSession(headers=rig.header))
        for _ in range(3):
            async with session.get(f"{url}{CAMERAS}/{camera_id}/hls/index.m3u8") as playlist:
                assert (await playlist.text()).startswith("#EXTM3U")
        told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert told == warnings
    assert bool(looks) == is_fast


def test_the_aiohttp_that_is_installed_has_what_the_guard_needs() -> None:
    assert missing_hooks(web.RequestHandler) == []
    assert missing_hooks(asyncio.Protocol) == ["set_parser", "handle_error", "log_exception"]


@pytest.mark.parametrize(
    ("soft", "hard", "room", "then"),
    [(300, 9000, 4096, 8192), (8500, 9000, 4096, 8500), (300, 6000, 3000, 6000), (300, 512, 256, 512)],
)
def test_there_are_files_left_for_cameras_however_many_clients_there_are(
    soft: int, hard: int, room: int, then: int
) -> None:
    program = (
        "import resource, socstream.api.listener as listener\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        "print(listener.room_for(4096), resource.getrlimit(resource.RLIMIT_NOFILE)[0])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [str(room), str(then)]
    assert ("LimitNOFILE" in ran.stderr) == (room < 4096)


def small_client(port: int) -> socket.socket:
    """A connection that has room for little."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
    client.connect(("127.0.0.1", port))
    return client


def is_reset(client: socket.socket) -> bool:
    """Whether the kernel has closed it; 1 is ESTABLISHED."""
    return client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != 1


async def until(condition: Callable[[], bool], within: float) -> float:
    """How long it takes until it holds; TimeoutError."""
    began = time.monotonic()
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 (the kernel tells nobody)
            await asyncio.sleep(0.02)
    return time.monotonic() - began
