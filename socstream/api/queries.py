"""Reading query parameters: what they mean, or InvalidInput with the name of the wrong one."""

from datetime import datetime

from aiohttp import web

from socstream.model.errors import FieldError, InvalidInput


def moment(request: web.Request, name: str, default: float) -> float:
    """A point in time as wall seconds."""
    text = request.query.get(name)
    if text is None:
        return default
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        example = "2026-03-01T12:00:00Z"
        raise InvalidInput(FieldError(name, f"must be an ISO 8601 time with its zone, such as {example}"))
    return found.timestamp()


def period(request: web.Request, earliest: float, latest: float) -> tuple[float, float]:
    """`since` and `until` as wall seconds; those two where they are not said."""
    since, until = moment(request, "since", earliest), moment(request, "until", latest)
    if since > until:
        raise InvalidInput(FieldError("since", "must not be later than until"))
    return since, until


def whole(request: web.Request, name: str, default: int, largest: int) -> int:
    """A whole number from 1 on."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= largest):
        raise InvalidInput(FieldError(name, f"must be a whole number from 1 to {largest}"))
    return int(text)


def flag(request: web.Request, name: str) -> bool:
    """Whether it is said, with no value or with true."""
    text = request.query.get(name)
    if text not in (None, "", "true", "false"):
        raise InvalidInput(FieldError(name, "must be true or false"))
    return text in ("", "true")
