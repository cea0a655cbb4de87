"""The built page, read once: a request can ask for nothing but the files that were there."""

import hashlib
import mimetypes
from pathlib import Path

from attrs import frozen

HOW_TO_BUILD = (
    "The page is not built. Install socstream again, or build it with: python -m socstream.ui.build"
)

_IMMUTABLE = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
_TEXTS = frozenset({"text/javascript", "text/css", "text/html", "text/plain"})


@frozen
class PageFile:
    """One file of the page. `etag` is quoted."""

    body: bytes
    content_type: str
    etag: str
    cache_control: str


class Page:
    """`index.html` and the files below `assets/`, whose names hold a hash of what they say."""

    def __init__(self, files: dict[str, PageFile]) -> None:
        self._files = files

    @classmethod
    def read(cls, directory: Path | None) -> "Page":
        """The page in a directory; an empty one when it is not there."""
        if directory is None or not (directory / "index.html").is_file():
            return cls({})
        files = {"index.html": _file(directory / "index.html", "no-cache")}
        for path in sorted(directory.glob("assets/**/*")):
            if path.is_file() and not path.is_symlink():
                files[path.relative_to(directory).as_posix()] = _file(path, _IMMUTABLE)
        return cls(files)

    @property
    def is_built(self) -> bool:
        """False when there is no page at all."""
        return bool(self._files)

    def get(self, name: str) -> PageFile | None:
        """A file by its path below the page's directory."""
        return self._files.get(name)


def _file(path: Path, cache_control: str) -> PageFile:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind in _TEXTS:
        kind += "; charset=utf-8"
    return PageFile(body, kind, f'"{hashlib.sha256(body).hexdigest()[:16]}"', cache_control)
