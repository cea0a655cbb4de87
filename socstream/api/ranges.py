"""Which part of a file is asked for: what of RFC 9110's ranges a player asks for, and no more."""

import re

_PART = re.compile(r"bytes=(?:([0-9]{1,40})-([0-9]{0,40})|-(0*[1-9][0-9]{0,39}))", re.IGNORECASE | re.ASCII)


def part_of(asked: str, size: int) -> range | None:
    """The bytes that a Range asks for, empty when there are none of them; None: the header is to be ignored.

    Several parts, and what cannot be understood, are.
    """
    found = _PART.fullmatch(asked)
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return range(max(0, size - int(suffix)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)
