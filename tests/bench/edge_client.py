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
class Counted:
    """What viewers got: the least and the most of one, of all; and what the server said besides the usual."""

    least: int
    most: int
    all: int
    strange: int


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
        """So many, for that long after all are there; each looks at all these cameras."""
        commands = self._directory / f"commands-{os.urandom(4).hex()}"
        commands.write_text("".join(f"{json.dumps(subscription(each, form))}\n" for each in cameras))
        words = (str(self._server.port), str(walls), str(seconds), str(self._request), str(commands))
        return await asyncio.create_subprocess_exec(self._program, *words, stdout=asyncio.subprocess.PIPE)

    async def counted(self, child: asyncio.subprocess.Process) -> Counted:
        """What they got, at their end."""
        told, _ = await child.communicate()
        return Counted(**json.loads(told))

    async def count(self, walls: int, seconds: float, cameras: Sequence[str], form: str = "units") -> Counted:
        """Both."""
        return await self.counted(await self.start(walls, seconds, cameras, form))


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
