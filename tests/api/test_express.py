"""The fast path: when it answers, what it must leave to aiohttp, and that nobody can tell which it was."""

import asyncio
import gc
import logging
import os
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from aiohttp import web
from attrs import evolve, frozen

from socstream.access.grants import PERIOD
from socstream.api.adjusting import adjust
from socstream.api.application import make_application
from socstream.api.connection import Connection
from socstream.api.express import Express, ExpressConnection, missing
from socstream.api.guard import Guard, Limits
from socstream.api.handshake import Handshake
from socstream.api.short_way import SHORT_WAY
from socstream.api.tls import Certificate
from socstream.background import in_background
from socstream.clock import SystemClock
from socstream.model.account import Role, UserDraft
from socstream.model.session import TokenDraft
from tests.api import test_cors, test_forwarded, test_listener, test_media, test_ranges, test_screen
from tests.api.certificates import write_pair
from tests.api.rig import CAMERAS, Rig, rigged, until
from tests.inputs.tables import rows_of

pytestmark = pytest.mark.both_loops

LARGE = 4 * 1024 * 1024
LIMITS = Limits(idle_timeout=1.0, answer_timeout=1.5)
PATIENT = Limits()
MOMENT = 0.3
"""Seconds after which nothing more comes."""


@frozen
class Door:
    """A camera behind a listener; what aiohttp was asked is counted by its own server."""

    rig: Rig
    app: web.Application
    server: web.Server
    port: int
    camera_id: str
    segment: str
    content: bytes
    writers: list[asyncio.StreamWriter]
    trusting: ssl.SSLContext | None
    """What a client trusts, where TLS is spoken."""

    @property
    def playlist(self) -> str:
        return f"{CAMERAS}/{self.camera_id}/hls/index.m3u8"

    @property
    def media(self) -> str:
        return f"{CAMERAS}/{self.camera_id}/hls/{self.segment}"

    def request(self, path: str, *lines: str) -> bytes:
        """What a player says to get this."""
        text = "".join(f"{line}\r\n" for line in lines)
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.rig.bearer}{text}\r\n".encode()

    async def talk(self) -> "Talk":
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.trusting)
        self.writers.append(writer)
        return Talk(self, reader, writer)

    async def warm(self, *lines: str) -> "Talk":
        """A connection that has asked for the playlist and the segment, so that both are known."""
        talk = await self.talk()
        for path in (self.playlist, self.media, self.playlist, self.media, self.media):
            assert (await talk.ask(self.request(path, *lines), within=5)).startswith(b"HTTP/1.1 200 ")
        return talk


@frozen
class Talk:
    """One connection."""

    door: Door
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, *pieces: bytes, by_aiohttp: int | None = None, within: float = MOMENT) -> bytes:
        """What comes within a moment, with `<end>` behind it when the connection was closed."""
        before = self.door.server.requests_count
        for piece in pieces:
            self.writer.write(piece)
            await asyncio.sleep(0.02)
        got = b""
        try:
            while not _is_whole(got):
                async with asyncio.timeout(within):
                    piece = await self.reader.read(1 << 20)
                if not piece:
                    got += b"<end>"
                    break
                got += piece
        except TimeoutError:
            pass
        except (ConnectionError, ssl.SSLError):
            got += b"<reset>"
        await asyncio.sleep(0.01)
        if by_aiohttp is not None:
            assert self.door.server.requests_count - before == by_aiohttp, got[:300]
        return got


def _is_whole(got: bytes) -> bool:
    """Whether this is a whole answer and no more; for anything else, a moment is waited."""
    head, end, body = got.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return (
        bool(end) and length is not None and head.startswith(b"HTTP/1.1 20") and len(body) == int(length[1])
    )


