"""A board whose streams a test moves, in virtual time, and a ledger in memory."""

import asyncio
from collections.abc import Iterable

from socstream.board import StreamBoard
from socstream.model.errors import StoreUnavailable
from socstream.model.failure import Failure, FailureCode
from socstream.model.outage import Outage, Wanted
from socstream.model.stream import (
    Exited,
    PlaylistAdvanced,
    Spawned,
    StallDetected,
    Stopped,
    StreamEvent,
    StreamState,
    StreamStatus,
)
from socstream.store.ledger import Ledger, Recent
from tests.fakes import HD, FakeClock


class Streams:
    """What a supervisor's workers would say."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.board = StreamBoard()

    def add(self, *camera_ids: str) -> None:
        for camera_id in camera_ids:
            self.board.put(camera_id, StreamStatus(StreamState.STOPPED, self.clock.monotonic()))

    def spawn(self, camera_id: str) -> None:
        status = self._status(camera_id)
        self._note(camera_id, Spawned(status.run + 1))

    def publish(self, camera_id: str) -> None:
        """One more segment."""
        self._note(camera_id, PlaylistAdvanced(1, 4_000_000, HD, stable=False))

    def go_live(self, camera_id: str) -> None:
        if self._status(camera_id).state is not StreamState.STARTING:
            self.spawn(camera_id)
        self.publish(camera_id)

    def stall(self, camera_id: str) -> None:
        self._note(camera_id, StallDetected(Failure(FailureCode.STALLED)))

    def fail(self, camera_id: str, code: FailureCode = FailureCode.REFUSED) -> None:
        """A try ends; it began first if need be."""
        if self._status(camera_id).state in (StreamState.STOPPED, StreamState.BACKOFF):
            self.spawn(camera_id)
        self._note(camera_id, Exited(Failure(code), 1, self.clock.monotonic() + 1))

    def stop(self, camera_id: str) -> None:
        self._note(camera_id, Stopped())

    def remove(self, camera_id: str) -> None:
        """As a supervisor does: the stream ends, and then there is none."""
        if self._status(camera_id).state is not StreamState.STOPPED:
            self.stop(camera_id)
        self.board.drop(camera_id)

    def _status(self, camera_id: str) -> StreamStatus:
        status = self.board.get(camera_id)
        assert status is not None
        return status

    def _note(self, camera_id: str, event: StreamEvent) -> None:
        self.board.put(camera_id, self._status(camera_id).after(event, self.clock.monotonic()))


class FakeLedger(Ledger):
    """The ledger in memory; fails while it is `broken`."""

    def __init__(self) -> None:
        self.broken = False
        self.rows: dict[tuple[type, str, float], Outage | Wanted] = {}
        self.batches: list[int] = []
        """How many rows each write had."""
        self.seen_at: list[float] = []
        self.begun_at: list[float] = []
        self.forgotten_before: list[float] = []
        self.kept = Recent((), ())

    @property
    def outages_of_all(self) -> list[Outage]:
        return [row for row in self.rows.values() if isinstance(row, Outage)]

    @property
    def wanted_of_all(self) -> list[Wanted]:
        return [row for row in self.rows.values() if isinstance(row, Wanted)]

    async def begin(self, at: float) -> None:
        self._check()
        self.begun_at.append(at)

    async def recent(self, since: float) -> Recent:
        self._check()
        return self.kept

    async def write(self, rows: Iterable[Outage | Wanted], seen_at: float) -> None:
        rows = tuple(rows)
        self._check()
        await asyncio.sleep(0)  # others may come in between
        self.batches.append(len(rows))
        self.seen_at.append(seen_at)
        self.rows |= {(type(row), row.camera_id, row.began): row for row in rows}

    async def outages(self, camera_id: str, since: float, until: float, most: int) -> list[Outage]:
        self._check()
        found = [
            row
            for row in self.outages_of_all
            if row.camera_id == camera_id and row.began < until and (row.ended is None or row.ended > since)
        ]
        return sorted(found, key=lambda row: -row.began)[:most]

    async def wanted(self, camera_id: str, since: float, until: float, most: int) -> list[Wanted]:
        self._check()
        found = [
            row
            for row in self.wanted_of_all
            if row.camera_id == camera_id and row.began < until and (row.ended is None or row.ended > since)
        ]
        return sorted(found, key=lambda row: -row.began)[:most]

    async def forget(self, before: float) -> None:
        self._check()
        self.forgotten_before.append(before)

    def _check(self) -> None:
        if self.broken:
            raise StoreUnavailable("The database cannot be written at the moment: disk I/O error.")
