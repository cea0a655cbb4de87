"""What slow readers cost, and whom they harm: five hundred who take a segment drop by drop, or only keep
their connection open, while others with normal lines watch.
"""

import argparse
import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from attrs import frozen

from socstream.ffmpeg import binary
from tests.bench import cores
from tests.bench.machine import Surroundings
from tests.bench.program import play
from tests.bench.report import Figure, Section
from tests.bench.serving import PREFIX
from tests.bench.stage import Stage, stage
from tests.bench.tools import compiled, let_open_many
from tests.bench.watching import Seen, look_on
from tests.bench.ways import Way, ways
from tests.rigs import processes

MEMORY_GOAL = 20.0
"""KB of resident memory of the server for each reader."""

HARM = 10.0
"""Milliseconds: the 99th percentile of what a normal viewer waits, slow readers or not."""

_CADENCE = 2.0
_DROP = 4096
"""Bytes that a slow reader takes each second. Its own buffer is small, too: the rest waits on our side."""

_BUFFER = 8192
_VIEWERS = 20
_SETTLE = 3.0


@frozen
class Cost:
    """Resident memory of the server in bytes, without and with the readers, and what the viewers met then."""

    before: int
    idle: int
    slow: int
    alone: Seen
    beside: Seen
    cut: int
    """Slow readers that the server has hung up on."""


async def measure(readers: int, seconds: float) -> Section:
    """Do it; half a minute for each way."""
    surroundings, figures = await Surroundings.now(), list[Figure]()
    let_open_many()
    ffmpeg = (await binary.find()).path
    with TemporaryDirectory(prefix=PREFIX) as home:
        program = compiled("wall", Path(home))
        for way in ways():
            async with stage(way, ffmpeg, cameras=1, seconds=_CADENCE) as ours:
                figures += _figures(way, readers, await _cost(ours, program, readers, seconds))
    conditions = (
        *surroundings.told(),
        cores.told(),
        f"slow: has asked for 1 MiB, takes {_DROP // 1024} KiB a second; idle: has had a playlist; "
        f"memory: RSS of our process beyond that with {_VIEWERS} viewers",
        f"beside them {_VIEWERS} normal viewers, as in `wall`, for {seconds:.0f} s",
    )
    return Section("readers", conditions, tuple(figures), beside="without them")


async def _cost(ours: Stage, program: Path, readers: int, seconds: float) -> Cost:
    async def viewers() -> Seen:
        return await look_on(program, ours.origin, ours.token, (ours.playlist(),), _VIEWERS, seconds)

    def memory() -> int:
        return processes.resident_memory(ours.process.pid)

    alone = await viewers()
    before = memory()
    async with _connected(ours, readers, ours.playlist()):
        await asyncio.sleep(_SETTLE)
        idle = memory()
    await asyncio.sleep(_SETTLE)
    async with _connected(ours, readers, await ours.newest()) as sockets:
        drinking = asyncio.create_task(_drink(sockets))
        beside = await viewers()
        slow = memory()
        drinking.cancel()
        cut = sum(map(_is_cut, sockets))
    return Cost(before, idle, slow, alone, beside, cut)


@asynccontextmanager
async def _connected(ours: Stage, count: int, path: str) -> AsyncIterator[list[socket.socket]]:
    """So many connections, each of which has asked for this and taken nothing yet."""
    parts = urlsplit(ours.origin)
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {ours.token}\r\n\r\n"
    loop, sockets = asyncio.get_running_loop(), list[socket.socket]()
    try:
        for _ in range(count):
            sock = socket.socket()
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            sock.setblocking(False)
            await loop.sock_connect(sock, (parts.hostname, parts.port))
            await loop.sock_sendall(sock, request.encode())
        yield sockets
    finally:
        for sock in sockets:
            sock.close()


async def _drink(sockets: Sequence[socket.socket]) -> None:
    """Every second a drop, all of them in turn; a connection that was cut stays so."""
    while True:
        for sock in sockets:
            with suppress(OSError):
                sock.recv(_DROP)
            await asyncio.sleep(1.0 / len(sockets))


def _is_cut(sock: socket.socket) -> bool:
    """Whether all that there is has been taken, and no more will come."""
    try:
        while sock.recv(1 << 20):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _figures(way: Way, readers: int, cost: Cost) -> list[Figure]:
    slow, idle = ((memory - cost.before) / readers / 1000 for memory in (cost.slow, cost.idle))
    errors = cost.beside.errors + cost.cut
    trouble = f"; {errors} errors: {cost.beside.first_error or 'readers cut off'}" if errors else ""
    return [
        Figure(
            f"memory of an idle reader, {way.name}, KB",
            f"{idle:.1f}",
            "",
            f"≤ {MEMORY_GOAL:.0f}",
            idle <= MEMORY_GOAL,
        ),
        Figure(
            f"memory of a slow reader, {way.name}, KB",
            f"{slow:.1f}",
            "",
            f"≤ {MEMORY_GOAL:.0f}",
            slow <= MEMORY_GOAL,
        ),
        Figure(
            f"viewers beside {readers} slow readers, {way.name}, ms: p50, p99 of playlists; segments",
            f"{cost.beside.playlists}; {cost.beside.segments}{trouble}",
            f"{cost.alone.playlists}; {cost.alone.segments}",
            f"p99 < {HARM:.0f}",
            cost.beside.p99 < HARM and not errors,
        ),
    ]


def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.readers", description=__doc__)
    parser.add_argument("--readers", type=int, default=500, help="at once (%(default)s)")
    parser.add_argument("--seconds", type=float, default=6.0, help="of the viewers (%(default)s)")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    play(measure(asked.readers, asked.seconds), is_written=asked.write)


if __name__ == "__main__":
    _main(sys.argv[1:])
