"""A wall: cameras arranged by hand on a grid, kept for its owner, and for everybody if he shares it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import combinations

from attrs import evolve, frozen

from socstream.model.errors import FieldError

GRID = 24
"""Columns of a wall, and rows of each of its pages: halves, thirds, quarters, sixths and eighths fit."""

PAGES = 8
"""Pages of a wall, one below the other: page 1 has the rows from 24 on."""

MOST_TILES = 64


@frozen
class Tile:
    """A camera's place, in cells: columns from 0, rows from 0 over all pages."""

    camera_id: str
    x: int
    y: int
    w: int
    h: int

    @property
    def page(self) -> int:
        """The page where it begins."""
        return self.y // GRID

    def overlaps(self, other: "Tile") -> bool:
        """True when both want the same cell."""
        is_beside = self.x + self.w <= other.x or other.x + other.w <= self.x
        return not (is_beside or self.y + self.h <= other.y or other.y + other.h <= self.y)


@frozen
class Patrol:
    """Show these pages in this order, each for so many seconds; None: all that have a tile."""

    seconds: float
    pages: tuple[int, ...] | None = None


@frozen
class WallDraft:
    """A wall as somebody asks for it, not stored yet."""

    name: str
    shared: bool
    tiles: tuple[Tile, ...]
    patrol: Patrol | None


@frozen
class Wall:
    """One wall as stored; its owner may be gone. Tiles may name cameras that are gone, too."""

    wall_id: str
    owner_id: str
    name: str
    shared: bool
    tiles: tuple[Tile, ...]
    patrol: Patrol | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_draft(cls, wall_id: str, owner_id: str, draft: WallDraft, at: datetime) -> "Wall":
        """The first version of a wall."""
        return cls(
            wall_id=wall_id,
            owner_id=owner_id,
            name=draft.name,
            shared=draft.shared,
            tiles=draft.tiles,
            patrol=draft.patrol,
            version=1,
            created_at=at,
            updated_at=at,
        )

    def replaced(self, draft: WallDraft, at: datetime) -> "Wall":
        """The next version; who owns it stays."""
        return evolve(
            self,
            name=draft.name,
            shared=draft.shared,
            tiles=draft.tiles,
            patrol=draft.patrol,
            version=self.version + 1,
            updated_at=at,
        )


def wrong_tiles(tiles: Sequence[Tile], unseen: Sequence[Tile] = ()) -> Iterator[FieldError]:
    """What is wrong with these tiles together; `unseen`: others on the wall that their maker may not see."""
    if len(tiles) + len(unseen) > MOST_TILES:
        yield FieldError("tiles", f"must not be more than {MOST_TILES}, with those that you may not see")
        return
    for index, tile in enumerate(tiles):
        if tile.x + tile.w > GRID:
            yield FieldError(f"tiles[{index}]", f"must end within the {GRID} columns")
        if tile.y + tile.h > (tile.page + 1) * GRID:
            yield FieldError(f"tiles[{index}]", f"must end within the {GRID} rows of its page")
        if any(tile.overlaps(other) for other in unseen):
            yield FieldError(f"tiles[{index}]", "lies where a camera is that you may not see")
    for (first, one), (second, other) in combinations(enumerate(tiles), 2):
        if one.overlaps(other):
            yield FieldError(f"tiles[{second}]", f"overlaps tiles[{first}]")
        elif (one.camera_id, one.page) == (other.camera_id, other.page):
            yield FieldError(f"tiles[{second}]", f"shows the camera of tiles[{first}] on the same page")
