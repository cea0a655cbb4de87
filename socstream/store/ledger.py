"""The ledger: outages, the times in which each camera was wanted, and the lives of this server."""

import sqlite3
from collections.abc import Iterable

from attrs import asdict, frozen

from socstream.model.outage import Outage, Stretch, Wanted
from socstream.store.database import Database

# What a crash left open ends when its server was last known to live: what came after, nobody saw.
_CLOSE = """
UPDATE {table} SET
    ended = MAX(began, COALESCE((SELECT last_seen FROM watch ORDER BY watch_id DESC LIMIT 1), began))
WHERE ended IS NULL
"""
_BEGIN_WATCH = "INSERT INTO watch (began, last_seen) VALUES (?, ?)"
_SEEN = "UPDATE watch SET last_seen = ? WHERE watch_id = (SELECT MAX(watch_id) FROM watch)"

# SELECT, not VALUES: the camera may have been deleted while the row was waiting.
_WRITE_WANTED = """
INSERT INTO wanted (camera_id, began, ended)
SELECT camera_id, :began, :ended FROM camera WHERE camera_id = :camera_id
ON CONFLICT (camera_id, began) DO UPDATE SET ended = excluded.ended
"""
_WRITE_OUTAGE = """
INSERT INTO outage (camera_id, began, ended, code, message, run)
SELECT camera_id, :began, :ended, :code, :message, :run FROM camera WHERE camera_id = :camera_id
ON CONFLICT (camera_id, began) DO UPDATE SET
    ended = excluded.ended, code = excluded.code, message = excluded.message
"""
_OUTAGES = """
SELECT camera_id, began, ended, code, message, run FROM outage
WHERE camera_id = :camera_id AND began < :until AND (ended IS NULL OR ended > :since)
ORDER BY began DESC LIMIT :most
"""
_WANTED_TIMES = """
SELECT camera_id, began, ended FROM wanted
WHERE camera_id = :camera_id AND began < :until AND (ended IS NULL OR ended > :since)
ORDER BY began DESC LIMIT :most
"""

# One row for all that began in the same ten minutes: a camera that flaps must not cost a start seconds.
_STRETCHES = """
SELECT camera_id, MIN(began) AS began, MAX(ended) AS ended, SUM(ended - began) AS seconds FROM {table}
WHERE ended > ? GROUP BY camera_id, CAST(began / 600 AS INTEGER) ORDER BY 1, 2
"""
_FORGET = """
DELETE FROM {table} WHERE (camera_id, began) IN (SELECT camera_id, began FROM {table} WHERE ended < ? LIMIT ?)
"""
_FORGET_WATCHES = "DELETE FROM watch WHERE last_seen < ? AND watch_id < (SELECT MAX(watch_id) FROM watch)"

_OUTAGE, _WANTED = "outage", "wanted"

_FORGOTTEN_AT_ONCE = 1000
"""Rows that one transaction deletes, so that no other write waits long for its turn."""


@frozen
class Recent:
    """What uptime is reckoned from: when each camera was wanted, and when it was down meanwhile."""

    wanted: tuple[Stretch, ...]
    down: tuple[Stretch, ...]


class Ledger:
    """The tables of the ledger; all methods raise StoreUnavailable. Writes are durable when they return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, at: float) -> None:
        """A new life of the server begins; what the one before it left open is closed."""
        async with self._database.transaction() as transaction:
            await transaction.execute(_CLOSE.format(table=_OUTAGE))
            await transaction.execute(_CLOSE.format(table=_WANTED))
            await transaction.execute(_BEGIN_WATCH, (at, at))

    async def recent(self, since: float) -> Recent:
        """All closed times that reach beyond `since`."""
        return Recent(await self._stretches(_WANTED, since), await self._stretches(_OUTAGE, since))

    async def write(self, rows: Iterable[Outage | Wanted], seen_at: float) -> None:
        """Remember `rows`, each as it is now, and that the server lives; those of no camera are left out."""
        rows = tuple(rows)
        async with self._database.transaction() as transaction:
            for kind, sql in ((Outage, _WRITE_OUTAGE), (Wanted, _WRITE_WANTED)):
                await transaction.execute_many(sql, [asdict(row) for row in rows if isinstance(row, kind)])
            await transaction.execute(_SEEN, (seen_at,))

    async def outages(self, camera_id: str, since: float, until: float, most: int) -> list[Outage]:
        """The outages of one camera between two times, the newest first, `most` of them."""
        values = {"camera_id": camera_id, "since": since, "until": until, "most": most}
        return [_outage(row) for row in await self._database.read(_OUTAGES, values)]

    async def wanted(self, camera_id: str, since: float, until: float, most: int) -> list[Wanted]:
        """The times in which one camera was to stream, as above."""
        values = {"camera_id": camera_id, "since": since, "until": until, "most": most}
        rows = await self._database.read(_WANTED_TIMES, values)
        return [Wanted(row["camera_id"], row["began"], row["ended"]) for row in rows]

    async def forget(self, before: float) -> None:
        """Delete what ended before that time."""
        for table in (_OUTAGE, _WANTED):
            while await self._forget_some(table, before) == _FORGOTTEN_AT_ONCE:
                pass
        async with self._database.transaction() as transaction:
            await transaction.execute(_FORGET_WATCHES, (before,))

    async def _forget_some(self, table: str, before: float) -> int:
        async with self._database.transaction() as transaction:
            return await transaction.execute(_FORGET.format(table=table), (before, _FORGOTTEN_AT_ONCE))

    async def _stretches(self, table: str, since: float) -> tuple[Stretch, ...]:
        rows = await self._database.read(_STRETCHES.format(table=table), (since,))
        return tuple(Stretch(row["camera_id"], row["began"], row["ended"], row["seconds"]) for row in rows)


def _outage(row: sqlite3.Row) -> Outage:
    return Outage(row["camera_id"], row["began"], row["ended"], row["code"], row["message"], row["run"])
