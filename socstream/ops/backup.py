"""Care of the database: a copy each hour, and the newest good one in its place when it is lost."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from socstream.clock import Clock
from socstream.model.errors import StoreUnavailable
from socstream.store.backups import Backup, Backups, Kind, StoreDamaged
from socstream.store.database import Database

log = logging.getLogger(__name__)

_EVERY = 3600.0
_FIRST_AFTER = 60.0
"""Seconds after a start, which has more urgent things to do."""


@frozen
class Rescue:
    """A database that was lost, and is one of the backups now. `aside`: what is left of it; None: nothing."""

    fault: str
    backup: Backup
    aside: Path | None

    def __str__(self) -> str:
        made = datetime.fromtimestamp(self.backup.made, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        left = f"; what is left of it: {self.aside}" if self.aside is not None else ""
        return (
            f"The database was lost and is now as the backup of {made} has it: whatever was changed later is "
            "missing (cameras, users, passwords, walls, outages, the audit log), and users and tokens that "
            f"were deleted later are back. It was: {self.fault}{left}"
        )


@asynccontextmanager
async def sound_database(path: Path, clock: Clock) -> AsyncIterator[tuple[Database, Rescue | None]]:
    """The database at `path`, or what the newest good backup has of it; never silently an empty one.

    Nobody else may have it open. Raises StoreUnavailable, StoreDamaged when no backup is good either.
    """
    rescue = await _rescue_if_gone(path, clock)
    async with AsyncExitStack() as stack:
        try:
            database = await stack.enter_async_context(Database.open(path))
        except StoreDamaged as error:
            rescue = await _rescue(path, clock, str(error))
            database = await stack.enter_async_context(Database.open(path))
        yield database, rescue


async def _rescue_if_gone(path: Path, clock: Clock) -> Rescue | None:
    """SQLite takes a missing file, and an empty one, for a new one; beside backups it is none."""
    if await asyncio.to_thread(_has_content, path) or not await asyncio.to_thread(Backups(path).all):
        return None
    return await _rescue(path, clock, f"The database {path} is missing or empty, and has backups.")


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


async def _rescue(path: Path, clock: Clock, fault: str) -> Rescue:
    """Raises StoreDamaged with the fault when there is no good backup."""
    backups = Backups(path)
    backup = await asyncio.to_thread(backups.newest_good)
    if backup is None:
        raise StoreDamaged(f"{fault} No backup in {path.parent / 'backups'} is good.")
    aside = await asyncio.to_thread(backups.restore, backup.path, clock.wall())
    rescue = Rescue(fault, backup, aside)
    log.critical("%s", rescue)
    return rescue


class HourlyBackups:
    """Makes them while the server runs; `tell` is told of the first failure, and of its end (None)."""

    def __init__(self, backups: Backups, clock: Clock, tell: Callable[[str | None], None]) -> None:
        self._backups = backups
        self._clock = clock
        self._tell = tell
        self._fails = False
        self.last: float | None = None
        """Wall seconds of the newest one, None before the first look."""

    async def run(self) -> None:
        """Ends only by being cancelled."""
        self.last = await asyncio.to_thread(self._newest)
        due = 0.0 if self.last is None else self.last + _EVERY - self._clock.wall()
        await self._clock.sleep(min(max(due, _FIRST_AFTER), _EVERY))
        while True:
            await self._make()
            await self._clock.sleep(_EVERY)

    def _newest(self) -> float | None:
        return max((each.made for each in self._backups.all() if each.kind is Kind.HOURLY), default=None)

    async def _make(self) -> None:
        now = self._clock.wall()
        try:
            path = await asyncio.to_thread(self._backups.make, Kind.HOURLY, now)
        except StoreUnavailable as error:
            if not self._fails:
                log.error("no backup of the database: %s", error)  # noqa: TRY400 (the text says it all)
                self._tell(str(error))
            self._fails = True
            return
        self.last = now
        log.debug("backed the database up to %s", path)
        if self._fails:
            self._fails = False
            self._tell(None)