@asynccontextmanager
async def doors(
    path: Path,
    *kinds: type[Connection],
    limits: Limits = PATIENT,
    size: int = LARGE,
    secure: bool = False,
) -> AsyncIterator[list[Door]]:
    """Servers of one camera, each with connections of another kind; `secure`: by TLS."""
    async with AsyncExitStack() as stack:
        rig = await stack.enter_async_context(rigged(path))
        camera_id = (await rig.add())["camera_id"]
        rig.go_live(camera_id)
        content = os.urandom(size)
        segment = rig.publish(camera_id, content)
        guard = Guard(limits, SystemClock())
        await stack.enter_async_context(in_background(guard.run(), "guard"))
        app = make_application(rig.services)
        runner = web.AppRunner(app, shutdown_timeout=1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        server = runner.server
        assert server is not None
        made, writers = [], list[asyncio.StreamWriter]()
        certificate = write_pair(path) if secure else None
        trusting = None if certificate is None else ssl.create_default_context(cafile=certificate[0])
        handshakes = set[asyncio.Task[None]]()
        for kind in kinds:
            connect = partial(kind, Express(app[SHORT_WAY])) if kind is ExpressConnection else kind
            come_in: Callable[..., asyncio.Protocol] = partial(connect, guard, server)
            if certificate is not None:
                context = await Certificate(*certificate, SystemClock()).load()
                come_in = partial(Handshake, guard, context, come_in, handshakes)
            listener = await asyncio.get_running_loop().create_server(come_in, "127.0.0.1", 0)
            # As our own listener has it: else the kernel takes nearly all of a segment that nobody reads.
            listener.sockets[0].setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 128 * 1024)
            stack.callback(listener.close)
            port = listener.sockets[0].getsockname()[1]
            made.append(Door(rig, app, server, port, camera_id, segment, content, writers, trusting))
        try:
            yield made
        finally:
            for writer in writers:
                writer.close()


@pytest.fixture
def secure() -> bool:
    """Whether TLS is spoken."""
    return False


plain_and_secure = pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
"""For tests of how bytes leave: the kernel sends no file through TLS."""


@pytest.fixture
async def door(tmp_path: Path, secure: bool) -> AsyncIterator[Door]:
    async with doors(tmp_path, ExpressConnection, secure=secure) as (door,):
        yield door


@pytest.fixture
async def impatient(tmp_path: Path, secure: bool) -> AsyncIterator[Door]:
    """One that waits for nobody."""
    async with doors(tmp_path, ExpressConnection, limits=LIMITS, secure=secure) as (door,):
        yield door


@plain_and_secure
async def test_what_is_known_is_answered_without_aiohttp(door: Door) -> None:
    talk = await door.talk()
    await talk.ask(door.request(door.playlist), by_aiohttp=1)
    got = await talk.ask(door.request(door.playlist), by_aiohttp=0)
    timeline = door.rig.timelines.get(door.camera_id)
    assert timeline is not None
    assert timeline.playlist is not None
    assert got.endswith(timeline.playlist)
    await talk.ask(door.request(door.media), by_aiohttp=1)  # somebody has to open the file
    got = await talk.ask(door.request(door.media), by_aiohttp=0)
    assert got.endswith(b"\r\n\r\n" + door.content)
    again = door.request(door.playlist, f"If-None-Match: {timeline.etag}")
    got = await talk.ask(again, by_aiohttp=0)
    assert got.startswith(b"HTTP/1.1 304 Not Modified\r\n")
    assert got.endswith(b"\r\n\r\n")
    other = await talk.ask(door.request(door.playlist, 'If-None-Match: "x"'), by_aiohttp=0)
    assert other.startswith(b"HTTP/1.1 200 ")


@plain_and_secure
async def test_the_long_way_leads_to_the_same_answer(door: Door) -> None:
    talk, timeline = await door.warm(), door.rig.timelines.get(door.camera_id)
    assert timeline is not None
    for path, *lines in (
        (door.playlist,),
        (door.media,),
        (door.playlist, f"If-None-Match: {timeline.etag}"),
        (door.playlist, "Origin: http://localhost:3000"),
        (door.media, "Origin: http://localhost:3000"),
    ):
        long_way = "If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT"  # means nothing here
        answers = [await talk.ask(door.request(path, *lines, *more)) for more in ((), (), (), (long_way,))]
        assert {steady(each) for each in answers} == {steady(answers[0])}, answers


