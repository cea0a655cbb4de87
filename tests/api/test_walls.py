"""Walls over HTTP: what may be kept, who sees and changes which, and what is left out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from socstream import walls as limits
from socstream.model.account import Role, Scope
from socstream.model.session import TokenDraft
from tests.api.rig import Rig, rigged
from tests.api.visitors import Visitor, bearer, caller, deeds, logged_in

WALLS = "/security-operations/walls"
UNKNOWN = "00000000-0000-4000-8000-00000000dead"


def tile(camera_id: str, x: int = 0, y: int = 0, w: int = 12, h: int = 12) -> dict[str, Any]:
    return {"camera_id": camera_id, "x": x, "y": y, "w": w, "h": h}


def wall(*tiles: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"name": "Gates", "tiles": [*tiles]} | changes


@pytest.fixture
async def ids(rig: Rig) -> list[str]:
    """Two cameras."""
    return [(await rig.add(name=name))["camera_id"] for name in ("Gate", "Yard")]


@pytest.fixture
async def ann(rig: Rig) -> Visitor:
    """A viewer who sees all cameras."""
    return await logged_in(rig, "ann")


async def names(visitor: Visitor) -> list[str]:
    return [each["name"] for each in await visitor.get(WALLS)]


async def test_a_wall_is_kept_and_told_as_it_was_given(rig: Rig, ann: Visitor, ids: list[str]) -> None:
    given = wall(
        tile(ids[0].upper().replace("-", "")),
        tile(ids[1], 12, 24, 6, 24),
        name=" Gates ",
        shared=True,
        patrol={"seconds": 20, "pages": [1, 0]},
    )
    made = await ann.post(WALLS, given, 201)
    assert made == {
        "wall_id": made["wall_id"],
        "name": "Gates",
        "owner": "ann",
        "owner_id": caller(rig, ann).user_id,
        "shared": True,
        "tiles": [tile(ids[0]), tile(ids[1], 12, 24, 6, 24)],
        "hidden": 0,
        "patrol": {"seconds": 20.0, "pages": [1, 0]},
        "may_edit": True,
        "version": 1,
        "created_at": "2026-03-01T12:00:00.000Z",
        "updated_at": "2026-03-01T12:00:00.000Z",
    }
    assert await ann.get(WALLS) == [made]
    assert await ann.get(f"/api/v1{WALLS}/{made['wall_id']}") == made


async def test_what_is_put_takes_the_place_of_all_that_was(rig: Rig, ann: Visitor, ids: list[str]) -> None:
    made = await ann.post(WALLS, wall(tile(ids[0]), shared=True, patrol={"seconds": 5}), 201)
    rig.clock.advance(60)
    path = f"{WALLS}/{made['wall_id']}"
    # A client may send back all that it got.
    answer = await ann.ask("PUT", path, made | {"tiles": [tile(ids[1])], "shared": False, "patrol": None})
    assert answer.status == 200, answer.text
    assert answer.body == made | {
        "tiles": [tile(ids[1])],
        "shared": False,
        "patrol": None,
        "version": 2,
        "updated_at": "2026-03-01T12:01:00.000Z",
    }
    assert (await ann.ask("PUT", path, wall())).body["tiles"] == []
    assert await ann.get(path) == (await ann.get(WALLS))[0]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": None}, ["name"]),
        ({"tiles": None}, ["tiles"]),
        ({"tiles": {}}, ["tiles"]),
        ({"tiles": "abc"}, ["tiles"]),
        ({"tiles": [5]}, ["tiles[0]"]),
        ({"tiles": [{"camera_id": "GATE"}]}, [f"tiles[0].{name}" for name in "hwxy"]),
        ({"tiles": [tile("GATE") | {"z": 1}]}, ["tiles[0].z"]),
        ({"tiles": [tile("GATE"), tile("no id", 12)]}, ["tiles[1].camera_id"]),
        ({"tiles": [tile("GATE"), tile(UNKNOWN, 12)]}, ["tiles[1].camera_id"]),
        ({"tiles": [tile("GATE", x=-1)]}, ["tiles[0].x"]),
        ({"tiles": [tile("GATE", x=24)]}, ["tiles[0].x"]),
        ({"tiles": [tile("GATE", x=True)]}, ["tiles[0].x"]),
        ({"tiles": [tile("GATE") | {"x": 1.5}]}, ["tiles[0].x"]),
        ({"tiles": [tile("GATE", w=0)]}, ["tiles[0].w"]),
        ({"tiles": [tile("GATE", w=25)]}, ["tiles[0].w"]),
        ({"tiles": [tile("GATE", x=13)]}, ["tiles[0]"]),
        ({"tiles": [tile("GATE", y=13)]}, ["tiles[0]"]),
        ({"tiles": [tile("GATE", y=192)]}, ["tiles[0].y"]),
        ({"tiles": [tile("GATE"), tile("YARD", 11, 11)]}, ["tiles[1]"]),
        ({"tiles": [tile("GATE"), tile("YARD", 0, 0, 24, 24)]}, ["tiles[1]"]),
        ({"tiles": [tile("GATE"), tile("GATE", 12)]}, ["tiles[1]"]),
        ({"tiles": [tile("GATE", n % 24, n // 24, 1, 1) for n in range(65)]}, ["tiles"]),
        ({"shared": "yes"}, ["shared"]),
        ({"patrol": 5}, ["patrol"]),
        ({"patrol": {}}, ["patrol.seconds"]),
        ({"patrol": {"seconds": 4}}, ["patrol.seconds"]),
        ({"patrol": {"seconds": 3601}}, ["patrol.seconds"]),
        ({"patrol": {"seconds": 9, "pages": []}}, ["patrol.pages"]),
        ({"patrol": {"seconds": 9, "pages": [0, 0]}}, ["patrol.pages"]),
        ({"patrol": {"seconds": 9, "pages": [8]}}, ["patrol.pages"]),
        ({"patrol": {"seconds": 9, "pages": "01"}}, ["patrol.pages"]),
        ({"owner": "boss"}, ["owner"]),
        ({"version": 1}, ["version"]),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    ann: Visitor, ids: list[str], changes: dict[str, Any], fields: list[str]
) -> None:
    body = wall(tile(ids[0])) | changes
    for each in body["tiles"] if isinstance(body["tiles"], list) else []:
        if isinstance(each, dict):
            each["camera_id"] = {"GATE": ids[0], "YARD": ids[1]}.get(each["camera_id"], each["camera_id"])
    answer = await ann.ask("POST", WALLS, body)
    assert answer.status == 422, answer.text
    assert sorted(error["field"] for error in answer.body["errors"]) == fields
    assert await ann.get(WALLS) == []


async def test_tiles_may_touch_and_fill_a_wall_to_its_last_cell(ann: Visitor, ids: list[str]) -> None:
    corners = [tile(ids[0], 0, 0, 23, 24), tile(ids[1], 23, 0, 1, 24), tile(ids[0], 0, 168, 24, 24)]
    assert (await ann.post(WALLS, wall(*corners), 201))["tiles"] == corners


async def test_a_name_is_taken_for_its_owner_only_in_any_letter_case(rig: Rig, ann: Visitor) -> None:
    await ann.post(WALLS, wall(name="Straße"), 201)
    other = await ann.post(WALLS, wall(name="Yard"), 201)
    assert (await ann.post(WALLS, wall(name="STRASSE"), 409))["code"] == "wall_exists"
    renamed = await ann.ask("PUT", f"{WALLS}/{other['wall_id']}", wall(name="straße"))
    assert (renamed.status, renamed.body["code"]) == (409, "wall_exists")
    assert (await ann.ask("PUT", f"{WALLS}/{other['wall_id']}", wall(name="YARD"))).status == 200
    await (await logged_in(rig, "bob")).post(WALLS, wall(name="Straße"), 201)


async def test_an_edit_of_what_somebody_else_has_changed_is_a_conflict(ann: Visitor) -> None:
    made = await ann.post(WALLS, wall(), 201)
    path = f"{WALLS}/{made['wall_id']}"
    assert (await ann.ask("PUT", path, wall(version=1))).body["version"] == 2
    stale = await ann.ask("PUT", path, wall(name="Mine", version=1))
    assert (stale.status, stale.body["code"]) == (409, "version_conflict")
    assert "conflict" in stale.body["detail"]
    assert "wall" in stale.body["detail"]
    assert (await ann.get(path))["name"] == "Gates"


@asynccontextmanager
async def two_people(rig: Rig, role: Role, scope: Scope = None) -> AsyncIterator[tuple[Visitor, Visitor]]:
    yield await logged_in(rig, "owner"), await logged_in(rig, "other", role, scope)


@pytest.mark.parametrize(
    ("role", "shared", "seen", "refused"),
    [
        (Role.VIEWER, False, False, 404),
        (Role.OPERATOR, False, False, 404),
        (Role.VIEWER, True, True, 403),
        (Role.OPERATOR, True, True, 403),
        (Role.SECURITY_OFFICER, False, True, None),
        (Role.ADMIN, True, True, None),
    ],
)
async def test_others_see_what_is_shared_and_managers_change_everything(
    rig: Rig, role: Role, shared: bool, seen: bool, refused: int | None
) -> None:
    async with two_people(rig, role) as (owner, other):
        made = await owner.post(WALLS, wall(shared=shared), 201)
        path = f"{WALLS}/{made['wall_id']}"
        assert await other.get(WALLS) == ([made | {"may_edit": refused is None}] if seen else [])
        assert (await other.ask("GET", path)).status == (200 if seen else 404)
        # A body that is wrong, too, tells nobody more.
        for body in (wall(shared=True), {}):
            put = await other.ask("PUT", path, body)
            assert put.status == (refused or (200 if body else 422))
        answer = await other.ask("DELETE", path)
        assert answer.status == (refused or 204)
        assert await names(owner) == (["Gates"] if refused else [])


async def test_whoever_changes_it_the_owner_stays(rig: Rig) -> None:
    async with two_people(rig, Role.SECURITY_MANAGER) as (owner, manager):
        made = await owner.post(WALLS, wall(), 201)
        changed = (await manager.ask("PUT", f"{WALLS}/{made['wall_id']}", wall(name="Moved"))).body
        assert (changed["owner"], changed["owner_id"]) == ("owner", made["owner_id"])
        assert await names(owner) == ["Moved"]


async def test_a_program_looks_and_may_edit_as_a_manager_but_owns_nothing(rig: Rig, ann: Visitor) -> None:
    made = await ann.post(WALLS, wall(shared=True), 201)
    admin = rig.services.accounts.users()[0]
    path = f"{WALLS}/{made['wall_id']}"
    for role, status in ((Role.VIEWER, 403), (Role.SECURITY_MANAGER, 200)):
        _, text = await rig.services.accounts.add_token(TokenDraft(role, role), by=admin)
        program = bearer(rig, text)
        assert await names(program) == ["Gates"]
        assert (await program.ask("POST", WALLS, wall())).status == 403
        assert (await program.ask("PUT", path, wall(shared=True))).status == status


async def test_cameras_that_one_may_not_see_are_left_out_and_stay(rig: Rig, ids: list[str]) -> None:
    gate, yard = ids
    async with two_people(rig, Role.SECURITY_MANAGER, frozenset({gate})) as (owner, limited):
        made = await owner.post(WALLS, wall(tile(gate), tile(yard, 12), shared=True), 201)
        path = f"{WALLS}/{made['wall_id']}"
        seen = await limited.get(path)
        assert (seen["tiles"], seen["hidden"]) == ([tile(gate)], 1)
        assert await limited.get(WALLS) == [seen]
        refused = await limited.ask("PUT", path, seen | {"tiles": [tile(gate, 6)]})
        assert (refused.status, refused.body["errors"][0]["field"]) == (422, "tiles[0]")
        moved = await limited.ask("PUT", path, seen | {"tiles": [tile(gate, 0, 12)]})
        assert (moved.status, moved.body["hidden"]) == (200, 1)
        assert yard not in moved.text
        assert (await owner.get(path))["tiles"] == [tile(gate, 0, 12), tile(yard, 12)]
        # Nor does he get it there himself.
        foreign = await limited.ask("POST", WALLS, wall(tile(yard)))
        assert foreign.body["errors"][0]["field"] == "tiles[0].camera_id"


async def test_a_deleted_camera_leaves_every_wall(rig: Rig, ann: Visitor, ids: list[str]) -> None:
    made = await ann.post(WALLS, wall(tile(ids[0]), tile(ids[1], 12)), 201)
    path = f"{WALLS}/{made['wall_id']}"
    await rig.cameras.remove(ids[0])
    told = await ann.get(path)
    assert told == made | {"tiles": [tile(ids[1], 12)]}
    # Who does not know it yet may save what he has.
    saved = await ann.ask("PUT", path, made)
    assert (saved.status, saved.body["tiles"]) == (200, [tile(ids[1], 12)])
    assert (await ann.ask("PUT", path, wall(tile(ids[0])))).status == 422


async def test_a_wall_outlives_its_owner(rig: Rig, ann: Visitor) -> None:
    await ann.post(WALLS, wall(shared=True), 201)
    await rig.services.accounts.delete_user(str(caller(rig, ann).user_id))
    (left,) = await (await logged_in(rig, "bob")).get(WALLS)
    assert (left["owner"], left["may_edit"]) == (None, False)


async def test_there_is_room_for_so_many_walls_of_one_and_of_all(
    rig: Rig, ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(limits.MOST_OF_ONE):
        await ann.post(WALLS, wall(name=f"Wall {number}"), 201)
    assert (await ann.post(WALLS, wall(), 409))["code"] == "too_many_walls"
    bob = await logged_in(rig, "bob")
    monkeypatch.setattr(limits, "MOST", limits.MOST_OF_ONE + 1)
    await bob.post(WALLS, wall(), 201)
    assert (await bob.post(WALLS, wall(name="More"), 409))["code"] == "too_many_walls"


async def test_the_etag_is_another_one_whenever_the_answer_is(rig: Rig, ann: Visitor, ids: list[str]) -> None:
    made = await ann.post(WALLS, wall(tile(ids[0])), 201)
    for path in (WALLS, f"{WALLS}/{made['wall_id']}"):
        first = (await ann.ask("GET", path)).headers["ETag"]
        again = await ann.ask("GET", path, If_None_Match=first)
        assert (again.status, again.headers["ETag"], again.text) == (304, first, "")
    await rig.cameras.remove(ids[0])
    assert (await ann.ask("GET", WALLS, If_None_Match=first)).status == 200


async def test_what_is_done_to_walls_stands_in_the_audit_log(rig: Rig, ann: Visitor, ids: list[str]) -> None:
    made = await ann.post(WALLS, wall(tile(ids[0]), shared=True), 201)
    path = f"{WALLS}/{made['wall_id']}"
    await ann.ask("PUT", path, wall(name="Yard"))
    await ann.ask("DELETE", path)
    found = [(deed.action, deed.target, deed.detail) for deed in await deeds(rig) if deed.target]
    assert found[-3:] == [
        ("wall.add", made["wall_id"], "Gates: 1 tiles, shared"),
        ("wall.edit", made["wall_id"], "Yard: 0 tiles"),
        ("wall.delete", made["wall_id"], "Yard"),
    ]


async def test_whoever_listens_hears_of_each_change_at_once_and_of_no_name(rig: Rig, ann: Visitor) -> None:
    bob = await logged_in(rig, "bob")
    listen = partial(rig.stranger.ws_connect, headers=bob.headers)
    async with listen("/api/security-operations/events") as ours, listen("/ws/x") as contract:
        made = await ann.post(WALLS, wall(name="Private"), 201)
        path = f"{WALLS}/{made['wall_id']}"
        await ann.ask("PUT", path, wall(version=1))
        await ann.ask("PUT", path, wall(version=1))
        await ann.ask("DELETE", path)
        heard: list[dict[str, Any]] = []
        while len(heard) < 3:
            message = await ours.receive_json(timeout=5)
            if message["type"] == "security-operations.wall.changed":
                heard.append(message["data"])
        assert heard == [{"wallId": made["wall_id"], "version": version} for version in (1, 2, None)]
        await rig.add()
        kinds: list[str] = []
        while "security-operations.camera.updated" not in kinds:
            kinds.append((await contract.receive_json(timeout=5))["type"])
        assert "security-operations.wall.changed" not in kinds


async def test_walls_that_cannot_be_read_are_no_empty_list(tmp_path: Path) -> None:
    async with rigged(tmp_path, loaded=False) as rig:
        answer = await rig.get(f"/api{WALLS}")
        assert (answer.status, (await answer.json())["code"]) == (503, "store_unavailable")
