"""The database file: its modes, its transactions, and every way in which it fails."""

import asyncio
import os
import re
import sqlite3
import stat
import tempfile
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from socstream.model.errors import StoreUnavailable
from socstream.store.database import Database

NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "socstream.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with Database.open(path, busy_timeout=0.2) as database:
        async with database.transaction() as transaction:
            await transaction.execute("CREATE TABLE note (text TEXT NOT NULL)")
        yield database


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def notes(database: Database) -> list[str]:
    return [row["text"] for row in await database.read("SELECT text FROM note ORDER BY rowid")]


async def write(database: Database, text: str) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("INSERT INTO note (text) VALUES (?)", (text,))


async def test_the_file_and_its_companions_are_private(database: Database, path: Path) -> None:
    await write(database, "one")
    modes = {file.name: mode_of(file) for file in path.parent.iterdir()}
    assert modes == {"socstream.db": 0o600, "socstream.db-wal": 0o600, "socstream.db-shm": 0o600}
    assert mode_of(path.parent) == 0o700


async def test_a_file_that_others_could_read_is_closed_to_them_but_a_directory_is_left_alone(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o755)
    path = tmp_path / "socstream.db"
    path.touch(mode=0o644)
    async with Database.open(path):
        assert mode_of(path) == 0o600
    assert mode_of(tmp_path) == 0o755


async def test_a_commit_is_written_through_a_log_and_synced(database: Database) -> None:
    async with database.transaction() as transaction:
        modes = [
            tuple((await transaction.read(f"PRAGMA {name}"))[0])
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert modes == [("wal",), (2,), (1,), (200,)]


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    async def half() -> None:
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO note (text) VALUES ('half')")
            raise LookupError

    with pytest.raises(LookupError):
        await half()
    await write(database, "whole")
    assert await notes(database) == ["whole"]


async def test_a_cancelled_block_leaves_nothing_and_the_next_one_works(database: Database) -> None:
    inside = asyncio.Event()

    async def half() -> None:
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO note (text) VALUES ('half')")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(half())
    await inside.wait()
    task.cancel()
    await asyncio.wait([task])
    await write(database, "whole")
    assert await notes(database) == ["whole"]


async def test_cancelled_at_any_step_the_next_write_works(database: Database) -> None:
    for steps in range(12):
        task = asyncio.create_task(write(database, f"cancelled after {steps}"))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await write(database, f"after {steps}")
    kept = await notes(database)
    assert [note for note in kept if note.startswith("after")] == [f"after {steps}" for steps in range(12)]


async def test_transactions_take_turns(database: Database) -> None:
    async def twice(name: str) -> None:
        async with database.transaction() as transaction:
            for _ in range(2):
                await transaction.execute("INSERT INTO note (text) VALUES (?)", (name,))

    await asyncio.gather(twice("a"), twice("b"), twice("c"))
    assert await notes(database) == ["a", "a", "b", "b", "c", "c"]


async def test_a_read_does_not_wait_for_a_write_and_does_not_see_its_half(database: Database) -> None:
    await write(database, "whole")
    async with database.transaction() as transaction:
        await transaction.execute("INSERT INTO note (text) VALUES ('half')")
        assert await notes(database) == ["whole"]
        assert len(await transaction.read("SELECT text FROM note")) == 2


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match="readonly"):
        await database.read("DELETE FROM note")


async def test_a_failure_has_its_cause_and_no_values(database: Database) -> None:
    password = "s3" + "cret"  # the traceback shows the lines of this test too
    with pytest.raises(StoreUnavailable) as failure:
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO note (text, password) VALUES (?, ?)", ("x", password))
    assert isinstance(failure.value.__cause__, sqlite3.OperationalError)
    assert password not in "".join(traceback.format_exception(failure.value))


