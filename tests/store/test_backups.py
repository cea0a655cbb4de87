"""Copies of the database: whole or not there, private, few, and good for a new beginning."""

import asyncio
import os
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from socstream.model.errors import StoreUnavailable
from socstream.store.backups import KEPT, LEAP, Backups, Kind, StoreDamaged, fault_of
from socstream.store.database import Database
from socstream.store.migrations import STEPS, migrate

NOON = 1_772_366_400.0
HOUR = 3600.0

CAMERA = """
    INSERT INTO camera (camera_id, name, name_key, location, ip_address, source_url, maintenance,
        is_recording, motion_detection_enabled, version, created_at, updated_at,
        media_sequence, discontinuity_sequence)
    VALUES (?, ?, ?, '{}', '192.0.2.7', 'rtsp://192.0.2.7/', 0, 0, 1, 1, '', '', 64, 3)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "socstream.db"


@pytest.fixture
def backups(path: Path) -> Backups:
    return Backups(path)


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with Database.open(path) as database:
        yield database


async def add(database: Database, name: str) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(CAMERA, (name, name, name))


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM camera ORDER BY name")]


def spoil(path: Path) -> None:
    """Pages in the middle are overwritten, as a dying disk does."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(max(4096, path.stat().st_size - 8192)))


async def test_a_copy_has_what_was_committed_up_to_now(database: Database, backups: Backups) -> None:
    await add(database, "Gate")
    copy = backups.make(Kind.HOURLY, NOON)
    await add(database, "Yard")
    assert copy.name == "hourly-20260301T120000Z.db"
    assert names(copy) == ["Gate"]
    assert fault_of(copy) is None


async def test_it_is_one_private_file(database: Database, backups: Backups) -> None:
    copy = backups.make(Kind.ASKED, NOON)
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700


async def test_writers_go_on_while_it_is_made(database: Database, backups: Backups) -> None:
    for number in range(50):
        await add(database, f"camera {number}")
    over = threading.Event()

    async def write() -> int:
        written = 0
        while not over.is_set():
            await add(database, f"later {written}")
            written += 1
        return written

    writing = asyncio.create_task(write())
    for turn in range(5):
        copy = await asyncio.to_thread(backups.make, Kind.HOURLY, NOON + turn)
        assert fault_of(copy) is None
        assert len(names(copy)) >= 50
    over.set()
    assert await writing > 0


async def test_three_of_each_kind_are_kept_and_all_that_somebody_asked_for(
    database: Database, backups: Backups
) -> None:
    for hour in range(KEPT + 2):
        for kind in Kind:
            backups.make(kind, NOON + hour * HOUR)
    kept = [(backup.kind, (backup.made - NOON) / HOUR) for backup in backups.all()]
    assert [hour for kind, hour in kept if kind is Kind.HOURLY] == [4, 3, 2]
    assert [hour for kind, hour in kept if kind is Kind.MIGRATION] == [4, 3, 2]
    assert len([kind for kind, _ in kept if kind is Kind.ASKED]) == KEPT + 2


async def test_two_in_one_second_are_two(database: Database, backups: Backups) -> None:
    assert backups.make(Kind.ASKED, NOON) != backups.make(Kind.ASKED, NOON)
    assert len(backups.all()) == 2


async def test_what_is_no_good_replaces_nothing(path: Path, backups: Backups) -> None:
    async with Database.open(path) as database:
        for number in range(200):
            await add(database, f"camera {number}")
    good = [backups.make(Kind.HOURLY, NOON + hour) for hour in range(KEPT)]
    spoil(path)
    with pytest.raises(StoreUnavailable, match=r"cannot be made|is no good"):
        backups.make(Kind.HOURLY, NOON + HOUR)
    assert sorted(file.name for file in good[0].parent.iterdir()) == [file.name for file in good]


async def test_the_newest_good_one_is_found_behind_bad_ones(path: Path, backups: Backups) -> None:
    async with Database.open(path) as database:
        for number in range(200):
            await add(database, f"camera {number}")
    good, cut, spoiled, other = (backups.make(Kind.HOURLY if n else Kind.ASKED, NOON + n) for n in range(4))
    cut.write_bytes(cut.read_bytes()[:5000])
    spoil(spoiled)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    found = backups.newest_good()
    assert found is not None
    assert found.path == good


async def test_a_restore_keeps_the_old_one_and_lets_the_numbers_leap(path: Path, backups: Backups) -> None:
    async with Database.open(path) as database:
        await add(database, "Gate")
        copy = backups.make(Kind.HOURLY, NOON)
        await add(database, "Yard")
    aside = backups.restore(copy, NOON + HOUR)
    assert aside is not None
    assert names(aside) == ["Gate", "Yard"]
    assert names(path) == ["Gate"]
    assert names(copy) == ["Gate"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with Database.open(path) as database:
        [row] = await database.read("SELECT media_sequence, discontinuity_sequence FROM camera")
        assert tuple(row) == (64 + LEAP, 3 + LEAP)


async def test_the_log_of_a_killed_server_goes_aside_with_its_database(path: Path, backups: Backups) -> None:
    async with Database.open(path) as database:
        await add(database, "Gate")
        copy = backups.make(Kind.HOURLY, NOON)
        await add(database, "Yard")
        wal = Path(f"{path}-wal").read_bytes()
        killed = path.read_bytes()
    path.write_bytes(killed)
    Path(f"{path}-wal").write_bytes(wal)
    aside = backups.restore(copy, NOON)
    assert aside is not None
    assert not Path(f"{path}-wal").exists()
    assert names(aside) == ["Gate", "Yard"]


async def test_a_bad_copy_is_not_restored(path: Path, backups: Backups) -> None:
    async with Database.open(path) as database:
        await add(database, "Gate")
        copy = backups.make(Kind.HOURLY, NOON)
    copy.write_bytes(b"SQLite format 3\0" + b"x" * 9000)
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable):
        backups.restore(copy, NOON)
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["backups", "socstream.db"]


async def test_a_database_is_copied_before_its_schema_changes(
    path: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    with monkeypatch.context() as old:
        old.setattr("socstream.store.database.STEPS", STEPS[:5])
        old.setattr("socstream.store.database.migrate", lambda writer: migrate(writer, STEPS[:5]))
        async with Database.open(path):
            pass
    assert backups.all() == []
    async with Database.open(path):
        pass
    [copy] = backups.all()
    assert copy.kind is Kind.MIGRATION
    with closing(sqlite3.connect(copy.path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchall() == [(5,)]


async def test_damage_is_told_from_other_trouble(path: Path) -> None:
    async with Database.open(path) as database:
        for number in range(200):
            await add(database, f"camera {number}")
    spoil(path)
    with pytest.raises(StoreDamaged, match=r"socstream\.db"):
        async with Database.open(path):
            pass
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreDamaged):
        async with Database.open(path):
            pass
