"""Reading a body, JSON or a table: strictly, so that what we store is what the client meant."""

import asyncio
import json
from typing import NoReturn

from aiohttp import StreamReader, hdrs, web

from socstream.api.adjusting import ADJUSTABLE
from socstream.model.errors import FieldError, InvalidInput, SocstreamError

LARGEST_BODY = 64 * 1024
"""Bytes of JSON; 413 above it."""

LARGEST_TABLE = 1024 * 1024
"""Bytes of a table: a thousand cameras of a thousand letters each."""

_DEEPEST = 16
_LARGEST_INTEGER = 2**53 - 1  # RFC 8259: beyond it readers disagree about the number


class BadJSON(SocstreamError):
    """The body is not JSON that all readers understand alike; the text names the place."""


class WrongContentType(SocstreamError):
    """The body is not declared as what is wanted."""


class EncodedBody(SocstreamError):
    """The body is compressed, and nobody knows how large it would become."""


class LargeBody(SocstreamError):
    """The body is larger than what is read of its kind."""

    def __init__(self, largest: int) -> None:
        super().__init__(f"The body is larger than {largest // 1024} KiB.")


class SlowBody(SocstreamError):
    """The body did not come in time; what is left of it is not waited for."""


async def read_json(request: web.Request) -> object:
    """The body as JSON; WrongContentType, EncodedBody, BadJSON, SlowBody or LargeBody."""
    content_type = request.content_type.lower()
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise WrongContentType("Send the body as JSON, with “Content-Type: application/json”.")
    return parse_json(await _read(request, LARGEST_BODY))


async def read_table(request: web.Request) -> str:
    """The body as the text of a CSV file; InvalidInput when it is not UTF-8, and what `read_json` raises."""
    if request.content_type.lower() != "text/csv" or (request.charset or "utf-8").lower() != "utf-8":
        raise WrongContentType("Send the body as CSV in UTF-8, with “Content-Type: text/csv”.")
    try:
        return (await _read(request, LARGEST_TABLE)).decode("utf-8-sig")  # spreadsheets begin it with a mark
    except UnicodeDecodeError as error:
        wrong = FieldError("body", f"is not UTF-8 (byte {error.start}); save the table as “CSV UTF-8”")
        raise InvalidInput(wrong) from error


async def _read(request: web.Request, largest: int) -> bytes:
    if hdrs.CONTENT_ENCODING in request.headers:
        raise EncodedBody("Send the body as it is, without “Content-Encoding”.")
    if (request.content_length or 0) > largest:
        raise LargeBody(largest)
    try:
        async with asyncio.timeout(request.app[ADJUSTABLE].settings.body_timeout):
            return await _gathered(request.content, largest)
    except TimeoutError as error:
        raise SlowBody("The body did not come in time.") from error
    except web.RequestPayloadError as error:
        raise BadJSON("The body is not encoded as its headers say.") from error


async def _gathered(content: StreamReader, largest: int) -> bytes:
    body = bytearray()
    async for part in content.iter_any():
        body += part
        if len(body) > largest:
            raise LargeBody(largest)
    return bytes(body)


def parse_json(body: bytes) -> object:
    """What `body` says, with duplicate keys, NaN, depth and numbers beyond all readers refused."""
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except UnicodeDecodeError as error:
        raise BadJSON(f"The body is not UTF-8 (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise BadJSON(f"The body is not JSON: line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise BadJSON(f"The body is nested deeper than {_DEEPEST} levels.") from error
    _check(value, "", 1)
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadJSON(f"The body has the key {_shown(twice)} twice in one object.")
    return value


def _no_constant(text: str) -> NoReturn:
    raise BadJSON(f"The body holds {text}, which JSON does not know.")


def _finite(text: str) -> float:
    number = float(text)
    if abs(number) == float("inf"):
        raise BadJSON(f"The body holds the number {text[:40]}, which is too large.")
    return number


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > _LARGEST_INTEGER:
        raise BadJSON(f"The body holds the number {text[:40]}, which is too large.")
    return int(text)


def _check(value: object, place: str, depth: int) -> None:
    """Refuse what the parser lets pass: depth, and texts that are no Unicode."""
    if isinstance(value, str):
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise BadJSON(f"The body has a lone surrogate{place}.")
    elif isinstance(value, dict | list):
        if depth > _DEEPEST:
            raise BadJSON(f"The body is nested deeper than {_DEEPEST} levels.")
        if isinstance(value, dict):
            for name, item in value.items():
                _check(name, " in a key", depth)
                _check(item, f" in {_shown(name)}", depth + 1)
        else:
            for item in value:
                _check(item, place, depth + 1)


def _shown(name: str) -> str:
    return json.dumps(name[:40])
