"""Requests that two servers could read differently, or that are for another one: refused, closed, counted."""

import json
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from socstream.api.hosts import BadHost, Hosts
from socstream.api.screen import Screen
from socstream.api.tally import Tally
from socstream.clock import SystemClock
from tests.api.doorstep import NAME, Doorstep, doorstep

HOST = f"Host: {NAME}\r\n".encode()
GET = b"GET / HTTP/1.1\r\n" + HOST
POST = b"POST / HTTP/1.1\r\n" + HOST
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.fixture
async def door() -> AsyncIterator[Doorstep]:
    async with doorstep() as door:
        yield door


AMBIGUOUS = {
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
    "the same length twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\nhi",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\nhi",
    "a negative length": POST + b"Content-Length: -2\r\n\r\nhi",
    "a length in hex": POST + b"Content-Length: 0x2\r\n\r\nhi",
    "an empty length": POST + b"Content-Length: \r\n\r\n",
    "a length beyond all": POST + b"Content-Length: 99999999999999999999999\r\n\r\nhi",
    "length and chunks": POST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks and length": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks twice": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks, then none": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "gzip in chunks": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "unknown chunks": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunks with a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunks in HTTP/1.0": POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk size that is none": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n",
    "chunks with bare line feeds": POST + b"Transfer-Encoding: chunked\r\n\r\n2\nhi\n0\n\n",
    "line feeds only": b"GET / HTTP/1.1\nHost: cams.example\n\n",
    "carriage returns only": b"GET / HTTP/1.1\rHost: cams.example\r\r",
    "a folded header": GET + b"X-A: a\r\n b\r\n\r\n",
    "a header that begins with a space": b"GET / HTTP/1.1\r\n Host: cams.example\r\n\r\n",
    "NUL in a header": GET + b"X-A: a\0b\r\n\r\n",
    "a carriage return in a header": GET + b"X-A: a\rb\r\n\r\n",
    "a space in a header's name": GET + b"X A: a\r\n\r\n",
    "a header without name": GET + b": a\r\n\r\n",
    "a header without colon": GET + b"foo\r\n\r\n",
    "a header of 9 kB": GET + b"X-A: " + b"a" * 9000 + b"\r\n\r\n",
    "200 headers": GET + b"".join(b"X-%d: a\r\n" % number for number in range(200)) + b"\r\n",
    "a URL of 9 kB": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space in the URL": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a control character in the URL": b"GET /a\x01b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a byte beyond ASCII in the URL": b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path without slash": b"GET foo HTTP/1.1\r\n" + HOST + b"\r\n",
    "a backslash for a path": b"GET \\ HTTP/1.1\r\n" + HOST + b"\r\n",
    "an asterisk for a path": b"GET * HTTP/1.1\r\n" + HOST + b"\r\n",
    "CONNECT": b"CONNECT cams.example:443 HTTP/1.1\r\nHost: cams.example:443\r\n\r\n" + SMUGGLED,
    "CONNECT to a path": b"CONNECT / HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED,
    "a method that nobody knows": b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method in small letters": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tab for a space": b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/1.2": b"GET / HTTP/1.2\r\n" + HOST + b"\r\n",
    "HTTP/2.0": b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
    "HTTP/3.0": b"GET / HTTP/3.0\r\n" + HOST + b"\r\n",
    "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http in small letters": b"GET / http/1.1\r\n" + HOST + b"\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "no Host in HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "two Hosts": GET + b"Host: localhost\r\n\r\n",
    "the same Host twice": GET + HOST + b"\r\n",
    "an empty Host": b"GET / HTTP/1.1\r\nHost: \r\n\r\n",
    "a list of Hosts": b"GET / HTTP/1.1\r\nHost: cams.example, localhost\r\n\r\n",
    "a Host with a user": b"GET / HTTP/1.1\r\nHost: u@cams.example\r\n\r\n",
    "a Host with a path": b"GET / HTTP/1.1\r\nHost: cams.example/x\r\n\r\n",
    "a Host with a scheme": b"GET / HTTP/1.1\r\nHost: http://cams.example\r\n\r\n",
    "a Host with two ports": b"GET / HTTP/1.1\r\nHost: cams.example:80:80\r\n\r\n",
    "a Host with a name for a port": b"GET / HTTP/1.1\r\nHost: cams.example:http\r\n\r\n",
    "a Host beyond ASCII": "GET / HTTP/1.1\r\nHost: cäms.example\r\n\r\n".encode(),
    "a Host of half an IPv6 address": b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
}

