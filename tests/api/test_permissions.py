"""Every route, for every kind of caller, for his own camera, a foreign one and one that there is not."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from aiohttp import hdrs
from attrs import frozen

from socstream.api import routes
from socstream.api.keys import Settings
from socstream.api.paths import PREFIXES
from socstream.api.route import Permission, Route
from socstream.model.account import Level, Role
from socstream.model.session import TokenDraft
from tests.api.rig import GATE, Rig, rigged
from tests.api.visitors import Answered, Visitor, add_user, bearer, stranger, tokens_of

UNKNOWN = "00000000-0000-4000-8000-00000000dead"
KEY = "key-of-the-devices"

NEEDED = {
    Permission.ANY_USER: Level.VIEWER,
    Permission.PERSON: Level.VIEWER,
    Permission.OPERATOR: Level.OPERATOR,
    Permission.DEVICE: Level.OPERATOR,
    Permission.MANAGER: Level.MANAGER,
    Permission.ADMIN: Level.ADMIN,
    Permission.SCRAPER: Level.VIEWER,
}

# These end what the caller came with, or what the next question is about: each gets a server of its own.
ENDING = ("/auth/logout", "/auth/session", "/users/me/password")


@frozen
class Place:
    """A server with a camera that the limited callers may see, and one that they may not."""

    rig: Rig
    own: str
    foreign: str


@frozen
class Kind:
    """One kind of caller: what he may do, and whether he may see the own camera only."""

    name: str
    level: Level | None
    come: Callable[[Place], Coroutine[Any, Any, Visitor]]
    is_limited: bool = False
    is_device: bool = False
    is_program: bool = False


async def nobody(place: Place) -> Visitor:
    return stranger(place.rig)


def with_header(text: str) -> Callable[[Place], Coroutine[Any, Any, Visitor]]:
    async def come(place: Place) -> Visitor:
        return Visitor(place.rig, {"Authorization": text})

    return come


def user(role: Role, *, limited: bool = False) -> Callable[[Place], Coroutine[Any, Any, Visitor]]:
    async def come(place: Place) -> Visitor:
        await add_user(place.rig, "caller", role, frozenset({place.own}) if limited else None)
        return bearer(place.rig, (await tokens_of(place.rig, "caller"))["access_token"])

    return come


async def refresher(place: Place) -> Visitor:
    await add_user(place.rig, "caller", Role.ADMIN)
    return bearer(place.rig, (await tokens_of(place.rig, "caller"))["refresh_token"])


async def disabled(place: Place) -> Visitor:
    made = await add_user(place.rig, "caller", Role.ADMIN)
    visitor = bearer(place.rig, (await tokens_of(place.rig, "caller"))["access_token"])
    await place.rig.services.accounts.delete_user(made.user_id)
    return visitor


async def page(place: Place) -> Visitor:
    await add_user(place.rig, "caller", Role.VIEWER)
    opened = await place.rig.services.accounts.open_session("caller", "a good long password", "192.0.2.9")
    return Visitor(place.rig, {"Cookie": f"socstream_session={opened.cookie}", "X-CSRF": "1"})


async def forged_page(place: Place) -> Visitor:
    """Another page's doing: the browser shows the cookie, and nothing says that ours meant it."""
    headers = (await page(place)).headers
    return Visitor(place.rig, {"Cookie": headers["Cookie"], "Origin": "http://evil.example"})


def program(role: Role, *, limited: bool = False) -> Callable[[Place], Coroutine[Any, Any, Visitor]]:
    async def come(place: Place) -> Visitor:
        maker = await add_user(place.rig, "caller", Role.ADMIN)
        draft = TokenDraft("a program", role, frozenset({place.own}) if limited else None)
        _, text = await place.rig.services.accounts.add_token(draft, by=maker)
        return bearer(place.rig, text)

    return come


async def device(place: Place) -> Visitor:
    return Visitor(place.rig, {"X-API-Key": KEY})


