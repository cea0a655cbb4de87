"""Readers of single values: what a field takes, and in words what is wrong with anything else."""

import ipaddress
import unicodedata
from collections.abc import Callable
from math import inf

import msgspec
from attrs import frozen

from socstream.model.errors import InvalidInput
from socstream.model.source import host_error, parse_source

Read = Callable[[object], object]
"""Takes any JSON value, gives what it means; raises Wrong."""

_LARGEST_OBJECT = 8 * 1024  # bytes; a location is repeated in every list of all cameras
_JOINERS = "\u200c\u200d"  # format characters that names in some scripts, and emoji, need


class Wrong(Exception):
    """What is wrong with a value ("must be …")."""


@frozen
class Check:
    """Annotates a type with its reader, which raises Wrong."""

    read: Read


def text(shortest: int, longest: int, *, verbatim: bool = False) -> Read:
    """A reader of texts, trimmed and fit to be shown; `verbatim` refuses control characters only."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong("must be text")
        if not verbatim:
            value = value.strip()
        if any(_is_invisible(letter, verbatim=verbatim) for letter in value):
            raise Wrong("must not hold control characters or invisible marks")
        if len(value) < shortest:
            raise Wrong("must not be empty")
        if len(value) > longest:
            raise Wrong(f"must not be longer than {longest} characters")
        return value

    return read


def _is_invisible(letter: str, *, verbatim: bool) -> bool:
    category = unicodedata.category(letter)
    if verbatim:
        return category == "Cc"
    return category in ("Cc", "Zl", "Zp") or (category == "Cf" and letter not in _JOINERS)


def place(value: object) -> str:
    """Read an IP address or a host name."""
    host = str(text(1, 253)(value))
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        if ":" in host or host_error(host):
            raise Wrong("must be an IP address or a host name") from None
        return host


def source_url(value: object) -> str:
    """Read a URL that `parse_source` takes."""
    if not isinstance(value, str):
        raise Wrong("must be text")
    try:
        parse_source(value)
    except InvalidInput as error:
        raise Wrong(error.errors[0].message) from error
    return value


def one_of(*choices: str) -> Read:
    """A reader of one of some texts."""

    def read(value: object) -> object:
        if value not in choices:
            raise Wrong("must be one of " + ", ".join(choices))
        return value

    return read


def whole_number(smallest: int, largest: int | None = None) -> Callable[[object], int]:
    """A reader of whole numbers; true and false are none."""
    low, high = smallest, inf if largest is None else largest
    wanted = f"from {smallest} on" if largest is None else f"from {smallest} to {largest}"

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Wrong(f"must be a whole number {wanted}")
        return value

    return read


def number_between(low: float, high: float) -> Read:
    """A reader of numbers; true and false are none."""

    def read(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise Wrong(f"must be a number between {low:g} and {high:g}")
        return float(value)

    return read


def bounded_object(or_text: Read | None = None) -> Read:
    """A reader of JSON objects of bearable size, or of texts with another reader."""

    def read(value: object) -> object:
        if or_text is not None and isinstance(value, str):
            return or_text(value)
        if not isinstance(value, dict):
            raise Wrong("must be an object" if or_text is None else "must be text or an object")
        if len(msgspec.json.encode(value)) > _LARGEST_OBJECT:
            raise Wrong(f"must not be larger than {_LARGEST_OBJECT} bytes")
        return value

    return read
