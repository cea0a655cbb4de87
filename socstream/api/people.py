"""Users and API tokens: from bodies to wishes, and from what is true to answers."""

from typing import Any

from attrs import fields

from socstream.api.schema_access import (
    ApiTokenAnswer,
    MeAnswer,
    TokenBody,
    UserAnswer,
    UserBody,
    UserChangeBody,
)
from socstream.api.structure import structure
from socstream.api.times import iso
from socstream.model.account import Caller, Keep, Level, Role, Scope, User, UserDraft, UserEdit, UserStatus
from socstream.model.session import ApiToken, TokenDraft

_PLAIN = tuple(field.name for field in fields(UserEdit) if field.name not in ("scope", "status"))

_ROLES = {
    Level.VIEWER: Role.VIEWER,
    Level.OPERATOR: Role.OPERATOR,
    Level.MANAGER: Role.SECURITY_MANAGER,
    Level.ADMIN: Role.ADMIN,
}
"""What whoever is no user is called, by what he may."""


def draft_from(data: object) -> UserDraft:
    """A user to be created; InvalidInput with all that is wrong."""
    body = structure(data, UserBody)
    given = {name: value for name in _PLAIN if (value := getattr(body, name)) is not None}
    return UserDraft(**given, status=UserStatus(body.status or UserStatus.ACTIVE), scope=body.scope)


def edit_from(data: object) -> UserEdit:
    """The wished changes of a user; InvalidInput with all that is wrong."""
    body = structure(data, UserChangeBody)
    given: dict[str, Any] = {name: getattr(body, name) for name in _PLAIN}
    is_scoped = isinstance(data, dict) and "scope" in data
    return UserEdit(
        **given,
        status=None if body.status is None else UserStatus(body.status),
        scope=body.scope if is_scoped else Keep.KEEP,
    )


def token_from(data: object) -> TokenDraft:
    """An API token to be made; InvalidInput with all that is wrong."""
    body = structure(data, TokenBody)
    return TokenDraft(body.name, body.role, body.scope, body.expires_at)


def me_answer(user: User) -> MeAnswer:
    """A user as the contract has him."""
    return MeAnswer(**_of_user(user))


def program_answer(caller: Caller) -> MeAnswer:
    """The same of a caller who is no user: an API token goes by its own name and id."""
    return MeAnswer(
        user_id=caller.key,
        email="",
        username=caller.name,
        first_name="",
        last_name="",
        roles=(_ROLES[caller.level],),
        preferred_language="en",
        timezone="UTC",
        status=UserStatus.ACTIVE,
    )


def user_answer(user: User) -> UserAnswer:
    """A user as administrators see him."""
    return UserAnswer(**_of_user(user), scope=_listed(user.scope), created_at=iso(user.created_at))


def token_answer(token: ApiToken) -> ApiTokenAnswer:
    """An API token, without its text."""
    return ApiTokenAnswer(
        token_id=token.token_id,
        user_id=token.user_id,
        name=token.name,
        role=token.role,
        scope=_listed(token.scope),
        created_at=iso(token.created_at),
        expires_at=None if token.expires_at is None else iso(token.expires_at),
        last_used=None if token.last_used is None else iso(token.last_used),
    )


def _of_user(user: User) -> dict[str, Any]:
    return {field.name: getattr(user, field.name) for field in fields(MeAnswer)}


def _listed(scope: Scope) -> tuple[str, ...] | None:
    return None if scope is None else tuple(sorted(scope))
