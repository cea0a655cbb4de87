"""The list of all cameras as bytes: made again only for the cameras that changed."""

import secrets
from collections.abc import Callable, Sequence
from operator import attrgetter

from attrs import fields, frozen

from socstream.api.texts import Texts
from socstream.api.times import WallTimes
from socstream.board import StreamBoard
from socstream.clock import Clock
from socstream.model.account import Scope
from socstream.model.camera import Camera
from socstream.model.stream import StreamStatus

_WINDOW = 10.0
"""Seconds. The newest segment and the bit rate of a live camera change each second, its heartbeat and its
uptime when they like; the ETag follows these only so often. It is weak for that: a body is always exact."""

_MOST_SCOPES = 64
"""Listings that are remembered: each costs some kilobytes for each camera."""

_FLEETING = ("last_segment_at", "bitrate")
essence = attrgetter(*(field.name for field in fields(StreamStatus) if field.name not in _FLEETING))
"""What of a status does not change with every segment."""


@frozen
class _Entry:
    """One camera as it was at the last look."""

    camera: Camera
    status: StreamStatus | None

    def differs(self, camera: Camera, status: StreamStatus | None) -> bool:
        """True when more than the fleeting things changed."""
        if self.camera.version != camera.version or (self.status is None) is not (status is None):
            return True
        return self.status is not status and essence(self.status) != essence(status)


class Listing:
    """The JSON array of cameras, with blanks for their pictures' URLs, and its ETag. For one scope."""

    def __init__(self, board: StreamBoard, texts: Texts, times: WallTimes, clock: Clock) -> None:
        self._board = board
        self._texts = texts
        self._times = times
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        # A megabyte for a thousand cameras: fresh memory for it costs more than what is written there.
        self._joined: list[bytes] = []
        self._body = b"[]"
        self._offset = times.offset
        self._revision = 0
        # An ETag of an earlier process must not stand for a list of this one.
        self._life = secrets.token_hex(4)

    def look(self, cameras: Sequence[Camera]) -> str:
        """Take in how all cameras are now; the value of the list's weak ETag."""
        if self._take_in(cameras):
            self._revision += 1
        return f"{self._life}-{self._revision}-{int(self._clock.monotonic() // _WINDOW)}"

    def body(self) -> bytes:
        """The JSON array as of the last look; the very same bytes while no camera's text is another."""
        texts = [self._texts.of(entry.camera) for entry in self._entries.values()]
        if texts != self._joined:  # compares addresses: a text that did not change is the same object
            self._joined, self._body = texts, b"[%b]" % b",".join(texts)
        return self._body

    def _take_in(self, cameras: Sequence[Camera]) -> bool:
        """Look at every camera; True when the list tells something new."""
        self._times.refresh()
        before = {} if self._offset != self._times.offset else self._entries
        self._offset = self._times.offset
        now: dict[str, _Entry] = {}
        is_new = False
        for camera in cameras:
            camera_id = camera.camera_id
            status = self._board.get(camera_id)
            entry = before.get(camera_id)
            if entry is None or entry.camera is not camera or entry.status is not status:
                is_new = is_new or entry is None or entry.differs(camera, status)
                entry = _Entry(camera, status)
            now[camera_id] = entry
        is_new = is_new or len(now) != len(self._entries)
        self._entries = now
        return is_new


class Listings:
    """A listing for each scope in use; those that nobody asked for longest are forgotten."""

    def __init__(self, make: Callable[[], Listing]) -> None:
        self._make = make
        self._listings: dict[Scope, Listing] = {}

    def of(self, scope: Scope) -> Listing:
        """The listing of those cameras."""
        listing = self._listings.pop(scope, None) or self._make()
        self._listings[scope] = listing
        if len(self._listings) > _MOST_SCOPES:
            del self._listings[next(iter(self._listings))]
        return listing
