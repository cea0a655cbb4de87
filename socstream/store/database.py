"""One SQLite file: one connection that writes, one that reads; every failure is told as StoreUnavailable."""

import asyncio
import logging
import os
import sqlite3
import stat
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import aiosqlite

from socstream.model.errors import StoreUnavailable
from socstream.store.backups import Backups, Kind, StoreDamaged, is_damage
from socstream.store.migrations import STEPS, migrate

Parameters = Sequence[object] | Mapping[str, object]

# Clients give up on a write after 10 s: ours must have failed by then, the wait for its turn included.
BUSY_TIMEOUT = 2.0

_CACHE = 64
"""KiB of the file that a connection keeps in memory. The ledger of a camera that flaps fills it: for hours
with SQLite's own 2 MB, for ten minutes with 256 KiB. What is not there the kernel has.
"""


class Transaction:
    """What may be done between BEGIN and COMMIT; sqlite3.Error passes through to the transaction's end."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement; the number of rows that it changed."""
        cursor = await self._connection.execute(sql, parameters)
        return cursor.rowcount

    async def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each of `rows`."""
        await self._connection.executemany(sql, rows)

    async def read(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """The rows of a query, this transaction's own changes included."""
        return list(await self._connection.execute_fetchall(sql, parameters))


class Database:
    """An open database. Reads never wait for writes; writes take turns."""

    def __init__(
        self, writer: aiosqlite.Connection, reader: aiosqlite.Connection, patience: float, backups: Backups
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._patience = patience
        self._backups = backups
        self._turn = asyncio.Lock()
        self._closed = False
        self.committed = 0
        """Transactions since the start."""
        self.failed = 0
        """Transactions since the start that came to nothing, for whatever reason."""

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, busy_timeout: float = BUSY_TIMEOUT) -> AsyncIterator["Database"]:
        """The database at `path`, made when it is not there, its schema up to date; closed on leaving.

        `busy_timeout`: seconds to wait for another process that holds the file, and for our own turn.
        Before its schema is changed it is copied to the backups. Raises StoreUnavailable, StoreDamaged.
        """
        # At level debug aiosqlite logs every statement with its values, passwords among them.
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
        backups = Backups(path)
        async with AsyncExitStack() as stack:
            with _named(path), _told("opened"):
                await asyncio.to_thread(_make_private, path)
                writer = await stack.enter_async_context(_connect(path, busy_timeout))
                await _prepare(writer, backups)
                reader = await stack.enter_async_context(_connect(path, busy_timeout))
                await reader.execute("PRAGMA query_only = ON")
                writer.row_factory = reader.row_factory = sqlite3.Row
            database = cls(writer, reader, busy_timeout, backups)
            try:
                yield database
            finally:
                async with database._turn:  # a write that has begun may end
                    database._closed = True

    async def read(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """The rows of a query, as last committed; raises StoreUnavailable."""
        self._check_open()
        with _told("read"):
            return list(await self._reader.execute_fetchall(sql, parameters))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """BEGIN IMMEDIATE … COMMIT, or ROLLBACK when the block raises; raises StoreUnavailable.

        Durable once left without an exception. Cancelled during the COMMIT it may have happened all the
        same: who has to know shields it.
        """
        await self._take_turn()
        try:
            self._check_open()
            with _told("written"):
                try:
                    await self._writer.execute("BEGIN IMMEDIATE")
                    yield Transaction(self._writer)
                    await self._writer.commit()
                    self.committed += 1
                except BaseException:
                    self.failed += 1
                    # Queued in the connection's thread behind a statement whose wait was cancelled, so
                    # it undoes that one too; does nothing outside a transaction.
                    await self._writer.rollback()
                    raise
        finally:
            self._turn.release()

    async def outside_version(self) -> int:
        """A number that becomes another one when another process has committed; raises StoreUnavailable."""
        self._check_open()
        with _told("read"):
            ((version,),) = await self._writer.execute_fetchall("PRAGMA data_version")
        return int(version)

    async def scrub(self) -> None:
        """Write the file anew, so that nothing deleted or replaced is left in it, its companions or copies.

        Raises StoreUnavailable; then some of it may be left.
        """
        await self._take_turn()
        try:
            self._check_open()
            with _told("written"):
                await asyncio.to_thread(self._backups.forget)
                await self._writer.execute("VACUUM")
                ((busy, _, _),) = await self._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._turn.release()
        if busy:
            raise StoreUnavailable("The database is being read by another process at the moment.")

    async def _take_turn(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("The database is busy with other writes at the moment.") from error

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("The database is closed: the server is stopping.")


@asynccontextmanager
async def _connect(path: Path, busy_timeout: float) -> AsyncIterator[aiosqlite.Connection]:
    # isolation_level None: no transaction begins behind our back.
    async with aiosqlite.connect(path, isolation_level=None, timeout=busy_timeout) as connection:
        await connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        yield connection


async def _prepare(writer: aiosqlite.Connection, backups: Backups) -> None:
    """Modes and schema of the file."""
    ((mode,),) = await writer.execute_fetchall("PRAGMA journal_mode = WAL")
    if mode != "wal":
        raise StoreUnavailable(f"The database cannot be opened: journal mode {mode} instead of WAL.")
    ((verdict,),) = await writer.execute_fetchall("PRAGMA quick_check(1)")
    if verdict != "ok":  # 1 ms for each MB, and never an empty list out of a torn page
        what = " ".join(str(verdict).split())[:200]
        raise StoreDamaged(f"The database cannot be opened: it is damaged ({what}).")
    await writer.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut
    await writer.execute("PRAGMA foreign_keys = ON")
    ((version,),) = await writer.execute_fetchall("PRAGMA user_version")
    if 0 < version < len(STEPS):
        await asyncio.to_thread(backups.make, Kind.MIGRATION, time.time())
    await migrate(writer)


def _make_private(path: Path) -> None:
    """An empty file with mode 0600 where none is; SQLite gives its companions (-wal, -shm) the same mode.

    A missing directory gets 0700. One that exists stays as it is: it may be shared, and is not ours.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        # By name, not by descriptor: closing any descriptor of the file would drop SQLite's locks on it.
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Who starts the server is told which file it is about; clients, later, are not."""
    try:
        yield
    except StoreUnavailable as error:
        raise type(error)(f"{error} The file is {path}.") from error


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Failures of SQLite and of the file system as StoreUnavailable; SQLite's texts name no values."""
    try:
        yield
    except sqlite3.Error as error:
        kind = StoreDamaged if is_damage(error) else StoreUnavailable
        raise kind(f"The database cannot be {what} at the moment: {error}.") from error
    except OSError as error:
        raise StoreUnavailable(f"The database cannot be {what}: {error.strerror}.") from error
