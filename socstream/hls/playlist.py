"""Playlists as text (RFC 8216): FFmpeg's is parsed strictly, ours is rendered."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise

from attrs import frozen

LARGEST_PLAYLIST = 64 * 1024
"""Bytes. FFmpeg's list of six segments has 500; anything near this is not FFmpeg's."""

LONGEST_SEGMENT = 60.0
"""Seconds. When a camera's time stamps jump, FFmpeg lists one segment of an hour, or of half a day. Its
duration would last as our target, and our patience with a silent camera would be three times as long.
"""

_ENTRY = re.compile(r"#EXTINF:([0-9]{1,6}(?:\.[0-9]{1,9})?),\n(?:#EXT-X-[^\n]*\n)*([0-9]{1,15})\.m4s\n")


class BadPlaylist(ValueError):
    """The text is not a playlist as FFmpeg writes it for us."""


@frozen
class Entry:
    """One segment of FFmpeg's playlist: its number and its duration in seconds."""

    number: int
    duration: float


def parse_playlist(text: str) -> tuple[Entry, ...]:
    """The entries of FFmpeg's playlist, oldest first; BadPlaylist for a cut, foreign or senseless one."""
    if not text.startswith("#EXTM3U\n") or not text.endswith("\n"):
        raise BadPlaylist("cut or foreign")
    entries = tuple(Entry(int(number), float(duration)) for duration, number in _ENTRY.findall(text))
    if len(entries) != text.count("\n#EXTINF:"):
        raise BadPlaylist("an entry that is not ours")
    if any(entry.duration > LONGEST_SEGMENT for entry in entries):
        raise BadPlaylist("a duration that nobody has waited for")
    if any(after.number != before.number + 1 for before, after in pairwise(entries)):
        raise BadPlaylist("numbers that do not follow each other")
    return entries


@frozen
class Line:
    """One segment as our playlist shows it. `began`: wall seconds of its first picture."""

    uri: str
    init_uri: str
    duration: float
    began: float
    discontinuity: bool


def render_playlist(
    lines: Iterable[Line], *, media_sequence: int, discontinuity_sequence: int, target_duration: int
) -> bytes:
    """Our playlist. Never an ENDLIST: players take it as the end of the camera."""
    text = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{target_duration}",
        f"#EXT-X-MEDIA-SEQUENCE:{media_sequence}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuity_sequence}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    init_uri = None
    for line in lines:
        if line.discontinuity:
            text.append("#EXT-X-DISCONTINUITY")
        if line.discontinuity or line.init_uri != init_uri:
            init_uri = line.init_uri
            text.append(f'#EXT-X-MAP:URI="{init_uri}"')
        text.append(f"#EXT-X-PROGRAM-DATE-TIME:{_iso(line.began)}")
        text.append(f"#EXTINF:{line.duration:.3f},")
        text.append(line.uri)
    return ("\n".join(text) + "\n").encode()


def _iso(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
