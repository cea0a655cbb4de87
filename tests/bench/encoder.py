"""In FFmpeg's place: a stream of segments of exactly 1 MiB, for which no camera is needed.

As a program (`python encoder.py FFMPEG SECONDS WORDS…`) it does what the words tell FFmpeg to do, if that is
to make HLS: six segments at once, then one every so many seconds. Anything else FFmpeg itself does.
"""

import os
import shlex
import struct
import sys
import time
from itertools import pairwise
from pathlib import Path

SEGMENT = 1024 * 1024
"""Bytes."""

_LISTED = 6
_KEPT = 20
_AT_ONCE = 0.3
"""Seconds between the first ones. They may be said to last up to 7 s: if they came any earlier than that, the
timeline would begin its list anew."""


def write_stand_in(path: Path, ffmpeg: Path, seconds: float) -> Path:
    """The program that stands in for FFmpeg, at `path`."""
    words = (sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(ffmpeg), str(seconds))
    path.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    path.chmod(0o755)
    return path


def _box(kind: bytes, size: int) -> bytes:
    return struct.pack(">I4s", size, kind) + bytes(size - 8)


def _encode(playlist: Path, init: str, first: int, seconds: float) -> None:
    directory = playlist.parent
    (directory / init).write_bytes(_box(b"ftyp", 24) + _box(b"moov", 700))
    segment = _box(b"moof", 1000) + _box(b"mdat", SEGMENT - 1000)
    number = first
    while True:
        _put(directory / f"{number}.m4s", segment)
        (directory / f"{number - _KEPT}.m4s").unlink(missing_ok=True)
        listed = range(max(first, number - _LISTED + 1), number + 1)
        entries = "".join(f"#EXTINF:{seconds:f},\n{each}.m4s\n" for each in listed)
        sys.stderr.write(f"[hls @ 0] [info] Opening '{playlist}.tmp' for writing\n")
        _put(playlist, b"#EXTM3U\n" + entries.encode())
        number += 1
        time.sleep(_AT_ONCE if number - first < _LISTED else seconds)


def _put(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.tmp")
    beside.write_bytes(content)
    beside.replace(path)


def _main(ffmpeg: str, seconds: str, *words: str) -> None:
    if "hls" not in words:
        os.execv(ffmpeg, [ffmpeg, *words])
    option = dict(pairwise(words))
    [playlist] = (word for word in words if word.endswith(".m3u8"))
    init, first = option["-hls_fmp4_init_filename"], int(option["-start_number"])
    _encode(Path(playlist), init, first, float(seconds))


if __name__ == "__main__":
    _main(*sys.argv[1:])