async def test_a_new_segment_makes_a_new_answer(door: Door) -> None:
    talk = await door.warm()
    before = await talk.ask(door.request(door.playlist), by_aiohttp=0)
    name = door.rig.publish(door.camera_id)
    after = await talk.ask(door.request(door.playlist), by_aiohttp=0)
    assert name.encode() not in before
    assert name.encode() in after


async def test_a_camera_that_shows_nothing_new_is_left_to_aiohttp(door: Door) -> None:
    talk = await door.warm()
    door.rig.clock.advance(60)
    door.rig.fail(door.camera_id)
    assert (await talk.ask(door.request(door.playlist), by_aiohttp=1)).startswith(b"HTTP/1.1 503 ")
    door.rig.spawn(door.camera_id)
    waiting = asyncio.create_task(talk.ask(door.request(door.playlist), by_aiohttp=1))
    await asyncio.sleep(0.1)
    door.rig.publish(door.camera_id)
    assert (await waiting).startswith(b"HTTP/1.1 200 "), "held, and then there"
    await talk.ask(door.request(door.playlist), by_aiohttp=0)
    await door.rig.edit(door.camera_id, status="maintenance")
    assert b'"maintenance"' in await talk.ask(door.request(door.playlist), by_aiohttp=1)


async def test_no_answer_overtakes_one_that_is_waited_for(door: Door) -> None:
    other = (await door.rig.add(name="other"))["camera_id"]
    door.rig.spawn(other)
    talk = await door.warm()
    talk.writer.write(door.request(f"{CAMERAS}/{other}/hls/index.m3u8"))
    await asyncio.sleep(0.1)
    assert await talk.ask(door.request(door.playlist)) == b"", "the one before is held"
    door.rig.publish(other)
    for camera_id in (other, door.camera_id):
        timeline = door.rig.timelines.get(camera_id)
        assert timeline is not None
        assert timeline.playlist is not None
        head = await talk.reader.readuntil(b"\r\n\r\n")
        assert f"Etag: {timeline.etag}\r\n".encode() in head
        assert await talk.reader.readexactly(len(timeline.playlist)) == timeline.playlist


async def test_viewers_demand_and_requests_are_counted_alike(door: Door) -> None:
    talk = await door.talk()
    traffic, viewers = door.rig.services.metrics.traffic, door.rig.services.metrics.viewers
    label = ("GET", "/api/security-operations/cameras/{camera_id}/hls/{name}")
    watched = len(door.rig.supervision.watched)
    for number in range(1, 6):
        door.rig.clock.advance(1)
        for _ in range(3):  # who asks more often than four times a second wants no more than others
            await talk.ask(door.request(door.playlist))
        assert traffic.answers[label, 200] == 3 * number
        assert len(door.rig.supervision.watched) == watched + number
    assert viewers.count(door.camera_id) == 1
    door.rig.clock.advance(40)
    assert viewers.count(door.camera_id) == 0


async def test_each_viewer_of_one_moment_is_noted(door: Door) -> None:
    accounts, viewers = door.rig.services.accounts, door.rig.services.metrics.viewers
    admin = accounts.user_of_login("admin")
    assert admin is not None
    for number in range(1, 4):
        _, token = await accounts.add_token(TokenDraft(f"viewer {number}", Role.VIEWER), by=admin)
        request = f"GET {door.playlist} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
        talk = await door.talk()
        for by_aiohttp in (1, 0, 0):
            await talk.ask(request.encode(), by_aiohttp=by_aiohttp)
        assert viewers.count(door.camera_id) == number


