"""From the board's changes to what the ledger and the uptime are told of each camera."""

from typing import Generic, TypeVar

from attrs import evolve, frozen

from socstream.clock import Clock
from socstream.events.journal import Journal
from socstream.events.uptime import Uptime
from socstream.model.failure import Failure, FailureCode
from socstream.model.outage import Outage, Wanted
from socstream.model.stream import StreamState, StreamStatus

Row = TypeVar("Row", Outage, Wanted)


@frozen
class _Open(Generic[Row]):
    """A row without an end, and when it began by the monotonic clock."""

    row: Row
    since: float

    def ended(self, at: float) -> Row:
        """The row with its end: as much later as really passed, whatever was done to the wall clock."""
        return evolve(self.row, ended=self.row.began + max(0.0, at - self.since))


class Recorder:
    """Takes in every change of a stream.

    An outage begins when a stream that was live, or never was, fails; it ends when it is live again or
    nobody wants it any more. A camera is wanted from its first picture or failure on: not before, for
    while it starts for the first time nobody knows.
    """

    def __init__(self, journal: Journal, uptime: Uptime, clock: Clock) -> None:
        self._journal = journal
        self._uptime = uptime
        self._clock = clock
        self._seen: dict[str, tuple[bool, FailureCode | None]] = {}
        self._outages: dict[str, _Open[Outage]] = {}
        self._wanted: dict[str, _Open[Wanted]] = {}

    def stream_changed(self, camera_id: str, status: StreamStatus | None) -> None:
        """Listens to the board."""
        is_live = status is not None and status.state is StreamState.LIVE
        failure = None if status is None else status.failure
        seen = (is_live, None if failure is None else failure.code)
        # Most calls tell of nothing but one more segment.
        if self._seen.get(camera_id, (False, None)) != seen:
            self._seen[camera_id] = seen
            at = self._clock.monotonic() if status is None else status.since
            is_wanted = is_live or failure is not None
            self._note_wanted(camera_id, is_wanted, at)
            self._note_outage(camera_id, failure, at, 0 if status is None else status.run)
            self._uptime.note(camera_id, is_wanted, failure is not None, at)
        if status is None:
            self._seen.pop(camera_id, None)
            self._uptime.forget(camera_id)

    def _note_wanted(self, camera_id: str, is_wanted: bool, at: float) -> None:
        known = self._wanted.get(camera_id)
        if is_wanted and known is None:
            opened = self._wanted[camera_id] = _Open(Wanted(camera_id, self._wall(at), None), at)
            self._journal.put(opened.row)
        elif not is_wanted and known is not None:
            del self._wanted[camera_id]
            self._journal.put(known.ended(at))

    def _note_outage(self, camera_id: str, failure: Failure | None, at: float, run: int) -> None:
        known = self._outages.pop(camera_id, None)
        if failure is None:
            if known is not None:
                self._journal.put(known.ended(at))
            return
        if known is None:
            row = Outage(camera_id, self._wall(at), None, failure.code, failure.message, run)
            known = _Open(row, at)
        else:
            # What keeps a camera down tells more than what took it down: the wrong password, not the
            # end of the session before.
            known = _Open(evolve(known.row, code=failure.code, message=failure.message), known.since)
        self._outages[camera_id] = known
        self._journal.put(known.row)

    def _wall(self, at: float) -> float:
        return self._clock.wall() - (self._clock.monotonic() - at)
