"""Which share of the last 24 hours each camera was live: of the time in which we watched and wanted it."""

from collections import deque
from collections.abc import Iterable

from attrs import define, frozen

from socstream.clock import Clock
from socstream.model.outage import Stretch
from socstream.store.ledger import Recent

DAY = 86400.0

_TOGETHER = 60.0
"""Seconds. Spans that began within it are kept as one, so that a camera that flaps costs no memory."""


@frozen
class _Span:
    began: float
    ended: float
    seconds: float

    def within(self, edge: float) -> float:
        """Its seconds after `edge`; as if evenly spread where it is several spans."""
        if self.began >= edge:
            return self.seconds
        return self.seconds * (self.ended - edge) / (self.ended - self.began)


class _Total:
    """Seconds of the last day out of spans that come one after the other; times are monotonic."""

    def __init__(self) -> None:
        self._spans: deque[_Span] = deque()
        self._sum = 0.0
        self._open: float | None = None

    def switch(self, on: bool, at: float) -> None:
        """A span begins or ends at `at`, unless that is the case already."""
        if on and self._open is None:
            self._open = at
        elif not on and self._open is not None:
            self._add(self._open, at)
            self._open = None

    def restore(self, span: _Span) -> None:
        """One more span, older than all the others."""
        self._spans.appendleft(span)
        self._sum += span.seconds

    def seconds(self, now: float) -> float:
        """The seconds of the day that ends now."""
        if not self._spans and self._open is None:
            return 0.0
        edge = now - DAY
        while self._spans and self._spans[0].ended <= edge:
            self._sum -= self._spans.popleft().seconds
        if not self._spans:
            self._sum = 0.0  # what rounding left
            closed = 0.0
        else:
            oldest = self._spans[0]
            closed = self._sum - oldest.seconds + oldest.within(edge)
        return closed if self._open is None else closed + now - max(self._open, edge)

    def _add(self, began: float, ended: float) -> None:
        span = _Span(began, ended, ended - began)
        self._sum += span.seconds
        if self._spans and began - self._spans[-1].began < _TOGETHER:
            last = self._spans.pop()
            span = _Span(last.began, ended, last.seconds + span.seconds)
        self._spans.append(span)


@define
class _Totals:
    wanted: _Total
    down: _Total


class Uptime:
    """Live by wanted time of each camera, without a look at the store."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cameras: dict[str, _Totals] = {}

    def note(self, camera_id: str, wanted: bool, down: bool, at: float) -> None:
        """From `at` (monotonic) on, the camera is to stream or not, and is down or not."""
        totals = self._of(camera_id)
        totals.wanted.switch(wanted, at)
        totals.down.switch(down, at)

    def restore(self, recent: Recent) -> None:
        """Take in what earlier lives of the server saw."""
        offset = self._clock.wall() - self._clock.monotonic()
        for stretch in reversed(recent.wanted):
            self._of(stretch.camera_id).wanted.restore(_monotonic(stretch, offset))
        for stretch in reversed(recent.down):
            self._of(stretch.camera_id).down.restore(_monotonic(stretch, offset))

    def forget(self, camera_id: str) -> None:
        """The camera is gone for good."""
        self._cameras.pop(camera_id, None)

    def of(self, camera_id: str) -> float | None:
        """A fraction; None when the camera was never wanted in the last 24 hours, as far as we saw."""
        totals = self._cameras.get(camera_id)
        if totals is None:
            return None
        now = self._clock.monotonic()
        wanted = totals.wanted.seconds(now)
        if wanted <= 0:
            return None
        down = totals.down.seconds(now)
        return min(1.0, max(0.0, 1 - down / wanted)) if down else 1.0

    def mean(self, camera_ids: Iterable[str]) -> float | None:
        """The mean over those that have an uptime; None when none has."""
        shares = [share for camera_id in camera_ids if (share := self.of(camera_id)) is not None]
        return sum(shares) / len(shares) if shares else None

    def _of(self, camera_id: str) -> _Totals:
        totals = self._cameras.get(camera_id)
        if totals is None:
            totals = self._cameras[camera_id] = _Totals(_Total(), _Total())
        return totals


def _monotonic(stretch: Stretch, offset: float) -> _Span:
    return _Span(stretch.began - offset, stretch.ended - offset, stretch.seconds)
