"""The walls that people arranged: store first, then memory, then whoever wants to know."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from socstream.clock import Clock
from socstream.model.errors import StoreUnavailable, TooManyWalls, VersionConflict, WallNotFound
from socstream.model.wall import Wall, WallDraft
from socstream.store.walls import WallStore
from socstream.turn import Turn

Listener = Callable[[str, Wall | None], None]
"""Is told the wall id and the wall as it is now, None when it is gone; returns at once, never raises."""

MOST_OF_ONE = 32
MOST = 256
"""Walls of one owner, and of all: each is read whole by everybody who asks for the list."""


class Walls:
    """Every wall, in memory and in the store alike. What returns is durable; what raises changed nothing.

    Who may see or change which one is not decided here. Whatever writes raises StoreUnavailable.
    """

    def __init__(self, store: WallStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._turn = Turn()
        self._walls: dict[str, Wall] | None = None
        self._listeners: list[Listener] = []

    async def load(self) -> None:
        """Read the store; raises StoreUnavailable."""
        self._walls = {wall.wall_id: wall for wall in await self._store.all()}

    def all(self) -> Sequence[Wall]:
        """Every wall, by name; raises StoreUnavailable before a successful load."""
        return sorted(self._loaded().values(), key=lambda wall: (wall.name.casefold(), wall.wall_id))

    def get(self, wall_id: str) -> Wall:
        """One wall; raises WallNotFound."""
        wall = self._loaded().get(wall_id)
        if wall is None:
            raise WallNotFound(wall_id)
        return wall

    def listen(self, listener: Listener) -> None:
        """Call `listener` from now on when a wall was added, replaced or removed."""
        self._listeners.append(listener)

    async def add(self, draft: WallDraft, owner_id: str) -> Wall:
        """A new wall; raises WallExists when its owner has one of that name, TooManyWalls."""
        return await self._turn.take(lambda: self._add(draft, owner_id))

    async def replace(self, wall_id: str, draft: WallDraft, version: int) -> Wall:
        """The next version after this one; raises WallNotFound, VersionConflict, WallExists."""
        return await self._turn.take(lambda: self._replace(wall_id, draft, version))

    async def remove(self, wall_id: str) -> None:
        """Forget a wall; raises WallNotFound."""
        await self._turn.take(lambda: self._remove(wall_id))

    async def _add(self, draft: WallDraft, owner_id: str) -> Wall:
        walls = self._loaded()
        if len(walls) >= MOST or sum(wall.owner_id == owner_id for wall in walls.values()) >= MOST_OF_ONE:
            raise TooManyWalls(MOST_OF_ONE, MOST)
        wall = Wall.from_draft(str(uuid4()), owner_id, draft, self._now())
        await self._store.insert(wall)
        self._put(wall)
        return wall

    async def _replace(self, wall_id: str, draft: WallDraft, version: int) -> Wall:
        old = self.get(wall_id)
        if version != old.version:
            raise VersionConflict(version, old.version, "wall")
        wall = old.replaced(draft, self._now())
        await self._store.update(wall)
        self._put(wall)
        return wall

    async def _remove(self, wall_id: str) -> None:
        await self._store.delete(self.get(wall_id).wall_id)
        del self._loaded()[wall_id]
        self._tell(wall_id, None)

    def _put(self, wall: Wall) -> None:
        self._loaded()[wall.wall_id] = wall
        self._tell(wall.wall_id, wall)

    def _tell(self, wall_id: str, wall: Wall | None) -> None:
        for listener in self._listeners:
            listener(wall_id, wall)

    def _loaded(self) -> dict[str, Wall]:
        if self._walls is None:
            raise StoreUnavailable("The walls have not been read yet.")
        return self._walls

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.wall(), UTC)
