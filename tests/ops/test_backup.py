"""A database that is lost comes back from its newest good copy, loudly; and there is one for each hour."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from socstream.model.errors import StoreUnavailable
from socstream.ops.backup import HourlyBackups, sound_database
from socstream.store.backups import Backups, Kind, StoreDamaged
from socstream.store.database import Database
from tests.fakes import NOON, FakeClock
from tests.ops.threads import one_thread, threads_done
from tests.store.test_backups import add, names, spoil

HOUR = 3600.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database with 200 cameras that was copied once, and one more camera since then."""
    path = tmp_path / "data" / "socstream.db"
    async with Database.open(path) as database:
        for number in range(200):
            await add(database, f"{number:03}")
        Backups(path).make(Kind.HOURLY, NOON)
        await add(database, "later")
    return path


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def scribble(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


@pytest.mark.parametrize("lose", [spoil, cut, empty, scribble, Path.unlink])
async def test_a_lost_database_is_as_its_newest_copy_has_it(
    path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture, lose: Callable[[Path], None]
) -> None:
    lose(path)
    left = path.read_bytes() if path.exists() else None
    async with sound_database(path, clock) as (database, rescue):
        assert len(await database.read("SELECT name FROM camera")) == 200
    assert "later" not in names(path)
    assert rescue is not None
    assert (None if rescue.aside is None else rescue.aside.read_bytes()) == left
    [told] = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert "2026-03-01 12:00:00 UTC" in told.getMessage()
    assert "is missing" in told.getMessage()


async def test_a_sound_one_is_left_alone(path: Path, clock: FakeClock) -> None:
    async with sound_database(path, clock) as (database, rescue):
        assert len(await database.read("SELECT name FROM camera")) == 201
        assert rescue is None


async def test_a_first_start_makes_an_empty_one(tmp_path: Path, clock: FakeClock) -> None:
    async with sound_database(tmp_path / "socstream.db", clock) as (database, rescue):
        assert await database.read("SELECT name FROM camera") == []
        assert rescue is None


@pytest.mark.parametrize("lose", [spoil, empty, Path.unlink])
async def test_without_a_good_copy_there_is_no_start_and_never_an_empty_list(
    path: Path, clock: FakeClock, lose: Callable[[Path], None]
) -> None:
    lose(path)
    for backup in Backups(path).all():
        scribble(backup.path)
    with pytest.raises(StoreDamaged, match="No backup"):
        async with sound_database(path, clock):
            pass


class Copies(Backups):
    """Notes when copies were made; fails when told to."""

    def __init__(self, made: tuple[float, ...] = ()) -> None:
        super().__init__(Path("/nowhere/socstream.db"))
        self.made = list(made)
        self.fault = ""

    def make(self, kind: Kind, now: float) -> Path:
        if self.fault:
            raise StoreUnavailable(self.fault)
        self.made.append(now - NOON)
        return Path("copy")


async def turns(clock: FakeClock, seconds: float) -> None:
    """Time passes, and threads do what they are given."""
    for _ in range(int(seconds / 60)):
        await clock.advance(60)
        await threads_done()


async def test_there_is_one_soon_and_then_one_each_hour(clock: FakeClock) -> None:
    copies = Copies()
    told: list[str | None] = []
    keeper = HourlyBackups(copies, clock, told.append)
    one_thread()
    task = asyncio.create_task(keeper.run())
    await threads_done()
    await turns(clock, 2.5 * HOUR)
    task.cancel()
    assert len(copies.made) == 3
    first, second, third = copies.made
    assert first == 60
    assert HOUR <= second - first <= HOUR + 60
    assert HOUR <= third - second <= HOUR + 60
    assert keeper.last == NOON + third
    assert told == []


async def test_that_none_can_be_made_is_told_once_and_so_is_the_end_of_it(clock: FakeClock) -> None:
    copies = Copies()
    told: list[str | None] = []
    copies.fault = "The backup cannot be made: no space left."
    one_thread()
    task = asyncio.create_task(HourlyBackups(copies, clock, told.append).run())
    await threads_done()
    await turns(clock, 3 * HOUR)
    assert told == [copies.fault]
    copies.fault = ""
    await turns(clock, 3 * HOUR)
    task.cancel()
    assert told == ["The backup cannot be made: no space left.", None]
