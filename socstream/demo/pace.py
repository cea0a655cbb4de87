"""Which unit of a loop is due when: locked to the wall clock.

Unit n of a camera, counted from 1970, is due n / fps seconds after that; loops divide a minute, so what the
digits show is the second of the wall clock. All times are seconds of one monotonic clock, but `wall`.
"""

import math

from socstream.demo.device import Join
from socstream.demo.media import Media, Unit


class Pace:
    """The place of one session in its loop."""

    def __init__(self, media: Media, join: Join, *, now: float, wall: float) -> None:
        self.media = media
        self._origin = now - wall
        self._number = self._next(now)
        if join == "key":  # as if it came now: no wait, and the digits are up to a GOP behind
            while not self.unit.key:
                self._number -= 1
            self._origin += now - self.due

    @property
    def unit(self) -> Unit:
        """The unit whose turn comes next."""
        return self.media.units[self._number % len(self.media.units)]

    @property
    def due(self) -> float:
        """When it is its turn."""
        return self._origin + (self._number + self.media.lag) / self.media.spec.fps

    @property
    def shown(self) -> float:
        """When it is shown, as a position: seconds since 1970, less what a join at a keyframe took away."""
        loops = self._number // len(self.media.units)
        return (loops * len(self.media.units) + self.unit.pts) / self.media.spec.fps

    def position(self, now: float) -> float:
        """How far time has come, on the scale of `shown`."""
        return now - self._origin

    def advance(self) -> None:
        """The next unit."""
        self._number += 1

    def skip(self, now: float) -> None:
        """The first keyframe that is not due yet."""
        self._number = self._next(now)
        while not self.unit.key:
            self._number += 1

    def switch(self, media: Media, now: float) -> None:
        """Other media from their next keyframe on; time goes on."""
        self.media = media
        self.skip(now)

    def _next(self, now: float) -> int:
        return math.ceil(self.position(now) * self.media.spec.fps) - self.media.lag
