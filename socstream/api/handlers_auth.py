"""Coming in and leaving: with two tokens for clients of the contract, with a cookie for our own page."""

from aiohttp import web

from socstream.access.errors import InvalidToken, WrongPassword
from socstream.access.sessions import CODE_LIFE, Opened
from socstream.api import session_cookie
from socstream.api.answers import json_answer
from socstream.api.auditing import tell
from socstream.api.bodies import read_json
from socstream.api.identity import address_of, caller_of
from socstream.api.keys import SERVICES
from socstream.api.people import me_answer, program_answer
from socstream.api.schema_access import (
    CodeAnswer,
    CodeBody,
    LoginBody,
    MeAnswer,
    MessageAnswer,
    RefreshBody,
    RefreshedAnswer,
    SessionBody,
    TokensAnswer,
)
from socstream.api.structure import structure
from socstream.model.account import Caller, Level
from socstream.model.errors import FieldError, InvalidInput


async def login(request: web.Request) -> web.Response:
    """Two tokens for a name and a password; never a cookie."""
    body = structure(await read_json(request), LoginBody)
    name = _name(body.email, body.username)
    try:
        tokens = await request.app[SERVICES].accounts.log_in(name, body.password, address_of(request))
    except WrongPassword:
        _tell_refused(request, name)
        raise
    user = tokens.user
    tell(request, target=user.user_id, user=user)
    return json_answer(
        TokensAnswer(
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            token_type="bearer",  # noqa: S106 (the contract's word for a kind of token)
            expires_in=int(tokens.expires_in),
            user_id=user.user_id,
            username=user.username,
            user=me_answer(user),
        )
    )


async def refresh(request: web.Request) -> web.Response:
    """New tokens for a refresh token."""
    body = structure(await read_json(request), RefreshBody)
    try:
        tokens = await request.app[SERVICES].accounts.refresh(body.refresh_token)
    except InvalidToken:
        tell(request)
        raise
    user = tokens.user
    return json_answer(
        RefreshedAnswer(
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            token_type="bearer",  # noqa: S106
            expires_in=int(tokens.expires_in),
            user_id=user.user_id,
            username=user.username,
            roles=user.roles,
        )
    )


async def logout(request: web.Request) -> web.Response:
    """End the session that asks."""
    await request.app[SERVICES].accounts.log_out(caller_of(request))
    return json_answer(MessageAnswer("You are logged out."))


async def open_session(request: web.Request) -> web.Response:
    """A cookie for our own page: for a name and a password, or for a one-use code."""
    session_cookie.check_origin(request)
    body = structure(await read_json(request), SessionBody)
    opened = await _open(request, body)
    tell(request, target=opened.user.user_id, user=opened.user)
    response = json_answer(me_answer(opened.user))
    session_cookie.put(request, response, opened.cookie)
    return response


async def show_session(request: web.Request) -> web.Response:
    """Who asks; how our page learns at its start whether it must ask for a password."""
    return json_answer(whoever(request, caller_of(request)))


async def close_session(request: web.Request) -> web.Response:
    """End the cookie's session, if it still is one, and let the browser forget it."""
    accounts, cookie = request.app[SERVICES].accounts, session_cookie.read(request)
    caller = None if cookie is None else accounts.session_caller(cookie)
    if caller is not None and caller.user_id is not None:
        session_cookie.check(request)
        tell(request, target=caller.user_id, user=accounts.user(caller.user_id))
        await accounts.log_out(caller)
    response = web.Response(status=204)
    session_cookie.drop(request, response)
    return response


async def make_code(request: web.Request) -> web.Response:
    """A one-use code for a screen that nobody can type at: for an account that may look, and no more."""
    body = structure(await read_json(request) if request.can_read_body else {}, CodeBody)
    caller, accounts = caller_of(request), request.app[SERVICES].accounts
    if body.user_id not in (None, caller.user_id) and not caller.may(Level.ADMIN):
        raise InvalidInput(FieldError("user_id", "must be your own; administrators may name another one"))
    user = accounts.user(body.user_id or str(caller.user_id))
    tell(request, target=user.user_id)
    if user.level is not Level.VIEWER:
        # Whoever walks by a wall can use it: what it may is what everybody in that room may.
        raise InvalidInput(FieldError("user_id", "must be of a VIEWER: a screen on a wall needs no more"))
    return json_answer(CodeAnswer(accounts.make_code(user.user_id), int(CODE_LIFE)))


def whoever(request: web.Request, caller: Caller) -> MeAnswer:
    """The caller as the contract shows a user."""
    if caller.user_id is None:
        return program_answer(caller)
    return me_answer(request.app[SERVICES].accounts.user(caller.user_id))


async def _open(request: web.Request, body: SessionBody) -> Opened:
    accounts, address = request.app[SERVICES].accounts, address_of(request)
    if body.code is not None:
        if (body.email, body.username, body.password) != (None, None, None):
            raise InvalidInput(FieldError("code", "must be sent alone"))
        try:
            return await accounts.open_session_with_code(body.code, address)
        except InvalidToken:
            tell(request, detail="with a code")
            raise
    name = _name(body.email, body.username)
    if body.password is None:
        raise InvalidInput(FieldError("password", "is missing"))
    try:
        return await accounts.open_session(name, body.password, address)
    except WrongPassword:
        _tell_refused(request, name)
        raise


def _name(email: str | None, username: str | None) -> str:
    name = email or username
    if name is None:
        raise InvalidInput(FieldError("username", "is missing"))
    return name


def _tell_refused(request: web.Request, name: str) -> None:
    """Only whom we know: people type passwords into the wrong field."""
    user = request.app[SERVICES].accounts.user_of_login(name)
    known = ("", "an unknown name") if user is None else (user.user_id, user.username)
    tell(request, target=known[0], detail=known[1])
