"""Names of files and nothing else: what a camera's directory holds and what a URL may ask for."""

import re
from pathlib import Path

from attrs import frozen

PLAYLIST_NAME = "index.m3u8"
"""The public playlist: it exists in memory only."""

ENCODER_PLAYLIST = "encoder.m3u8"
"""FFmpeg's own playlist: its mtime says that a segment is complete; no client ever sees it."""

# No leading zeros and at most 15 digits: one segment has one name, and a name is always a number.
_MEDIA_NAME = re.compile(r"(?:0|[1-9][0-9]{0,14})\.m4s|init-(?:0|[1-9][0-9]{0,14})\.mp4")


def media_name(text: str) -> str | None:
    """`text` when a segment or init file could be called so, else None: a bad name never becomes a path."""
    return text if _MEDIA_NAME.fullmatch(text) else None


def segment_name(number: int) -> str:
    """The file of a segment; the number is its media sequence number."""
    return f"{number}.m4s"


def init_name(start_number: int) -> str:
    """The init file of a run: named after its first number, so that no two runs share one."""
    return f"init-{start_number}.mp4"


@frozen
class StreamLayout:
    """Where the files of each camera lie below the stream directory."""

    root: Path

    def directory(self, camera_id: str) -> Path:
        """Everything of one camera."""
        return self.root / camera_id

    def path(self, camera_id: str, name: str) -> Path:
        """A file of one camera; `name` has passed `media_name` or is one of ours."""
        return self.root / camera_id / name

    def encoder_playlist(self, camera_id: str) -> Path:
        """FFmpeg's own playlist."""
        return self.root / camera_id / ENCODER_PLAYLIST

    def saved_window(self, camera_id: str) -> Path:
        """The published list, kept for the next server process."""
        return self.root / camera_id / "window.json"
