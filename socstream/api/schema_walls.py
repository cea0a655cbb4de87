"""The JSON of walls, of histories and of the import of cameras: attrs classes, as in `schema`."""

from typing import Annotated, Literal

from attrs import fields, frozen
from msgspec import Meta

from socstream.api.readers import Check, Wrong, number_between, text, whole_number
from socstream.api.schema import FieldProblem, Time
from socstream.model.camera import canonical_id
from socstream.model.history import PastState
from socstream.model.wall import GRID, MOST_TILES, PAGES, Patrol, Tile

_page = whole_number(0, PAGES - 1)


def _pages(value: object) -> tuple[int, ...]:
    """Read which pages, each once."""
    if not isinstance(value, list) or not value:
        raise Wrong("must be a list of at least one page, or null for all that have a tile")
    pages = tuple(map(_page, value))
    if len(set(pages)) < len(pages):
        raise Wrong("must name each page once")
    return pages


def _camera(value: object) -> str:
    found = canonical_id(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong("must be a camera id")
    return found


_Column = Annotated[int, Meta(ge=0, le=GRID - 1), Check(whole_number(0, GRID - 1))]
_Row = Annotated[
    int,
    Meta(ge=0, le=GRID * PAGES - 1, description=f"from the top of the first page; each has {GRID}"),
    Check(whole_number(0, GRID * PAGES - 1)),
]
_Size = Annotated[int, Meta(ge=1, le=GRID), Check(whole_number(1, GRID))]
_CameraId = Annotated[str, Check(_camera)]
_WallName = Annotated[str, Meta(min_length=1, max_length=100), Check(text(1, 100))]
_Seconds = Annotated[float, Meta(ge=5, le=3600), Check(number_between(5, 3600))]
_Pages = Annotated[
    tuple[int, ...],
    Meta(min_length=1, max_length=PAGES, description="from 0, in this order; null: all that have a tile"),
    Check(_pages),
]
_Version = Annotated[int, Meta(ge=1), Check(whole_number(1))]


@frozen
class TileBody:
    """A camera's place, in cells. No two overlap, and none reaches beyond its page."""

    camera_id: _CameraId
    x: _Column
    y: _Row
    w: _Size
    h: _Size


@frozen
class PatrolBody:
    """Show one page after the other, each for so many seconds."""

    seconds: _Seconds
    pages: _Pages | None = None


_Tiles = Annotated[
    tuple[TileBody, ...], Meta(max_length=MOST_TILES, description="each camera at most once on each page")
]


@frozen
class WallBody:
    """A wall to be kept. Nobody but its owner and managers sees it unless it is shared."""

    name: _WallName
    tiles: _Tiles
    shared: bool | None = None
    patrol: PatrolBody | None = None


@frozen
class WallReplacementBody(WallBody):
    """The wall as it is to be, whole; what is not said is false or null then. `version` guards others' edits.

    The fields that a Wall has beyond these may be sent back and are not looked at.
    """

    version: _Version | None = None


@frozen
class WallAnswer:
    """A wall as whoever asks may see it. `owner` is null when that user is gone.

    `hidden` counts the tiles that are left out, as he may not see their cameras; `may_edit`: change it.
    """

    wall_id: str
    name: str
    owner: str | None
    owner_id: str
    shared: bool
    tiles: tuple[Tile, ...]
    hidden: int
    patrol: Patrol | None
    may_edit: bool
    version: int
    created_at: Time
    updated_at: Time


WALL_READ_ONLY = frozenset(field.name for field in fields(WallAnswer)) - frozenset(
    field.name for field in fields(WallReplacementBody)
)
"""Fields that a client got with a Wall, may send back, and cannot change."""


@frozen
class StateAnswer:
    """What a stream was from then on. `down`: an outage of which only the ledger tells; `unknown`: nobody
    watched, or wanted it."""

    state: PastState
    since: Time


@frozen
class HistoryAnswer:
    """How a stream was: the oldest first. `bitrate`: the mean of each `bitrate_step` seconds from that time
    on, in bits/s, of the last 24 hours and this life of the server; null where nothing came."""

    states: tuple[StateAnswer, ...]
    bitrate: tuple[tuple[Time, int | None], ...]
    bitrate_step: int


@frozen
class ImportLine:
    """The fate of one line; `line` counts from 1, the header. `camera_id`: of the one that is there now."""

    line: int
    name: str
    outcome: Literal["added", "would_be_added", "exists", "invalid"]
    camera_id: str | None
    errors: tuple[FieldProblem, ...]
