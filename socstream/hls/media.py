"""A media file that is held open: deleting it cuts nobody who is reading it."""

import os
from pathlib import Path

from socstream.hls.fragment import opened


class MediaFile:
    """A whole file, open until the last who uses it lets it go. `etag` with its quotes, as in the header."""

    __slots__ = ("descriptor", "etag", "size")

    def __init__(self, path: Path) -> None:
        """Blocks; raises OSError for what is no regular file."""
        self.descriptor = -1
        with opened(path) as descriptor:
            status = os.fstat(descriptor)
            self.descriptor = os.dup(descriptor)
        self.size = status.st_size
        self.etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'

    def __del__(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
