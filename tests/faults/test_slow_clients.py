"""Row 24: hundreds of clients who send or take next to nothing. They are closed, and nobody else notices."""

import asyncio
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import define, evolve, frozen

from tests.faults.site import Lab, Site
from tests.rigs import processes
from tests.rigs.client import API, new_token
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

CLIENTS = 500
PRESSURE = 15.0
"""Seconds in which each client that was closed comes again."""

_ESTABLISHED = 1  # a state of `struct tcp_info`; after it nobody waits for the client any more

ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@frozen
class Shape:
    """What a client sends first, and then each second. A `TOKEN` or `PATH` in it is filled in."""

    name: str
    first: bytes
    then: bytes = b""


TOKEN, PATH = b"<token>", b"<path>"
POST = f"POST {API}/cameras HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()
POST_OF_OURS = POST + b"Authorization: Bearer " + TOKEN + b"\r\n"
PICTURE = b"GET " + PATH + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"

SHAPES = (
    Shape("no bytes", b""),
    Shape("slow request line", b"GET /hea", b"l"),
    Shape("slow headers", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n", b"X-More: y\r\n"),
    Shape("slow body", POST_OF_OURS + b"Content-Length: 1000\r\n\r\n{", b" "),
    Shape("a stranger's slow body", POST + b"Content-Length: 1000\r\n\r\n{", b" "),
    Shape("slow chunked body", POST_OF_OURS + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"1\r\n \r\n"),
    Shape("idle after an answer", ASK),
    Shape("second request slow", ASK + b"GET /hea", b"l"),
    Shape("takes no answer", PICTURE * 200),
)


@define
class SlowClient:
    """One connection after the other, as long as it is let."""

    port: int
    shape: Shape
    lasted: list[float]
    _socket: socket.socket | None = None
    _since: float = 0.0
    _sent_at: float = 0.0

    def step(self, *, again: bool) -> bool:
        """Go on; False when it is closed and does not come `again`."""
        now = time.monotonic()
        if self._socket is not None and _state(self._socket) != _ESTABLISHED:
            self.lasted.append(now - self._since)
            self.close()
        if self._socket is None:
            if not again:
                return False
            self._socket = socket.socket()
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
            self._socket.connect(("127.0.0.1", self.port))
            self._socket.setblocking(False)
            self._since = self._sent_at = now
            self._send(self.shape.first)
        elif now - self._sent_at >= 1:
            self._sent_at = now
            self._send(self.shape.then)
        return True

    def _send(self, piece: bytes) -> None:
        assert self._socket is not None
        with suppress(BlockingIOError, ConnectionError):
            self._socket.send(piece)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _state(connection: socket.socket) -> int:
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def open_files(server: ServerProcess) -> int:
    """How many descriptors the server has."""
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


async def press(port: int, token: str, path: str) -> dict[str, list[float]]:
    """Hundreds of them, each shape as often as the others: how long every connection of each shape lasted."""
    lasted: dict[str, list[float]] = {shape.name: [] for shape in SHAPES}
    filled = [
        evolve(shape, first=shape.first.replace(TOKEN, token.encode()).replace(PATH, path.encode()))
        for shape in SHAPES
    ]
    shapes = [filled[number % len(filled)] for number in range(CLIENTS)]
    clients = [SlowClient(port, shape, lasted[shape.name]) for shape in shapes]
    last = time.monotonic() + PRESSURE
    try:
        async with asyncio.timeout(PRESSURE + 20):
            while clients:
                again = time.monotonic() < last
                clients = [client for client in clients if client.step(again=again)]
                await asyncio.sleep(0.1)
    finally:
        for client in clients:
            client.close()
    return lasted


async def look(site: Site, camera_id: str) -> list[float]:
    """Ask ten times a second until cancelled, as a page with one camera does; the seconds of each answer."""
    took = []
    with suppress(asyncio.CancelledError):
        while True:
            for path in ("cameras", f"cameras/{camera_id}/hls/index.m3u8"):
                began = time.monotonic()
                assert (await site.http.get(path)).status == 200
                took.append(time.monotonic() - began)
            await asyncio.sleep(0.2)
    return took


async def test_row_24_slow_clients_are_closed_and_nobody_notices(lab: Lab) -> None:
    async with lab.site() as site, site.camera("Gate") as gate:
        await gate.plays(4)
        files = open_files(site.server)
        memory = processes.resident_memory(site.server.pid)
        token = await new_token(site.server)
        path = (await site.http.get(f"cameras/{gate.camera_id}/media-grant")).json["last_image"]
        looking = asyncio.create_task(look(site, gate.camera_id))
        lasted = await press(site.server.port, token, path)
        more = processes.resident_memory(site.server.pid) - memory
        looking.cancel()
        took = sorted(await looking)
        await gate.plays(2)

        async def are_closed() -> bool:
            return open_files(site.server) <= files + 10  # some of our own connections may be new

        await until("no descriptor of a slow client is left", are_closed, within=3)
    for name, times in lasted.items():
        print(f"{name:<22} {len(times):3} closed after {min(times):4.1f} to {max(times):4.1f} s")
    p99 = took[int(len(took) * 0.99)]
    print(f"p99 of {len(took)} requests beside them: {p99 * 1000:.0f} ms; {more / 2**20:.1f} MiB more memory")
    assert all(len(times) >= CLIENTS // len(SHAPES) for times in lasted.values())
    assert max(map(max, lasted.values())) <= 12
    assert p99 < 0.5
    assert more < 64 * 2**20
