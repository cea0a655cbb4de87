"""A viewer of the live edge, as a program of somebody else would be."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
from attrs import Factory, define, frozen

from tests.rigs.client import API, Client

_HEADER = struct.Struct(">HBBdd")


@frozen
class Picture:
    """An access unit, or a configuration (kind 0), as it came. Times in seconds."""

    kind: int
    is_first: bool
    arrived: float
    presentation: float
    payload: bytes

    @property
    def is_key(self) -> bool:
        return self.kind == 1


@define
class Viewer:
    """All that came for one subscription."""

    pictures: list[Picture] = Factory(list)
    told: list[dict[str, Any]] = Factory(list)
    _news: asyncio.Event = Factory(asyncio.Event)

    @property
    def units(self) -> list[Picture]:
        return [picture for picture in self.pictures if picture.kind]

    @property
    def configurations(self) -> list[dict[str, Any]]:
        return [message for message in self.told if message["type"] == "configuration"]

    async def until(self, condition: Callable[["Viewer"], object], within: float) -> None:
        """Return when what came meets the condition; TimeoutError after so many seconds."""
        async with asyncio.timeout(within):
            while not condition(self):
                self._news.clear()
                await self._news.wait()

    async def listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Note all that comes until the socket is closed."""
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.told.append(json.loads(message.data))
            else:
                _, kind, flags, arrived, presentation = _HEADER.unpack_from(message.data)
                payload = message.data[_HEADER.size :]
                self.pictures.append(
                    Picture(kind, bool(flags & 1), arrived / 1000, presentation / 1000, payload)
                )
            self._news.set()


@asynccontextmanager
async def watching(http: Client, camera_id: str, form: str = "units") -> AsyncIterator[Viewer]:
    """Somebody who is subscribed to a camera."""
    viewer = Viewer()
    async with http.socket(f"{API}/live") as socket:
        await socket.send_json({"type": "sub", "camera_id": camera_id, "form": form})
        listening = asyncio.create_task(viewer.listen(socket))
        try:
            yield viewer
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
