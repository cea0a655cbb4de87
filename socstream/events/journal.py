"""The ledger, written behind: rows wait in memory, and no stream and no handler ever waits for them."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from socstream.clock import Clock
from socstream.events.uptime import DAY
from socstream.model.errors import StoreUnavailable
from socstream.model.outage import Outage, Wanted
from socstream.store.ledger import Ledger, Recent

log = logging.getLogger(__name__)

Row = TypeVar("Row", Outage, Wanted)

KEPT_FOR = 90 * DAY

_EVERY = 1.0
_SEEN_EVERY = 30.0
_FORGET_EVERY = 3600.0
"""Seconds between two writes of what changed, of the sign that we live, and of deleting what is old."""

_AT_ONCE = 500
"""Rows in one transaction: some milliseconds, for which an operator's edit may have to wait."""

MOST_WAITING = 20_000
"""Rows, some 5 MB. If the store cannot be written for so long, the oldest are lost."""


class Journal:
    """Takes rows at any time; `run` writes them. `on_recent` is told once what earlier lives saw."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        on_recent: Callable[[Recent], None],
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._on_recent = on_recent
        self._most_waiting = most_waiting
        self.loaded = asyncio.Event()
        """Set once `on_recent` was told."""
        self._waiting: dict[tuple[type, str, float], Outage | Wanted] = {}
        self._has_begun = self._in_trouble = self._has_lost = False
        self._seen_at = self._forgot_at = float("-inf")

    def put(self, row: Outage | Wanted) -> None:
        """Let a row wait for the next write; a newer state of the same row takes its place."""
        self._waiting[type(row), row.camera_id, row.began] = row
        if len(self._waiting) > self._most_waiting:
            del self._waiting[next(iter(self._waiting))]
            if not self._has_lost:
                self._has_lost = True
                log.error("the ledger cannot be written for too long: its oldest entries are lost")

    async def run(self) -> None:
        """Write about each second what changed; ends only by being cancelled."""
        while True:
            try:
                await self._write()
            except StoreUnavailable as error:
                if not self._in_trouble:
                    log.warning("the ledger cannot be written, its entries wait: %s", error)
                self._in_trouble = True
            else:
                if self._in_trouble:
                    log.info("the ledger is written again")
                self._in_trouble = self._has_lost = False
            await self._clock.sleep(_EVERY)

    async def close(self) -> None:
        """Write what is left, once the streams have ended and `run` was cancelled."""
        try:
            await self._write()
        except StoreUnavailable as error:
            log.warning("%d entries of the ledger are lost: %s", len(self._waiting), error)

    async def outages(self, camera_id: str, since: float, until: float, most: int) -> list[Outage]:
        """The outages of a camera between two wall times, newest first, `most` of them; StoreUnavailable.

        Complete up to this moment, whether they are written already or not.
        """
        stored = await self._ledger.outages(camera_id, since, until, most)
        return self._up_to_now(Outage, stored, camera_id, since, until)[:most]

    async def wanted(self, camera_id: str, since: float, until: float, most: int) -> list[Wanted]:
        """The times in which a camera was to stream, in the same way."""
        stored = await self._ledger.wanted(camera_id, since, until, most)
        return self._up_to_now(Wanted, stored, camera_id, since, until)[:most]

    def _up_to_now(
        self, kind: type[Row], stored: Iterable[Row], camera_id: str, since: float, until: float
    ) -> list[Row]:
        """The stored rows, and what waits to be written in their place or beside them; newest first."""
        found = {row.began: row for row in stored}
        for row in self._waiting.values():
            if isinstance(row, kind) and row.camera_id == camera_id and row.began < until:
                found[row.began] = row
                if row.ended is not None and row.ended <= since:
                    del found[row.began]  # the store still has it as open
        return [found[began] for began in sorted(found, reverse=True)]

    async def _write(self) -> None:
        """Bring the store up to date; StoreUnavailable, and then everything is still waiting."""
        await self._begin()
        now = self._clock.monotonic()
        while self._waiting or now - self._seen_at >= _SEEN_EVERY:
            batch = list(islice(self._waiting.items(), _AT_ONCE))
            await self._ledger.write([row for _, row in batch], self._clock.wall())
            self._seen_at = now
            for key, row in batch:
                if self._waiting.get(key) is row:  # else it changed meanwhile
                    del self._waiting[key]
        if now - self._forgot_at >= _FORGET_EVERY:
            await self._ledger.forget(self._clock.wall() - KEPT_FOR)
            self._forgot_at = now

    async def _begin(self) -> None:
        """Begin this life in the ledger, before anything of it is written, and learn of those before."""
        if not self._has_begun:
            await self._ledger.begin(self._clock.wall())
            self._has_begun = True
        if not self.loaded.is_set():
            self._on_recent(await self._ledger.recent(self._clock.wall() - DAY))
            self.loaded.set()
