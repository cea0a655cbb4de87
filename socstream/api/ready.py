"""Answers that are ready before anybody asks for them: playlists and segments as they go over the wire."""

import random
import re
from email.utils import formatdate

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from attrs import field, frozen

from socstream.api.answers import NO_STORE
from socstream.api.handlers_media import IMMUTABLE, PLAYLIST_TYPE, VIDEO_TYPE
from socstream.api.headers import CORP, SAFE
from socstream.api.playlists import Playlists
from socstream.api.sending import begin, finish, is_free
from socstream.cameras import Cameras
from socstream.clock import Clock
from socstream.hls.layout import PLAYLIST_NAME
from socstream.hls.media import MediaFile
from socstream.hls.timeline import Timeline, Timelines
from socstream.model.account import Caller
from socstream.model.camera import Camera
from socstream.ops.tallies import Viewers

_ETAG = hdrs.ETAG.encode()  # aiohttp writes "Etag"
_PLAIN_ETAG = re.compile(r'"[^"]*"')

_KEPT = 0.25
"""Seconds in which a playlist that did not change needs no look at its camera, nor at how old it is."""


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


@frozen
class _Playlist:
    """A camera's playlist with all that can be made before it is known who asks.

    Both texts end where the id of the request comes. `until`: monotonic; then somebody has to look again.
    """

    timeline: Timeline
    body: bytes
    etag: str
    whole: bytes
    unchanged: bytes
    until: float
    noted: set[str] = field(factory=set)
    """The keys of the viewers who have had it."""


class Stock:
    """Hands out what is ready. Who gets something counts as a viewer, and as demand for the camera."""

    def __init__(
        self, cameras: Cameras, timelines: Timelines, playlists: Playlists, viewers: Viewers, clock: Clock
    ) -> None:
        self._cameras = cameras
        self._timelines = timelines
        self._playlists = playlists
        self._viewers = viewers
        self._clock = clock
        self._kept: dict[str, _Playlist] = {}

    def camera_changed(self, camera_id: str, camera: Camera | None) -> None:
        """Listens to the cameras: nothing of how it was is handed out any more."""
        self._kept.pop(camera_id, None)

    def take(self, camera_id: str, name: str, caller: Caller, etag: str | None, own: bytes) -> Ready | None:
        """The answer to a plain GET with this If-None-Match, if any; None: somebody has to look closer.

        `own`: header lines that only this client gets. Raises CameraNotFound, StoreUnavailable.
        """
        if name == PLAYLIST_NAME:
            return self._playlist(camera_id, caller, etag, own)
        camera = self._cameras.get(camera_id)
        if not camera.source.is_rtsp or not caller.sees(camera.camera_id):
            return None
        timeline = self._timelines.get(camera.camera_id)
        file = timeline.file(name) if timeline is not None else None
        if file is None or etag is not None:
            return None
        self._cameras.watch(camera.camera_id)
        head = b"%bContent-Length: %d\r\n%b: %b\r\n" % (_SEGMENT, file.size, _ETAG, file.etag.encode())
        return Ready(200, b"%b%b%016x\r\n%b\r\n" % (head, _date(), random.getrandbits(64), own), file)

    def _playlist(self, camera_id: str, caller: Caller, etag: str | None, own: bytes) -> Ready | None:
        kept = self._kept.get(camera_id)
        if (
            kept is None
            or kept.body is not kept.timeline.playlist
            or self._clock.monotonic() >= kept.until
            or not caller.sees(camera_id)
        ):
            kept = self._looked_at(camera_id, caller)
            if kept is None:
                return None
        if caller.key not in kept.noted:
            kept.noted.add(caller.key)
            self._viewers.note(camera_id, caller.key)
        if etag is not None:
            if etag == kept.etag:
                return Ready(304, b"%b%016x\r\n%b\r\n" % (kept.unchanged, random.getrandbits(64), own))
            if not _PLAIN_ETAG.fullmatch(etag):
                return None
        return Ready(200, b"%b%016x\r\n%b\r\n%b" % (kept.whole, random.getrandbits(64), own, kept.body))

    def _looked_at(self, camera_id: str, caller: Caller) -> _Playlist | None:
        """The playlist as it is now, kept for all who ask next; the camera is told that somebody did."""
        camera = self._cameras.get(camera_id)
        # Another spelling of its id is rare enough for the long way.
        if not camera.source.is_rtsp or camera.camera_id != camera_id or not caller.sees(camera_id):
            return None
        timeline = self._playlists.at_once(camera)
        if timeline is None or timeline.playlist is None:
            return None
        body, stamp = timeline.playlist, b"%b: %b\r\n%b" % (_ETAG, timeline.etag.encode(), _date())
        kept = self._kept[camera_id] = _Playlist(
            timeline,
            body,
            timeline.etag,
            b"%bContent-Length: %d\r\n%b" % (_PLAYLIST, len(body), stamp),
            _UNCHANGED + stamp,
            self._clock.monotonic() + _KEPT,
        )
        return kept


def _date() -> bytes:
    """The date, and the name of the header that follows it: the id of the request."""
    return f"Date: {formatdate(usegmt=True)}\r\nX-Request-ID: ".encode()


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
