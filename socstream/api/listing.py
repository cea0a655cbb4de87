"""The list of all cameras as bytes: made again only for the cameras that changed."""

import secrets
from collections.abc import Callable, Sequence

from socstream.api.texts import Texts
from socstream.api.times import WallTimes
from socstream.clock import Clock
from socstream.model.account import Scope
from socstream.model.camera import Camera

_WINDOW = 10.0
"""Seconds. The newest segment and the bit rate of a live camera change each second, its heartbeat and its
uptime when they like; the ETag follows these only so often. It is weak for that: a body is always exact."""

_MOST_SCOPES = 64
"""Listings that are remembered: each costs some kilobytes for each camera."""


class Listing:
    """The JSON array of cameras, with blanks for their pictures' URLs, and its ETag. For one scope."""

    def __init__(self, texts: Texts, times: WallTimes, clock: Clock) -> None:
        self._texts = texts
        self._times = times
        self._clock = clock
        self._cameras: Sequence[Camera] = ()
        self._editions: list[object] = []
        # A megabyte for a thousand cameras: fresh memory for it costs more than what is written there.
        self._joined: list[bytes] = []
        self._body = b"[]"
        self._revision = 0
        # An ETag of an earlier process must not stand for a list of this one.
        self._life = secrets.token_hex(4)

    def look(self, cameras: Sequence[Camera]) -> str:
        """Take in how all cameras are now; the value of the list's weak ETag."""
        self._times.refresh()
        self._cameras = cameras
        editions = [self._texts.edition(camera) for camera in cameras]
        if editions != self._editions:
            self._editions = editions
            self._revision += 1
        return f"{self._life}-{self._revision}-{int(self._clock.monotonic() // _WINDOW)}"

    def body(self) -> bytes:
        """The JSON array as of the last look; the very same bytes while no camera's text is another."""
        texts = [self._texts.of(camera) for camera in self._cameras]
        if texts != self._joined:  # compares addresses: a text that did not change is the same object
            self._joined, self._body = texts, b"[%b]" % b",".join(texts)
        return self._body


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