KINDS = (
    Kind("nobody", None, nobody),
    Kind("empty header", None, with_header("")),
    Kind("Bearer alone", None, with_header("Bearer")),
    Kind("Basic", None, with_header("Basic YWRtaW46YWRtaW4=")),
    Kind("made up", None, with_header("Bearer " + "x" * 43)),
    Kind("8 kB", None, with_header("Bearer " + "x" * 8000)),
    Kind("refresh token", None, refresher),
    Kind("deleted user", None, disabled),
    Kind("viewer", Level.VIEWER, user(Role.VIEWER)),
    Kind("operator", Level.OPERATOR, user(Role.OPERATOR)),
    Kind("officer", Level.MANAGER, user(Role.SECURITY_OFFICER)),
    Kind("manager", Level.MANAGER, user(Role.SECURITY_MANAGER)),
    Kind("admin", Level.ADMIN, user(Role.ADMIN)),
    Kind("limited viewer", Level.VIEWER, user(Role.VIEWER, limited=True), is_limited=True),
    Kind("limited manager", Level.MANAGER, user(Role.SECURITY_MANAGER, limited=True), is_limited=True),
    Kind("page", Level.VIEWER, page),
    Kind("program that looks", Level.VIEWER, program(Role.VIEWER), is_program=True),
    Kind(
        "limited program",
        Level.OPERATOR,
        program(Role.OPERATOR, limited=True),
        is_limited=True,
        is_program=True,
    ),
    Kind("device", None, device, is_device=True),
)


@pytest.fixture
def places(tmp_path: Path, fast_path: bool) -> Callable[[], Any]:
    count = 0

    def place() -> Any:
        nonlocal count
        count += 1
        return placed(tmp_path / str(count), fast_path)

    return place


class placed:  # noqa: N801 (read as a word in `async with`)
    """A server with two cameras."""

    def __init__(self, path: Path, fast_path: bool) -> None:
        settings = Settings(hardware_ingest_key=KEY, manifest_wait_timeout=0.05)
        self._rigged = rigged(path, settings=settings, fast_path=fast_path)

    async def __aenter__(self) -> Place:
        rig = await self._rigged.__aenter__()
        own, foreign = [(await rig.add(name=name))["camera_id"] for name in ("own", "foreign")]
        for camera_id in (own, foreign):
            rig.go_live(camera_id)
        return Place(rig, own, foreign)

    async def __aexit__(self, *exc: Any) -> None:
        await self._rigged.__aexit__(*exc)


def url(route: Route, camera_id: str, place: Place, visitor: Visitor) -> str:
    ids = dict.fromkeys(("user_id", "token_id", "wall_id"), UNKNOWN)
    return route.template.format(**ids, grant="g" * 40, name="index.m3u8", camera_id=camera_id)


def is_ending(route: Route) -> bool:
    return route.method != hdrs.METH_GET and (
        route.path.endswith(ENDING) or (route.method == hdrs.METH_DELETE and "camera_id" in route.path)
    )


async def ask(visitor: Visitor, route: Route, path: str) -> Answered:
    """Without a body: whoever is let in gets no further than to its being missing."""
    async with visitor.rig.stranger.request(
        route.method, path, headers=visitor.headers, allow_redirects=False
    ) as response:
        is_json = response.content_type == "application/json"
        text = (await response.read()).decode(errors="replace")
        return Answered(response.status, await response.json() if is_json else None, response.headers, text)


def check(kind: Kind, route: Route, camera: str, answer: Answered) -> None:
    code = answer.body.get("code", "") if isinstance(answer.body, dict) else ""
    where = f"{kind.name}: {route.method} {route.path}, {camera} camera: {answer.status} {code}"
    refused = (answer.status, code)
    if route.permission is Permission.OPEN:
        assert refused not in ((401, "not_authenticated"), (403, "forbidden")), where
        if route.path.endswith("/last-image"):
            assert answer.status == 200, where
        return
    if route.permission is Permission.GRANT or (kind.level is None and not kind.is_device):
        assert refused == (401, "not_authenticated"), where
        return
    if kind.is_device:
        if route.permission is not Permission.DEVICE:
            assert refused == (401, "not_authenticated"), where
            return
    elif kind.level is not None and kind.level < NEEDED[route.permission]:
        assert refused == (403, "forbidden"), where
        return
    if "{camera_id}" in route.path and (camera == "unknown" or (camera == "foreign" and kind.is_limited)):
        assert refused == (404, "camera_not_found"), where
        return
    is_for_all = (
        kind.is_limited and route.method == hdrs.METH_POST and route.path.endswith(("/cameras", "/import"))
    )
    is_for_all = is_for_all or (kind.is_limited and route.permission is Permission.SCRAPER)
    if is_for_all or (kind.is_program and route.permission is Permission.PERSON):
        assert refused == (403, "forbidden"), where
        return
    assert answer.status not in (401, 403), where
    assert code != "camera_not_found", where


