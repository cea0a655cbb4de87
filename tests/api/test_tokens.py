"""API tokens over the API: shown once, never more than their maker, gone when revoked."""

from typing import Any

import pytest

from socstream.model.account import Role
from tests.api.rig import Rig
from tests.api.visitors import Visitor, bearer, logged_in

GATE = "00000000-0000-4000-8000-000000000001"
HALL = "00000000-0000-4000-8000-000000000002"


@pytest.fixture
async def boss(rig: Rig) -> Visitor:
    """An administrator who has logged in."""
    return await logged_in(rig, "boss", Role.ADMIN)


async def test_a_token_is_shown_once_and_opens_what_its_role_may(rig: Rig, boss: Visitor) -> None:
    body = {"name": "panel", "role": "operator", "expires_at": "2026-03-02T13:00:00+01:00"}
    rig.clock.advance(1)  # the rig's own token is older
    made = await boss.post("/auth/tokens", body, 201)
    text = made.pop("token")
    assert text.startswith("sst_")
    me = await boss.get("/users/me")
    assert made == {
        "token_id": made["token_id"],
        "user_id": me["user_id"],
        "name": "panel",
        "role": "OPERATOR",
        "scope": None,
        "created_at": "2026-03-01T12:00:01.000Z",
        "expires_at": "2026-03-02T12:00:00.000Z",
        "last_used": None,
    }
    panel = bearer(rig, text)
    assert (await panel.get("/users/me"))["roles"] == ["OPERATOR"]
    await panel.get("/users", 403)
    listed = await boss.ask("GET", "/auth/tokens")
    assert text not in listed.text
    assert listed.body[0] == made | {"last_used": "2026-03-01T12:00:01.000Z"}
    rig.clock.advance(86400)
    await panel.get("/users/me", 401)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"role": "SECURITY_MANAGER"}, "role"),
        ({"role": "KING"}, "role"),
        ({"role": 5}, "role"),
        ({"role": None}, "role"),
        ({"scope": [HALL]}, "scope"),
        ({"scope": ["*"]}, "scope"),
        ({"expires_at": "2026-02-28T12:00:00Z"}, "expires_at"),
        ({"expires_at": "2026-03-02"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),
        ({"expires_at": 1_900_000_000}, "expires_at"),
        ({"level": 4}, "level"),
    ],
)
@pytest.mark.both_paths
async def test_a_token_is_never_more_than_its_maker(rig: Rig, changes: dict[str, Any], field: str) -> None:
    maker = await logged_in(rig, "ann", Role.OPERATOR, frozenset({GATE}))
    body = {"name": "panel", "role": "VIEWER", "scope": [GATE]}
    answer = await maker.ask("POST", "/auth/tokens", body | changes)
    assert answer.status == 422, answer.text
    assert [error["field"] for error in answer.body["errors"]] == [field]
    assert await maker.get("/auth/tokens") == []


async def test_everybody_sees_and_revokes_his_own_and_administrators_all(rig: Rig, boss: Visitor) -> None:
    body = {"name": "panel", "role": "VIEWER"}
    ann, bob = await logged_in(rig, "ann"), await logged_in(rig, "bob")
    of_ann, of_bob = [await each.post("/auth/tokens", body, 201) for each in (ann, bob)]
    assert [token["token_id"] for token in await ann.get("/auth/tokens")] == [of_ann["token_id"]]
    assert {of_ann["token_id"], of_bob["token_id"]} < {
        token["token_id"] for token in await boss.get("/auth/tokens")
    }
    for token_id in (of_bob["token_id"], "nothing"):
        answer = await ann.ask("DELETE", f"/auth/tokens/{token_id}")
        assert (answer.status, answer.body["code"]) == (404, "token_not_found")
    await bearer(rig, of_bob["token"]).get("/users/me")
    assert (await bob.ask("DELETE", f"/auth/tokens/{of_bob['token_id']}")).status == 204
    await bearer(rig, of_bob["token"]).get("/users/me", 401)
    assert (await boss.ask("DELETE", f"/auth/tokens/{of_ann['token_id']}")).status == 204
    await bearer(rig, of_ann["token"]).get("/users/me", 401)


async def test_a_token_makes_and_sees_no_tokens(rig: Rig, boss: Visitor) -> None:
    made = await boss.post("/auth/tokens", {"name": "panel", "role": "ADMIN"}, 201)
    program = bearer(rig, made["token"])
    await program.get("/users")
    await program.get("/auth/tokens", 403)
    await program.post("/auth/tokens", {"name": "more", "role": "VIEWER"}, 403)
    assert (await program.ask("DELETE", f"/auth/tokens/{made['token_id']}")).status == 403
