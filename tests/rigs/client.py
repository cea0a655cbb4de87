"""The API and the streams of a server as a client meets them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import m3u8
from attrs import frozen
from multidict import CIMultiDictProxy

from socstream.demo.camera import VirtualCamera
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess
from tests.rigs.witness import Witness

API = "/api/security-operations"


@frozen
class Answer:
    """An answer, read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks one server, over all its lives."""

    def __init__(self, session: aiohttp.ClientSession, server: ServerProcess) -> None:
        self._session = session
        self._server = server

    async def ask(
        self, method: str, path: str, *, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request; a path that does not begin with a slash is one below `/api/security-operations`."""
        url = self._server.url + (path if path.startswith("/") else f"{API}/{path}")
        async with self._session.request(
            method, url, json=body, headers=headers, allow_redirects=False
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def get(self, path: str) -> Answer:
        return await self.ask("GET", path)

    async def add(self, camera: VirtualCamera, **more: object) -> str:
        """Adds a camera; its id."""
        body = {"name": camera.name, "location": "Lab", "ip_address": "127.0.0.1", "stream_url": camera.url}
        answer = await self.ask("POST", "cameras", body=body | more)
        assert answer.status == 201, answer.text
        return str(answer.json["camera_id"])

    async def stream(self, camera_id: str) -> dict[str, Any]:
        """The condition of a camera's stream."""
        answer = await self.get(f"cameras/{camera_id}")
        assert answer.status == 200, answer.text
        stream: dict[str, Any] = answer.json["stream"]
        return stream

    async def playlist(self, camera_id: str) -> Answer:
        return await self.media(camera_id, "index.m3u8")

    async def media(self, camera_id: str, name: str) -> Answer:
        """A playlist, an init file or a segment."""
        return await self.get(f"cameras/{camera_id}/hls/{name}")

    async def look(self, camera_id: str, witness: Witness) -> m3u8.M3U8:
        """The playlist, which must be there, and every file in it; the witness checks them all."""
        answer = await self.playlist(camera_id)
        assert answer.status == 200, answer.text
        playlist = witness.hear(answer.text)
        for name in witness.names(playlist):
            file = await self.media(camera_id, name)
            assert file.status == 200, f"{name} is listed, but: {file.text}"
            witness.keep(name, file.body)
        return playlist

    async def meet(self, camera_id: str, witness: Witness, count: int, within: float) -> float:
        """Looks until the witness has met so many segments in all; the seconds that it took."""

        async def look() -> bool:
            await self.look(camera_id, witness)
            return len(witness.segments) >= count

        _, waited = await until(f"{count} segments", look, within)
        return waited


@asynccontextmanager
async def client(server: ServerProcess) -> AsyncIterator[Client]:
    """A client whose every request ends within 20 s."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield Client(session, server)