async def test_a_playlist_that_got_old_is_no_longer_ready(door: Door) -> None:
    talk = await door.warm()
    await talk.ask(door.request(door.playlist), by_aiohttp=0)
    door.rig.clock.advance(60)
    got = await talk.ask(door.request(door.playlist), by_aiohttp=1)
    assert not got.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "lines", [(), ("Range: bytes=0-4000000",), ("If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT",)], ids=str
)
@plain_and_secure
async def test_who_breaks_off_leaves_no_file_open(door: Door, lines: tuple[str, ...]) -> None:
    """Nor does it take a look for garbage: a deleted camera's segment would keep its room on the disk."""
    talk, path = await door.warm(), door.rig.services.layout.path(door.camera_id, door.segment)
    gc.disable()
    try:
        for _ in range(3):
            leaver = await door.talk()
            leaver.writer.write(door.request(door.media, *lines))
            assert (await leaver.reader.read(1000)).startswith(b"HTTP/1.1 20")
            leaver.writer.transport.abort()
            await talk.ask(door.request(door.playlist))  # the server goes on meanwhile
        door.rig.timelines.let_go()
        await until(lambda: path not in _open_files())
    finally:
        gc.enable()


def _open_files() -> set[Path]:
    return {each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()}


@pytest.mark.parametrize("kind", [Connection, ExpressConnection])
async def test_what_comes_most_asks_neither_database_nor_disk_and_writes_no_line(
    tmp_path: Path,
    kind: type[Connection],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    done: list[str] = []

    def watch(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def told(*args: Any, **options: Any) -> Any:
            done.append(f"{name} {args}")
            return real(*args, **options)

        monkeypatch.setattr(owner, name, told)

    async with doors(tmp_path, kind, size=1000) as (door,):
        talk, timeline = await door.warm(), door.rig.timelines.get(door.camera_id)
        assert timeline is not None
        for name in ("stat", "lstat", "open"):
            watch(os, name)
        watch(aiosqlite.Connection, "_execute")
        caplog.clear()
        for _ in range(100):
            for request, status in (
                (door.request(door.playlist), b"200"),
                (door.request(door.media), b"200"),
                (door.request(door.playlist, f"If-None-Match: {timeline.etag}"), b"304"),
            ):
                talk.writer.write(request)
                head = await talk.reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 " + status)
                length = re.search(rb"Content-Length: (\d+)", head)
                await talk.reader.readexactly(int(length[1]) if length else 0)
        assert (done, caplog.messages) == ([], [])
        door.rig.services.layout.path(door.camera_id, door.segment).stat()
        await door.rig.add(name="other")
        assert {each.split()[0] for each in done} == {"stat", "_execute"}, "they would have been seen"
    monkeypatch.undo()


async def test_a_revoked_token_is_worth_nothing_at_once(door: Door) -> None:
    talk = await door.warm()
    accounts = door.rig.services.accounts
    (token,) = accounts.tokens()
    await accounts.revoke_token(token.token_id)
    for path in (door.playlist, door.media):
        got = await talk.ask(door.request(path), by_aiohttp=1)
        assert got.startswith(b"HTTP/1.1 401 ")


async def test_a_scope_is_kept(door: Door) -> None:
    accounts = door.rig.services.accounts
    other = (await door.rig.add(name="other"))["camera_id"]
    name = door.rig.go_live(other)
    admin = accounts.user_of_login("admin")
    assert admin is not None
    draft = TokenDraft("one camera", Role.VIEWER, scope=frozenset({door.camera_id}))
    _, text = await accounts.add_token(draft, by=admin)
    everybody, talk = await door.warm(), await door.talk()
    for path in (f"{CAMERAS}/{other}/hls/index.m3u8", f"{CAMERAS}/{other}/hls/{name}"):
        for _ in range(3):
            assert (await everybody.ask(door.request(path))).startswith(b"HTTP/1.1 200 ")
    token, viewers = door.rig.admin_token.encode(), text.encode()

    def as_viewer(path: str) -> bytes:
        return door.request(path).replace(token, viewers)

    for _ in range(3):
        assert (await talk.ask(as_viewer(door.playlist))).startswith(b"HTTP/1.1 200 ")
    for path in (f"{CAMERAS}/{other}/hls/index.m3u8", f"{CAMERAS}/{other}/hls/{name}"):
        assert (await talk.ask(as_viewer(path), by_aiohttp=1)).startswith(b"HTTP/1.1 404 ")


async def test_a_grant_is_good_until_it_expires_and_for_its_camera_only(door: Door) -> None:
    answer = await (await door.rig.get(f"{CAMERAS}/{door.camera_id}/media-grant")).json()
    bare = f"GET {answer['playlist']} HTTP/1.1\r\nHost: x.local\r\n\r\n".replace(
        "x.local", "127.0.0.1"
    ).encode()
    talk = await door.talk()
    await talk.ask(bare)
    await talk.ask(bare, by_aiohttp=0)
    nobody = door.request(door.playlist).replace(door.rig.bearer.encode(), b"")
    assert (await talk.ask(nobody, by_aiohttp=1)).startswith(b"HTTP/1.1 401 "), (
        "the path proves it, not the client"
    )
    other = (await door.rig.add(name="other"))["camera_id"]
    door.rig.go_live(other)
    elsewhere = bare.replace(door.camera_id.encode(), other.encode())
    assert (await talk.ask(elsewhere, by_aiohttp=1)).startswith(b"HTTP/1.1 401 ")
    door.rig.clock.advance(3 * PERIOD)
    door.rig.publish(door.camera_id)
    assert (await talk.ask(bare, by_aiohttp=1)).startswith(b"HTTP/1.1 401 ")


async def test_a_cookie_opens_it_until_its_session_ends(door: Door) -> None:
    accounts = door.rig.services.accounts
    await accounts.add_user(UserDraft("page", "a good long password", roles=(Role.VIEWER,)))
    opened = await accounts.open_session("page", "a good long password", "192.0.2.9")
    cookie = f"Cookie: socstream_session={opened.cookie}\r\n".encode()
    request = door.request(door.playlist).replace(door.rig.bearer.encode(), cookie)
    talk = await door.talk()
    await talk.ask(request)
    await talk.ask(request, by_aiohttp=0)
    caller = accounts.session_caller(opened.cookie)
    assert caller is not None
    await accounts.log_out(caller)
    assert (await talk.ask(request, by_aiohttp=1)).startswith(b"HTTP/1.1 401 ")


async def test_other_settings_are_in_force_at_once(door: Door) -> None:
    settings = door.rig.services.settings
    origin = "Origin: http://localhost:3000"
    talk = await door.warm(origin)
    assert b"Access-Control-Allow-Origin" in await talk.ask(door.request(door.playlist, origin), by_aiohttp=0)
    adjust(door.app, evolve(settings, cors_origins=frozenset()))
    assert b"Access-Control-Allow-Origin" not in await talk.ask(door.request(door.playlist, origin))
    named = door.request(door.playlist).replace(b"127.0.0.1", b"cams.example")
    adjust(door.app, evolve(settings, allowed_hosts=frozenset({"cams.example"})))
    for _ in range(3):
        assert (await talk.ask(named)).startswith(b"HTTP/1.1 200 ")
    adjust(door.app, evolve(settings, allowed_hosts=frozenset()))
    assert (await talk.ask(named, by_aiohttp=1)).startswith(b"HTTP/1.1 421 ")


UNUSUAL = {
    "close": ("Connection: close",),
    "an upgrade": ("Connection: Upgrade", "Upgrade: websocket"),
    "a range": ("Range: bytes=0-3",),
    "a range of the old kind": ("Range: bytes=0-3", 'If-Range: "x"'),
    "a condition": ('If-Match: "x"',),
    "a date": ("If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT",),
    "any tag": ("If-None-Match: *",),
    "two tags": ('If-None-Match: "a", "b"',),
    "tags twice": ('If-None-Match: "a"', 'If-None-Match: "b"'),
    "a tag in small letters": ('if-none-match: "a"',),
    "a weak tag": ('If-None-Match: W/"a"',),
    "a body of nothing": ("Content-Length: 0",),
    "a second host": ("Host: 127.0.0.1",),
    "another host": ("Host: evil.example",),
    "a second token": ("Authorization: Bearer x",),
    "a wish": ("Expect: 100-continue",),
    "nonsense": ("Expect: nonsense",),
    "a header that nobody knows": ("X-What: ever",),
    "a page elsewhere": ("Origin: http://evil.example",),
    "a bad name": ("Bad Name: x",),
    "a fold": ("X-Fold: x", " y"),
    "a NUL": ("X-Nul: \0",),
    "a proxy's word": ("X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https"),
}


COMPARED = (
    test_media.test_a_name_that_could_never_exist_is_404,
    test_ranges.test_a_range,
    test_screen.test_what_can_be_read_in_two_ways_is_refused_once_closed_and_counted,
    test_screen.test_a_request_for_another_name_is_421_and_counted,
    test_listener.test_nonsense_is_refused_in_json_and_costs_one_line_that_repeats_none_of_it,
    test_listener.test_a_client_that_spoils_its_own_body_is_no_bug,
    test_forwarded.test_a_stranger_is_not_believed,
    test_cors.test_any_other_origin_gets_no_permission,
)
"""Their rows are among the texts below; where they are at home, no medium is, and so no fast path."""


def _rows(test: Callable[..., Any], argument: str) -> tuple[Any, ...]:
    assert test in COMPARED
    return rows_of(test, argument)


def texts(door: Door) -> list[tuple[bytes, ...]]:
    """What may be said on a connection that is known, good and bad, in one piece or several."""
    hls = f"{CAMERAS}/{door.camera_id}/hls"
    plain, media = door.request(door.playlist), door.request(door.media)
    timeline = door.rig.timelines.get(door.camera_id)
    assert timeline is not None
    etag = timeline.etag.encode()
    told = [plain, media, plain * 3, plain + media + plain, plain + b"GET /", media[:-2]]
    told += [door.request(path, *lines) for lines in UNUSUAL.values() for path in (door.playlist, door.media)]
    told += [
        door.request(f"{hls}/{name}")
        for name in _rows(test_media.test_a_name_that_could_never_exist_is_404, "name")
    ]
    ranges = (row[0] for row in _rows(test_ranges.test_a_range, "asked") if isinstance(row, tuple))
    told += [door.request(door.media, f"Range: {asked}") for asked in ranges if asked.isascii()]
    told += [
        *test_screen.AMBIGUOUS.values(),
        *_rows(
            test_listener.test_nonsense_is_refused_in_json_and_costs_one_line_that_repeats_none_of_it,
            "nonsense",
        ),
    ]
    for host in test_screen.FOREIGN.values():
        told += [
            plain.replace(b"Host: 127.0.0.1", b"Host: " + host),
            plain.replace(b"GET ", b"GET http://" + host),
        ]
    headers = [*_rows(test_forwarded.test_a_stranger_is_not_believed, "header")]
    headers += [
        f"Origin: {origin}" for origin in _rows(test_cors.test_any_other_origin_gets_no_permission, "origin")
    ]
    told += [door.request(door.playlist, header) for header in headers]
    for text in (plain, media):
        told += [text.replace(b"GET", method) for method in (b"HEAD", b"POST", b"OPTIONS", b"get", b"GETS")]
        told += [
            text.replace(b"HTTP/1.1", version)
            for version in (b"HTTP/1.0", b"HTTP/2.0", b"http/1.1", b"HTTP/1.1 ")
        ]
        told += [
            text.replace(b"GET ", b"GET  "),
            text.replace(b"GET ", b"GET http://127.0.0.1"),
            b"\r\n" + text,
        ]
        told += [
            text.replace(b"\r\n", b"\n"),
            text.replace(b" HTTP", b"?x=/0.m4s HTTP"),
            text.replace(b"/hls/", b"//hls/"),
        ]
        told += [
            text.replace(b"/hls/", b"/%68ls/"),
            text.replace(b"/hls/", b"/hls/../hls/"),
            text.replace(b"/hls/", b"/hls/./"),
        ]
        told += [
            text.replace(b"Host: 127.0.0.1\r\n", b""),
            text.replace(b"Bearer", b"bearer"),
            text.replace(b"Bearer", b"Basic"),
        ]
        told += [
            text.replace(b"/api/", b"/api/v1/"),
            text.upper(),
            text.replace(door.camera_id.encode(), b"0" * 32),
        ]
        told += [text.replace(door.camera_id.encode(), door.camera_id.replace("-", "").encode())]
    post = f"POST {door.playlist} HTTP/1.1\r\nHost: 127.0.0.1\r\n{door.rig.bearer}".encode()
    chunk = b"%x\r\n%b\r\n" % (len(plain), plain)
    pieces = [
        *((plain[:at], plain[at:]) for at in (1, 4, 20, plain.index(b"\r\n") + 2, len(plain) - 2)),
        (b"GET /x HTTP/1.1\r\nX-Half: ", plain),
        (b"GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n", plain),
        (post + b"Content-Length: %d\r\n\r\n" % len(plain), plain),
        (post + b"Content-Length: %d\r\n\r\n" % (2 * len(plain)), plain, plain),
        (post + b"Content-Length: 9\r\n\r\n", plain),
        *(
            (post + each.values[0], each.values[1])
            for each in _rows(test_listener.test_a_client_that_spoils_its_own_body_is_no_bug, "head")
        ),
        (post + b"Transfer-Encoding: chunked\r\n\r\n", chunk, b"0\r\n\r\n"),
        (plain.replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(plain)), plain),
        (plain, plain, media, plain),
        (plain * 3, plain, plain * 3),
        (plain.replace(b"\r\n\r\n", b"\r\nif-none-match: " + etag + b"\r\n\r\n"),) * 3,
        (plain.replace(b"\r\n\r\n", 2 * (b"\r\nIf-None-Match: " + etag) + b"\r\n\r\n"),) * 3,
    ]
    return [*((each,) for each in told), *pieces]


def steady(got: bytes) -> tuple[bytes, ...]:
    """What came, without what no two answers share."""
    got = re.sub(rb"(?m)^(X-Request-ID|Date|Age): .*\r\n", b"", got)
    got = re.sub(rb'"request_id":"[0-9a-f]*"', b"", got)
    head, end, body = got.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    return (first, *sorted(lines), end, body)


@pytest.mark.timeout(120)
@plain_and_secure
async def test_nobody_can_tell_which_way_an_answer_came(tmp_path: Path, secure: bool) -> None:
    async with doors(tmp_path, Connection, ExpressConnection, size=50_000, secure=secure) as both:
        everything = texts(both[0])
        assert len(everything) > 200
        if secure:  # TLS changes how answers leave, and nothing in what is read
            everything = everything[::3]

        async def answers(door: Door, said: tuple[bytes, ...]) -> list[tuple[bytes, ...]]:
            talk = await door.warm()
            got = [await talk.ask(*said), await talk.ask(door.request(door.playlist))]
            talk.writer.close()
            return [steady(each) for each in got]

        async def compare(said: tuple[bytes, ...]) -> None:
            slow, fast = await asyncio.gather(*(answers(door, said) for door in both))
            assert slow == fast, said

        for at in range(0, len(everything), 12):
            async with asyncio.TaskGroup() as group:
                for said in everything[at : at + 12]:
                    group.create_task(compare(said))


def open_files() -> int:
    """Of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


@asynccontextmanager
async def stuck(door: Door) -> AsyncIterator[Talk]:
    """Somebody who knows the way, asked for the segment past aiohttp, and does not read it."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", door.port))
    name = None if door.trusting is None else "127.0.0.1"
    reader, writer = await asyncio.open_connection(
        sock=sock, limit=1024, ssl=door.trusting, server_hostname=name
    )
    talk = Talk(door, reader, writer)
    try:
        for path in (door.playlist, door.media):
            await talk.ask(door.request(path), within=5)
        before = door.server.requests_count
        writer.write(door.request(door.media))
        await asyncio.sleep(MOMENT)
        assert door.server.requests_count == before
        yield talk
    finally:
        writer.transport.abort()


