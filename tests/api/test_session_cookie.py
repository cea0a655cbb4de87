"""The cookie of our own page: what it is like, what it opens, and what no other page can do with it."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from socstream.api import session_cookie
from socstream.api.forwarded import AUTHORITY, IS_SECURE
from socstream.api.session_cookie import CrossSite
from socstream.model.account import Role, UserEdit, UserStatus
from tests.api.rig import Rig
from tests.api.visitors import PASSWORD, Visitor, add_user, bearer, logged_in, stranger

LOGIN = {"email": "ann", "password": PASSWORD}
CSRF = {"X-CSRF": "1"}


def cookie_in(header: str) -> str:
    """The cookie as a browser sends it back."""
    return header.partition(";")[0]


async def page_of(rig: Rig, name: str, role: Role = Role.VIEWER) -> Visitor:
    """A browser in which a new user logged in at our page."""
    await add_user(rig, name, role)
    opened = await stranger(rig).ask("POST", "/auth/session", {"username": name, "password": PASSWORD})
    assert opened.status == 200
    return Visitor(rig, {"Cookie": cookie_in(opened.headers["Set-Cookie"])} | CSRF)


async def test_the_cookie_is_for_no_script_and_no_other_site(rig: Rig) -> None:
    await add_user(rig, "ann")
    opened = await stranger(rig).ask("POST", "/auth/session", LOGIN)
    (cookie,) = SimpleCookie(opened.headers["Set-Cookie"]).values()
    assert cookie.key == "socstream_session"
    attributes = {name: value for name, value in cookie.items() if value and name != "expires"}
    assert attributes == {"httponly": True, "samesite": "Strict", "path": "/", "max-age": "34560000"}
    assert cookie.value not in opened.text
    assert set(opened.body) == {
        *("user_id", "email", "username", "first_name", "last_name", "roles"),
        *("preferred_language", "timezone", "status"),
    }
    browser = Visitor(rig, {"Cookie": cookie_in(opened.headers["Set-Cookie"])})
    assert await browser.get("/auth/session") == opened.body
    assert await browser.get("/users/me") == opened.body


async def test_by_tls_the_cookie_has_a_name_that_no_neighbour_can_plant() -> None:
    request = make_mocked_request(
        "GET", "/", headers={"Cookie": "socstream_session=a; __Host-socstream_session=b"}
    )
    assert session_cookie.read(request) == "a"
    request[IS_SECURE] = True
    assert session_cookie.read(request) == "b"
    response = web.Response()
    session_cookie.put(request, response, "c")
    (cookie,) = response.cookies.values()
    assert (cookie.key, cookie["secure"], cookie["path"]) == ("__Host-socstream_session", True, "/")
    assert not cookie["domain"]
    session_cookie.drop(request, response)
    (cookie,) = response.cookies.values()
    assert (cookie.value, cookie["max-age"], cookie["secure"]) == ("", "0", True)


async def test_the_page_leaves_and_the_browser_forgets(rig: Rig) -> None:
    page = await page_of(rig, "ann")
    left = await page.ask("DELETE", "/auth/session")
    assert left.status == 204
    (cookie,) = SimpleCookie(left.headers["Set-Cookie"]).values()
    assert (cookie.value, cookie["max-age"]) == ("", "0")
    await page.get("/auth/session", 401)
    assert (await page.ask("DELETE", "/auth/session")).status == 204  # nothing left to end


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-CSRF": "1"}, 200),
        ({}, 403),
        ({"X-CSRF": ""}, 403),
        ({"X-CSRF": "0"}, 403),
        ({"X-CSRF": "true"}, 403),
        ({"X-CSRF": "1", "Origin": "{own}"}, 200),
        ({"Origin": "{own}"}, 403),
        ({"X-CSRF": "1", "Origin": "null"}, 403),
        ({"X-CSRF": "1", "Origin": ""}, 403),
        ({"X-CSRF": "1", "Origin": "http://localhost:3000"}, 403),
        ({"X-CSRF": "1", "Origin": "{own}.evil.example"}, 403),
        ({"X-CSRF": "1", "Origin": "file://{host}"}, 403),
        ({"X-CSRF": "1", "Origin": "http://user@{host}"}, 403),
    ],
)
async def test_with_the_cookie_only_our_own_page_can_change_anything(
    rig: Rig, headers: dict[str, str], status: int
) -> None:
    page = await page_of(rig, "ann")
    host = f"{rig.client.host}:{rig.client.port}"
    sent = {name: value.format(own=f"http://{host}", host=host) for name, value in headers.items()}
    browser = Visitor(rig, {"Cookie": page.headers["Cookie"]} | sent)
    answer = await browser.ask("POST", "/auth/logout")
    assert answer.status == status
    if status == 403:
        assert answer.body["code"] == "cross_site"
        assert (await browser.ask("DELETE", "/auth/session")).status == 403
        await page.get("/users/me")  # and it did not happen


async def test_a_token_needs_no_such_header_also_beside_a_cookie(rig: Rig) -> None:
    page = await page_of(rig, "ann")
    user = await logged_in(rig, "bob")
    headers = user.headers | {"Cookie": page.headers["Cookie"], "Origin": "http://localhost:3000"}
    assert (await Visitor(rig, headers).ask("POST", "/auth/logout")).status == 200
    await page.get("/users/me")
    await user.get("/users/me", 401)


async def test_another_page_cannot_log_somebody_in(rig: Rig) -> None:
    await add_user(rig, "ann")
    answer = await stranger(rig).ask("POST", "/auth/session", LOGIN, Origin="http://localhost:3000")
    assert (answer.status, answer.body["code"]) == (403, "cross_site")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("facts", "origin", "is_own"),
    [
        ({}, "http://wall.example", True),
        ({}, "https://wall.example", True),  # a proxy that nobody told us of
        ({}, "http://WALL.example", True),
        ({IS_SECURE: True}, "https://wall.example", True),
        ({IS_SECURE: True}, "http://wall.example", False),
        ({AUTHORITY: "cctv.example"}, "http://cctv.example", True),
        ({AUTHORITY: "cctv.example"}, "http://wall.example", False),
        ({}, "http://wall.example:8080", False),
        ({}, "http://other.example", False),
    ],
)
async def test_whose_page_it_is(facts: dict[Any, Any], origin: str, is_own: bool) -> None:
    request = make_mocked_request("POST", "/", headers={"Host": "wall.example", "Origin": origin} | CSRF)
    for key, value in facts.items():
        request[key] = value
    if is_own:
        session_cookie.check(request)
    else:
        with pytest.raises(CrossSite):
            session_cookie.check(request)


async def test_a_session_ends_with_its_user_and_not_by_itself_while_it_is_used(rig: Rig) -> None:
    page = await page_of(rig, "ann")
    for _ in range(12):
        rig.clock.advance(29 * 86400)
        me = await page.get("/users/me")
    await rig.services.accounts.edit_user(me["user_id"], UserEdit(status=UserStatus.DISABLED))
    await page.get("/users/me", 401)


async def test_a_code_opens_one_session_once_and_soon(rig: Rig) -> None:
    viewer = await logged_in(rig, "wall")
    made = await viewer.post("/auth/codes")
    assert made["expires_in"] == 60
    for status in (200, 401):
        answer = await stranger(rig).ask("POST", "/auth/session", {"code": made["code"]})
        assert answer.status == status
    late = (await viewer.post("/auth/codes", {}))["code"]
    rig.clock.advance(60)
    await stranger(rig).post("/auth/session", {"code": late}, 401)
    for body in ({"code": "x", "password": "y"}, {"code": "x", "username": "wall"}, {"code": 5}):
        await stranger(rig).post("/auth/session", body, 422)


async def test_codes_are_for_viewers_own_screens_and_administrators_make_them_for_others(rig: Rig) -> None:
    viewer, other = await logged_in(rig, "wall"), await add_user(rig, "other")
    boss = await logged_in(rig, "boss", Role.ADMIN)
    await viewer.post("/auth/codes", {"user_id": other.user_id}, 422)
    await boss.post("/auth/codes", status=422)  # his own account may too much for a screen on a wall
    await boss.post("/auth/codes", {"user_id": "nobody"}, 404)
    code = (await boss.post("/auth/codes", {"user_id": other.user_id}))["code"]
    assert (await stranger(rig).post("/auth/session", {"code": code}))["username"] == "other"
    await bearer(rig, rig.admin_token).post("/auth/codes", {"user_id": other.user_id}, 403)
