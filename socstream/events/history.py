"""How each stream was: what it did, from memory and before that from the ledger, and how much it sent."""

from array import array
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from math import ceil, inf

from attrs import evolve

from socstream.clock import Clock
from socstream.events.journal import KEPT_FOR, Journal
from socstream.events.uptime import DAY
from socstream.model.history import Bitrates, PastState, Phase
from socstream.model.outage import Outage, Wanted
from socstream.model.stream import StreamStatus

_SLOT = 10
_SLOTS = int(DAY / _SLOT)
_SPARE = 360
"""A mean is kept for each so many seconds of the last day, and the oldest go in batches: 36 KB at most."""

_MOST_PHASES = 2048
"""Phases of one camera, 9 bytes each. One that is down fills them in six hours: the ledger has the rest."""

_MOST_ROWS = 10_000
"""Rows of the ledger that one look reads, of each kind: what is older is not known then."""

_INSTANT = 0.001
"""Seconds. What took less was not: two rows of the ledger may tell of one moment slightly differently."""

_STATES = tuple(PastState)
_CODES = {state.value: code for code, state in enumerate(_STATES)}


class _Track:
    """One camera in this life of the server; all times are monotonic."""

    def __init__(self) -> None:
        self._began = array("d")
        self._codes = bytearray()
        self._segment_at: float | None = None
        self._first_slot = 0
        self._means = array("I")
        self._sum = self._count = 0

    def note(self, status: StreamStatus) -> None:
        code = _CODES[status.state]
        if not self._codes or self._codes[-1] != code:
            self._codes.append(code)
            self._began.append(status.since)
            if len(self._codes) > _MOST_PHASES:
                del self._codes[: _MOST_PHASES // 8], self._began[: _MOST_PHASES // 8]
        at = status.last_segment_at
        if at is not None and at != self._segment_at:
            self._segment_at = at
            if status.bitrate is not None:
                self._add(int(at // _SLOT), status.bitrate)

    def phases(self) -> Iterator[tuple[float, PastState]]:
        """When each state began, the oldest first."""
        return ((began, _STATES[code]) for began, code in zip(self._began, self._codes, strict=True))

    def means(self, since: float, until: float, most: int) -> tuple[int, list[tuple[float, int | None]]]:
        """The step in seconds, and each step's beginning and mean: at most so many."""
        first = max(self._first_slot, int(since // _SLOT))
        last = min(self._first_slot + len(self._means), int(until // _SLOT) + 1)
        width = max(1, ceil((last - first) / (most - 1)))
        points = []
        # From multiples of the width on: asked again a little later, the same means are told.
        for slot in range(first // width * width, last, width):
            begin, end = max(0, slot - self._first_slot), min(slot + width, last) - self._first_slot
            known = [mean for mean in self._means[begin:end] if mean]
            points.append((float(slot * _SLOT), sum(known) // len(known) if known else None))
        return width * _SLOT, points

    def _add(self, slot: int, bitrate: int) -> None:
        gap = slot - self._first_slot - len(self._means)
        if gap >= _SLOTS or not self._means:
            self._first_slot, self._means, gap = slot, array("I"), 0
        if gap >= 0:
            self._means.extend([0] * (gap + 1))
            self._sum = self._count = 0
        self._sum += bitrate
        self._count += 1
        self._means[-1] = min(self._sum // self._count, 2**32 - 1)
        if (surplus := len(self._means) - _SLOTS) > _SPARE:
            del self._means[:surplus]
            self._first_slot += surplus


class History:
    """Takes in every change of a stream, and tells of a camera's past; times to ask for are wall seconds.

    There is no latency here: a camera's own clock is not to be relied on, so that nobody knows how old a
    picture was when it came. What a viewer adds to that, his player measures.
    """

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._tracks: dict[str, _Track] = {}

    def stream_changed(self, camera_id: str, status: StreamStatus | None) -> None:
        """Listens to the board."""
        if status is None:
            self._tracks.pop(camera_id, None)
            return
        track = self._tracks.get(camera_id)
        if track is None:
            track = self._tracks[camera_id] = _Track()
        track.note(status)

    async def phases(self, camera_id: str, since: float, until: float) -> Sequence[Phase]:
        """What the stream was in that time, the oldest first and without a gap; StoreUnavailable."""
        now = self._clock.wall()
        since, until = max(since, now - KEPT_FOR), min(until, now)
        if since >= until:
            return ()
        offset, track = now - self._clock.monotonic(), self._tracks.get(camera_id)
        kept = [] if track is None else [Phase(state, began + offset) for began, state in track.phases()]
        before = min(until, kept[0].since if kept else inf)
        told = await self._from_ledger(camera_id, since, before) if since < before else []
        return _clipped([*told, *kept], since, until)

    def bitrates(self, camera_id: str, since: float, until: float, most: int) -> Bitrates:
        """How much came in that time, of the last day and of this life of the server; `most` means (> 1)."""
        offset, track = self._clock.wall() - self._clock.monotonic(), self._tracks.get(camera_id)
        edge = self._clock.monotonic() - DAY
        step, points = (_Track() if track is None else track).means(
            max(since - offset, edge), min(until - offset, edge + DAY), most
        )
        return Bitrates(step, tuple((began + offset, mean) for began, mean in points))

    async def _from_ledger(self, camera_id: str, since: float, until: float) -> list[Phase]:
        """What is known from its rows: live is what was wanted and no outage."""
        outages = await self._journal.outages(camera_id, since, until, _MOST_ROWS)
        wanted = await self._journal.wanted(camera_id, since, until, _MOST_ROWS)
        cut = [rows[-1].began for rows in (outages, wanted) if len(rows) == _MOST_ROWS]
        complete_from = max(cut, default=-inf)
        phases, down, is_wanted = [Phase(PastState.UNKNOWN, -inf)], 0, 0
        changes = merge(_edges(outages, 1, 0), _edges(wanted, 0, 1))
        for at, together in groupby(changes, key=lambda change: change[0]):
            for _, more_down, more_wanted in together:
                down += more_down
                is_wanted += more_wanted
            state = PastState.DOWN if down else PastState.LIVE if is_wanted else PastState.UNKNOWN
            if at >= complete_from and at < until:
                phases.append(Phase(state, at))
        return phases


def _edges(rows: Sequence[Outage] | Sequence[Wanted], down: int, wanted: int) -> list[tuple[float, int, int]]:
    """When it begins and ends to be down, and wanted; sorted."""
    begins = [(row.began, down, wanted) for row in rows]
    return sorted([*begins, *((row.ended, -down, -wanted) for row in rows if row.ended is not None)])


def _clipped(phases: Sequence[Phase], since: float, until: float) -> Sequence[Phase]:
    """Those that reach into that time, the first one from its beginning on, and none like the one before."""
    found: list[Phase] = []
    for phase in phases:
        if phase.since >= until:
            break
        began = max(since, phase.since)
        if found and began - found[-1].since < _INSTANT:  # it took no time, or ended before all this
            began = found.pop().since
        if not found or found[-1].state is not phase.state:
            found.append(evolve(phase, since=began))
    return found
