"""What must never be told: credentials in texts, known by their shape or because they are ours."""

import json
import re
from collections.abc import Iterable

HIDDEN = "***"

_SHORTEST = 4
"""Characters: hiding shorter secrets wherever their letters stand would spell them out."""

# Tried in this order on any text that leaves us: what stands before the secret stays, the secret does not.
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # Of a camera's URL nothing is told: makers put passwords into paths and queries, too.
        (r"\b(rtsps?)://[^\s'\"]*", rf"\1://{HIDDEN}"),
        (r"(?<=://)[^/\s'\"]*@", f"{HIDDEN}@"),
        # A header's value is everything up to the end of its line.
        (
            r"\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-csrf-token)(['\"]?\s*[:=]\s*)[^\r\n]+",
            rf"\1\2{HIDDEN}",
        ),
        (r"\b(bearer\s+)[^\s,'\"]+", rf"\1{HIDDEN}"),
        # Our own tokens of all kinds, and grants in paths.
        (r"\b(ss[ackrt]_)[\w-]+", rf"\1{HIDDEN}"),
        (r"(/m/)[\w%=.~-]{16,}", rf"\1{HIDDEN}"),
        (
            r"((?:password|passwd|token|api_key|secret)(?:['\"]\s*:|\s*=)\s*)"
            r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s&,;'\"})]+)",
            rf"\1{HIDDEN}",
        ),
    )
)


def redacted(text: str) -> str:
    """The text without whatever looks like a credential."""
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return text


def without(text: str, secrets: Iterable[str]) -> str:
    """The text without these very secrets."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def _written(secret: str) -> set[str]:
    """The secret, and how Python and JSON write it between quotes."""
    quoted = (repr(secret), ascii(secret), json.dumps(secret), json.dumps(secret, ensure_ascii=False))
    return {secret, *(text[1:-1] for text in quoted)}


class Secrets:
    """The secrets that are in use now, by their owner: a camera's id, the name of a setting."""

    def __init__(self) -> None:
        self._owned: dict[str, tuple[str, ...]] = {}
        self._longest_first: tuple[str, ...] = ()

    def keep(self, owner: str, secrets: Iterable[str]) -> None:
        """From now on these are the owner's, and no others; none for an owner who is gone."""
        self._owned.pop(owner, None)
        long_enough = [secret for secret in secrets if len(secret) >= _SHORTEST]
        if long_enough:
            self._owned[owner] = tuple(form for secret in long_enough for form in _written(secret))
        # The longest first: one may be a part of another.
        every = {secret for owned in self._owned.values() for secret in owned}
        self._longest_first = tuple(sorted(every, key=len, reverse=True))

    def redacted(self, text: str) -> str:
        """The text without these secrets and whatever looks like one."""
        return redacted(without(text, self._longest_first))
