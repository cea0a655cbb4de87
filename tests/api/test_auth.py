"""Log-in, renewal and log-out as clients of the contract know them."""

import re

import pytest

from socstream.model.account import Role, UserEdit, UserStatus
from tests.api.rig import ADMIN_PASSWORD, Rig
from tests.api.visitors import PASSWORD, add_user, bearer, logged_in, stranger, tokens_of

ME = {
    "email": "ann@example.org",
    "username": "ann",
    "first_name": "",
    "last_name": "",
    "roles": ["SECURITY_OFFICER"],
    "preferred_language": "en",
    "timezone": "UTC",
    "status": "active",
}
WRONG = "Wrong user name or password."


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
@pytest.mark.parametrize("field", ["email", "username"])
@pytest.mark.parametrize("name", ["ann", "ANN@example.ORG"])
async def test_either_field_may_hold_either_name(rig: Rig, prefix: str, field: str, name: str) -> None:
    user = await add_user(rig, "ann", Role.SECURITY_OFFICER)
    answer = await stranger(rig).post(f"{prefix}/auth/login", {field: name, "password": PASSWORD})
    me = ME | {"user_id": user.user_id}
    assert answer == {
        "access_token": answer["access_token"],
        "refresh_token": answer["refresh_token"],
        "token_type": "bearer",
        "expires_in": 900,
        "user_id": user.user_id,
        "username": "ann",
        "user": me,
    }
    assert await bearer(rig, answer["access_token"]).get(f"{prefix}/users/me") == me


async def test_a_log_in_of_the_contract_sets_no_cookie(rig: Rig) -> None:
    answer = await stranger(rig).ask("POST", "/auth/login", {"username": "admin", "password": ADMIN_PASSWORD})
    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


async def test_who_is_not_let_in_is_not_told_why(rig: Rig) -> None:
    user = await add_user(rig, "ann")
    await rig.services.accounts.edit_user(user.user_id, UserEdit(status=UserStatus.DISABLED))
    for name, password in (("admin", "wrong"), ("nobody", "wrong"), ("ann", PASSWORD)):
        answer = await stranger(rig).ask("POST", "/auth/login", {"username": name, "password": password})
        assert answer.status == 401
        assert (answer.body["detail"], answer.body["message"]) == (WRONG, WRONG)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"password"}),
        ({"password": "x"}, {"username"}),
        ({"username": "a"}, {"password"}),
        ({"username": "a", "password": ""}, {"password"}),
        ({"username": "a", "password": 5}, {"password"}),
        ({"username": "a", "password": None}, {"password"}),
        ({"username": ["a"], "password": "x"}, {"username"}),
        ({"username": "a" * 255, "password": "x" * 1025}, {"username", "password"}),
        ({"username": "a", "password": "x", "remember": True, "role": "ADMIN"}, {"remember", "role"}),
        ([], {"body"}),
        ("x", {"body"}),
        (5, {"body"}),
    ],
)
@pytest.mark.parametrize("path", ["/auth/login", "/auth/session"])
@pytest.mark.both_paths
async def test_a_wrong_body_names_its_fields(rig: Rig, path: str, body: object, fields: set[str]) -> None:
    if path == "/auth/session" and not body:  # a code alone would do there: names are looked at first
        fields = {"username"} if body == {} else fields
    answer = await rig.stranger.post(f"/api{path}", json=body)
    assert answer.status == 422
    assert {error["field"] for error in (await answer.json())["errors"]} == fields


async def test_guessing_is_slowed_down_and_told_when_to_come_again(rig: Rig) -> None:
    await add_user(rig, "ann")
    wrong = {"username": "ann", "password": "guess"}
    assert [(await stranger(rig).ask("POST", "/auth/login", wrong)).status for _ in range(5)] == [401] * 5
    for path in ("/auth/login", "/auth/session"):
        answer = await stranger(rig).ask("POST", path, wrong | {"password": PASSWORD})
        assert answer.status == 429
        assert answer.body["code"] == "too_many_attempts"
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
    rig.clock.advance(float(answer.headers["Retry-After"]))
    assert (await tokens_of(rig, "ann"))["username"] == "ann"