def every_case(place: Place) -> list[tuple[Route, str, str]]:
    cameras = {"own": place.own, "foreign": place.foreign, "unknown": UNKNOWN}
    return [
        (route, camera, camera_id)
        for route in routes.ALL
        for camera, camera_id in cameras.items()
        if camera == "own" or "{camera_id}" in route.path
    ]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("kind", "fast_path"),
    [*((kind, True) for kind in KINDS), *((kind, False) for kind in KINDS[::3])],
    ids=lambda each: each.name if isinstance(each, Kind) else ("plain", "fast")[each],
)
async def test_everybody_gets_what_the_table_says_and_no_more(kind: Kind, places: Callable[[], Any]) -> None:
    asked = 0
    ending = []
    async with places() as place:
        visitor = await kind.come(place)
        for route, camera, camera_id in every_case(place):
            if is_ending(route) and kind.level is not None:
                ending.append((route, camera))
                continue
            path = url(route, camera_id, place, visitor)
            check(kind, route, camera, await ask(visitor, route, path))
            asked += 1
    for route, camera in ending:
        async with places() as place:
            visitor = await kind.come(place)
            camera_id = {"own": place.own, "foreign": place.foreign, "unknown": UNKNOWN}[camera]
            check(kind, route, camera, await ask(visitor, route, url(route, camera_id, place, visitor)))
            asked += 1
    assert asked == len(every_case(place)), "a case was left out"


async def test_what_a_cookie_alone_does_is_only_to_look(places: Callable[[], Any]) -> None:
    async with places() as place:
        visitor = await forged_page(place)
        for route, camera, camera_id in every_case(place):
            if route.permission in (Permission.OPEN, Permission.GRANT) or route.method == hdrs.METH_GET:
                continue
            answer = await ask(visitor, route, url(route, camera_id, place, visitor))
            assert (answer.status, answer.body["code"]) == (403, "cross_site"), (route.path, camera)


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_strangers_are_not_told_which_urls_there_are(rig: Rig, prefix: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        for path in ("/nothing", "/users/x/y", "/security-operations/", ""):
            async with rig.stranger.request(method, prefix + path, json={}) as answer:
                assert answer.status == 401
                assert (await answer.json())["code"] == "not_authenticated"
    async with rig.client.get(f"{prefix}/nothing") as answer:
        assert answer.status == 404


async def test_a_list_counts_and_shows_only_what_its_reader_may_see(places: Callable[[], Any]) -> None:
    async with places() as place:
        visitor = await user(Role.VIEWER, limited=True)(place)
        cameras = await visitor.get("/security-operations/cameras")
        assert [camera["camera_id"] for camera in cameras] == [place.own]
        assert (await visitor.get("/security-operations/metrics"))["total"] == 1
        # Another one meanwhile sees all, and neither spoils the other's ETag.
        everything = await place.rig.get("/api/security-operations/cameras")
        assert len(await everything.json()) == 2
        mine = await visitor.ask("GET", "/security-operations/cameras")
        again = await visitor.ask("GET", "/security-operations/cameras", If_None_Match=mine.headers["ETag"])
        assert again.status == 304
        theirs = everything.headers["ETag"]
        assert (await visitor.ask("GET", "/security-operations/cameras", If_None_Match=theirs)).status == 200


async def test_whoever_adds_a_camera_must_see_all(places: Callable[[], Any]) -> None:
    async with places() as place:
        visitor = await user(Role.SECURITY_MANAGER, limited=True)(place)
        answer = await visitor.ask("POST", "/security-operations/cameras", GATE | {"name": "mine"})
        assert answer.status == 403
        assert len(place.rig.cameras.all()) == 2