FOREIGN = {
    "another name": b"evil.example",
    "another name with our port": b"evil.example:8000",
    "our name with more behind it": b"cams.example.evil.example",
    "our name with more before it": b"evil-cams.example",
    "a part of our name": b"example",
    "a name below localhost": b"evil.localhost",
    "a name that ends in an address": b"evil.127.0.0.1.nip.io",
    "an address in one number": b"2130706433",
    "an address in hex": b"0x7f.0.0.1",
    "an address in octal": b"0177.0.0.1",
    "an address cut short": b"127.1",
    "an IPv6 address that is none": b"[::g]".replace(b"g", b"1.2"),
    "our name with two dots": b"cams.example..",
    "an underscore": b"cams_example",
}


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_what_can_be_read_in_two_ways_is_refused_once_closed_and_counted(
    door: Doorstep, request_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [await door.say(request_) for _ in range(3)]
    for answer, is_closed in answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.split()[1] == b"400"
        assert is_closed
        assert answer.count(b"X-Request-ID: ") == 1, (
            "one answer, and nothing behind it was taken for a request"
        )
        assert json.loads(body)["code"] in ("malformed_request", "bad_host")
    assert door.seen == []
    (told,) = [record for record in caplog.records if record.levelno >= logging.INFO]
    assert told.getMessage().startswith("malformed requests (")
    assert len(told.getMessage()) < 100


@pytest.mark.parametrize("host", FOREIGN.values(), ids=FOREIGN)
async def test_a_request_for_another_name_is_421_and_counted(
    door: Doorstep, host: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    requests = (
        b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
        b"GET http://" + host + b"/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    )
    answer, is_closed = await door.say(requests[0])
    assert answer.startswith(b"HTTP/1.1 421 ")
    assert is_closed
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "misdirected"
    absolute, _ = await door.say(requests[1])
    assert absolute.split()[1] in (b"400", b"421"), "the URL of an absolute form counts, not the header"
    assert door.seen == []
    assert "evil" not in caplog.text
    assert caplog.messages.count("requests for a name that is not ours: 1 so far, now from 127.0.0.1") == 1


@pytest.mark.parametrize(
    "host",
    [
        "cams.example",
        "cams.example:8000",
        "CAMS.Example",
        "cams.example.",
        "localhost",
        "LOCALHOST:8000",
        "127.0.0.1",
        "192.168.1.7:8443",
        "[::1]",
        "[fd00::7]:8000",
        "[::ffff:192.0.2.1]",
    ],
)
async def test_our_names_and_all_addresses_are_good(door: Doorstep, host: str) -> None:
    answer, is_closed = await door.say(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert not is_closed
    assert door.seen == ["GET /"]


@pytest.mark.parametrize("host", ["cams.example", "CAMS.example:8000", "127.0.0.1:8000"])
async def test_the_absolute_form_works_for_our_names(door: Doorstep, host: str) -> None:
    answer, _ = await door.say(f"GET http://{host}/x HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert door.seen == ["GET /x"]


async def test_an_absolute_form_for_a_foreign_server_goes_nowhere(door: Doorstep) -> None:
    for host in ("evil.example", NAME):
        answer, _ = await door.say(f"GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 421 ")
    answer, _ = await door.say(f"GET http://{NAME}/ HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 421 ")


async def test_two_hosts_are_refused_whatever_the_parser_lets_pass() -> None:
    async def handler(request: web.Request) -> web.Response:
        raise AssertionError

    screen = Screen(Hosts([NAME]), Tally(SystemClock())).middleware()
    headers = CIMultiDict([("Host", NAME), ("Host", NAME)])
    with pytest.raises(BadHost):
        await screen(make_mocked_request("GET", "/", headers=headers), handler)


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 2\r\n\r\nhi",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        b"Transfer-Encoding: Chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\n\r\n",
    ],
)
async def test_plain_bodies_are_read(door: Doorstep, body: bytes) -> None:
    answer, is_closed = await door.say(POST + body)
    assert b"b'hi'" in answer
    assert not is_closed


async def test_two_requests_in_one_piece_are_two(door: Doorstep) -> None:
    await door.say(POST + b"Content-Length: 2\r\n\r\nhi" + b"GET /next HTTP/1.1\r\n" + HOST + b"\r\n")
    assert door.seen[0] == "POST /"


async def test_a_compressed_body_stays_as_it_is(door: Doorstep) -> None:
    bomb = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    answer, _ = await door.say(POST + b"Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n" + bomb)
    assert repr(bomb).encode() in answer
