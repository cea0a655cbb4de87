"""The texts that let somebody in: how they are made, and what of them is kept."""

import hashlib
import secrets

_ACCESS, _REFRESH, _COOKIE, _API, _CODE = "ssa_", "ssr_", "ssc_", "sst_", "ssk_"

_FAMILY = len(_REFRESH) + 22
"""Letters of a refresh token that stay the same when it is renewed: 16 random bytes in base64."""


def digest(text: str) -> bytes:
    """What is stored of a token. No salt and no stretching: nobody guesses 24 random bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def new_key() -> str:
    """The id of a session or API token: 16 hex digits, no secret."""
    return secrets.token_hex(8)


def new_access() -> str:
    """An access token."""
    return _ACCESS + secrets.token_urlsafe(32)


def new_cookie() -> str:
    """What the cookie of a page holds."""
    return _COOKIE + secrets.token_urlsafe(32)


def new_api_token() -> str:
    """An API token."""
    return _API + secrets.token_urlsafe(32)


def new_code() -> str:
    """A one-use code."""
    return _CODE + secrets.token_urlsafe(24)


def new_refresh(former: str | None = None) -> str:
    """A refresh token of a new family, or of the family of `former`.

    Its family is how a token used twice is known, however long ago: one without a memory of it is theft.
    """
    start = _REFRESH + secrets.token_urlsafe(16) if former is None else former[:_FAMILY]
    return start + secrets.token_urlsafe(24)


def family(refresh: str) -> bytes:
    """What is stored of that part which all refresh tokens of a session have in common."""
    return digest(refresh[:_FAMILY])
