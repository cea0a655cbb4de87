"""Walls: the one place that knows their table."""

import json
import sqlite3
from datetime import datetime

from socstream.model.errors import StoreUnavailable, WallExists, WallNotFound
from socstream.model.wall import Patrol, Tile, Wall
from socstream.store.database import Database, Transaction

_SELECT = """
SELECT wall_id, owner_id, name, shared, tiles, patrol, version, created_at, updated_at FROM wall
"""
_INSERT = """
INSERT INTO wall (wall_id, owner_id, name, name_key, shared, tiles, patrol, version, created_at, updated_at)
VALUES (
    :wall_id, :owner_id, :name, :name_key, :shared, :tiles, :patrol, :version, :created_at, :updated_at
)
"""
_UPDATE = """
UPDATE wall SET
    name = :name, name_key = :name_key, shared = :shared, tiles = :tiles, patrol = :patrol,
    version = :version, updated_at = :updated_at
WHERE wall_id = :wall_id
"""
_DELETE = "DELETE FROM wall WHERE wall_id = ?"
_SAME_NAME = """
SELECT wall_id FROM wall WHERE owner_id = :owner_id AND name_key = :name_key AND wall_id <> :wall_id
"""


class WallStore:
    """The table of walls. Every write is durable when it returns; all of them raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Wall]:
        """Every wall; one that cannot be read is an error, never left out."""
        return [_wall(row) for row in await self._database.read(_SELECT)]

    async def insert(self, wall: Wall) -> None:
        """Remember a new wall; raises WallExists."""
        async with self._database.transaction() as transaction:
            await _refuse_taken_name(transaction, wall)
            await transaction.execute(_INSERT, _row(wall))

    async def update(self, wall: Wall) -> None:
        """Remember a wall as it is now; raises WallExists, WallNotFound."""
        async with self._database.transaction() as transaction:
            await _refuse_taken_name(transaction, wall)
            if await transaction.execute(_UPDATE, _row(wall)) == 0:
                raise WallNotFound(wall.wall_id)

    async def delete(self, wall_id: str) -> None:
        """Forget a wall; raises WallNotFound."""
        async with self._database.transaction() as transaction:
            if await transaction.execute(_DELETE, (wall_id,)) == 0:
                raise WallNotFound(wall_id)


async def _refuse_taken_name(transaction: Transaction, wall: Wall) -> None:
    wanted = {"owner_id": wall.owner_id, "name_key": wall.name.casefold(), "wall_id": wall.wall_id}
    if await transaction.read(_SAME_NAME, wanted):
        raise WallExists(wall.name)


def _row(wall: Wall) -> dict[str, object]:
    patrol = wall.patrol
    return {
        "wall_id": wall.wall_id,
        "owner_id": wall.owner_id,
        "name": wall.name,
        "name_key": wall.name.casefold(),
        "shared": wall.shared,
        "tiles": json.dumps([(tile.camera_id, tile.x, tile.y, tile.w, tile.h) for tile in wall.tiles]),
        "patrol": None if patrol is None else json.dumps([patrol.seconds, patrol.pages]),
        "version": wall.version,
        "created_at": wall.created_at.isoformat(),
        "updated_at": wall.updated_at.isoformat(),
    }


def _wall(row: sqlite3.Row) -> Wall:
    try:
        return Wall(
            wall_id=row["wall_id"],
            owner_id=row["owner_id"],
            name=row["name"],
            shared=bool(row["shared"]),
            tiles=tuple(Tile(*tile) for tile in json.loads(row["tiles"])),
            patrol=None if row["patrol"] is None else _patrol(*json.loads(row["patrol"])),
            version=row["version"],
            created_at=datetime.fromisoformat(row["created_at"]),
            updated_at=datetime.fromisoformat(row["updated_at"]),
        )
    except (TypeError, ValueError) as error:
        raise StoreUnavailable(f"The record of wall {row['wall_id']} cannot be read.") from error


def _patrol(seconds: float, pages: list[int] | None) -> Patrol:
    return Patrol(seconds, None if pages is None else tuple(pages))
