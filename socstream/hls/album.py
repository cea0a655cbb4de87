"""The files behind the pictures: the segments that they are made of, and the newest one of each camera."""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from attrs import field, frozen

from socstream.hls.fragment import opened
from socstream.hls.layout import StreamLayout, init_name, segment_name
from socstream.hls.timeline import Segment
from socstream.model.camera import canonical_id

T = TypeVar("T")

LARGEST_PICTURE = 4 * 1024 * 1024
"""Bytes of a JPEG; one of ours has 30 000 to 300 000."""

LARGEST_MOVIE = 4 * 1024 * 1024
"""Bytes of a segment that are looked at: its first picture stands at its beginning."""

_BEGIN, _END = b"\xff\xd8\xff", b"\xff\xd9"
_PICTURE, _UNFINISHED = ".jpg", ".tmp"


@frozen
class Picture:
    """What a camera showed at `taken` (wall seconds). `etag`, without quotes, names the content."""

    jpeg: bytes = field(repr=False)
    taken: float
    etag: str = field(init=False)

    @etag.default
    def _hash(self) -> str:
        return hashlib.sha256(self.jpeg).hexdigest()[:16]


def is_whole_jpeg(content: bytes) -> bool:
    """True for what begins and ends as a JPEG does; a full disk and a power cut leave others."""
    return content.startswith(_BEGIN) and content.endswith(_END)


class Album:
    """Everything that blocks, in one thread: a camera's file is never written after it was deleted.

    `close` ends the thread. A picture's file bears the time of the picture.
    """

    def __init__(self, directory: Path, layout: StreamLayout) -> None:
        self._directory = directory
        self._layout = layout
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="album")

    def close(self) -> None:
        """Wait for what is under way and end the thread."""
        self._thread.shutdown()

    async def movie(self, camera_id: str, segment: Segment) -> bytes:
        """The init file and the beginning of a segment, as one MP4; OSError when one of them is gone."""
        return await self._run(self._movie, camera_id, segment)

    async def load(self, camera_id: str) -> Picture | None:
        """The picture that was kept of a camera; None when there is none that can be shown."""
        return await self._run(self._load, camera_id)

    async def save(self, camera_id: str, picture: Picture) -> None:
        """Keep a picture in the place of the one before; OSError when it cannot be."""
        await self._run(self._save, camera_id, picture)

    def forget(self, camera_id: str) -> None:
        """Delete a camera's picture, soon: nobody waits for it."""
        self._thread.submit(_unlink, self._path(camera_id))

    async def sweep(self, known: Collection[str]) -> None:
        """Delete the pictures of unknown cameras, and what was never finished; nothing that is not ours."""
        await self._run(self._sweep, known)

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def _path(self, camera_id: str) -> Path:
        return self._directory / f"{camera_id}{_PICTURE}"

    def _movie(self, camera_id: str, segment: Segment) -> bytes:
        names = init_name(segment.run), segment_name(segment.number)
        return b"".join(_beginning(self._layout.path(camera_id, name), LARGEST_MOVIE) for name in names)

    def _load(self, camera_id: str) -> Picture | None:
        try:
            with opened(self._path(camera_id)) as descriptor:
                content = os.read(descriptor, LARGEST_PICTURE)
                taken = os.fstat(descriptor).st_mtime
        except OSError:
            return None
        return Picture(content, taken) if is_whole_jpeg(content) else None

    def _save(self, camera_id: str, picture: Picture) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(camera_id)
        unfinished = path.with_suffix(_UNFINISHED)
        _unlink(unfinished)  # of a life that was killed; EXCL follows no link either
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(picture.jpeg)
            file.flush()
            os.utime(descriptor, (picture.taken, picture.taken))
        unfinished.replace(path)

    def _sweep(self, known: Collection[str]) -> None:
        if not self._directory.is_dir():
            return
        for path in list(self._directory.iterdir()):
            is_unknown = path.suffix == _PICTURE and path.stem not in known
            is_ours = canonical_id(path.stem) is not None
            if is_ours and (is_unknown or path.suffix == _UNFINISHED):
                _unlink(path)


def _beginning(path: Path, most: int) -> bytes:
    with opened(path) as descriptor:
        return os.read(descriptor, most)


def _unlink(path: Path) -> None:
    with contextlib.suppress(OSError):  # gone already, or not to be helped
        path.unlink()
