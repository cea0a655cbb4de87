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
from tests.rigs.server import ADMIN, ServerProcess
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

    @asynccontextmanager
    async def socket(self, path: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A WebSocket of the server."""
        async with self._session.ws_connect(self._server.url + path) as socket:
            yield socket

    async def log_in(self) -> dict[str, Any]:
        """As the administrator: what the server says to that, tokens among it; nothing is remembered."""
        body = {"username": ADMIN, "password": self._server.password}
        async with self._server.entrance:
            answer = await self.ask("POST", "/api/auth/login", body=body)
        assert answer.status == 200, answer.text
        tokens: dict[str, Any] = answer.json
        return tokens

    async def open_page(self) -> None:
        """Log in as our own page does: by a cookie that this client keeps."""
        body = {"username": ADMIN, "password": self._server.password}
        async with self._server.entrance:
            answer = await self.ask("POST", "/api/auth/session", body=body)
        assert answer.status == 200, answer.text

    async def granted(self, camera_id: str) -> str:
        """The URL of a camera's playlist for players that send no header."""
        answer = await self.get(f"cameras/{camera_id}/media-grant")
        assert answer.status == 200, answer.text
        return f"{self._server.url}{answer.json['playlist']}"

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
async def stranger(
    server: ServerProcess, token: str | None = None, patience: float = 20.0
) -> AsyncIterator[Client]:
    """Somebody whom the server does not know, unless by a token; every request ends within `patience` s."""
    async with aiohttp.ClientSession(
        headers={} if token is None else bearer(token),
        cookie_jar=aiohttp.CookieJar(unsafe=True),  # the server's name is an address
        timeout=aiohttp.ClientTimeout(total=patience),
    ) as session:
        yield Client(session, server)


@asynccontextmanager
async def client(server: ServerProcess, patience: float = 20.0) -> AsyncIterator[Client]:
    """An administrator's program, by an API token of its own: that is good over all lives of the server.

    What somebody asks too often, or holds too many of, is counted for each token.
    """
    async with stranger(server, await new_token(server), patience) as http:
        yield http


async def new_token(server: ServerProcess) -> str:
    """A new API token of the administrator."""
    async with stranger(server) as nobody:
        access = bearer((await nobody.log_in())["access_token"])
        body = {"name": "rig", "role": "ADMIN"}
        answer = await nobody.ask("POST", "/api/auth/tokens", body=body, headers=access)
    assert answer.status == 201, answer.text
    return str(answer.json["token"])


def bearer(token: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {token}"}
