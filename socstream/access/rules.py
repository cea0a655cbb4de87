"""What user names, passwords and API tokens may be. Refused, never repaired; all that is wrong is named."""

import re
from collections.abc import Iterator

from socstream.model.account import PASSWORD_LENGTH, Scope, User
from socstream.model.camera import canonical_id
from socstream.model.errors import FieldError, InvalidInput
from socstream.model.session import TokenDraft
from socstream.store.accounts import login_key

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_TIMEZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def check_user(user: User, password: str | None = None) -> None:
    """Raises InvalidInput for what no user may be; `password`: the new one that he is to have."""
    errors = [*_wrong_with(user)]
    wrong = None if password is None else wrong_password(password, user.username, user.email)
    if wrong is not None:
        errors.append(FieldError("password", wrong))
    if errors:
        raise InvalidInput(*errors)


def wrong_password(password: str, *names: str) -> str | None:
    """What is wrong with a new password of the user with these `names`; None if nothing."""
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        return f"must have {shortest} to {longest} characters"
    if any("\ud800" <= letter <= "\udfff" for letter in password):
        return "must be a text"
    if login_key(password) in {login_key(name) for name in names if name}:
        return "must not be the user's own name or e-mail"
    return None


def check_token(draft: TokenDraft, maker: User, now: float) -> None:
    """Raises InvalidInput for an API token that could not be, or could more than its maker."""
    errors = []
    if not _is_plain(draft.name, 1, 100):
        errors.append(FieldError("name", "must have 1 to 100 printable characters"))
    if draft.role.level > maker.level:
        errors.append(FieldError("role", "must not be higher than your own"))
    errors += _wrong_with_scope(draft.scope)
    if draft.scope is not None and maker.scope is not None and not draft.scope <= maker.scope:
        errors.append(FieldError("scope", "must hold only cameras that you may see yourself"))
    if draft.expires_at is not None and draft.expires_at.timestamp() <= now:
        errors.append(FieldError("expires_at", "must be in the future"))
    if errors:
        raise InvalidInput(*errors)


def _wrong_with(user: User) -> Iterator[FieldError]:
    if not _is_plain(user.username, 1, 64) or user.username != user.username.strip():
        yield FieldError("username", "must have 1 to 64 printable characters, and no space at its ends")
    if user.email and not (_is_plain(user.email, 3, 254) and _EMAIL.fullmatch(user.email)):
        yield FieldError("email", "must be empty or an e-mail address")
    for field, text in (("first_name", user.first_name), ("last_name", user.last_name)):
        if not _is_plain(text, 0, 100):
            yield FieldError(field, "must have at most 100 printable characters")
    if not _LANGUAGE.fullmatch(user.preferred_language) or len(user.preferred_language) > 35:
        yield FieldError("preferred_language", "must be a language tag such as “en” or “de-AT”")
    if not _TIMEZONE.fullmatch(user.timezone) or len(user.timezone) > 64:
        yield FieldError("timezone", "must be the name of a time zone such as “UTC” or “Europe/Berlin”")
    if not user.roles:
        yield FieldError("roles", "must hold at least one role")
    yield from _wrong_with_scope(user.scope)


def _wrong_with_scope(scope: Scope) -> Iterator[FieldError]:
    if scope is not None and any(canonical_id(camera_id) != camera_id for camera_id in scope):
        yield FieldError("scope", "must hold camera ids")


def _is_plain(text: str, shortest: int, longest: int) -> bool:
    return shortest <= len(text) <= longest and text.isprintable()
