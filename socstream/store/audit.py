"""The audit log: rows that are only appended, each with a hash over the one before it."""

import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping

from attrs import asdict, fields, frozen

from socstream.model.audit import Deed, Entry, Outcome
from socstream.store.database import Database

_FIELDS = ("audit_id", *(field.name for field in fields(Deed)))
_COLUMNS = ", ".join((*_FIELDS, "hash"))
_VALUES = ", ".join(f":{name}" for name in (*_FIELDS, "hash"))

_APPEND = f"INSERT INTO audit ({_COLUMNS}) VALUES ({_VALUES})"  # noqa: S608 (names of ours)
_FROM = f"SELECT {_COLUMNS} FROM audit WHERE audit_id > ? ORDER BY audit_id LIMIT ?"  # noqa: S608
_ENTRIES = f"""
SELECT {_COLUMNS} FROM audit WHERE at >= :since AND at < :until AND audit_id < :before
ORDER BY audit_id DESC LIMIT :most
"""  # noqa: S608

# Read inside the transaction that appends: the command line writes here too, while the server runs.
_HEAD = """
SELECT audit_id, hash FROM audit UNION ALL SELECT audit_id, hash FROM audit_anchor
ORDER BY audit_id DESC LIMIT 1
"""
_ANCHOR = "SELECT audit_id, hash FROM audit_anchor"
_EVER = "SELECT seq FROM sqlite_sequence WHERE name = 'audit'"

# Only from the beginning on, up to the first that is young: a clock that once was wrong deletes nothing.
# And up to a day before the newest, however old that is: the triggers let nothing younger go.
_LAST_TO_GO = """
SELECT audit_id, hash FROM audit WHERE audit_id < (
    SELECT MIN(audit_id) FROM audit
    WHERE at >= :before OR at >= (SELECT at FROM audit ORDER BY audit_id DESC LIMIT 1) - 86400000
) AND audit_id < :most + (SELECT MIN(audit_id) FROM audit)
ORDER BY audit_id DESC LIMIT 1
"""
_MOVE_ANCHOR = "UPDATE audit_anchor SET audit_id = ?, hash = ?"
_PRUNE = "DELETE FROM audit WHERE audit_id <= ?"

_PAGE = 200
"""Rows of one look or one deletion: some milliseconds in which nobody else gets a turn."""

LAST_ID = 2**62
"""Larger than the number of any row."""


@frozen
class Chain:
    """What became of the chain. `broken_at`: the first entry that is not as it was written; None: all are."""

    entries: int
    broken_at: int | None
    head: bytes
    """The hash of the last good entry: noted elsewhere, it shows later that nobody wrote the log anew."""


class AuditStore:
    """The tables of the audit log; all methods raise StoreUnavailable. What is appended is durable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, deeds: Iterable[Deed]) -> None:
        """Add these deeds at the end, in this order."""
        async with self._database.transaction() as transaction:
            ((number, last),) = await transaction.read(_HEAD)
            rows = []
            for deed in deeds:
                number += 1
                row = {"audit_id": number, **asdict(deed)}
                last = _hash(last, row)
                rows.append({**row, "hash": last})
            await transaction.execute_many(_APPEND, rows)

    async def entries(self, since: int, until: int, most: int, before: int = LAST_ID) -> list[Entry]:
        """The entries of a time (ms since 1970), newest first, `most` of them, of numbers below `before`."""
        values = {"since": since, "until": until, "most": most, "before": before}
        return [_entry(row) for row in await self._database.read(_ENTRIES, values)]

    async def verify(self) -> Chain:
        """Reckon the whole chain anew; what is written meanwhile is looked at too."""
        while True:
            ((anchor, last),) = await self._database.read(_ANCHOR)
            chain = await self._verify(anchor, last)
            ((now, _),) = await self._database.read(_ANCHOR)
            if chain.broken_at is None or now == anchor:
                return chain  # else it may only be that the beginning was pruned meanwhile

    async def prune(self, before: int) -> None:
        """Delete the entries from before that time (ms since 1970); the anchor keeps the last one's hash."""
        while await self._prune_some(before):
            pass

    async def _verify(self, anchor: int, last: bytes) -> Chain:
        number = anchor
        async for row in self._rows_after(anchor):
            # Of the columns as they are, not of what `_entry` would make of them.
            found = _hash(last, {name: row[name] for name in _FIELDS})
            if (row["audit_id"], row["hash"]) != (number + 1, found):
                return Chain(number - anchor, number + 1, last)
            number, last = number + 1, found
        ever = await self._database.read(_EVER)
        is_cut = bool(ever) and ever[0]["seq"] > number
        return Chain(number - anchor, number + 1 if is_cut else None, last)

    async def _rows_after(self, number: int) -> AsyncIterator[sqlite3.Row]:
        while rows := await self._database.read(_FROM, (number, _PAGE)):
            for row in rows:
                yield row
            number = rows[-1]["audit_id"]

    async def _prune_some(self, before: int) -> bool:
        """Delete some; False when there was nothing to delete."""
        async with self._database.transaction() as transaction:
            found = await transaction.read(_LAST_TO_GO, {"before": before, "most": _PAGE})
            for row in found:
                await transaction.execute(_MOVE_ANCHOR, (row["audit_id"], row["hash"]))
                await transaction.execute(_PRUNE, (row["audit_id"],))
            return bool(found)


def _hash(last: bytes, row: Mapping[str, object]) -> bytes:
    """SHA-256 over the hash before it and the row as JSON: keys sorted, no spaces, UTF-8."""
    # `repr`: a row that somebody put a BLOB into has some hash too, the wrong one.
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=repr)
    return hashlib.sha256(last + text.encode()).digest()


def _entry(row: sqlite3.Row) -> Entry:
    deed = Deed(
        at=row["at"],
        action=row["action"],
        outcome=Outcome(row["outcome"]),
        who=row["who"],
        user_id=row["user_id"],
        via=row["via"],
        key=row["key"],
        address=row["address"],
        target=row["target"],
        status=row["status"],
        detail=row["detail"],
    )
    return Entry(row["audit_id"], deed, row["hash"])
