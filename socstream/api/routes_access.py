"""The lines of the route table for users, log-in, tokens and the audit log; they live under every prefix."""

from aiohttp import hdrs

from socstream.api import handlers_audit as audit
from socstream.api import handlers_auth as auth
from socstream.api import handlers_tokens as tokens
from socstream.api import handlers_users as users
from socstream.api.route import BODY_ERRORS, Answer, Permission, Route
from socstream.api.schema_access import (
    ApiTokenAnswer,
    AuditAnswer,
    ChainAnswer,
    CodeAnswer,
    CodeBody,
    LoginBody,
    MeAnswer,
    MessageAnswer,
    NewTokenAnswer,
    PasswordBody,
    RefreshBody,
    RefreshedAnswer,
    SessionBody,
    TokenBody,
    TokensAnswer,
    UserAnswer,
    UserBody,
    UserChangeBody,
)
from socstream.api.tables import CSV_TYPE

_GET, _POST, _DELETE = hdrs.METH_GET, hdrs.METH_POST, hdrs.METH_DELETE
_OPEN, _ANY_USER, _ADMIN = Permission.OPEN, Permission.ANY_USER, Permission.ADMIN

_LOGIN = (
    Route(
        _POST,
        "/auth/login",
        auth.login,
        _OPEN,
        "Two tokens for a user name or e-mail, in either field, and a password",
        Answer(json=TokensAnswer),
        (401, 429, 503, *BODY_ERRORS),
        body=LoginBody,
        deed="login",
    ),
    Route(
        _POST,
        "/auth/refresh",
        auth.refresh,
        _OPEN,
        "New tokens for a refresh token; the old access token is good for 30 s more",
        Answer(json=RefreshedAnswer),
        (401, 503, *BODY_ERRORS),
        body=RefreshBody,
        deed="session.refresh",
    ),
    Route(
        _POST,
        "/auth/logout",
        auth.logout,
        Permission.PERSON,
        "End the session of the token",
        Answer(json=MessageAnswer),
        (401, 403, 503),
        deed="logout",
    ),
    Route(
        _POST,
        "/auth/session",
        auth.open_session,
        _OPEN,
        "A cookie for our own page: for name and password, or for a one-use code",
        Answer(json=MeAnswer),
        (401, 403, 429, 503, *BODY_ERRORS),
        body=SessionBody,
        deed="login",
    ),
    Route(_GET, "/auth/session", auth.show_session, _ANY_USER, "Who asks", Answer(json=MeAnswer), (401,)),
    Route(
        _DELETE,
        "/auth/session",
        auth.close_session,
        _OPEN,
        "End the session of the cookie, and forget the cookie",
        Answer(204),
        (403, 503),
        deed="logout",
    ),
    Route(
        _POST,
        "/auth/codes",
        auth.make_code,
        Permission.PERSON,
        "A code that opens one session of a viewer on another screen, once, within a minute",
        Answer(json=CodeAnswer),
        (401, 403, 404, *BODY_ERRORS),
        body=CodeBody,
        is_body_required=False,
        deed="code.add",
    ),
)

_TOKENS = (
    Route(
        _GET,
        "/auth/tokens",
        tokens.list_tokens,
        Permission.PERSON,
        "The caller's API tokens, newest first; everybody's for administrators",
        Answer(json=ApiTokenAnswer, is_array=True),
        (401, 403),
    ),
    Route(
        _POST,
        "/auth/tokens",
        tokens.create_token,
        Permission.PERSON,
        "Make an API token that may no more than its maker; its text is shown this once",
        Answer(201, json=NewTokenAnswer),
        (401, 403, 503, *BODY_ERRORS),
        body=TokenBody,
        deed="token.add",
    ),
    Route(
        _DELETE,
        "/auth/tokens/{token_id}",
        tokens.revoke_token,
        Permission.PERSON,
        "Revoke an API token",
        Answer(204),
        (401, 403, 404, 503),
        deed="token.delete",
    ),
)

_USERS = (
    Route(_GET, "/users/me", users.show_me, _ANY_USER, "Who asks", Answer(json=MeAnswer), (401,)),
    Route(
        _POST,
        "/users/me/password",
        users.change_password,
        Permission.PERSON,
        "Change one's own password; every other session ends",
        Answer(json=MessageAnswer),
        (401, 403, 429, 503, *BODY_ERRORS),
        body=PasswordBody,
        deed="password.edit",
    ),
    Route(
        _GET,
        "/users",
        users.list_users,
        _ADMIN,
        "All users, by name",
        Answer(json=UserAnswer, is_array=True),
        (401, 403),
    ),
    Route(
        _POST,
        "/users",
        users.create_user,
        _ADMIN,
        "Add a user",
        Answer(201, json=UserAnswer),
        (401, 403, 409, 429, 503, *BODY_ERRORS),
        body=UserBody,
        deed="user.add",
    ),
    Route(
        hdrs.METH_PATCH,
        "/users/{user_id}",
        users.edit_user,
        _ADMIN,
        "Change a user; a missing field or null stays as it is, but a scope of null means all cameras",
        Answer(json=UserAnswer),
        (401, 403, 404, 409, 429, 503, *BODY_ERRORS),
        body=UserChangeBody,
        deed="user.edit",
    ),
    Route(
        _DELETE,
        "/users/{user_id}",
        users.delete_user,
        _ADMIN,
        "Remove a user with his sessions and API tokens",
        Answer(204),
        (401, 403, 404, 409, 503),
        deed="user.delete",
    ),
)

_AUDIT = (
    Route(
        _GET,
        "/security-operations/audit",
        audit.audit,
        _ADMIN,
        "Who did what, newest first; as a table when CSV is what is accepted",
        Answer(json=AuditAnswer, is_array=True, media=(CSV_TYPE,)),
        (401, 403, 422, 503),
        times=("since", "until"),
        numbers=("limit", "before"),
        deed="audit.export",
    ),
    Route(
        _GET,
        "/security-operations/audit/chain",
        audit.chain,
        _ADMIN,
        "Whether the audit log still is as it was written",
        Answer(json=ChainAnswer),
        (401, 403, 503),
    ),
)

ACCESS = (*_LOGIN, *_TOKENS, *_USERS, *_AUDIT)
