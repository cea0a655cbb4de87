"""How long to wait before the next try: by class of failure, jittered, never for ever."""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType

from attrs import frozen

from socstream.model.failure import FailureCode

Uniform = Callable[[float, float], float]
"""A random number between two others, as `random.uniform`."""


class Lane(Enum):
    """Failures that are retried in the same rhythm."""

    NETWORK = "network"
    BOX = "box"
    BUSY = "busy"
    CREDENTIALS = "credentials"
    SETTINGS = "settings"


_LANES: dict[FailureCode, Lane] = {
    FailureCode.OUTPUT: Lane.BOX,
    FailureCode.DISK_FULL: Lane.BOX,
    FailureCode.FFMPEG_MISSING: Lane.BOX,
    FailureCode.BUSY: Lane.BUSY,
    FailureCode.UNAUTHORIZED: Lane.CREDENTIALS,
    FailureCode.FORBIDDEN: Lane.CREDENTIALS,
    FailureCode.NOT_FOUND: Lane.SETTINGS,
    FailureCode.UNSUPPORTED_CODEC: Lane.SETTINGS,
    FailureCode.MISCONFIGURED: Lane.SETTINGS,
}

# Cameras lock out an address after a few bad logins: 4 attempts in the first 30 minutes at most.
_SLOW: dict[Lane, tuple[float, ...]] = {
    Lane.CREDENTIALS: (30, 120, 600, 1800),
    Lane.SETTINGS: (60, 300, 900),
}

_BUSY_FLOOR = 5.0

# Trouble of this box: a try costs the camera nothing, and all cameras wait for the same cure.
_BOX_DELAY = (2.0, 4.0)


def lane_of(code: FailureCode) -> Lane:
    """The lane of a failure; NETWORK unless the table says otherwise."""
    return _LANES.get(code, Lane.NETWORK)


@frozen
class Streak:
    """The failures since the last stable media: how many in all, how many in each lane, the last one's lane.

    A camera counts bad logins whatever happens between them, and one that locks us out refuses
    connections for a while: so no other failure shortens the slow lanes.
    """

    failures: int = 0
    lane: Lane = Lane.NETWORK
    counts: Mapping[Lane, int] = MappingProxyType({})

    @property
    def in_lane(self) -> int:
        """How many failures there were in the lane of the last one."""
        return self.counts.get(self.lane, 0)

    def then(self, code: FailureCode) -> "Streak":
        """The streak after one more failure."""
        lane = lane_of(code)
        counts = {**self.counts, lane: self.counts.get(lane, 0) + 1}
        return Streak(self.failures + 1, lane, MappingProxyType(counts))


@frozen
class Backoff:
    """Seconds between tries: `first` after stable media, then `initial` · 2ⁿ up to `maximum`. Media that have
    arrived for `stable_after` are stable.
    """

    initial: float = 1.0
    maximum: float = 30.0
    first: float = 0.3
    stable_after: float = 10.0

    def delay(self, streak: Streak, uniform: Uniform) -> float:
        """Seconds to wait after the last failure of `streak` (which holds at least one)."""
        if streak.lane in _SLOW:
            steps = _SLOW[streak.lane]
            return steps[min(streak.in_lane, len(steps)) - 1]
        if streak.lane is Lane.BOX:
            return uniform(*_BOX_DELAY)
        floor = _BUSY_FLOOR if streak.lane is Lane.BUSY else 0.0
        return max(floor, self._jittered(streak.failures, uniform))

    def _jittered(self, failures: int, uniform: Uniform) -> float:
        if failures <= 1:
            return uniform(0.0, self.first)
        # The exponent is capped because 2.0 ** 2000 overflows, and cameras stay dark for months.
        longest = min(self.maximum, self.initial * 2.0 ** min(failures - 2, 32))
        return uniform(longest / 2, longest)
