"""Walls on a real database: what is kept over a restart, and what a failure leaves."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from socstream.model.errors import StoreUnavailable, VersionConflict, WallExists, WallNotFound
from socstream.model.wall import Patrol, Tile, Wall, WallDraft
from socstream.store.database import Database
from socstream.store.walls import WallStore
from socstream.walls import Walls
from tests.fakes import FakeClock

DRAFT = WallDraft(
    "Gates", True, (Tile("gate", 0, 0, 12, 12), Tile("yard", 12, 24, 1, 24)), Patrol(7.5, (1, 0))
)
PLAIN = WallDraft("Yard", False, (), None)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "a.db", busy_timeout=0.1) as database:
        yield database


async def opened(database: Database) -> Walls:
    walls = Walls(WallStore(database), FakeClock())
    await walls.load()
    return walls


async def test_walls_come_back_as_they_were(database: Database) -> None:
    walls = await opened(database)
    first = await walls.add(DRAFT, "ann")
    second = await walls.add(PLAIN, "ann")
    second = await walls.replace(second.wall_id, WallDraft("Door", False, (), Patrol(5)), 1)
    assert second.version == 2
    await walls.remove((await walls.add(PLAIN, "ann")).wall_id)
    again = await opened(database)
    assert again.all() == walls.all() == [second, first]


async def test_what_fails_changes_nothing_and_is_told_to_nobody(database: Database, tmp_path: Path) -> None:
    walls = await opened(database)
    kept = await walls.add(DRAFT, "ann")
    told: list[tuple[str, Wall | None]] = []
    walls.listen(lambda wall_id, wall: told.append((wall_id, wall)))
    with pytest.raises(WallExists):
        await walls.add(DRAFT, "ann")
    with pytest.raises(WallNotFound):
        await walls.remove("nothing")
    with pytest.raises(VersionConflict):
        await walls.replace(kept.wall_id, PLAIN, 2)
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for write in (
            walls.add(PLAIN, "bob"),
            walls.replace(kept.wall_id, PLAIN, 1),
            walls.remove(kept.wall_id),
        ):
            with pytest.raises(StoreUnavailable):
                await write
    assert walls.all() == [kept]
    assert told == []
    await walls.remove(kept.wall_id)
    assert told == [(kept.wall_id, None)]


@pytest.mark.parametrize("column", ["tiles", "patrol", "updated_at"])
async def test_a_wall_that_cannot_be_read_is_an_error(
    database: Database, tmp_path: Path, column: str
) -> None:
    await (await opened(database)).add(DRAFT, "ann")
    with closing(sqlite3.connect(tmp_path / "a.db")) as other, other:
        other.execute(f"UPDATE wall SET {column} = 'torn'")
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        await opened(database)
