"""Users: oneself, and everybody for administrators."""

from aiohttp import web

from socstream.access.errors import WrongPassword
from socstream.api import changes
from socstream.api.answers import json_answer
from socstream.api.auditing import tell
from socstream.api.bodies import read_json
from socstream.api.handlers_auth import whoever
from socstream.api.identity import caller_of
from socstream.api.keys import SERVICES
from socstream.api.people import draft_from, edit_from, user_answer
from socstream.api.schema_access import MessageAnswer, PasswordBody
from socstream.api.structure import structure
from socstream.model.errors import FieldError, InvalidInput


async def show_me(request: web.Request) -> web.Response:
    """Who asks."""
    return json_answer(whoever(request, caller_of(request)))


async def change_password(request: web.Request) -> web.Response:
    """A new password of one's own; every other session ends."""
    caller = caller_of(request)
    tell(request, target=caller.user_id)
    body = structure(await read_json(request), PasswordBody)
    accounts = request.app[SERVICES].accounts
    try:
        await accounts.change_password(str(caller.user_id), body.old_password, body.password, caller.key)
    except WrongPassword as error:
        # Not 401: clients take that for the end of their session.
        raise InvalidInput(FieldError("old_password", "is not your password")) from error
    return json_answer(MessageAnswer("Your password is changed; your other sessions ended."))


async def list_users(request: web.Request) -> web.Response:
    """Everybody, by name."""
    return json_answer([user_answer(user) for user in request.app[SERVICES].accounts.users()])


async def create_user(request: web.Request) -> web.Response:
    """A new user."""
    draft = draft_from(await read_json(request))
    user = await request.app[SERVICES].accounts.add_user(draft)
    tell(request, target=user.user_id, detail=f"{user.username}: {' '.join(user.roles)}")
    return json_answer(user_answer(user), status=201)


async def edit_user(request: web.Request) -> web.Response:
    """Change a user; what he may counts at once, for whatever he has open."""
    accounts = request.app[SERVICES].accounts
    old = accounts.user(request.match_info["user_id"])
    tell(request, detail=old.username)
    edit = edit_from(await read_json(request))
    user = await accounts.edit_user(old.user_id, edit, keep=caller_of(request).key)
    tell(request, detail=changes.of_user(old, user))
    return json_answer(user_answer(user))


async def delete_user(request: web.Request) -> web.Response:
    """Forget a user and all that lets him in."""
    accounts = request.app[SERVICES].accounts
    user = accounts.user(request.match_info["user_id"])
    tell(request, detail=user.username)
    await accounts.delete_user(user.user_id)
    return web.Response(status=204)
