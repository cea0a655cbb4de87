"""RTSP requests and answers as text (RFC 2326)."""

import asyncio
from collections.abc import AsyncIterator

from attrs import frozen

LONGEST_BODY = 1 << 16  # bytes of a request
REASONS = {
    200: "OK",
    302: "Moved Temporarily",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
    503: "Service Unavailable",
}


class NotRtsp(Exception):
    """The client speaks something else."""


@frozen
class Request:
    """One request; header names in small letters."""

    method: str
    url: str
    headers: dict[str, str]


@frozen
class Response:
    """One answer, without its CSeq."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


async def requests(reader: asyncio.StreamReader) -> AsyncIterator[Request]:
    """What the client asks, without the RTCP between; raises NotRtsp, and asyncio's errors at the end."""
    while True:
        first = await reader.readexactly(1)
        if first == b"$":
            await reader.readexactly(1)
            await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
        elif first not in b"\r\n":
            yield await _request(first + await reader.readuntil(b"\r\n\r\n"), reader)


async def _request(head: bytes, reader: asyncio.StreamReader) -> Request:
    line, *rest = head.decode(errors="replace").rstrip("\r\n").split("\r\n")
    words = line.split(" ")
    if len(words) != 3 or not words[2].startswith("RTSP/1."):
        raise NotRtsp
    named = (header.partition(":") for header in rest)
    headers = {name.strip().lower(): value.strip() for name, _, value in named}
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > LONGEST_BODY:
        raise NotRtsp
    await reader.readexactly(int(length))  # nothing in a body matters to us
    return Request(words[0], words[1], headers)


def render(response: Response, request: Request) -> bytes:
    """The bytes of an answer."""
    length = [("Content-Length", str(len(response.body)))] if response.body else []
    lines = [
        f"RTSP/1.0 {response.status} {REASONS.get(response.status, 'Ordered')}",
        *(
            f"{name}: {value}"
            for name, value in [("CSeq", request.headers.get("cseq", "0")), *response.headers, *length]
        ),
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode() + response.body
