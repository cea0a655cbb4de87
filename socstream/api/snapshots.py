"""How all cameras are now, as messages: made once for all the clients that ask within a second."""

from collections.abc import Iterator
from contextlib import suppress

import msgspec
from attrs import frozen

from socstream.api.texts import Texts
from socstream.api.times import WallTimes
from socstream.cameras import Cameras
from socstream.clock import Clock
from socstream.events.hub import Hub, Kind
from socstream.model.account import Scope
from socstream.model.errors import CameraNotFound

_AT_ONCE = 24
"""Cameras in one message to clients of ours: some 32 KiB. Others get one in each."""

_FRESH = 1.0
"""Seconds after which a message is made anew although nothing but segments came: they change it a little."""

_Place = tuple[int, Scope, bool, int]
"""Which cameras there were (a revision of their set), the scope, whether for clients of ours, the first one's
index."""


@frozen
class _Made:
    message: bytes | None
    revision: int
    at: float


class Snapshots:
    """When hundreds of clients come back or fall behind at once, each message is made for all of them."""

    def __init__(self, cameras: Cameras, hub: Hub, texts: Texts, times: WallTimes, clock: Clock) -> None:
        self._cameras = cameras
        self._hub = hub
        self._texts = texts
        self._times = times
        self._clock = clock
        self._revision = 0
        self._set_revision = 0
        self._made: dict[_Place, _Made] = {}

    def stream_changed(self) -> None:
        """What was made is outdated."""
        self._revision += 1

    def cameras_changed(self) -> None:
        """The cameras in each message may be others from now on."""
        self._revision += 1
        self._set_revision = self._revision
        self._made.clear()

    def forget(self) -> None:
        """Nobody listens: the memory is of better use elsewhere."""
        self._made.clear()

    def messages(self, kinds: frozenset[Kind], scope: Scope) -> Iterator[bytes]:
        """For a client with this scope and these kinds; each is made, or looked up, when it is asked for."""
        every = (camera.camera_id for camera in self._cameras.all())
        ids = [camera_id for camera_id in every if scope is None or camera_id in scope]
        set_revision = self._set_revision
        is_ours = Kind.SNAPSHOT in kinds
        size = _AT_ONCE if is_ours else 1
        for first in range(0, max(len(ids), 1) if is_ours else len(ids), size):
            part, has_more = ids[first : first + size], first + size < len(ids)
            message = self._message((set_revision, scope, is_ours, first), part, has_more)
            if message is not None:
                yield message

    def _message(self, place: _Place, ids: list[str], has_more: bool) -> bytes | None:
        now, made = self._clock.monotonic(), self._made.get(place)
        if made is None or made.revision != self._revision or now - made.at >= _FRESH:
            shown = self._shown(ids)
            made = _Made(self._part(shown, has_more) if place[2] else self._one(shown), self._revision, now)
            self._made[place] = made
        return made.message

    def _part(self, shown: list[msgspec.Raw], has_more: bool) -> bytes:
        return self._hub.message(Kind.SNAPSHOT, {"cameras": shown, "more": has_more})

    def _one(self, shown: list[msgspec.Raw]) -> bytes | None:
        return self._hub.message(Kind.CAMERA_UPDATED, {"camera": shown[0]}) if shown else None

    def _shown(self, ids: list[str]) -> list[msgspec.Raw]:
        """Those of the cameras that still exist."""
        self._times.refresh()
        shown = []
        for camera_id in ids:
            with suppress(CameraNotFound):
                shown.append(msgspec.Raw(self._texts.of(self._cameras.get(camera_id))))
        return shown