@plain_and_secure
async def test_who_reads_slowly_gets_all_of_it_in_order(door: Door) -> None:
    async with stuck(door) as talk:
        for _ in range(4):  # the second waits in the kernel until the first has been taken
            talk.writer.write(door.request(door.media) + door.request(door.playlist))
        for number in range(9):
            is_playlist = number and number % 2 == 0
            head = await talk.reader.readuntil(b"\r\n\r\n")
            length = int(head.partition(b"Content-Length: ")[2].partition(b"\r")[0])
            got = await talk.reader.readexactly(length)
            assert got.startswith(b"#EXTM3U") if is_playlist else got == door.content, number


@plain_and_secure
async def test_who_hangs_up_in_the_middle_leaves_nothing(door: Door) -> None:
    await door.warm()  # from here on the segment is open
    tasks, files = len(asyncio.all_tasks()), open_files()
    for _ in range(3):
        async with stuck(door):
            pass
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
    await until(lambda: open_files() <= files)


@plain_and_secure
async def test_who_takes_nothing_is_cut(impatient: Door) -> None:
    async with stuck(impatient) as talk:
        sock = talk.writer.get_extra_info("socket")
        await until(lambda: sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != 1)


@plain_and_secure
async def test_who_takes_some_is_neither_idle_nor_stuck(impatient: Door) -> None:
    async with stuck(impatient) as talk:
        got, ends = b"", asyncio.get_running_loop().time() + 2 * LIMITS.answer_timeout
        while asyncio.get_running_loop().time() < ends:
            got += await talk.reader.read(65536)
            await asyncio.sleep(0.2)
        got += await talk.reader.readexactly(len(impatient.content) + got.index(b"\r\n\r\n") + 4 - len(got))
        assert got.endswith(impatient.content)


