"""People and programs who come to a server under test, each with a password, a token or nothing."""

from typing import Any

from aiohttp import ClientSession, DummyCookieJar
from attrs import frozen

from socstream.model.account import Caller, Role, Scope, User, UserDraft
from socstream.model.audit import Deed
from tests.api.rig import Rig

PASSWORD = "a good long password"
V1 = "/api/v1"
ALWAYS = (0, 2**60, 10_000)


@frozen
class Answered:
    """What came back: status, JSON (None if there was none), headers, and the text itself."""

    status: int
    body: Any
    headers: Any
    text: str


@frozen
class Visitor:
    """Somebody with these headers, and no memory for cookies."""

    rig: Rig
    headers: dict[str, str]

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answered:
        """A request below /api; header names with underscores."""
        url = self.rig.client.make_url(path if path.startswith("/api") else f"/api{path}")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            ClientSession(cookie_jar=DummyCookieJar()) as session,
            session.request(method, url, json=body, headers=self.headers | named) as response,
        ):
            text = await response.text()
            is_json = response.content_type == "application/json" and text
            return Answered(
                response.status, await response.json() if is_json else None, response.headers, text
            )

    async def get(self, path: str, status: int = 200, **headers: str) -> Any:
        """The JSON of a GET that is answered with this status."""
        answer = await self.ask("GET", path, **headers)
        assert answer.status == status, answer.text
        return answer.body

    async def post(self, path: str, body: object = None, status: int = 200, **headers: str) -> Any:
        """The JSON of a POST that is answered with this status."""
        answer = await self.ask("POST", path, body, **headers)
        assert answer.status == status, answer.text
        return answer.body


def stranger(rig: Rig) -> Visitor:
    """Who shows nothing."""
    return Visitor(rig, {})


async def add_user(rig: Rig, name: str, role: Role = Role.VIEWER, scope: Scope = None) -> User:
    """A user with an e-mail and PASSWORD."""
    draft = UserDraft(name, PASSWORD, email=f"{name}@example.org", roles=(role,), scope=scope)
    return await rig.services.accounts.add_user(draft)


async def tokens_of(rig: Rig, name: str) -> dict[str, Any]:
    """What a log-in of this user is answered with."""
    tokens: dict[str, Any] = await stranger(rig).post("/auth/login", {"username": name, "password": PASSWORD})
    return tokens


async def logged_in(rig: Rig, name: str, role: Role = Role.VIEWER, scope: Scope = None) -> Visitor:
    """A new user who has logged in."""
    await add_user(rig, name, role, scope)
    return bearer(rig, (await tokens_of(rig, name))["access_token"])


def bearer(rig: Rig, token: str) -> Visitor:
    """Who shows this token."""
    return Visitor(rig, {"Authorization": f"Bearer {token}"})


def caller(rig: Rig, visitor: Visitor) -> Caller:
    """What the server takes him for."""
    found = rig.services.accounts.caller(visitor.headers["Authorization"].removeprefix("Bearer "))
    assert found is not None
    return found


async def deeds(rig: Rig) -> list[Deed]:
    """All that stands in the audit log, oldest first."""
    return [entry.deed for entry in reversed(await rig.services.audit.entries(*ALWAYS))]
