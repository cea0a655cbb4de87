"""Answers that are ready before anybody asks for them: playlists and segments as they go over the wire."""

import random
import re
import time
from email.utils import formatdate

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from attrs import frozen

from socstream.api.answers import NO_STORE
from socstream.api.handlers_media import IMMUTABLE, PLAYLIST_TYPE, VIDEO_TYPE
from socstream.api.headers import CORP, SAFE
from socstream.api.playlists import Playlists
from socstream.api.sending import begin, finish, is_free
from socstream.cameras import Cameras
from socstream.hls.layout import PLAYLIST_NAME
from socstream.hls.media import MediaFile
from socstream.hls.timeline import Timeline, Timelines
from socstream.model.account import Caller
from socstream.ops.tallies import Viewers

_ETAG = hdrs.ETAG.encode()  # aiohttp writes "Etag"
_PLAIN_ETAG = re.compile(r'"[^"]*"')


def _lines(headers: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


_ALWAYS = _lines({**SAFE, CORP: "cross-origin", hdrs.VARY: hdrs.ORIGIN})
_OF_PLAYLIST = _lines({hdrs.CACHE_CONTROL: NO_STORE})
_OF_SEGMENT = _lines(
    {hdrs.CONTENT_TYPE: VIDEO_TYPE, hdrs.CACHE_CONTROL: IMMUTABLE, hdrs.ACCEPT_RANGES: "bytes"}
)

_PLAYLIST, _UNCHANGED, _SEGMENT = (
    text.encode()
    for text in (
        f"HTTP/1.1 200 OK\r\n{_lines({hdrs.CONTENT_TYPE: PLAYLIST_TYPE})}{_OF_PLAYLIST}{_ALWAYS}",
        f"HTTP/1.1 304 Not Modified\r\n{_OF_PLAYLIST}{_ALWAYS}",
        f"HTTP/1.1 200 OK\r\n{_OF_SEGMENT}{_ALWAYS}",
    )
)


@frozen
class Ready:
    """What is sent: the text, and behind it the file, if there is one."""

    status: int
    text: bytes
    file: MediaFile | None = None


class Stock:
    """Hands out what is ready. Who gets something counts as a viewer, and as demand for the camera."""

    def __init__(
        self, cameras: Cameras, timelines: Timelines, playlists: Playlists, viewers: Viewers
    ) -> None:
        self._cameras = cameras
        self._timelines = timelines
        self._playlists = playlists
        self._viewers = viewers
        self._second = 0
        self._date = b""

    def take(self, camera_id: str, name: str, caller: Caller, etag: str | None, own: bytes) -> Ready | None:
        """The answer to a plain GET with this If-None-Match, if any; None: somebody has to look closer.

        `own`: header lines that only this client gets. Raises CameraNotFound, StoreUnavailable.
        """
        camera = self._cameras.get(camera_id)
        if not camera.source.is_rtsp or not caller.sees(camera.camera_id):
            return None
        if name == PLAYLIST_NAME:
            timeline = self._playlists.at_once(camera)
            if timeline is None:
                return None
            self._viewers.note(camera.camera_id, caller.key)
            return self._playlist(timeline, etag, own)
        timeline = self._timelines.get(camera.camera_id)
        file = timeline.file(name) if timeline is not None else None
        if file is None or etag is not None:
            return None
        self._cameras.watch(camera.camera_id)
        text = b"%bContent-Length: %d\r\n%b: %b\r\n%b%b" % (
            *(_SEGMENT, file.size, _ETAG, file.etag.encode()),
            *(self._stamp(), own),
        )
        return Ready(200, text + b"\r\n", file)

    def _playlist(self, timeline: Timeline, etag: str | None, own: bytes) -> Ready | None:
        current, body = timeline.etag, timeline.playlist or b""
        stamp = self._stamp()
        if etag is not None and etag != current and not _PLAIN_ETAG.fullmatch(etag):
            return None
        if etag == current:
            return Ready(304, b"%b%b: %b\r\n%b%b\r\n" % (_UNCHANGED, _ETAG, current.encode(), stamp, own))
        head = b"%bContent-Length: %d\r\n%b: %b\r\n" % (_PLAYLIST, len(body), _ETAG, current.encode())
        return Ready(200, b"%b%b%b\r\n%b" % (head, stamp, own, body))

    def _stamp(self) -> bytes:
        """The date, which is made once a second, and the id of the request."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._date = f"Date: {formatdate(second, usegmt=True)}\r\nX-Request-ID: ".encode()
        return b"%b%016x\r\n" % (self._date, random.getrandbits(64))


class ReadyAnswer(web.StreamResponse):
    """Sends what is ready, in answer to a plain GET of HTTP/1.1 that keeps its connection."""

    def __init__(self, ready: Ready) -> None:
        super().__init__(status=ready.status)
        self._ready = ready

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send all of it; raises ConnectionResetError when the client is gone, or takes nothing."""
        transport, file = request.transport, self._ready.file
        if transport is None:
            raise ConnectionResetError
        if file is None:
            transport.write(self._ready.text)
            await request.writer.drain()
            return None
        at = 0
        try:
            if is_free(transport):
                at = begin(transport, self._ready.text, file)
            else:
                transport.write(self._ready.text)
            await finish(transport, request.writer.drain, file, at, file.size)
        except (OSError, TimeoutError) as error:
            transport.abort()  # whoever got half of it has to be told
            raise ConnectionResetError from error
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to be sent."""
