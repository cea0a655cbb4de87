"""What requests leave in the audit log, and how administrators read it."""

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import hdrs

from socstream.api import routes
from socstream.model.account import Role
from socstream.model.audit import Deed, Outcome
from tests.api.rig import ADMIN_PASSWORD, CAMERAS, GATE, NOON, Rig, rigged
from tests.api.visitors import PASSWORD, Visitor, add_user, bearer, caller, deeds, logged_in, stranger

AUDIT = "/security-operations/audit"
UNKNOWN = "00000000-0000-4000-8000-00000000dead"
EDIT = {"name": "Gate 2", "credentials": {"password": "n3w-s3cret"}}


@pytest.fixture
async def boss(rig: Rig) -> Visitor:
    """An administrator who has logged in."""
    return await logged_in(rig, "boss", Role.ADMIN)


async def last(rig: Rig) -> Deed:
    return (await deeds(rig))[-1]


def test_every_route_that_changes_something_has_a_name_in_the_audit_log() -> None:
    safe = {hdrs.METH_GET, hdrs.METH_HEAD}
    nameless = {route.template for route in routes.ALL if route.method not in safe and not route.deed}
    # Devices send a heartbeat each minute: nobody could find anything between them.
    assert {path.removeprefix("/api").removeprefix("/v1") for path in nameless} == {
        "/security-operations/cameras/{camera_id}/heartbeat"
    }


