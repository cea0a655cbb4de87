"""One client on one camera: level with the newest picture, catching up, or waiting for the next keyframe.

Who falls behind costs no memory: what is not written yet stands in the group that all share, and this
holds a place in it. When the next group begins, the rest of the old one is skipped.
"""

from socstream.live.group import Picture
from socstream.live.lane import Lane
from socstream.live.outlet import Outlet
from socstream.live.strain import Change, Strain

_PATIENCE = 3.0
"""Seconds behind after which the rest of a long group is skipped: pictures as old as that are not live."""


class Subscription:
    """Made by `Edge.subscribe`; ends with `cancel`, or by itself when keyframes alone are too much."""

    __slots__ = (
        "_behind_since",
        "_has_begun",
        "_is_configured",
        "_is_end_due",
        "_is_level",
        "_is_told_reduced",
        "_lane",
        "_missed",
        "_next",
        "_outlet",
        "_strain",
        "is_over",
    )

    def __init__(self, lane: Lane, outlet: Outlet) -> None:
        self.is_over = False
        self._lane = lane
        self._outlet = outlet
        self._strain = Strain(outlet.clock.monotonic())
        self._is_told_reduced = False
        self._has_begun = False
        """True when a picture of this run was sent."""
        self._is_configured = False
        self._is_end_due = False
        self._is_level = False
        self._missed = 0
        self._behind_since: float | None = None
        self._next: int | None = None
        """The place in the group of what comes next, if not level; None: the next keyframe."""

    def start(self) -> None:
        """Configuration and the current group once more, as soon as there is room."""
        self._forget()
        self._outlet.wait(self)

    def cancel(self) -> None:
        """Send no more."""
        self.is_over = True
        self._lane.leave(self)
        self._outlet.forget(self)

    def tell(self, kind: str, **facts: object) -> None:
        """Write a message."""
        self._outlet.tell(self._lane.message(kind, **facts))

    def close(self, kind: str, **facts: object) -> None:
        """Write a message, and send no more."""
        self.cancel()
        self.tell(kind, **facts)

    def end(self) -> None:
        """The run is over: nothing of it is worth waiting for."""
        self._forget()
        self._next = None
        self._is_end_due = True
        if self._outlet.has_room():
            self.send_next()
        else:
            self._outlet.wait(self)

    def offer(self, frame: bytes) -> None:
        """The group has one more picture. Nearly all the work of a wall is done here."""
        if self._is_level:
            if self._outlet.has_room():
                self._outlet.write(frame)
            else:
                self._fall_behind(self._lane.group.count - 1)
        elif self._next is None and self._has_begun and not self._strain.is_reduced:
            self._missed += 1

    def offer_key(self, picture: Picture, passed: int) -> None:
        """Another group begins, after one of `passed` pictures."""
        now = self._outlet.clock.monotonic()
        if self._has_begun:
            self._note_missed(passed)
            if self._strain.judge(has_kept_up=self._has_kept_up(), now=now) is Change.OVERLOADED:
                self.close("overloaded")
                return
        if self._is_configured and self._outlet.has_room():
            self._is_level = True
            self._send(picture)
        else:
            self._fall_behind(0)

    def send_next(self) -> bool:
        """Write one thing that is due; False when there is no more."""
        if self._is_end_due:
            self._is_end_due = False
            self.tell("ended")
        if not self._is_configured:
            return self._send_opening()
        if self._next is None or self._is_level:
            return False
        pictures = self._lane.group.pictures
        if not pictures or self._is_tired():
            self._note_missed(self._lane.group.count)
            return False
        place = self._next
        self._next = place + 1
        self._is_level = self._next == self._lane.group.count
        self._send(pictures[place])
        return self._next is not None and not self._is_level

    def _forget(self) -> None:
        self._is_configured = False
        self._is_level = False
        self._is_end_due = False
        self._has_begun = False
        self._missed = 0
        self._behind_since = None
        self._next = 0 if self._lane.group.pictures else None

    def _send_opening(self) -> bool:
        opening = self._lane.opening
        if opening is None:
            return False
        self._outlet.write(opening)
        self._is_configured = True
        return self._next is not None

    def _send(self, picture: Picture) -> None:
        if self._missed:
            self.tell("skipped", units=self._missed)
            self._missed = 0
        if self._strain.is_reduced is not self._is_told_reduced:
            self._is_told_reduced = self._strain.is_reduced
            if self._is_told_reduced:
                self.tell("reduced", to="keyframes")
            else:
                self.tell("restored")
        self._outlet.write(picture.frame(self._lane.form, self._lane.number))
        self._has_begun = True
        if self._strain.is_reduced:
            self._is_level, self._next = False, None
        if self._is_level:
            self._behind_since = None

    def _fall_behind(self, place: int) -> None:
        self._is_level, self._next = False, place
        self._behind_since = self._outlet.clock.monotonic()
        self._outlet.wait(self)

    def _is_tired(self) -> bool:
        """Whoever has just come may take his time for the first group."""
        since = self._behind_since
        return since is not None and self._outlet.clock.monotonic() - since > _PATIENCE

    def _note_missed(self, count: int) -> None:
        """Skip what was not sent of the group, which has `count` pictures."""
        if not self._is_level and self._next is not None:
            self._missed += count - self._next
            self._next = None

    def _has_kept_up(self) -> bool:
        return not self._missed
