"""Monotonic seconds as texts for people, the same text for the same moment each time it is asked."""

from datetime import UTC, datetime
from functools import lru_cache

from socstream.clock import Clock

_TOLERANCE = 0.1  # seconds; more than a wall clock is slewed between two requests

_SECONDS = 256
"""Texts of whole seconds that are remembered: the newest segments of all cameras are of the same few."""


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z."""
    return _text(round(moment.timestamp() * 1000))


def _text(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_whole(seconds)}.{rest:03}Z"


@lru_cache(_SECONDS)
def _whole(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")[:19]


class WallTimes:
    """Turns our monotonic times into wall times with an offset that is held until the clock was set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset = clock.wall() - clock.monotonic()
        """Wall seconds minus monotonic seconds."""

    def refresh(self) -> None:
        """Take a new offset if the wall clock was moved; once per look, not once per time."""
        offset = self._clock.wall() - self._clock.monotonic()
        if abs(offset - self.offset) > _TOLERANCE:
            self.offset = offset

    def moment(self, at: float) -> datetime:
        """The wall time of a monotonic time."""
        return datetime.fromtimestamp(at + self.offset, UTC)

    def text(self, at: float | None) -> str | None:
        """The same as ISO text; None for None."""
        return None if at is None else _text(round((at + self.offset) * 1000))
