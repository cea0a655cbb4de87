"""How long each camera was live since this server began: counted from the board's changes, in memory.

The ledger of outages will know the time before; until then this is what can honestly be said.
"""

from collections.abc import Iterable
from enum import Enum

from attrs import frozen

from socstream.board import StreamBoard
from socstream.model.stream import StreamState, StreamStatus


class _Kind(Enum):
    UNWANTED = "unwanted"
    DARK = "dark"
    LIVE = "live"


@frozen
class _Span:
    """What one camera is since when, and the seconds of its earlier spans (monotonic)."""

    kind: _Kind
    since: float
    live: float = 0.0
    dark: float = 0.0

    def then(self, kind: _Kind, at: float) -> "_Span":
        live, dark = self.totals(at)
        return _Span(kind, at, live, dark)

    def totals(self, now: float) -> tuple[float, float]:
        """Seconds live and seconds dark."""
        passed = now - self.since
        return (
            self.live + (passed if self.kind is _Kind.LIVE else 0.0),
            self.dark + (passed if self.kind is _Kind.DARK else 0.0),
        )


class Presence:
    """Since when each camera is live, dark or unwanted, and which share of its wanted time it was live."""

    def __init__(self, board: StreamBoard) -> None:
        self._spans: dict[str, _Span] = {}
        for camera_id, status in board.statuses.items():
            self._note(camera_id, status)
        board.listen(self._note)

    def since(self, camera_id: str) -> float | None:
        """Monotonic time of the last change between live, dark and unwanted; None if never supervised."""
        span = self._spans.get(camera_id)
        return None if span is None else span.since

    def uptime(self, camera_ids: Iterable[str], now: float) -> float | None:
        """The mean over these cameras of live by wanted time; None while none was wanted yet."""
        totals = (self._spans[camera_id].totals(now) for camera_id in camera_ids if camera_id in self._spans)
        shares = [live / (live + dark) for live, dark in totals if live + dark > 0]
        return sum(shares) / len(shares) if shares else None

    def _note(self, camera_id: str, status: StreamStatus | None) -> None:
        if status is None:
            self._spans.pop(camera_id, None)
            return
        kind = _kind(status.state)
        span = self._spans.get(camera_id)
        if span is None:
            self._spans[camera_id] = _Span(kind, status.since)
        elif span.kind is not kind:
            self._spans[camera_id] = span.then(kind, status.since)


def _kind(state: StreamState) -> _Kind:
    if state is StreamState.LIVE:
        return _Kind.LIVE
    return _Kind.UNWANTED if state is StreamState.STOPPED else _Kind.DARK
