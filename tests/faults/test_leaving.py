"""Row 26: a viewer reads a segment while it leaves the window: the whole body, or 404."""

import asyncio
import socket
from contextlib import suppress

import pytest
from attrs import define
from yarl import URL

from socstream.demo.media import Spec
from tests.faults.site import Lab, Subject

pytestmark = [pytest.mark.engine, pytest.mark.timeout(90)]

BRISK = Spec("BRISK", width=640, gop=0.2, bitrate=24_000_000, noise=True, loop_seconds=2)
"""Five segments of 290 kB a second, more than the kernel and the server hold of an answer: one is deleted two
seconds after it was listed first."""

READERS = 12
SECONDS = 15.0
SIP = 8192
"""Bytes that a reader takes at a time, and all that its kernel holds for it."""


@define
class Tally:
    """What readers met."""

    whole: int = 0
    gone: int = 0
    outlived: int = 0
    """Whole bodies of files that were deleted before their last byte was read."""


async def read(gate: Subject, playlist: URL, number: int, pause: float, tally: Tally) -> None:
    """One segment, slowly."""
    place = playlist.with_name(name := f"{number}.m4s")
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SIP)
        connection.setblocking(False)
        await loop.sock_connect(connection, (place.host, place.port))
        ask = f"GET {place.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        await loop.sock_sendall(connection, ask.encode())
        answer = b""
        while piece := await loop.sock_recv(connection, SIP):
            answer += piece
            await asyncio.sleep(pause)
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert len(body) == int(fields[b"content-length"]), f"{name} was cut: {head!r}"
    if head.startswith(b"HTTP/1.1 404"):
        tally.gone += 1
    else:
        assert head.startswith(b"HTTP/1.1 200"), head
        tally.whole += 1
        tally.outlived += not (gate.directory / name).exists()


async def reader(gate: Subject, playlist: URL, dice_from: int, tally: Tally) -> None:
    """One segment after the other: some about to leave, some gone, each at another pace."""
    turn = dice_from
    while True:
        turn += 1
        behind = turn % 16  # behind the newest; with six listed, four more are readable
        await read(gate, playlist, max(0, gate.witness.newest - behind), 0.005 * (turn % 12), tally)


async def test_row_26_a_segment_that_leaves_is_read_to_its_end_or_not_at_all(lab: Lab) -> None:
    tally = Tally()
    async with (
        lab.site({"SOCSTREAM_STREAMS_SEGMENT_SECONDS": "0.15"}) as site,
        site.camera("Gate", BRISK) as gate,
    ):
        await gate.plays(12)
        playlist = URL(await site.http.granted(gate.camera_id))
        readers = [
            asyncio.create_task(reader(gate, playlist, number * 5, tally)) for number in range(READERS)
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(*readers)
    print(f"row_26: {tally}")
    assert min(tally.whole, tally.gone, tally.outlived) >= 10
