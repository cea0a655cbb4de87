"""How a client bears what it gets of one camera: all of it, keyframes only, nothing. Judged at keyframes."""

from enum import Enum, auto

_JUDGED_EVERY = 0.9
"""Seconds; a little below the usual second between two keyframes. Closer ones count as one."""

_WORSE, _BETTER, _ENOUGH = 2, 1, 6
"""Three bad seconds in a row are enough, and so is a bad one in every two for ten seconds."""

_MOST_BAD = 5
"""Bad seconds in a row with keyframes only."""

_RESTORED_AFTER, _RESTORED_AFTER_AT_MOST = 10.0, 160.0
"""Good seconds with keyframes only until all is tried again; twice as many when that did not last."""

_LASTED = 60.0
"""Seconds."""


class Change(Enum):
    """What is different from now on."""

    REDUCED = auto()
    RESTORED = auto()
    OVERLOADED = auto()


class Strain:
    """Judges one client on one camera."""

    def __init__(self, now: float) -> None:
        self.is_reduced = False
        """True when keyframes are all that it gets."""
        self._judged_at = now
        self._is_bad = False
        self._points = 0
        self._since = now  # reduced: of the newest bad second; else of the newest change to better
        self._restored_after = _RESTORED_AFTER / 2

    def judge(self, *, has_kept_up: bool, now: float) -> Change | None:
        """At a keyframe: whether everything before it was taken. What changes therefore, if anything."""
        self._is_bad |= not has_kept_up
        if now - self._judged_at < _JUDGED_EVERY:
            return None
        self._judged_at, is_bad, self._is_bad = now, self._is_bad, False
        return self._judge_reduced(now, is_bad) if self.is_reduced else self._judge_full(now, is_bad)

    def _judge_full(self, now: float, is_bad: bool) -> Change | None:
        self._points = self._points + _WORSE if is_bad else max(0, self._points - _BETTER)
        if self._points < _ENOUGH:
            return None
        has_lasted = now - self._since >= _LASTED
        again = min(2 * self._restored_after, _RESTORED_AFTER_AT_MOST)
        self._restored_after = _RESTORED_AFTER if has_lasted else again
        self.is_reduced, self._points, self._since = True, 0, now
        return Change.REDUCED

    def _judge_reduced(self, now: float, is_bad: bool) -> Change | None:
        if is_bad:
            self._points, self._since = self._points + 1, now
            return Change.OVERLOADED if self._points >= _MOST_BAD else None
        self._points = 0
        if now - self._since < self._restored_after:
            return None
        self.is_reduced, self._since = False, now
        return Change.RESTORED
