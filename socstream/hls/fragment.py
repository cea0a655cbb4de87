"""What a media file that FFmpeg wrote tells of itself: is it whole, and in which format are its pictures?"""

import contextlib
import os
import stat
import struct
from collections.abc import Iterator
from errno import EINVAL
from pathlib import Path

from attrs import frozen

_BEGINNING = 4096
"""Bytes of media that are looked at: parameter sets come first, and have a hundred."""

_HEAD = 8192
"""Bytes that are read at once: styp and moof have one or two thousand."""

_UNITS = 4
"""Units that are looked at: a delimiter or the like, the parameter sets, a picture."""

_H264_SPS = 7
_H265_SPS = 0x42


@frozen
class Fragment:
    """A whole MP4 file of `size` bytes. `format`: the sequence parameter sets before its first picture;
    empty when the camera sends them in no band but the SDP.
    """

    size: int
    format: bytes


def inspect(path: Path | str) -> Fragment | None:
    """The file, when it is one and its boxes fill it exactly: a full disk leaves empty and cut ones."""
    try:
        with opened(path) as descriptor:
            return _inspected(descriptor, os.fstat(descriptor).st_size)
    except OSError:
        return None


@contextlib.contextmanager
def opened(path: Path | str) -> Iterator[int]:
    """The descriptor of a regular file, for reading; OSError for a link, a FIFO, a directory."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(EINVAL, "not a regular file")
        yield descriptor
    finally:
        os.close(descriptor)


def _inspected(descriptor: int, size: int) -> Fragment | None:
    # All of FFmpeg's boxes but the last begin here: one read instead of one for each.
    head = os.pread(descriptor, _HEAD, 0)
    offset, media = 0, b""
    while offset < size:
        header = head[offset : offset + 8]
        if len(header) < 8:
            header = os.pread(descriptor, 8, offset)
        length, kind = struct.unpack(">I4s", header) if len(header) == 8 else (0, b"")
        if length < 8:
            return None  # FFmpeg writes no 64-bit or endless boxes into segments
        if kind == b"mdat" and not media:
            media = _content(descriptor, head, offset + 8, min(_BEGINNING, length - 8))
        offset += length
    return Fragment(size, _parameter_sets(media)) if offset == size and size else None


def _content(descriptor: int, head: bytes, offset: int, length: int) -> bytes:
    """So much of the file, out of its `head` as far as that goes."""
    if offset + length <= len(head):
        return head[offset : offset + length]
    return os.pread(descriptor, length, offset)


def _parameter_sets(media: bytes) -> bytes:
    """The sequence parameter sets among the first NAL units, which stand behind their lengths."""
    sets, offset = b"", 0
    for _ in range(_UNITS):
        if offset + 5 > len(media):
            break
        length, first = struct.unpack_from(">IB", media, offset)
        offset += 4
        # In no stream does one codec use the other one's number here.
        if first & 0x1F == _H264_SPS or first == _H265_SPS:
            sets += media[offset : offset + length]
        elif sets:
            break
        offset += length
    return sets
