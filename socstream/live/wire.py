"""The bytes on our WebSockets: whole frames (RFC 6455), neither masked nor compressed."""

from functools import lru_cache
from struct import Struct
from typing import Final

import msgspec

CONFIGURATION: Final = 0
KEYFRAME: Final = 1
OTHER_UNIT: Final = 2

_FIRST = 1  # flag: the first unit of a run, or after another configuration

_HEADER = Struct(">HBBdd")  # stream, kind, flags, arrival, presentation: 20 bytes

_TEXT, _BINARY = 0x81, 0x82  # whole messages in one frame each
_SHORT, _MEDIUM, _LONG = Struct(">BB"), Struct(">BBH"), Struct(">BBQ")
_IN_TWO_BYTES, _IN_EIGHT_BYTES = 126, 127


def text_frame(message: dict[str, object]) -> bytes:
    """A JSON message."""
    text = msgspec.json.encode(message)
    return _opening(_TEXT, len(text)) + text


@lru_cache(maxsize=1)
def framed(text: bytes) -> bytes:
    """A text that is encoded already; the same one comes again for all who are told the same."""
    return _opening(_TEXT, len(text)) + text


def binary_frame(
    stream: int, kind: int, arrived: float, presentation: float, payload: bytes, *, is_first: bool = False
) -> bytes:
    """A configuration or an access unit; `arrived` in seconds since 1970, `presentation` in milliseconds."""
    header = _HEADER.pack(stream, kind, _FIRST if is_first else 0, arrived * 1000, presentation)
    return b"".join((_opening(_BINARY, _HEADER.size + len(payload)), header, payload))


def _opening(kind: int, length: int) -> bytes:
    """What stands before the payload of a frame."""
    if length < _IN_TWO_BYTES:
        return _SHORT.pack(kind, length)
    if length < 1 << 16:
        return _MEDIUM.pack(kind, _IN_TWO_BYTES, length)
    return _LONG.pack(kind, _IN_EIGHT_BYTES, length)
