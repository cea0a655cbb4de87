"""openapi.json describes what users, log-in, tokens and the audit log really answer."""

import pytest

from socstream.model.account import Role
from tests.api.rig import Rig
from tests.api.test_openapi import Description
from tests.api.visitors import PASSWORD, logged_in, tokens_of

ANN = {"username": "ann", "password": PASSWORD, "roles": ["VIEWER"]}
LOGIN = {"username": "boss", "password": PASSWORD}
TOKEN = {"name": "panel", "role": "VIEWER"}


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
async def test_answers_of_every_route_are_as_described(rig: Rig, prefix: str) -> None:
    description = Description(await (await rig.get("/openapi.json")).json())
    boss = await logged_in(rig, "boss", Role.ADMIN)
    await logged_in(rig, "wall")

    async def ask(method: str, route: str, body: object = None, status: int = 200, **ids: str) -> None:
        url = prefix + route.format(**ids)
        async with rig.stranger.request(method, url, json=body, headers=boss.headers) as response:
            assert response.status == status, await response.text()
            await description.check(prefix + route, response)

    await ask("POST", "/auth/login", LOGIN)
    await ask("POST", "/auth/login", LOGIN | {"password": "no"}, 401)
    await ask("POST", "/auth/login", {}, 422)
    renewal = {"refresh_token": (await tokens_of(rig, "boss"))["refresh_token"]}
    await ask("POST", "/auth/refresh", renewal)
    await ask("POST", "/auth/refresh", {"refresh_token": "no"}, 401)
    await ask("GET", "/auth/session")
    await ask("POST", "/auth/session", LOGIN)
    await ask("POST", "/auth/session", {"code": "no"}, 401)
    wall = next(user.user_id for user in rig.services.accounts.users() if user.username == "wall")
    await ask("POST", "/auth/codes", {"user_id": wall})
    await ask("POST", "/auth/codes", {}, 422)
    await ask("POST", "/auth/tokens", TOKEN, 201)
    await ask("POST", "/auth/tokens", {}, 422)
    await ask("GET", "/auth/tokens")
    token_id = rig.services.accounts.tokens()[0].token_id
    await ask("DELETE", "/auth/tokens/{token_id}", status=204, token_id=token_id)
    await ask("DELETE", "/auth/tokens/{token_id}", status=404, token_id=token_id)
    await ask("GET", "/users/me")
    await ask("POST", "/users/me/password", {"old_password": "no", "password": "another one"}, 422)
    await ask("POST", "/users/me/password", {"old_password": PASSWORD, "password": "another one"})
    await ask("POST", "/users", ANN, 201)
    await ask("POST", "/users", ANN, 409)
    await ask("GET", "/users")
    await ask("PATCH", "/users/{user_id}", {"first_name": "Wally", "scope": []}, user_id=wall)
    await ask("PATCH", "/users/{user_id}", {"king": True}, 422, user_id=wall)
    await ask("DELETE", "/users/{user_id}", status=204, user_id=wall)
    await ask("DELETE", "/users/{user_id}", status=404, user_id=wall)
    await ask("GET", "/security-operations/audit")
    await ask("GET", "/security-operations/audit/chain")
    await ask("DELETE", "/auth/session", status=204)
    await ask("POST", "/auth/logout")
    await ask("POST", "/auth/logout", status=401)
    await ask("GET", "/security-operations/audit", status=401)
    described = description.document["paths"][f"{prefix}/security-operations/audit"]["get"]["parameters"]
    assert [parameter["name"] for parameter in described] == ["since", "until", "limit", "before"]
