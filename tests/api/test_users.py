"""Users over the API: administration, one's own password, and that changes count at once."""

from typing import Any

import pytest

from socstream.model.account import Role
from tests.api.rig import ADMIN_PASSWORD, Rig
from tests.api.visitors import PASSWORD, Visitor, add_user, bearer, logged_in, stranger, tokens_of

GATE = "00000000-0000-4000-8000-000000000001"
ANN = {"username": "ann", "password": PASSWORD, "roles": ["viewer"]}


@pytest.fixture
async def boss(rig: Rig) -> Visitor:
    """An administrator who has logged in."""
    return await logged_in(rig, "boss", Role.ADMIN)


async def test_a_new_user_is_told_whole_and_can_come_in(rig: Rig, boss: Visitor) -> None:
    whole = ANN | {
        "roles": ["Security_Officer", "VIEWER", "security_officer"],
        "email": "ann@example.org",
        "first_name": "Ann",
        "last_name": "Lee",
        "preferred_language": "de",
        "timezone": "Europe/Berlin",
        "status": "active",
        "scope": [GATE.replace("-", "").upper()],
    }
    made = await boss.post("/users", whole, 201)
    told = {name: value for name, value in whole.items() if name != "password"}
    assert made == told | {
        "user_id": made["user_id"],
        "roles": ["SECURITY_OFFICER", "VIEWER"],
        "scope": [GATE],
        "created_at": "2026-03-01T12:00:00.000Z",
    }
    assert [user["username"] for user in await boss.get("/users")] == ["admin", "ann", "boss"]
    assert made in await boss.get("/api/v1/users")
    await tokens_of(rig, "ann")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "a" * 65}, "username"),
        ({"username": 5}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": "ann"}, "password"),
        ({"roles": []}, "roles"),
        ({"roles": ["KING"]}, "roles"),
        ({"roles": "ADMIN"}, "roles"),
        ({"roles": [["ADMIN"]]}, "roles"),
        ({"email": "nobody"}, "email"),
        ({"timezone": "Mars/../x"}, "timezone"),
        ({"preferred_language": "<b>"}, "preferred_language"),
        ({"status": "king"}, "status"),
        ({"scope": "all"}, "scope"),
        ({"scope": ["gate"]}, "scope"),
        ({"scope": [5]}, "scope"),
        ({"is_admin": True}, "is_admin"),
        ({"user_id": GATE}, "user_id"),
    ],
)
@pytest.mark.both_paths
async def test_a_wrong_field_is_named_and_nothing_is_changed(
    rig: Rig, boss: Visitor, changes: dict[str, Any], field: str
) -> None:
    user = await add_user(rig, "bob")
    for method, path in (("POST", "/users"), ("PATCH", f"/users/{user.user_id}")):
        body = ANN | changes if method == "POST" else changes
        answer = await boss.ask(method, path, body)
        if (method, changes) == ("PATCH", {"password": "ann"}):
            body = changes | {"password": "bob"}
            answer = await boss.ask(method, path, body)
        assert answer.status == 422, answer.text
        assert field in [error["field"].partition("[")[0] for error in answer.body["errors"]]
        assert "short" not in answer.text
    assert [each["username"] for each in await boss.get("/users")] == ["admin", "bob", "boss"]
    await tokens_of(rig, "bob")


async def test_no_two_users_log_in_with_the_same_name(rig: Rig, boss: Visitor) -> None:
    await boss.post("/users", ANN, 201)
    for name in ("ANN", "Boss@Example.ORG"):
        answer = await boss.ask("POST", "/users", ANN | {"username": name})
        assert (answer.status, answer.body["code"]) == (409, "user_exists")