async def test_log_ins_stand_there_with_who_from_where_and_how_they_ended(rig: Rig) -> None:
    user = await add_user(rig, "ann")
    visitor = stranger(rig)
    await visitor.post("/auth/login", {"email": "ann@example.org", "password": "wr0ng-pass"}, 401)
    await visitor.post("/auth/login", {"username": "s3cret-typed-there", "password": "x"}, 401)
    await visitor.post("/auth/session", {"code": "c0de-of-nobody"}, 401)
    await visitor.post("/auth/session", {"username": "ann", "password": PASSWORD})
    tokens = await visitor.post("/auth/login", {"username": "ann", "password": PASSWORD})
    await visitor.post("/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    await visitor.post("/auth/refresh", {"refresh_token": "stolen"}, 401)
    session = caller(rig, bearer(rig, tokens["access_token"]))
    await bearer(rig, tokens["access_token"]).post("/auth/logout")
    found = await deeds(rig)
    assert [
        (deed.action, deed.outcome, deed.who, deed.target, deed.detail, deed.status) for deed in found
    ] == [
        ("login", "refused", "", user.user_id, "ann", 401),
        ("login", "refused", "", "", "an unknown name", 401),
        ("login", "refused", "", "", "with a code", 401),
        ("login", "done", "ann", user.user_id, "", 200),
        ("login", "done", "ann", user.user_id, "", 200),
        ("session.refresh", "refused", "", "", "", 401),
        ("logout", "done", "ann", "", "", 200),
    ]
    assert {deed.address for deed in found} == {"127.0.0.1"}
    assert {deed.at for deed in found} == {int(NOON * 1000)}
    assert (found[-1].user_id, found[-1].via, found[-1].key) == (user.user_id, "user", session.key)


async def test_changes_of_cameras_name_what_changed_and_no_secret(rig: Rig, boss: Visitor) -> None:
    made = await boss.post(CAMERAS, GATE, 201)
    path, bare = f"{CAMERAS}/{made['camera_id']}", made["camera_id"].replace("-", "")
    await boss.ask("PATCH", path, EDIT)
    await boss.ask("PUT", path, {"name": "Gate 2", "status": "maintenance"})
    await boss.ask("PATCH", path, {"name": "Gate 2"})
    await boss.ask("PATCH", path, {"version": 1})
    await boss.ask("POST", f"{path}/retry")
    await boss.ask("DELETE", f"{CAMERAS}/{bare}")
    await boss.ask("DELETE", f"{CAMERAS}/{UNKNOWN}")
    found = (await deeds(rig))[1:]
    assert [(deed.action, deed.outcome, deed.detail, deed.status) for deed in found] == [
        ("camera.add", "done", "Gate", 201),
        ("camera.edit", "done", "Gate: name, credentials", 200),
        ("camera.edit", "done", "Gate 2: maintenance=true", 200),
        ("camera.edit", "done", "Gate 2: nothing", 200),
        ("camera.edit", "failed", "", 409),
        ("camera.retry", "failed", "", 409),
        ("camera.delete", "done", "Gate 2", 204),
        ("camera.delete", "failed", "", 404),
    ]
    assert [deed.target for deed in found] == [*[made["camera_id"]] * 7, UNKNOWN]
    assert {deed.who for deed in found} == {"boss"}


async def test_changes_of_users_and_tokens_say_what_they_may_now(rig: Rig, boss: Visitor) -> None:
    body = {"username": "ann", "password": PASSWORD, "roles": ["VIEWER"]}
    ann = (await boss.post("/users", body, 201))["user_id"]
    change = {"roles": ["ADMIN"], "password": "an0ther-secret", "status": "disabled", "email": "a@b.example"}
    await boss.ask("PATCH", f"/users/{ann}", change)
    await boss.ask("DELETE", f"/users/{ann}")
    token = await boss.post("/auth/tokens", {"name": "panel", "role": "VIEWER"}, 201)
    await boss.ask("DELETE", f"/auth/tokens/{token['token_id']}")
    await boss.post("/users/me/password", {"old_password": PASSWORD, "password": "an0ther-secret"})
    boss_id = (await boss.get("/users/me"))["user_id"]
    assert [(deed.action, deed.target, deed.detail) for deed in (await deeds(rig))[1:]] == [
        ("user.add", ann, "ann: VIEWER"),
        ("user.edit", ann, "ann: email, roles=ADMIN, status=disabled, password"),
        ("user.delete", ann, "ann"),
        ("token.add", token["token_id"], "panel: VIEWER"),
        ("token.delete", token["token_id"], "panel"),
        ("password.edit", boss_id, ""),
    ]


async def test_who_may_not_is_noted_and_a_stranger_is_not(rig: Rig) -> None:
    viewer = await logged_in(rig, "ann")
    before = len(await deeds(rig))
    for _ in range(3):
        await stranger(rig).post(CAMERAS, GATE, 401)
        await stranger(rig).post("/nothing", GATE, 401)
    await viewer.get("/users", 403)
    await viewer.get(AUDIT, 403)
    await viewer.post(CAMERAS, GATE, 403)
    await bearer(rig, rig.admin_token).post("/auth/tokens", {}, 403)
    refused, program = (await deeds(rig))[before:]
    assert (refused.action, refused.outcome, refused.who, refused.status) == (
        "camera.add",
        "refused",
        "ann",
        403,
    )
    assert (program.who, program.user_id, program.via) == ("tests", None, "program")


async def test_no_secret_is_anywhere_in_it(rig: Rig, boss: Visitor, tmp_path: Path) -> None:
    made = await boss.post(CAMERAS, GATE, 201)
    await boss.ask("PATCH", f"{CAMERAS}/{made['camera_id']}", EDIT)
    await stranger(rig).post("/auth/login", {"username": "typed-s3cret", "password": "wr0ng"}, 401)
    await stranger(rig).post("/auth/login", {"username": "admin", "password": ADMIN_PASSWORD})
    token = (await boss.post("/auth/tokens", {"name": "panel", "role": "VIEWER"}, 201))["token"]
    await deeds(rig)
    with closing(sqlite3.connect(tmp_path / "test.db")) as connection:
        text = str(connection.execute("SELECT * FROM audit").fetchall())
    secrets = ("s3cret-pass", "n3w-s3cret", "typed-s3cret", "wr0ng", ADMIN_PASSWORD, token, PASSWORD)
    assert not [secret for secret in (*secrets, boss.headers["Authorization"][7:]) if secret in text]


async def test_a_flood_of_what_changes_nothing_is_counted_and_changes_all_stand_there(rig: Rig) -> None:
    viewer, boss = await logged_in(rig, "ann"), await logged_in(rig, "boss", Role.ADMIN)
    camera = (await boss.post(CAMERAS, GATE, 201))["camera_id"]
    for _ in range(70):
        await viewer.post(CAMERAS, GATE, 403)
    for number in range(5):
        await boss.ask("PATCH", f"{CAMERAS}/{camera}", {"name": f"Gate {number}"})
    actions = [(deed.action, deed.outcome) for deed in await deeds(rig)]
    assert actions.count(("camera.add", Outcome.REFUSED)) == 60
    assert actions.count(("camera.edit", Outcome.DONE)) == 5
    rig.clock.advance(61)
    assert (await last(rig)).detail == "10 more within a minute"


def entry(number: int) -> Deed:
    return Deed(int(NOON * 1000) + 1000 * number, "camera.edit", Outcome.DONE, who=f"user {number}")


async def test_administrators_read_it_newest_first_with_the_chain(rig: Rig, boss: Visitor) -> None:
    told = await boss.get(AUDIT)
    assert told == [
        {
            "entry_id": 1,
            "at": "2026-03-01T12:00:00.000Z",
            "who": "boss",
            "user_id": (await boss.get("/users/me"))["user_id"],
            "via": "user",
            "key": "",
            "address": "127.0.0.1",
            "action": "login",
            "target": (await boss.get("/users/me"))["user_id"],
            "outcome": "done",
            "status": 200,
            "detail": "",
            "hash": told[0]["hash"],
        }
    ]
    chain = await boss.get(f"/api/v1{AUDIT}/chain")
    assert chain == {"intact": True, "entries": 1, "broken_at": None, "head": told[0]["hash"]}


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("since=2026-03-01T12:00:03Z", [9, 8, 7, 6, 5, 4, 3]),
        ("until=2026-03-01T12:00:03Z", [2, 1, 0]),
        ("since=2026-03-01T13:00:03%2B01:00&until=2026-03-01T12:00:05Z", [4, 3]),
        ("since=2026-03-01T12:00:00.500Z&limit=2", [9, 8]),
        ("limit=5000&before=4", [2, 1, 0]),
        ("since=0001-01-01T00:00:00Z&until=9999-12-31T23:59:59Z&limit=1", [9]),
        ("since=2027-01-01T00:00:00Z", []),
    ],
)
async def test_a_part_of_it_may_be_asked_for(rig: Rig, query: str, numbers: list[int]) -> None:
    for number in range(10):
        rig.services.audit.note(entry(number), is_change=True)
    found = await bearer(rig, rig.admin_token).get(f"{AUDIT}?{query}")
    assert [each["who"] for each in found] == [f"user {number}" for number in numbers]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("until=2026-03-01", "until"),
        ("since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z", "since"),
        ("limit=0", "limit"),
        ("limit=5001", "limit"),
        ("limit=-1", "limit"),
        ("limit=1e3", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=", "limit"),
        ("before=0", "before"),
        ("before=99999999999999999999999", "before"),
    ],
)
@pytest.mark.both_paths
async def test_a_wrong_question_is_named(rig: Rig, query: str, field: str) -> None:
    answer = await bearer(rig, rig.admin_token).ask("GET", f"{AUDIT}?{query}")
    assert answer.status == 422
    assert [error["field"] for error in answer.body["errors"]] == [field]


