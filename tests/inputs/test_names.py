"""Names and ids that mean something to a program behind us: 404, refused, or kept and shown as they are."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from socstream.api.keys import Settings
from socstream.model.account import Role
from tests.api.rig import CAMERAS, Rig, rigged
from tests.api.visitors import Visitor, logged_in

pytestmark = pytest.mark.both_paths

INERT = {
    "a script": "<script>alert(1)</script>",
    "a broken picture": '"><img src=x onerror=alert(1)>',
    "a link": "javascript:alert(1)",
    "an entity": "&lt;b&gt; &#0; &amp;",
    "a comment": "--><!--",
    "a prototype": "__proto__",
    "a constructor": "constructor",
    "another method of objects": "toString",
    "SQL": "'; DROP TABLE camera; --",
    "SQL that is true": "' OR '1'='1",
    "a wildcard": "%_*?",
    "a template": "{{7*7}}${7*7}#{7*7}<%= 7*7 %>",
    "a look-up": "${jndi:ldap://192.0.2.1/x}",
    "a shell": "$(id) `id`; id | id && id",
    "a format": "%s%n%x{0.__class__}",
    "a path": "../../etc/passwd",
    "a path of another system": "..\\..\\windows",
    "escapes": "%00%0d%0a%2e%2e",
    "backslashes": "\\u0000\\n\\",
    "a formula": "=HYPERLINK(1)",
    "JSON": '{"admin": true}',
    "a URL": "rtsp://u:p@192.0.2.9/",
    "a number": "1e999",
    "nothing in other words": "null",
    "a device of DOS": "CON",
    "emoji": "\U0001f9d1\u200d\U0001f692",
    "right to left": "\u05e9\u05e2\u05e8",
}

REFUSED: dict[str, object] = {
    "a bidi override": "gate\u202etxt.exe",
    "a bidi isolate": "a\u2066b",
    "a right-to-left mark": "a\u200fb",
    "a zero-width space": "ga\u200bte",
    "a byte order mark": "\ufeffgate",
    "a soft hyphen": "ga\u00adte",
    "a tag letter": "gate\U000e0041",
    "a line separator": "a\u2028b",
    "NUL": "a\0b",
    "a line end": "a\nb",
    "an escape": "\x1b[31mred",
    "a C1 control": "a\u009bb",
    "only spaces": " \t ",
    "101 characters": "x" * 101,
    "10 000 characters": "x" * 10_000,
    "an object": {"$gt": ""},
    "a list": ["gate"],
    "true": True,
}

IDS = {
    "one dot": "%2e",
    "two dots": "%2e%2e",
    "two dots and more": "..%2f..%2fetc%2fpasswd",
    "escaped twice": "%252e%252e",
    "a slash": "a%2fb",
    "a backslash": "a%5cb",
    "NUL": "%00",
    "a line end": "%0d%0aX:%20y",
    "SQL": "'%20OR%20'1'='1",
    "a script": "%3Cscript%3E",
    "a prototype": "__proto__",
    "a wildcard": "*",
    "zero": "0",
    "a negative number": "-1",
    "a large number": "9" * 30,
    "null": "null",
    "bidi": "%E2%80%AE",
    "no UTF-8": "%ff%fe",
    "1000 letters": "a" * 1000,
    "full-width digits": "%EF%BC%91",
    "a whole URL": "http:%2f%2f192.0.2.9%2f",
}


@pytest.fixture
async def rig(tmp_path: Path, fast_path: bool) -> AsyncIterator[Rig]:
    settings = Settings(request_burst=10_000)
    async with rigged(tmp_path, settings=settings, fast_path=fast_path) as rig:
        yield rig


async def test_an_odd_name_is_kept_and_shown_as_it_is(rig: Rig) -> None:
    for name in INERT.values():
        assert (await rig.add(name=name, location=name))["name"] == name
    answer = await rig.get(CAMERAS)
    shown = await answer.json()
    assert sorted(camera["name"] for camera in shown) == sorted(INERT.values())
    assert all(camera["location"] == {"label": camera["name"]} for camera in shown)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_odd_user_is_kept_and_shown_as_he_is(rig: Rig) -> None:
    boss = await logged_in(rig, "boss", Role.ADMIN)
    names = [name for name in INERT.values() if name.isprintable()]  # joined emoji are for cameras only
    for name in names:
        await boss.post("/auth/tokens", {"name": name, "role": "VIEWER"}, 201)
        body = {"username": "x", "password": "a good long password", "roles": ["VIEWER"], "first_name": name}
        user = await boss.post("/users", body, 201)
        assert user["first_name"] == name
        assert (await boss.ask("DELETE", f"/users/{user['user_id']}")).status == 204
    tokens = [token["name"] for token in await boss.get("/auth/tokens") if token["name"] != "tests"]
    assert sorted(tokens) == sorted(names)


async def test_what_nobody_could_see_or_bear_is_refused(rig: Rig) -> None:
    boss = await logged_in(rig, "boss", Role.ADMIN)
    camera = {"location": "", "ip_address": "192.0.2.7", "stream_url": "rtsp://192.0.2.7/"}
    user = {"password": "a good long password", "roles": ["VIEWER"]}
    bodies: list[tuple[str, str, dict[str, Any]]] = [
        ("/security-operations/cameras", "name", camera),
        ("/auth/tokens", "name", {"role": "VIEWER"}),
        ("/users", "username", user),
    ]
    for what, name in REFUSED.items():
        for path, field, rest in bodies:
            answer = await boss.ask("POST", path, rest | {field: name})
            assert answer.status == 422, (what, path)
            assert [error["field"] for error in answer.body["errors"]] == [field], (what, path)
    assert await (await rig.get(CAMERAS)).json() == []


async def test_an_id_that_is_none_is_404(rig: Rig) -> None:
    boss = await logged_in(rig, "boss", Role.ADMIN)
    for what, text in IDS.items():
        for method, path in (
            ("GET", f"{CAMERAS}/{text}"),
            ("DELETE", f"{CAMERAS}/{text}"),
            ("GET", f"{CAMERAS}/{text}/hls/index.m3u8"),
            ("DELETE", f"/api/users/{text}"),
            ("DELETE", f"/api/auth/tokens/{text}"),
        ):
            status, body = await _verbatim(rig, boss, method, path)
            assert status == 404, (what, method, path, body)
            assert "Traceback" not in body


async def _verbatim(rig: Rig, visitor: Visitor, method: str, path: str) -> tuple[int, str]:
    answer = await rig.ask_verbatim(method, path, headers=visitor.headers)
    return answer.status, await answer.text()