async def test_a_bad_bearer_is_no_failed_log_in(rig: Rig) -> None:
    for _ in range(20):
        await bearer(rig, "no such token").get("/users/me", 401)
    await stranger(rig).post("/auth/login", {"username": "admin", "password": ADMIN_PASSWORD})


async def test_tokens_are_renewed_and_the_old_one_is_good_for_a_while(rig: Rig) -> None:
    user = await add_user(rig, "ann", Role.OPERATOR)
    old = await tokens_of(rig, "ann")
    new = await stranger(rig).post("/auth/refresh", {"refresh_token": old["refresh_token"]})
    assert new == {
        "access_token": new["access_token"],
        "refresh_token": new["refresh_token"],
        "token_type": "bearer",
        "expires_in": 900,
        "user_id": user.user_id,
        "username": "ann",
        "roles": ["OPERATOR"],
    }
    assert new["access_token"] != old["access_token"]
    rig.clock.advance(29)
    for tokens in (old, new):
        await bearer(rig, tokens["access_token"]).get("/users/me")
    rig.clock.advance(2)
    await bearer(rig, old["access_token"]).get("/users/me", 401)
    await bearer(rig, new["access_token"]).get("/users/me")


async def test_each_token_is_good_for_its_own_purpose_only(rig: Rig) -> None:
    await add_user(rig, "ann")
    tokens = await tokens_of(rig, "ann")
    await bearer(rig, tokens["refresh_token"]).get("/users/me", 401)
    for text in (tokens["access_token"], "", "x" * 2000, rig.admin_token):
        answer = await stranger(rig).ask("POST", "/auth/refresh", {"refresh_token": text})
        assert answer.status == (422 if text in ("", "x" * 2000) else 401)
    answer = await stranger(rig).ask("GET", "/users/me", Cookie=f"socstream_session={tokens['access_token']}")
    assert answer.status == 401


async def test_after_the_log_out_nothing_of_the_session_is_good(rig: Rig) -> None:
    await add_user(rig, "ann")
    first, second = await tokens_of(rig, "ann"), await tokens_of(rig, "ann")
    answer = await bearer(rig, first["access_token"]).post("/auth/logout")
    assert set(answer) == {"message"}
    await bearer(rig, first["access_token"]).post("/auth/logout", status=401)
    await stranger(rig).post("/auth/refresh", {"refresh_token": first["refresh_token"]}, 401)
    await bearer(rig, second["access_token"]).get("/users/me")


async def test_an_api_token_says_who_it_is_and_does_not_log_out(rig: Rig) -> None:
    program = bearer(rig, rig.admin_token)
    me = await program.get("/users/me")
    assert (me["username"], me["roles"], me["email"]) == ("tests", ["ADMIN"], "")
    assert set(me) == {*ME, "user_id"}
    await program.post("/auth/logout", status=403)
    await program.get("/users/me")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/auth/logout"),
        ("GET", "/auth/session"),
        ("POST", "/auth/codes"),
        ("GET", "/auth/tokens"),
        ("POST", "/auth/tokens"),
        ("DELETE", "/auth/tokens/abc"),
        ("GET", "/users/me"),
        ("POST", "/users/me/password"),
        ("GET", "/users"),
        ("POST", "/users"),
        ("PATCH", "/users/abc"),
        ("DELETE", "/users/abc"),
        ("GET", "/security-operations/audit"),
        ("GET", "/security-operations/audit/chain"),
    ],
)
async def test_a_stranger_gets_nothing_and_who_is_no_administrator_not_much(
    rig: Rig, method: str, path: str
) -> None:
    for prefix in ("/api", "/api/v1"):
        answer = await stranger(rig).ask(method, prefix + path)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    if re.search("audit|users$|users/abc", path):
        manager = await logged_in(rig, "boss", Role.SECURITY_MANAGER)
        assert (await manager.ask(method, path)).status == 403
