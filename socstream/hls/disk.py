"""Every blocking look at the stream directory, off the event loop and in threads of its own."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec
from attrs import frozen

from socstream.hls.fragment import inspect, opened
from socstream.hls.layout import ENCODER_PLAYLIST, StreamLayout, init_name, media_name, segment_name
from socstream.hls.playlist import LARGEST_PLAYLIST, BadPlaylist, parse_playlist
from socstream.hls.root import is_nearly_full
from socstream.hls.timeline import Window
from socstream.hls.trips import Trips


@frozen
class NewSegment:
    """A whole segment that FFmpeg has listed: number, duration in seconds, size in bytes.

    `format`: the parameter sets that its pictures begin with, see `Fragment`.
    """

    number: int
    duration: float
    size: int
    format: bytes = b""


@frozen
class Look:
    """What FFmpeg's playlist showed at `mtime` (nanoseconds): the whole segments newer than the last look.

    `newest` is the highest number that any look of this run has shown, None before the first.
    """

    mtime: int
    newest: int | None = None
    fresh: tuple[NewSegment, ...] = ()


@frozen
class _SavedWindow:
    """A window and the boot in which it was written: only within one boot is the file surely the newest."""

    boot: str
    window: Window


class StreamDisk:
    """The files of all cameras below one directory. `close` ends its threads."""

    def __init__(self, layout: StreamLayout) -> None:
        self._layout = layout
        self._trips = Trips("disk")

    def close(self) -> None:
        """Wait for what is under way and end the threads."""
        self._trips.close()

    async def prepare(self, camera_id: str, keep: frozenset[str]) -> None:
        """Make the camera's directory, with no file in it but those named in `keep`; OSError if not."""
        await self._trips.do(self._prepare, camera_id, keep)

    async def look(self, camera_id: str, seen: Look | None, run: int) -> Look | None:
        """What is new in FFmpeg's playlist since `seen`; None when its mtime is the same or it is bad.

        OSError when it is bad, or segments are, because the disk is full; and when it has been deleted, or
        its directory replaced by a link.
        """
        return await self._trips.do(self._look, camera_id, seen, run)

    async def save(
        self, camera_id: str, window: Window, expired: Iterable[str], emptied: Iterable[str] = ()
    ) -> None:
        """Save the window that is about to be published, and delete files that nobody may read any more.

        `emptied` are such that FFmpeg is going to delete itself, and would complain if it could not.
        """
        await self._trips.do(self._save, camera_id, window, tuple(expired), tuple(emptied))

    async def restore(self) -> dict[str, Window]:
        """Camera id → window, as saved by an earlier process of this boot, if its newest segment is there."""
        return await self._trips.do(self._restore)

    async def delete(self, camera_id: str) -> None:
        """Remove a camera's directory with all that is in it."""
        await self._trips.do(_remove, self._layout.directory(camera_id))

    def _prepare(self, camera_id: str, keep: frozenset[str]) -> None:
        root, directory = self._layout.root, self._layout.directory(camera_id)
        # Both may have been deleted, or replaced by something else, while we ran.
        if root.is_symlink():
            root.unlink()
        if not root.exists():
            root.mkdir(mode=0o700, parents=True)
        if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
            directory.unlink()
        directory.mkdir(mode=0o700, exist_ok=True)
        for entry in list(os.scandir(directory)):
            is_ours = entry.name in keep or entry.name == self._layout.saved_window(camera_id).name
            if not (is_ours and entry.is_file(follow_symlinks=False)):
                _remove(Path(entry.path))

    def _look(self, camera_id: str, seen: Look | None, run: int) -> Look | None:
        place = self._layout.directory(camera_id)
        directory = str(place)  # text joins faster: five paths would take a third of the time
        playlist = f"{directory}/{ENCODER_PLAYLIST}"
        try:
            mtime = os.lstat(playlist).st_mtime_ns
            if seen is not None and mtime == seen.mtime:
                return None
            entries = parse_playlist(_read_small(playlist).decode("ascii"))
        except FileNotFoundError:
            if seen is None:
                return None
            raise  # it was there: somebody deletes our files
        except (OSError, BadPlaylist, UnicodeDecodeError):
            self._check_space()
            return None  # not to be believed: silence is what the stall watch is for
        self._check_place(place)
        newest = seen.newest if seen is not None else None
        # Once is enough: FFmpeg writes it before a run's first segment, and never again.
        if newest is None and inspect(f"{directory}/{init_name(run)}") is None:
            return Look(mtime, newest)
        listed = [
            (entry, inspect(f"{directory}/{segment_name(entry.number)}"))
            for entry in entries
            if entry.number >= run and (newest is None or entry.number > newest)
        ]
        fresh = tuple(
            NewSegment(entry.number, entry.duration, file.size, file.format)
            for entry, file in listed
            if file is not None
        )
        if len(fresh) < len(listed):
            self._check_space()
        return Look(mtime, fresh[-1].number if fresh else newest, fresh)

    def _check_place(self, place: Path) -> None:
        """FFmpeg follows links that somebody puts in the place of a directory. OSError says it."""
        if self._layout.root.is_symlink() or place.is_symlink():
            raise OSError(errno.ELOOP, "a link stands in the place of the stream directory")

    def _check_space(self) -> None:
        """On a full disk FFmpeg goes on, writes empty and cut files, and says nothing. OSError says it."""
        if is_nearly_full(self._layout.root):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _save(
        self, camera_id: str, window: Window, expired: tuple[str, ...], emptied: tuple[str, ...]
    ) -> None:
        path = self._layout.saved_window(camera_id)
        temporary = path.with_suffix(".tmp")
        _write(temporary, msgspec.json.encode(_SavedWindow(boot_id(), window)))
        temporary.replace(path)
        for name in expired:
            with contextlib.suppress(FileNotFoundError):
                self._layout.path(camera_id, name).unlink()
        for name in emptied:
            with contextlib.suppress(FileNotFoundError):
                _empty(self._layout.path(camera_id, name))

    def _restore(self) -> dict[str, Window]:
        ids = [path.name for path in self._layout.root.iterdir()] if self._layout.root.is_dir() else []
        restored = ((camera_id, self._restored(camera_id)) for camera_id in ids)
        return {camera_id: window for camera_id, window in restored if window is not None}

    def _restored(self, camera_id: str) -> Window | None:
        directory = self._layout.directory(camera_id)
        if directory.is_symlink():
            return None
        try:
            text = _read_small(self._layout.saved_window(camera_id))
            saved = msgspec.json.decode(text, type=_SavedWindow)
            present = {
                entry.name: entry.stat(follow_symlinks=False).st_size
                for entry in os.scandir(directory)
                if media_name(entry.name) and entry.is_file(follow_symlinks=False)
            }
        except (OSError, BadPlaylist, msgspec.DecodeError):
            return None
        return saved.window.readable(present) if saved.boot == boot_id() else None


@cache
def boot_id() -> str:
    """The kernel's name for this boot. Page cache outlives a process, not a boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _read_small(path: Path | str) -> bytes:
    """The content of a small file; BadPlaylist for a large one."""
    with opened(path) as descriptor:
        content = os.read(descriptor, LARGEST_PLAYLIST + 1)
    if len(content) > LARGEST_PLAYLIST:
        raise BadPlaylist("too large")
    return content


def _write(path: Path, content: bytes) -> None:
    """Give a file this content; a third of what Python's buffered files cost."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        written = os.write(descriptor, content)
    finally:
        os.close(descriptor)
    if written < len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _empty(path: Path) -> None:
    """Take the content of a file, never of what a link points to."""
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    """Delete a file, a link (not what it points to) or a directory; nothing there is fine."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except FileNotFoundError:
        pass