async def test_locked_by_another_process_is_unavailable_for_writing_after_the_timeout(
    database: Database, path: Path
) -> None:
    await write(database, "before")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = asyncio.get_running_loop().time()
        with pytest.raises(StoreUnavailable, match="written at the moment: database is locked"):
            await write(database, "meanwhile")
        assert asyncio.get_running_loop().time() - began >= 0.2
        assert await notes(database) == ["before"]
        other.execute("ROLLBACK")
    await write(database, "after")
    assert await notes(database) == ["before", "after"]


async def test_a_write_does_not_queue_for_ever_behind_others(database: Database) -> None:
    async with database.transaction():
        with pytest.raises(StoreUnavailable, match="busy"):
            await write(database, "meanwhile")
    await write(database, "after")
    assert await notes(database) == ["after"]


async def test_an_up_to_date_database_opens_while_another_process_writes(
    database: Database, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with Database.open(path, busy_timeout=0.1) as second:
            assert await notes(second) == []


async def test_held_exclusively_by_another_process_it_cannot_be_opened(path: Path) -> None:
    async with Database.open(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            async with Database.open(path, busy_timeout=0.1):
                pass


async def test_a_full_disk_is_unavailable_and_comes_back(database: Database) -> None:
    async with database.transaction() as transaction:
        (pages,) = (await transaction.read("PRAGMA page_count"))[0]
        await transaction.read(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="full"):
        await write(database, "x" * 100_000)
    async with database.transaction() as transaction:
        await transaction.read("PRAGMA max_page_count = 100000")
    await write(database, "after")
    assert await notes(database) == ["after"]


@pytest.fixture
def not_ours() -> Iterator[Path]:
    """A database that we may read but not write, even if the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(sqlite3.connect(folder / "socstream.db")) as connection:
            connection.execute("CREATE TABLE note (text TEXT)")
        (folder / "socstream.db").chmod(0o444)
        folder.chmod(0o555)
        if os.geteuid() == 0:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if os.getuid() == 0:
                os.seteuid(0)
            folder.chmod(0o700)


async def test_a_read_only_file_is_refused_when_it_is_opened(not_ours: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        async with Database.open(not_ours / "socstream.db"):
            pass


async def test_a_directory_that_cannot_be_made_is_named_as_such(not_ours: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be opened: Permission denied"):
        async with Database.open(not_ours / "below" / "socstream.db"):
            pass


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"my holiday pictures" * 1000)
    with pytest.raises(StoreUnavailable, match="not a database"):
        async with Database.open(path):
            pass
    assert path.read_bytes() == b"my holiday pictures" * 1000


async def test_damaged_pages_are_an_error_and_never_fewer_rows(path: Path) -> None:
    async with Database.open(path) as database, database.transaction() as transaction:
        await transaction.execute("CREATE TABLE note (text TEXT NOT NULL)")
        for number in range(200):
            await transaction.execute("INSERT INTO note (text) VALUES (?)", (f"{number} " + "x" * 400,))
    whole = path.read_bytes()
    path.write_bytes(whole[:-16384] + b"\x55" * 16384)
    with pytest.raises(StoreUnavailable, match=re.escape(str(path))) as refusal:
        async with Database.open(path) as database:
            await notes(database)
    assert "is damaged" in str(refusal.value)
    assert "\n" not in str(refusal.value), "one line"


async def test_after_closing_it_is_unavailable(path: Path) -> None:
    async with Database.open(path) as database:
        pass
    with pytest.raises(StoreUnavailable, match="closed"):
        await database.read("SELECT 1")
    with pytest.raises(StoreUnavailable, match="closed"):
        async with database.transaction():
            pass


async def test_closing_waits_for_a_write_that_has_begun(path: Path) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def slow(database: Database) -> None:
        async with database.transaction() as transaction:
            await transaction.execute("CREATE TABLE late (text TEXT)")
            inside.set()
            await go_on.wait()

    async with Database.open(path) as database:
        writing = asyncio.create_task(slow(database))
        await inside.wait()
        asyncio.get_running_loop().call_later(0.05, go_on.set)
    await writing
    async with Database.open(path) as database:
        assert await database.read("SELECT text FROM late") == []