async def test_what_is_not_said_stays_and_a_scope_of_null_is_all_cameras(rig: Rig, boss: Visitor) -> None:
    user = await add_user(rig, "ann", Role.OPERATOR, frozenset({GATE}))
    path = f"/users/{user.user_id}"
    for body, scope in (({"first_name": "Ann"}, [GATE]), ({"email": None}, [GATE]), ({"scope": None}, None)):
        answer = await boss.ask("PATCH", path, body)
        assert answer.body["scope"] == scope
        assert answer.body["email"] == "ann@example.org"
        assert answer.body["roles"] == ["OPERATOR"]
    assert answer.body["first_name"] == "Ann"
    assert (await boss.ask("PATCH", path, {"scope": []})).body["scope"] == []


async def test_a_change_counts_at_once(rig: Rig, boss: Visitor) -> None:
    user = await logged_in(rig, "ann", Role.ADMIN)
    path = f"/users/{(await user.get('/users/me'))['user_id']}"
    await user.get("/users")
    await boss.ask("PATCH", path, {"roles": ["VIEWER"]})
    await user.get("/users", 403)
    await boss.ask("PATCH", path, {"status": "disabled"})
    await user.get("/users/me", 401)
    await stranger(rig).post("/auth/login", {"username": "ann", "password": PASSWORD}, 401)
    assert (await boss.ask("DELETE", path)).status == 204
    for method in ("DELETE", "PATCH"):
        answer = await boss.ask(method, path, {})
        assert (answer.status, answer.body["code"]) == (404, "user_not_found")


async def test_the_last_administrator_stays(rig: Rig, boss: Visitor) -> None:
    users = {user["username"]: user["user_id"] for user in await boss.get("/users")}
    assert (await boss.ask("DELETE", f"/users/{users['admin']}")).status == 204
    for method, body in (
        ("DELETE", None),
        ("PATCH", {"roles": ["VIEWER"]}),
        ("PATCH", {"status": "disabled"}),
    ):
        answer = await boss.ask(method, f"/users/{users['boss']}", body)
        assert (answer.status, answer.body["code"]) == (409, "last_admin")
    await boss.get("/users")


async def test_ones_own_password_ends_all_other_sessions(rig: Rig) -> None:
    await add_user(rig, "ann")
    here, there = [bearer(rig, (await tokens_of(rig, "ann"))["access_token"]) for _ in range(2)]
    answer = await here.ask("POST", "/users/me/password", {"old_password": "no", "password": "another one"})
    assert answer.status == 422  # and not 401, which clients take for the end of the session
    assert answer.body["errors"][0]["field"] == "old_password"
    for bad in ("short", "ann@example.org"):
        answer = await here.ask("POST", "/users/me/password", {"old_password": PASSWORD, "password": bad})
        assert [error["field"] for error in answer.body["errors"]] == ["password"]
    await here.post("/users/me/password", {"old_password": PASSWORD, "password": "another one"})
    await here.get("/users/me")
    await there.get("/users/me", 401)
    await stranger(rig).post("/auth/login", {"username": "ann", "password": PASSWORD}, 401)
    await stranger(rig).post("/auth/login", {"username": "ann", "password": "another one"})


async def test_guessing_the_old_password_is_slowed_down(rig: Rig) -> None:
    user = await logged_in(rig, "ann")
    guess = {"old_password": "guess", "password": "another one"}
    answers = [await user.ask("POST", "/users/me/password", guess) for _ in range(6)]
    assert [answer.status for answer in answers] == [422] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


async def test_an_administrator_sets_a_password_and_stays_logged_in_himself(rig: Rig, boss: Visitor) -> None:
    user = await logged_in(rig, "ann")
    path = f"/users/{(await user.get('/users/me'))['user_id']}"
    assert (await boss.ask("PATCH", path, {"password": "set by the boss"})).status == 200
    await user.get("/users/me", 401)
    await stranger(rig).post("/auth/login", {"username": "ann", "password": "set by the boss"})
    me = (await boss.get("/users/me"))["user_id"]
    assert (await boss.ask("PATCH", f"/users/{me}", {"password": "my own new one"})).status == 200
    await boss.get("/users/me")


async def test_programs_have_no_password(rig: Rig) -> None:
    body = {"old_password": ADMIN_PASSWORD, "password": "another one"}
    await bearer(rig, rig.admin_token).post("/users/me/password", body, 403)
