"""Walls: list, create, read, replace, delete."""

from collections.abc import Set
from hashlib import blake2b

import msgspec
from aiohttp import hdrs, web

from socstream.access.errors import UserNotFound
from socstream.api.answers import NO_STORE, is_known, json_answer, json_bytes, not_modified
from socstream.api.auditing import tell
from socstream.api.bodies import read_json
from socstream.api.identity import Forbidden, caller_of
from socstream.api.keys import SERVICES, Services
from socstream.api.schema_walls import WALL_READ_ONLY, WallAnswer, WallBody, WallReplacementBody
from socstream.api.structure import structure
from socstream.api.times import iso
from socstream.model.account import Caller, Level
from socstream.model.errors import FieldError, InvalidInput, VersionConflict, WallNotFound
from socstream.model.wall import Patrol, Tile, Wall, WallDraft, wrong_tiles


async def list_walls(request: web.Request) -> web.Response:
    """The caller's own walls and the shared ones, by name; everybody's for managers."""
    services, caller = request.app[SERVICES], caller_of(request)
    cameras = _cameras(services)
    seen = (wall for wall in services.walls.all() if _may_see(caller, wall))
    shown = [_answer(services, wall, caller, cameras) for wall in seen]
    return _tagged(request, shown)


async def create_wall(request: web.Request) -> web.Response:
    """Keep a wall of the caller's own."""
    services, caller = request.app[SERVICES], caller_of(request)
    body = structure(await read_json(request), WallBody)
    draft = _draft(body, _tiles(services, caller, body, None))
    wall = await services.walls.add(draft, str(caller.user_id))
    tell(request, target=wall.wall_id, detail=_told(wall))
    return json_answer(_answer(services, wall, caller, _cameras(services)), status=201)


async def get_wall(request: web.Request) -> web.Response:
    """One wall."""
    services, caller, wall = request.app[SERVICES], caller_of(request), _wall_of(request)
    return _tagged(request, _answer(services, wall, caller, _cameras(services)))


async def replace_wall(request: web.Request) -> web.Response:
    """Put another arrangement in a wall's place; tiles that the caller may not see stay."""
    services, caller = request.app[SERVICES], caller_of(request)
    _editable(request)
    body = structure(await read_json(request), WallReplacementBody, ignored=WALL_READ_ONLY)
    wall = _editable(request)  # again: it may be another one by now
    if body.version is not None and body.version != wall.version:
        raise VersionConflict(body.version, wall.version, "wall")
    draft = _draft(body, _tiles(services, caller, body, wall))
    changed = await services.walls.replace(wall.wall_id, draft, wall.version)
    tell(request, detail=_told(changed))
    return json_answer(_answer(services, changed, caller, _cameras(services)))


async def delete_wall(request: web.Request) -> web.Response:
    """Forget a wall; it goes dark wherever it is shown."""
    wall = _editable(request)
    tell(request, detail=wall.name)
    await request.app[SERVICES].walls.remove(wall.wall_id)
    return web.Response(status=204)


def _wall_of(request: web.Request) -> Wall:
    """The wall in the path; WallNotFound for an unknown one and for one that the caller may not see."""
    wall = request.app[SERVICES].walls.get(request.match_info["wall_id"])
    if not _may_see(caller_of(request), wall):
        raise WallNotFound(wall.wall_id)
    return wall


def _editable(request: web.Request) -> Wall:
    """The same; Forbidden when the caller may only look."""
    wall = _wall_of(request)
    if not _may_edit(caller_of(request), wall):
        raise Forbidden("Only its owner and managers may change this wall.")
    return wall


def _may_edit(caller: Caller, wall: Wall) -> bool:
    return wall.owner_id == caller.user_id or caller.may(Level.MANAGER)


def _may_see(caller: Caller, wall: Wall) -> bool:
    return wall.shared or _may_edit(caller, wall)


def _cameras(services: Services) -> Set[str]:
    """The ids of all cameras that there are."""
    return {camera.camera_id for camera in services.cameras.all()}


def _parted(wall: Wall, caller: Caller, cameras: Set[str]) -> tuple[list[Tile], list[Tile]]:
    """The tiles that the caller sees, and those that he does not; tiles of deleted cameras are in neither."""
    present = [tile for tile in wall.tiles if tile.camera_id in cameras]
    if caller.scope is None:
        return present, []
    return (
        [tile for tile in present if tile.camera_id in caller.scope],
        [tile for tile in present if tile.camera_id not in caller.scope],
    )


def _tiles(services: Services, caller: Caller, body: WallBody, wall: Wall | None) -> tuple[Tile, ...]:
    """All tiles that the wall is to have; InvalidInput for those that cannot be.

    A camera that was on the wall and was deleted since, which the client may not know yet, is left out.
    """
    cameras = _cameras(services)
    known = frozenset() if wall is None else frozenset(tile.camera_id for tile in wall.tiles)
    unseen = [] if wall is None else _parted(wall, caller, cameras)[1]
    wished = [Tile(tile.camera_id, tile.x, tile.y, tile.w, tile.h) for tile in body.tiles]
    errors = [*wrong_tiles(wished, unseen)]
    tiles = []
    for index, tile in enumerate(wished):
        if caller.sees(tile.camera_id) and tile.camera_id in cameras:
            tiles.append(tile)
        elif tile.camera_id not in known:
            errors.append(FieldError(f"tiles[{index}].camera_id", "is no camera that you can see"))
    if errors:
        raise InvalidInput(*errors[:_MOST_ERRORS])
    return (*tiles, *unseen)


_MOST_ERRORS = 50


def _draft(body: WallBody, tiles: tuple[Tile, ...]) -> WallDraft:
    patrol = None if body.patrol is None else Patrol(body.patrol.seconds, body.patrol.pages)
    return WallDraft(body.name, bool(body.shared), tiles, patrol)


def _told(wall: Wall) -> str:
    return f"{wall.name}: {len(wall.tiles)} tiles{', shared' if wall.shared else ''}"


def _answer(services: Services, wall: Wall, caller: Caller, cameras: Set[str]) -> WallAnswer:
    seen, unseen = _parted(wall, caller, cameras)
    return WallAnswer(
        wall_id=wall.wall_id,
        name=wall.name,
        owner=_owner(services, wall),
        owner_id=wall.owner_id,
        shared=wall.shared,
        tiles=tuple(seen),
        hidden=len(unseen),
        patrol=wall.patrol,
        may_edit=_may_edit(caller, wall),
        version=wall.version,
        created_at=iso(wall.created_at),
        updated_at=iso(wall.updated_at),
    )


def _owner(services: Services, wall: Wall) -> str | None:
    try:
        return services.accounts.user(wall.owner_id).username
    except UserNotFound:
        return None


def _tagged(request: web.Request, answer: object) -> web.Response:
    """The answer as JSON with its ETag, or 304."""
    body = msgspec.json.encode(answer)
    value = blake2b(body, digest_size=12).hexdigest()
    if is_known(request, value):
        return not_modified(f'"{value}"', NO_STORE)
    response = json_bytes(body)
    response.headers[hdrs.ETAG] = f'"{value}"'
    return response
