"""Clients of the live edge: one that looks at each picture, and any number that count them."""

import asyncio
import base64
import json
import os
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from attrs import frozen

from tests.bench import tools
from tests.rigs.client import API, bearer
from tests.rigs.server import ServerProcess

LIVE = f"{API}/live"

_HEADER = struct.Struct(">HBBdd")

_TOO_BUSY = 0.95


@frozen
class Arrival:
    """A picture or a configuration, as it came. `arrived`: wall seconds, by the server."""

    stream: int
    kind: int
    arrived: float
    data: bytes


class Looker:
    """One WebSocket that is read in Python."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.streams: dict[int, str] = {}
        """Which camera a stream is of."""

    async def subscribe(self, camera_id: str, form: str = "units") -> None:
        """Ask for a camera."""
        await self._socket.send_json(subscription(camera_id, form))

    async def pictures(self) -> AsyncIterator[Arrival]:
        """All that comes, but the words."""
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                told = json.loads(message.data)
                if told["type"] == "subscribed":
                    self.streams[told["stream"]] = told["camera_id"]
            elif message.type is aiohttp.WSMsgType.BINARY:
                stream, kind, _, arrived, _ = _HEADER.unpack_from(message.data)
                yield Arrival(stream, kind, arrived / 1000, message.data[_HEADER.size :])


@asynccontextmanager
async def looker(server: ServerProcess, token: str) -> AsyncIterator[Looker]:
    """A client that shows this token."""
    async with (
        aiohttp.ClientSession(headers=bearer(token)) as session,
        session.ws_connect(f"{server.url}{LIVE}", max_msg_size=0) as socket,
    ):
        yield Looker(socket)


def subscription(camera_id: str, form: str) -> dict[str, Any]:
    """The command for one camera."""
    return {"type": "sub", "camera_id": camera_id, "form": form}


@frozen
class Begun:
    """How many viewers were ready when counting began, after how many seconds, and how often the server said
    until then that one was too slow.
    """

    ready: int
    after: float
    skipped: int
    reduced: int
    overloaded: int
    other: int

    def __str__(self) -> str:
        said = {"skipped": self.skipped, "reduced": self.reduced, "overloaded": self.overloaded}
        told = [f"{count} {what}" for what, count in {**said, "other": self.other}.items() if count]
        until_then = f" ({', '.join(told)} until then)" if told else ""
        return f"ready after {self.after:.1f} s{until_then}"


@frozen
class Counted:
    """What viewers got of the pictures that arrived at the server while they counted.

    `least`, `most`: of one; `missing`: what another one had of the same stream; `strange`: what the server
    said besides the usual. `age_*`: milliseconds from a picture's arrival at the server to theirs. Of
    themselves: shares of a core that they took (`cpu`) and waited for, and `turn_*`: milliseconds for which
    they did not look.
    """

    least: int
    most: int
    all: int
    missing: int
    strange: int
    age_p50: float
    age_p99: float
    age_most: float
    cpu: float
    waited: float
    turn_p99: float
    turn_most: float

    @property
    def age(self) -> str:
        """For a table."""
        return (
            f"with the viewer after {self.age_p50:.0f} ms, p99 {self.age_p99:.0f}, most {self.age_most:.0f}"
        )

    @property
    def load(self) -> str:
        """Of themselves; without time left to take more, they are what was measured, not the server."""
        told = (
            f"{100 * self.cpu:.0f} % of a core, {100 * self.waited:.0f} % waiting for it, "
            f"late p99 {self.turn_p99:.1f} ms"
        )
        return f"{told}: the limit" if self.cpu + self.waited > _TOO_BUSY else told


class Viewers:
    """Walls that take whatever comes, in a process of their own (`viewers.c`)."""

    def __init__(self, server: ServerProcess, token: str, directory: Path) -> None:
        self._server = server
        self._directory = directory
        self._program = tools.compiled("viewers", directory)
        self._request = directory / "request"
        self._request.write_text(_opening(server, token))

    async def start(
        self, walls: int, seconds: float, cameras: Sequence[str], form: str = "units"
    ) -> asyncio.subprocess.Process:
        """So many, which count for that long once all are level; each looks at all these cameras."""
        commands = self._directory / f"commands-{os.urandom(4).hex()}"
        commands.write_text("".join(f"{json.dumps(subscription(each, form))}\n" for each in cameras))
        words = (str(self._server.port), str(walls), str(seconds), str(self._request), str(commands))
        return await asyncio.create_subprocess_exec(self._program, *words, stdout=asyncio.subprocess.PIPE)

    async def begun(self, child: asyncio.subprocess.Process) -> Begun:
        """Returns when they begin to count, or cannot wait any longer for each to be level."""
        assert child.stdout is not None
        return Begun(**json.loads(await child.stdout.readline()))

    async def counted(self, child: asyncio.subprocess.Process) -> Counted:
        """What they got, at their end; after `begun`."""
        told, _ = await child.communicate()
        return Counted(**json.loads(told))

    async def count(self, walls: int, seconds: float, cameras: Sequence[str], form: str = "units") -> Counted:
        """All of it."""
        child = await self.start(walls, seconds, cameras, form)
        await self.begun(child)
        return await self.counted(child)


def _opening(server: ServerProcess, token: str) -> str:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET {LIVE} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in bearer(token).items()),
    )
    return "\r\n".join((*lines, "", ""))
