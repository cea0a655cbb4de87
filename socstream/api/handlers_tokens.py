"""API tokens: one's own, and everybody's for administrators."""

from aiohttp import web
from attrs import asdict

from socstream.access.errors import TokenNotFound
from socstream.api.answers import json_answer
from socstream.api.auditing import tell
from socstream.api.bodies import read_json
from socstream.api.identity import caller_of
from socstream.api.keys import SERVICES
from socstream.api.people import token_answer, token_from
from socstream.api.schema_access import NewTokenAnswer
from socstream.model.account import Level


async def list_tokens(request: web.Request) -> web.Response:
    """The caller's own tokens, newest first; administrators see everybody's."""
    caller = caller_of(request)
    tokens = request.app[SERVICES].accounts.tokens(None if caller.may(Level.ADMIN) else caller.user_id)
    return json_answer([token_answer(token) for token in tokens])


async def create_token(request: web.Request) -> web.Response:
    """A new token; its text is shown this once."""
    caller, accounts = caller_of(request), request.app[SERVICES].accounts
    draft = token_from(await read_json(request))
    token, text = await accounts.add_token(draft, by=accounts.user(str(caller.user_id)))
    tell(request, target=token.token_id, detail=f"{token.name}: {token.role}")
    answer = NewTokenAnswer(**asdict(token_answer(token)), token=text)
    return json_answer(answer, status=201)


async def revoke_token(request: web.Request) -> web.Response:
    """A token that opens nothing any more."""
    caller, accounts = caller_of(request), request.app[SERVICES].accounts
    token = accounts.token(request.match_info["token_id"])
    if token.user_id != caller.user_id and not caller.may(Level.ADMIN):
        raise TokenNotFound(token.token_id)
    tell(request, detail=token.name)
    await accounts.revoke_token(token.token_id)
    return web.Response(status=204)