async def test_a_connection_is_idle_from_its_last_answer_on(impatient: Door) -> None:
    talk, loop = await impatient.warm(), asyncio.get_running_loop()
    for _ in range(4):
        await asyncio.sleep(LIMITS.idle_timeout * 0.6)
        await talk.ask(impatient.request(impatient.playlist), by_aiohttp=0)
    last = loop.time()
    assert await talk.reader.read() == b""
    assert LIMITS.idle_timeout * 0.8 <= loop.time() - last <= LIMITS.idle_timeout * 2


@plain_and_secure
async def test_a_stop_waits_for_who_takes_it_and_not_for_ever(door: Door) -> None:
    idle = await door.warm()
    async with stuck(door) as taker, stuck(door):
        began = asyncio.get_running_loop().time()
        stopping = asyncio.create_task(door.server.shutdown(1.0))
        head = await taker.reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        assert await taker.reader.readexactly(len(door.content)) == door.content
        assert await taker.reader.read() == b""
        await stopping
        assert asyncio.get_running_loop().time() - began < 3
        assert await idle.reader.read() == b""


def test_another_aiohttp_gets_no_fast_path() -> None:
    assert missing() is None, "the pinned version of aiohttp and the tested ones are not the same"
    assert missing("3.15.0") == "aiohttp 3.15.0 was not tested with it"
    assert "_waiter" in (missing("3.14.9", object) or "")
