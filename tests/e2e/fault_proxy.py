"""A proxy between page and server that does to the answers what is ordered: P1 to P22 of the faults.

What is ordered for the segments of a camera is done to its units of the live edge, too: `Garbage` and `Cut`
to what is in them; `Old` and `Hang` let none of them through.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Literal

import aiohttp
from aiohttp import hdrs, web
from attrs import field, frozen

Part = Literal["playlist", "segment", "everything"]

_MEDIA = re.compile(r"/api/security-operations/cameras/([^/]+)/hls/([^/?]+)")
_OWN = {
    "connection",
    "content-length",
    "date",
    "host",
    "keep-alive",
    "server",
    "transfer-encoding",
    "upgrade",
}
_SEQUENCE = re.compile(r"(#EXT-X-MEDIA-SEQUENCE:)(\d+)")
_SEGMENT = re.compile(r"^(\d+)\.m4s$", re.MULTILINE)
_LIVE = "/api/security-operations/live"
_HEADER = 20  # of a binary message: stream, kind, flags, two times
_CONFIGURATION, _KEYFRAME = 0, 1
_INIT = re.compile(r"init-\d+\.mp4")


@frozen
class Status:
    """This part is answered with a status instead."""

    code: int
    part: Part


@frozen
class Hang:
    """The playlist is answered after so many seconds."""

    seconds: float = 30.0
    part: Part = "playlist"


@frozen
class Garbage:
    """Segments are bytes without meaning, as many as there were."""

    part: Part = "segment"


@frozen
class Cut:
    """Segments end after a third."""

    part: Part = "segment"


@frozen
class Old:
    """The playlist stays as it was."""

    part: Part = "playlist"


@frozen
class EndList:
    """The playlist says that this was all."""

    part: Part = "playlist"


Fault = Status | Hang | Garbage | Cut | Old | EndList


@frozen
class Names:
    """How the numbers and names in a playlist differ from those of the server."""

    shift: int = 0
    """The number of a segment here, less the one there."""
    first: int = 0
    """Segments with a number below this (of the server's) were wiped away."""
    one_init: bool = False
    """Every run's init file has the same name."""


@frozen(eq=False)
class Camera:
    """What the proxy does to one camera's media."""

    fault: list[Fault] = field(factory=list)
    names: list[Names] = field(factory=lambda: [Names()])
    last: list[str] = field(factory=list)
    """The last playlist that the page got."""
    init: list[str] = field(factory=list)
    """The init file that the last playlist of the server named."""


class FaultProxy:
    """Listens on a port of its own; `url` is what the page is opened at."""

    def __init__(self, upstream: str, session: aiohttp.ClientSession) -> None:
        self._upstream = upstream
        self._session = session
        self._cameras: dict[str, Camera] = {}
        self._everything: Fault | None = None
        self._live: set[web.WebSocketResponse] | None = set()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def order(self, fault: Fault | None, camera_id: str | None = None) -> None:
        """From now on this fault, for one camera's media or (None) for every request; None: no fault."""
        if camera_id is None:
            self._everything = fault
        else:
            self._of(camera_id).fault[:] = [] if fault is None else [fault]

    def begin_anew(self, camera_id: str, *, wiped: bool) -> None:
        """The camera's numbers begin with 0 again, under names that were used; `wiped`: all before go."""
        camera = self._of(camera_id)
        newest = max(map(int, _SEGMENT.findall(camera.last[-1])), default=0) - camera.names[-1].shift
        first = newest if wiped else 0
        camera.names[:] = [Names(-newest if wiped else -max(0, newest - 5), first)]

    def skip(self, camera_id: str, count: int) -> None:
        """The numbers jump forward."""
        camera = self._of(camera_id)
        camera.names[:] = [Names(camera.names[-1].shift + count)]

    def name_every_init_alike(self, camera_id: str) -> None:
        self._of(camera_id).names[:] = [Names(one_init=True)]

    async def refuse_live(self) -> None:
        """No live edge gets through any more, and those that did are cut off."""
        cut, self._live = self._live or (), None
        for socket in tuple(cut):
            await socket.close()

    def allow_live(self) -> None:
        self._live = set()

    async def start(self) -> None:
        """Listens, on the same port each time."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def refuse(self) -> None:
        """The port is closed, and every connection with it."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def faults_of(self, camera_id: str) -> Sequence[Fault]:
        return self._of(camera_id).fault

    def _of(self, camera_id: str) -> Camera:
        return self._cameras.setdefault(camera_id, Camera())

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if isinstance(self._everything, Status):
            return _status(self._everything)
        if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
            return await self._socket(request)
        media = _MEDIA.fullmatch(request.path)
        if media is None:
            return await self._passed(request, request.path_qs)
        return await self._media(request, self._of(media[1]), media[2])

    async def _media(self, request: web.Request, camera: Camera, name: str) -> web.Response:
        part = "playlist" if name.endswith(".m3u8") else "segment"
        fault = next((one for one in camera.fault if one.part in (part, "everything")), None)
        match fault:
            case Status():
                return _status(fault)
            case Hang():
                await asyncio.sleep(fault.seconds)
            case Old() if camera.last:
                return web.Response(text=camera.last[-1], content_type="application/vnd.apple.mpegurl")
        if part == "segment":
            return await self._segment(request, camera, name, fault)
        return await self._playlist(request, camera, fault)

    async def _playlist(self, request: web.Request, camera: Camera, fault: Fault | None) -> web.Response:
        answer = await self._passed(request, request.path_qs)
        if answer.status != 200 or answer.text is None:
            return answer
        camera.init[:] = _INIT.findall(answer.text)[-1:]
        text = _renamed(answer.text, camera.names[-1])
        if text is None:
            return _status(Status(404, "playlist"))
        camera.last[:] = [text]
        if isinstance(fault, EndList):
            text += "#EXT-X-ENDLIST\n"
        return web.Response(text=text, content_type="application/vnd.apple.mpegurl")

    async def _segment(
        self, request: web.Request, camera: Camera, name: str, fault: Fault | None
    ) -> web.Response:
        names, path = camera.names[-1], request.path
        if name.endswith(".m4s"):
            path = path.replace(name, f"{int(name[:-4]) - names.shift}.m4s")
        elif names.one_init and camera.init:
            path = path.replace(name, camera.init[-1])
        answer = await self._passed(request, path)
        if answer.status != 200 or not isinstance(answer.body, bytes) or not name.endswith(".m4s"):
            return answer
        match fault:
            case Garbage():
                return web.Response(body=bytes(n * 7919 % 251 for n in range(len(answer.body))))
            case Cut():
                return web.Response(body=answer.body[: len(answer.body) // 3])
        return answer

    async def _passed(self, request: web.Request, path: str) -> web.Response:
        headers = {name: text for name, text in request.headers.items() if name.lower() not in _OWN}
        headers[hdrs.HOST] = request.host
        body = await request.read()
        try:
            async with self._session.request(
                request.method, self._upstream + path, headers=headers, data=body, allow_redirects=False
            ) as answer:
                kept = [(name, text) for name, text in answer.headers.items() if name.lower() not in _OWN]
                # the server's clock, or else the page would ask ours
                kept.append((hdrs.DATE, answer.headers[hdrs.DATE]))
                return web.Response(status=answer.status, body=await answer.read(), headers=dict(kept))
        except aiohttp.ClientError:
            return _status(Status(502, "everything"))

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.path == _LIVE and self._live is None:
            return _status(Status(503, "everything"))
        url = self._upstream + request.path_qs
        cookie = {hdrs.COOKIE: request.headers.get(hdrs.COOKIE, ""), hdrs.HOST: request.host}
        try:
            async with self._session.ws_connect(
                url, headers=cookie, origin=request.headers.get(hdrs.ORIGIN)
            ) as theirs:
                ours = web.WebSocketResponse()
                await ours.prepare(request)
                with suppress(ConnectionError):
                    await self._converse(ours, theirs, is_live=request.path == _LIVE)
                await ours.close(code=theirs.close_code or 1001)
                return ours
        except aiohttp.WSServerHandshakeError as refused:
            return web.Response(status=refused.status)
        except aiohttp.ClientError:
            return web.Response(status=502)

    async def _converse(
        self, ours: web.WebSocketResponse, theirs: aiohttp.ClientWebSocketResponse, *, is_live: bool
    ) -> None:
        """Until one of them has gone."""

        async def up() -> None:
            async for message in ours:
                await theirs.send_str(message.data)

        async def down() -> None:
            edge = _Edge(self)
            async for message in theirs:
                if message.type is aiohttp.WSMsgType.TEXT:
                    edge.hear(message.data)
                    await ours.send_str(message.data)
                elif (data := edge.spoilt(message.data)) is not None:
                    await ours.send_bytes(data)

        if is_live and self._live is not None:
            self._live.add(ours)
        await _first_of(up(), down())


class _Edge:
    """The live edge on one socket: which stream is of which camera, and what is done to it."""

    def __init__(self, proxy: FaultProxy) -> None:
        self._proxy = proxy
        self._cameras: dict[int, str] = {}
        self._held: set[int] = set()

    def hear(self, text: str) -> None:
        told = json.loads(text)
        if told["type"] == "subscribed":
            self._cameras[told["stream"]] = told["camera_id"]

    def spoilt(self, data: bytes) -> bytes | None:
        """What the page gets instead; None: nothing."""
        stream, kind = int.from_bytes(data[:2]), data[2]
        if kind == _CONFIGURATION:
            return data
        fault = next(iter(self._proxy.faults_of(self._cameras[stream])), None)
        match fault:
            case Garbage():
                return data[:_HEADER] + bytes(n * 7919 % 251 for n in range(len(data) - _HEADER))
            case Cut():
                return data[: _HEADER + (len(data) - _HEADER) // 3]
            case Old() | Hang():
                self._held.add(stream)
                return None
        if kind == _KEYFRAME:
            self._held.discard(stream)
        return None if stream in self._held else data


async def _first_of(*coroutines: Coroutine[None, None, None]) -> None:
    """Run them until one of them ends; the others end with it."""
    tasks = [asyncio.create_task(one) for one in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def fault_proxy(upstream: str) -> AsyncIterator[FaultProxy]:
    """A proxy before this server, until the block is left."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        proxy = FaultProxy(upstream, session)
        await proxy.start()
        try:
            yield proxy
        finally:
            await proxy.refuse()


def _status(fault: Status) -> web.Response:
    detail = {"detail": "Ordered by the test.", "message": "Ordered by the test."}
    return web.json_response(detail, status=fault.code)


def _renamed(text: str, names: Names) -> str | None:
    """The playlist with other numbers and names; None when nothing of it is left."""
    if names.first > 0:
        head, _, rest = text.partition("#EXT-X-PROGRAM-DATE-TIME")
        entries = ["#EXT-X-PROGRAM-DATE-TIME" + entry for entry in rest.split("#EXT-X-PROGRAM-DATE-TIME")]
        left = [entry for entry in entries if int((_SEGMENT.findall(entry) or ["0"])[0]) >= names.first]
        if not left:
            return None
        number = _SEGMENT.findall(left[0])[0]
        text = _SEQUENCE.sub(rf"\g<1>{number}", head) + "".join(left)
    if names.one_init:
        text = _INIT.sub("init.mp4", text)
    text = _SEQUENCE.sub(lambda found: f"{found[1]}{int(found[2]) + names.shift}", text)
    return _SEGMENT.sub(lambda found: f"{int(found[1]) + names.shift}.m4s", text)
