"""What the audit log holds: who did what to what, from where, with what outcome. Never a secret value."""

from enum import StrEnum

from attrs import field, frozen

_LONGEST = 200
"""Characters of one text; what clients send may be longer than anybody wants to read or keep."""

_UNSEEN = "\N{REPLACEMENT CHARACTER}"


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"
    """Whoever asked may not, or could not prove who he is."""
    FAILED = "failed"
    """For any other reason."""


def _shown(text: str) -> str:
    """At most so many characters, and only those that can be seen (and encoded)."""
    text = text[:_LONGEST]
    if text.isprintable():  # nearly always, and ten times as fast
        return text
    return "".join(letter if letter.isprintable() else _UNSEEN for letter in text)


def _text() -> str:
    made: str = field(default="", converter=_shown)
    return made


@frozen
class Deed:
    """One thing that somebody did. `status` is the HTTP status of the answer; None: there was none."""

    at: int
    """Milliseconds since 1970 UTC: whole ones, so that their text is the same for everybody who hashes it."""
    action: str
    outcome: Outcome
    who: str = _text()
    """The name of a user, device or API token; empty: nobody knows."""
    user_id: str | None = None
    via: str = ""
    """What proved it: a CallerKind; empty: nothing; "server" and "shell": ourselves, and our command line."""
    key: str = ""
    """Names the session or API token; no secret."""
    address: str = _text()
    target: str = _text()
    """The id of the camera, user or API token; empty: there is none."""
    status: int | None = None
    detail: str = _text()


@frozen
class Entry:
    """A deed as it stands in the log, at its place in the chain."""

    entry_id: int
    deed: Deed
    hash: bytes
