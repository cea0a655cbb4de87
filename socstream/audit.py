"""The audit log, written behind: in order, within a second, and never in the way of an answer."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice

from socstream.background import in_background
from socstream.clock import Clock
from socstream.model.audit import Deed, Entry, Outcome
from socstream.model.errors import StoreUnavailable
from socstream.store.audit import LAST_ID, AuditStore, Chain

log = logging.getLogger(__name__)

_GATHER = 0.2
"""Seconds in which more may come, to be written together."""

_AGAIN = 1.0
_LOOK_EVERY = 30.0
_PRUNE_EVERY = 3600.0
"""Seconds: between two tries when the store is in trouble, two looks for what is due, and two prunings."""

_AT_ONCE = 200
"""Entries in one transaction: some milliseconds, for which an operator's edit may have to wait."""

_OFTEN, _OFTEN_IN_ALL, _MINUTE = 60, 300, 60.0
"""So many deeds that changed nothing are told of one address, and in all, in so many seconds; the rest is
counted. Strangers who guess passwords for 90 days then fill 10 GB, not the disk."""

_MOST_ADDRESSES = 100
"""Whose rest is counted apart, each an entry of its own; those of all others together count as one."""

MOST_WAITING = 10_000
"""Entries, some 5 MB. If the store cannot be written for so long, later ones are only counted."""

_DAY_MS = 86_400_000


class Audit:
    """Takes deeds at any time; `run` writes them. What is older than `keep_days` is forgotten."""

    def __init__(
        self, store: AuditStore, clock: Clock, keep_days: int, most_waiting: int = MOST_WAITING
    ) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep_days * _DAY_MS
        self._most_waiting = most_waiting
        self._waiting: deque[Deed] = deque()
        self._restraint = _Restraint(clock)
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None
        self._lost = 0
        self._in_trouble = False
        self._pruned_at = float("-inf")

    def now(self) -> int:
        """The moment of a deed: milliseconds since 1970 UTC."""
        return int(self._clock.wall() * 1000)

    def note(self, deed: Deed, *, is_change: bool) -> None:
        """Let an entry wait for the next write. Every change is kept; of all else, only so much a minute."""
        if is_change or self._restraint.admits(deed.address):
            self._put(deed)

    async def run(self) -> None:
        """Write what is noted; ends only by being cancelled."""
        while True:
            await self._clock.wait(self._news, _LOOK_EVERY)
            await self._clock.sleep(_GATHER)
            try:
                await self.flush()
                await self._prune()
            except StoreUnavailable as error:
                if not self._in_trouble:
                    log.warning("the audit log cannot be written, its entries wait: %s", error)
                self._in_trouble = True
                await self._clock.sleep(_AGAIN)
            else:
                if self._in_trouble:
                    log.info("the audit log is written again")
                self._in_trouble = False

    async def flush(self) -> None:
        """Write all that was noted so far; StoreUnavailable, and then it is still waiting."""
        await self._turn.acquire()
        writing = asyncio.create_task(self._write())
        self._writing = writing  # the loop itself holds a task only weakly
        writing.add_done_callback(lambda _: self._turn.release())
        # Cancelled in the middle, nobody would know whether the entries stand there already.
        await asyncio.shield(writing)

    async def close(self) -> None:
        """Write what is left, once `run` was cancelled."""
        self._restraint.turn_the_page()
        try:
            await self.flush()
        except StoreUnavailable as error:
            log.warning("%d entries of the audit log are lost: %s", len(self._waiting) + self._lost, error)

    async def entries(self, since: int, until: int, most: int, before: int = LAST_ID) -> list[Entry]:
        """The entries of a time (ms since 1970), newest first, those just noted too; StoreUnavailable."""
        await self.flush()
        return await self._store.entries(since, until, most, before)

    async def verify(self) -> Chain:
        """Whether all entries still are as they were written; takes a while. StoreUnavailable."""
        await self.flush()
        return await self._store.verify()

    def _put(self, deed: Deed) -> None:
        if len(self._waiting) < self._most_waiting:
            self._waiting.append(deed)
            self._news.set()
            return
        if not self._lost:
            log.error("the audit log cannot be written for too long: entries are lost, and only counted")
        self._lost += 1

    async def _write(self) -> None:
        self._news.clear()
        self._count_up()
        while self._waiting:
            batch = tuple(islice(self._waiting, _AT_ONCE))
            try:
                await self._store.append(batch)
            except StoreUnavailable:
                self._news.set()
                raise
            for _ in batch:
                self._waiting.popleft()

    def _count_up(self) -> None:
        """Say how many entries are not there: they were too many, or came when nothing could be written."""
        for address, count in self._restraint.take():
            self._put(self._own("more", Outcome.REFUSED, f"{count} more within a minute", address))
        if self._lost and len(self._waiting) < self._most_waiting:
            lost, self._lost = self._lost, 0
            self._put(self._own("lost", Outcome.FAILED, f"{lost} entries could not be kept"))

    def _own(self, what: str, outcome: Outcome, detail: str, address: str = "") -> Deed:
        return Deed(self.now(), f"audit.{what}", outcome, via="server", address=address, detail=detail)

    async def _prune(self) -> None:
        now = self._clock.monotonic()
        if now - self._pruned_at >= _PRUNE_EVERY:
            await self._store.prune(self.now() - self._keep)
            self._pruned_at = now


class _Restraint:
    """Counts what the clients of each address do in a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._admitted: Counter[str] = Counter()
        self._counted: Counter[str] = Counter()
        self._over: Counter[str] = Counter()

    def admits(self, address: str) -> bool:
        """False for what is only counted."""
        self._look()
        if self._admitted[address] < _OFTEN and self._admitted.total() < _OFTEN_IN_ALL:
            self._admitted[address] += 1
            return True
        is_one_too_many = address not in self._counted and len(self._counted) >= _MOST_ADDRESSES
        self._counted["" if is_one_too_many else address] += 1
        return False

    def take(self) -> list[tuple[str, int]]:
        """Of whom how many were only counted, in the minutes that are over; each is told once."""
        self._look()
        over, self._over = self._over, Counter()
        return list(over.items())

    def turn_the_page(self) -> None:
        """A new minute begins, however old this one is."""
        self._over += self._counted
        self._counted.clear()
        self._admitted.clear()
        self._began = self._clock.monotonic()

    def _look(self) -> None:
        if self._clock.monotonic() - self._began >= _MINUTE:
            self.turn_the_page()


@asynccontextmanager
async def audited(store: AuditStore, clock: Clock, keep_days: int, version: str) -> AsyncIterator[Audit]:
    """The audit log of one life of this server, its start and its stop included."""
    audit = Audit(store, clock, keep_days)
    audit.note(Deed(audit.now(), "server.start", Outcome.DONE, via="server", detail=version), is_change=True)
    try:
        async with in_background(audit.run(), "the audit log"):
            yield audit
    finally:
        audit.note(Deed(audit.now(), "server.stop", Outcome.DONE, via="server"), is_change=True)
        await audit.close()