async def test_a_long_log_comes_in_pages_without_a_gap(rig: Rig) -> None:
    for number in range(10):
        rig.services.audit.note(entry(number), is_change=True)
    boss, path, found = bearer(rig, rig.admin_token), f"/api{AUDIT}?limit=4", []
    while path:
        answer = await boss.ask("GET", path)
        found += [each["entry_id"] for each in answer.body]
        path = answer.headers.get("Link", "").removeprefix("<").removesuffix('>; rel="next"')
    assert found == list(range(10, 0, -1))


@pytest.mark.parametrize("first", ["=", "+", "-", "@"])
async def test_the_table_holds_no_formula_and_its_export_is_noted(
    rig: Rig, boss: Visitor, first: str
) -> None:
    name = f'{first}HYPERLINK("http://evil.example";"x")'
    await boss.post(CAMERAS, GATE | {"name": name}, 201)
    answer = await boss.ask("GET", AUDIT, Accept="text/csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    table = list(csv.DictReader(io.StringIO(answer.text)))
    told: list[dict[str, Any]] = await boss.get(AUDIT)
    assert [row["detail"] for row in table] == [f"'{name}", ""]
    assert set(table[0]) == set(told[0])
    assert [(deed["action"], deed["who"], deed["status"]) for deed in told[:1]] == [
        ("audit.export", "boss", 200)
    ]


async def test_the_export_of_outages_is_noted_and_a_look_at_them_not(rig: Rig, boss: Visitor) -> None:
    path = f"{CAMERAS}/{(await boss.post(CAMERAS, GATE, 201))['camera_id']}/outages"
    await boss.get(path)
    assert (await last(rig)).action == "camera.add"
    await boss.ask("GET", path, Accept="text/csv")
    assert (await last(rig)).action == "outages.export"


async def test_a_log_that_was_harmed_by_hand_says_where(rig: Rig, boss: Visitor, tmp_path: Path) -> None:
    for number in range(3):
        rig.services.audit.note(entry(number), is_change=True)
    await deeds(rig)
    with closing(sqlite3.connect(tmp_path / "test.db")) as somebody:
        somebody.execute("DROP TRIGGER audit_is_not_changed")
        somebody.execute("UPDATE audit SET who = 'somebody else' WHERE audit_id = 3")
        somebody.commit()
    chain = await boss.get(f"{AUDIT}/chain")
    assert (chain["intact"], chain["broken_at"], chain["entries"]) == (False, 3, 2)


async def test_a_log_that_cannot_be_read_or_written_is_503_and_keeps_nobody_from_work(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        boss = await logged_in(rig, "boss", Role.ADMIN)
        with closing(sqlite3.connect(tmp_path / "test.db")) as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
            await boss.post(CAMERAS, GATE, 201)
            for path in (AUDIT, f"{AUDIT}/chain"):
                answer = await boss.ask("GET", path)
                assert (answer.status, answer.body["code"]) == (503, "store_unavailable")
            other.execute("DROP TRIGGER full")
        assert [deed.action for deed in await deeds(rig)] == ["login", "camera.add"]


async def test_a_request_that_no_answer_came_of_is_noted_too(
    rig: Rig, boss: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(rig.cameras, "add", broken)
    await boss.post(CAMERAS, GATE, 500)
    deed = await last(rig)
    assert (deed.action, deed.outcome, deed.status) == ("camera.add", Outcome.FAILED, 500)


async def test_what_stands_in_the_place_of_an_id_is_no_target(rig: Rig, boss: Visitor) -> None:
    """People paste tokens there."""
    token = await boss.post("/auth/tokens", {"name": "panel", "role": "VIEWER"}, 201)
    for text in (token["token"], token["token_id"]):
        await boss.ask("DELETE", f"/auth/tokens/{text}")
    assert [deed.target for deed in (await deeds(rig))[-2:]] == ["", token["token_id"]]
