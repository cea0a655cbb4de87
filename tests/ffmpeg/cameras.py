"""Cameras made by hand, out of a few bytes: what no real one says, and what few of them do."""

import asyncio
import re
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Speech = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n{more}"
)


async def heads(reader: asyncio.StreamReader) -> AsyncIterator[tuple[str, str]]:
    """Method and CSeq of each request."""
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        sequence = re.search(r"CSeq: (\d+)", head)
        assert sequence is not None
        yield head.split()[0], sequence[1]


def plays(sdp: str, media: bytes) -> Speech:
    """Answers as a camera does, and then sends these bytes again and again."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for method, sequence in heads(reader):
            body = sdp if method == "DESCRIBE" else ""
            answer = (
                f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\nSession: 1\r\nContent-Type: application/sdp\r\n"
                "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            )
            writer.write(answer.encode())
            await writer.drain()
            if method == "PLAY":
                while True:
                    writer.write(media)
                    await writer.drain()
                    await asyncio.sleep(0.01)

    return speak


def says(first: str, then: bytes = b"") -> Speech:
    """Answers everything with one head, and then with bytes without end, if there are any."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for _, sequence in heads(reader):
            writer.write(first.format(sequence=sequence).encode())
            while then:
                writer.write(then)
                await writer.drain()

    return speak


def rtp(
    payload: bytes,
    channel: int = 0,
    sequence: int = 1,
    *,
    ticks: int = 3600,
    kind: int = 96,
    marker: bool = True,
) -> bytes:
    """An interleaved packet; `kind`: the payload type of the SDP."""
    packet = struct.pack("!BBHII", 0x80, marker << 7 | kind, sequence, ticks, 7) + payload
    return struct.pack("!cBH", b"$", channel, len(packet)) + packet


@asynccontextmanager
async def listening(speech: Speech) -> AsyncIterator[int]:
    """The port of a camera that speaks so."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await speech(reader, writer)
        finally:
            writer.transport.abort()
            talks.discard(task)

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in tuple(talks):
                task.cancel()
            await asyncio.gather(*talks, return_exceptions=True)
