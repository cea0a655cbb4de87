"""Ways to prove who one is that prove nothing: each gets the same 401 everywhere, and learns nothing."""

from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from yarl import URL

from socstream.access.grants import Grants
from socstream.api.keys import Settings
from socstream.model.account import Role, UserEdit, UserStatus
from tests.api.rig import CAMERAS, GATE, Rig, rigged
from tests.api.visitors import V1, add_user, bearer, stranger, tokens_of

pytestmark = pytest.mark.both_paths

KEY = "key-of-the-devices"


@frozen
class Texts:
    """Every kind of text that opens a door, or opened one."""

    access: str
    refresh: str
    cookie: str
    code: str
    api: str
    key: str
    """The id of that API token, which is no secret."""
    grant: str
    logged_out: str
    renewed: str
    disabled: str
    deleted: str
    expired_api: str
    revoked_api: str
    ended_cookie: str


Headers = list[tuple[str, str]]
Show = Callable[[Texts], Headers]


def shown(form: str) -> Show:
    """An Authorization header with names of Texts in braces."""
    return lambda texts: [("Authorization", form.format(t=texts))]


def header(name: str, form: str) -> Show:
    """Any other header."""
    return lambda texts: [(name, form.format(t=texts))]


HEADERS: dict[str, Show] = {
    "nothing": lambda _: [],
    "an empty header": shown(""),
    "Bearer": shown("Bearer"),
    "Bearer and a space": shown("Bearer "),
    "the token alone": shown("{t.access}"),
    "another scheme": shown("Basic {t.access}"),
    "a scheme that nobody knows": shown("Token {t.access}"),
    "a letter missing in the scheme": shown("Beare {t.access}"),
    "an equals sign": shown("Bearer={t.access}"),
    "a colon": shown("Bearer: {t.access}"),
    "two spaces": shown("Bearer  {t.access}"),
    "quotes": shown('Bearer "{t.access}"'),
    "something behind it": shown("Bearer {t.access} x"),
    "a comma behind it": shown("Bearer {t.access},"),
    "a list": shown("Bearer {t.access}, Bearer {t.access}"),
    "the same header twice": lambda t: [("Authorization", f"Bearer {t.access}")] * 2,
    "a bad header, then a good one": lambda t: [
        ("Authorization", "Bearer x"),
        ("Authorization", f"Bearer {t.access}"),
    ],
    "a good header, then a bad one": lambda t: [
        ("Authorization", f"Bearer {t.access}"),
        ("Authorization", "Bearer x"),
    ],
    "a bad header beside a good cookie": lambda t: [
        ("Authorization", "Bearer x"),
        ("Cookie", f"socstream_session={t.cookie}"),
        ("X-CSRF", "1"),
    ],
    "8 kB": shown("Bearer " + "x" * 8000),
    "a good one of 8 kB": shown("Bearer {t.access}" + "A" * 7900),
    "made up": shown("Bearer " + "x" * 47),
    "made up in our form": shown("Bearer ssa_" + "A" * 43),
    "an API token made up": shown("Bearer sst_" + "A" * 43),
    "the prefix alone": shown("Bearer sst_"),
    "a JWT that nobody signed": shown("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."),
    "SQL": shown("Bearer ' OR '1'='1"),
    "null": shown("Bearer null"),
    "undefined": shown("Bearer undefined"),
    "a percent sign and zeros": shown("Bearer {t.access}%00"),
    "letters beyond ASCII": shown("Bearer {t.access}é"),
    "full-width letters": shown("Bearer \uff53\uff53\uff41_"),
    "cut by one": lambda t: shown("Bearer " + t.access[:-1])(t),
    "half of it": lambda t: shown("Bearer " + t.access[: len(t.access) // 2])(t),
    "one letter more": shown("Bearer {t.access}A"),
    "its letters' case turned": lambda t: shown("Bearer " + t.access.swapcase())(t),
    "one letter changed": lambda t: shown("Bearer " + t.access[:-1] + ("A" if t.access[-1] != "A" else "B"))(
        t
    ),
    "backwards": lambda t: shown("Bearer " + t.access[::-1])(t),
    "the prefix of another kind": lambda t: shown("Bearer sst_" + t.access[4:])(t),
    "what is stored of it": lambda t: shown("Bearer " + sha256(t.access.encode()).hexdigest())(t),
    "the id of a token": shown("Bearer {t.key}"),
    "a refresh token": shown("Bearer {t.refresh}"),
    "what the cookie holds": shown("Bearer {t.cookie}"),
    "a one-use code": shown("Bearer {t.code}"),
    "a media grant": shown("Bearer {t.grant}"),
    "the devices' key": shown(f"Bearer {KEY}"),
    "after the log-out": shown("Bearer {t.logged_out}"),
    "renewed more than 30 s ago": shown("Bearer {t.renewed}"),
    "of a disabled user": shown("Bearer {t.disabled}"),
    "of a deleted user": shown("Bearer {t.deleted}"),
    "an expired API token": shown("Bearer {t.expired_api}"),
    "a revoked API token": shown("Bearer {t.revoked_api}"),
    "in another header": header("X-Access-Token", "{t.access}"),
    "for a proxy": header("Proxy-Authorization", "Bearer {t.access}"),
    "a proxy's word": header("X-Forwarded-User", "admin"),
    "an access token in the cookie": header("Cookie", "socstream_session={t.access}"),
    "a refresh token in the cookie": header("Cookie", "socstream_session={t.refresh}"),
    "an API token in the cookie": header("Cookie", "socstream_session={t.api}"),
    "a cookie of another name": header("Cookie", "session={t.cookie}"),
    "a cookie's name in other letters": header("Cookie", "Socstream_Session={t.cookie}"),
    "TLS's name of the cookie without TLS": header("Cookie", "__Host-socstream_session={t.cookie}"),
    "a cookie that was cut": lambda t: [("Cookie", f"socstream_session={t.cookie[:-1]}")],
    "a cookie with more": header("Cookie", "socstream_session={t.cookie}A"),
    "an empty cookie": header("Cookie", "socstream_session="),
    "a cookie whose session was closed": header("Cookie", "socstream_session={t.ended_cookie}"),
}

QUERIES = {
    "token": "?token={t.access}",
    "access_token": "?access_token={t.access}",
    "Authorization": "?Authorization=Bearer%20{t.access}",
    "an API token": "?token={t.api}",
    "api_key": "?api_key={t.api}",
    "a grant": "?grant={t.grant}",
    "a cookie": "?socstream_session={t.cookie}",
}

KEYS: dict[str, Show] = {
    "empty": header("X-API-Key", ""),
    "wrong": header("X-API-Key", "wrong"),
    "cut": header("X-API-Key", KEY[:-1]),
    "one letter more": header("X-API-Key", KEY + "s"),
    "other letter case": header("X-API-Key", KEY.upper()),
    "an access token": header("X-API-Key", "{t.access}"),
    "an API token": header("X-API-Key", "{t.api}"),
    "beyond ASCII": header("X-API-Key", "ké"),
    "8 kB": header("X-API-Key", "k" * 8000),
    "in the cookie": header("Cookie", f"X-API-Key={KEY}"),
}


@frozen
class House:
    """A server with a camera that is live, and all texts."""

    rig: Rig
    texts: Texts
    camera_id: str

    async def ask(
        self, method: str, path: str, headers: Headers | None = None, **options: Any
    ) -> tuple[int, Any]:
        async with self.rig.stranger.request(method, path, headers=headers, **options) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def house(tmp_path: Path, fast_path: bool) -> AsyncIterator[House]:
    settings = Settings(hardware_ingest_key=KEY, request_burst=10_000)
    async with rigged(tmp_path, settings=settings, fast_path=fast_path) as rig:
        camera_id = (await rig.add())["camera_id"]
        rig.go_live(camera_id)
        texts = await texts_of(rig, camera_id)
        rig.publish(camera_id)
        yield House(rig, texts, camera_id)


async def texts_of(rig: Rig, camera_id: str) -> Texts:
    """Let everybody in, and most of them out again."""
    accounts = rig.services.accounts
    users = {}
    for name in ("ann", "logged-out", "renewed", "disabled", "deleted", "page"):
        users[name] = await add_user(rig, name, Role.ADMIN)
    tokens = {name: await tokens_of(rig, name) for name in users}
    ann = bearer(rig, tokens["ann"]["access_token"])
    await bearer(rig, tokens["logged-out"]["access_token"]).post("/auth/logout")
    await stranger(rig).post("/auth/refresh", {"refresh_token": tokens["renewed"]["refresh_token"]})
    await accounts.edit_user(users["disabled"].user_id, UserEdit(status=UserStatus.DISABLED))
    await accounts.delete_user(users["deleted"].user_id)
    body = {"name": "program", "role": "ADMIN"}
    api = await ann.post("/auth/tokens", body, 201)
    expired = await ann.post("/auth/tokens", body | {"expires_at": "2026-03-01T12:00:20Z"}, 201)
    revoked = await ann.post("/auth/tokens", body, 201)
    assert (await ann.ask("DELETE", f"/auth/tokens/{revoked['token_id']}")).status == 204
    grant = await ann.get(f"/security-operations/cameras/{camera_id}/media-grant")
    cookies = [
        (await accounts.open_session("page", "a good long password", "192.0.2.9")).cookie for _ in "ab"
    ]
    ended = {"Cookie": f"socstream_session={cookies[1]}", "X-CSRF": "1"}
    assert (await stranger(rig).ask("DELETE", "/auth/session", **ended)).status == 204
    rig.clock.advance(31)
    screen = await add_user(rig, "screen", Role.VIEWER)
    code = (await ann.post("/auth/codes", {"user_id": screen.user_id}))["code"]
    return Texts(
        access=tokens["ann"]["access_token"],
        refresh=tokens["ann"]["refresh_token"],
        cookie=cookies[0],
        code=code,
        api=api["token"],
        key=api["token_id"],
        grant=grant["playlist"].split("/")[2],
        logged_out=tokens["logged-out"]["access_token"],
        renewed=tokens["renewed"]["access_token"],
        disabled=tokens["disabled"]["access_token"],
        deleted=tokens["deleted"]["access_token"],
        expired_api=expired["token"],
        revoked_api=revoked["token"],
        ended_cookie=cookies[1],
    )


def doors(camera_id: str) -> list[tuple[str, str]]:
    """Requests that need somebody, for each kind of handler."""
    return [
        ("GET", "/api/users/me"),
        ("GET", CAMERAS),
        ("GET", f"{CAMERAS}/{camera_id}/hls/index.m3u8"),
        ("GET", f"{CAMERAS}/no-such-camera"),
        ("POST", f"{V1}/security-operations/cameras"),
        ("GET", f"{V1}/no/such/url"),
        ("GET", "/metrics"),
    ]


def told(status: int, answer: Any) -> tuple[int, Any]:
    """All that a stranger can learn."""
    return status, {name: value for name, value in answer.items() if name != "request_id"}


NOTHING = "Log in first: this needs a valid access token."
REFUSED = (401, {"detail": NOTHING, "message": NOTHING, "code": "not_authenticated"})


async def test_who_proves_nothing_is_told_the_same_everywhere(house: House) -> None:
    for name, show in HEADERS.items():
        for method, path in doors(house.camera_id):
            body = GATE if method == "POST" else None
            answer = await house.ask(method, path, show(house.texts), json=body)
            assert told(*answer) == REFUSED, (name, method, path)
    assert len(house.rig.cameras.all()) == 1


async def test_no_query_is_a_proof(house: House) -> None:
    for name, query in QUERIES.items():
        for method, path in doors(house.camera_id):
            answer = await house.ask(method, path + query.format(t=house.texts))
            assert told(*answer) == REFUSED, (name, method, path)


async def test_only_the_key_itself_opens_the_heartbeat(house: House) -> None:
    beat = f"{CAMERAS}/{house.camera_id}/heartbeat"
    for name, show in KEYS.items():
        status, answer = await house.ask("POST", beat, show(house.texts), json={})
        assert status == 401, name
        assert answer["code"] in ("wrong_key", "not_authenticated"), name
    assert house.rig.cameras.get(house.camera_id).last_heartbeat is None


GOOD: dict[str, Show] = {
    "an access token": shown("Bearer {t.access}"),
    "the scheme in small letters": shown("bearer {t.access}"),
    "an API token": shown("Bearer {t.api}"),
    "a cookie": header("Cookie", "socstream_session={t.cookie}"),
}


async def test_the_same_texts_in_their_place_are_good(house: House) -> None:
    for name, show in GOOD.items():
        assert (await house.ask("GET", "/api/users/me", show(house.texts)))[0] == 200, name


async def test_the_other_texts_are_good_too_where_they_belong(house: House) -> None:
    texts, guest = house.texts, stranger(house.rig)
    path = f"/m/{texts.grant}/{house.camera_id}/index.m3u8"
    async with house.rig.stranger.get(path) as answer:
        assert answer.status == 200
    await guest.post("/auth/refresh", {"refresh_token": texts.refresh})
    await guest.post("/auth/session", {"code": texts.code})
    beat = f"/security-operations/cameras/{house.camera_id}/heartbeat"
    await guest.post(beat, {}, X_API_Key=KEY)


def _grant_of_another_key(house: House) -> str:
    accounts = house.rig.services.accounts
    caller = accounts.caller(house.texts.access)
    assert caller is not None
    return Grants(b"x" * 32, accounts.alive, house.rig.clock).token(caller, house.camera_id)


PATHS: dict[str, Callable[[House], str]] = {
    "another key": lambda house: f"/m/{_grant_of_another_key(house)}/{house.camera_id}/index.m3u8",
    "an access token": lambda house: f"/m/{house.texts.access}/{house.camera_id}/index.m3u8",
    "an API token": lambda house: f"/m/{house.texts.api}/{house.camera_id}/index.m3u8",
    "40 zeros": lambda house: f"/m/{'A' * 40}/{house.camera_id}/index.m3u8",
    "a padded one": lambda house: f"/m/{house.texts.grant}=/{house.camera_id}/index.m3u8",
    "an escaped letter too many": lambda house: f"/m/{house.texts.grant}%41/{house.camera_id}/index.m3u8",
    "a line end": lambda house: f"/m/{house.texts.grant}%0a/{house.camera_id}/index.m3u8",
    "a dot for a camera": lambda house: f"/m/{house.texts.grant}/%2e/index.m3u8",
    "no camera": lambda house: f"/m/{house.texts.grant}/{'0' * 32}/index.m3u8",
    "in the query": lambda house: f"{CAMERAS}/{house.camera_id}/hls/index.m3u8?m={house.texts.grant}",
    "for another door": lambda house: f"{CAMERAS}/{house.camera_id}/stream-status?grant={house.texts.grant}",
}


async def test_a_grant_is_good_in_its_place_only(house: House) -> None:
    for name, path in PATHS.items():
        url = URL(str(house.rig.client.make_url("/")).rstrip("/") + path(house), encoded=True)
        async with house.rig.stranger.session.get(url) as answer:
            assert told(answer.status, await answer.json()) == REFUSED, name
