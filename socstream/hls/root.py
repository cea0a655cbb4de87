"""Which directory the segments go to, who may use it, and what is swept out of it. Runs before the loop."""

import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from socstream.model.camera import canonical_id
from socstream.model.errors import AlreadyRunning, ConfigError

MEBIBYTE = 1024 * 1024
SEGMENT_BYTES = MEBIBYTE
"""What a second of a generous 8 Mbit/s camera needs."""

SEGMENTS_ON_DISK = 14
"""Listed, readable afterwards, and FFmpeg's own two more at either end of a run."""

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (`claimed` looks at the owner of our directory in it)
_ROOT = 0
_MARKER = ".socstream"
_LOCK = "lock"


@frozen
class StreamRoot:
    """The chosen stream directory, and why this one."""

    path: Path
    is_tmpfs: bool
    free_bytes: int
    reason: str


def choose_root(configured: Path | None, data_dir: Path, cameras: int = 16) -> StreamRoot:
    """The stream directory: as configured, else on tmpfs with room for `cameras`, else below `data_dir`."""
    if configured is not None:
        free = _free(configured)
        return StreamRoot(configured, _is_tmpfs(configured), free, "as configured")
    needed = SEGMENTS_ON_DISK * SEGMENT_BYTES * max(cameras, 16)
    if _is_tmpfs(_SHARED_MEMORY) and os.access(_SHARED_MEMORY, os.W_OK):
        root = _on_tmpfs(data_dir)
        free = _free(root) + _used(root)
        if free >= needed:
            return StreamRoot(root, True, free, f"tmpfs with {free // MEBIBYTE} MiB free")
        reason = f"tmpfs has {free // MEBIBYTE} MiB free, {needed // MEBIBYTE} MiB are needed"
    else:
        reason = "no tmpfs that we may write to"
    return StreamRoot(data_dir / "streams", False, _free(data_dir), reason)


@contextmanager
def claimed(directory: Path) -> Iterator[None]:
    """Hold `directory` (made if need be) for this process alone; AlreadyRunning names the lock.

    ConfigError when it belongs to somebody else or is not ours to sweep.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.lstat()
    if stat.S_ISLNK(status.st_mode) and status.st_uid == _ROOT:
        status = directory.stat()  # systemd's, which leads to where the directories of a DynamicUser are
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise ConfigError(f"{directory} is not a directory of this user")
    lock = directory / _LOCK
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"another socstream is running: it holds the lock {lock}") from None
        yield
    finally:
        os.close(descriptor)


def is_claimed(directory: Path) -> bool:
    """Whether a process holds `directory` at this moment; nothing is made, and nothing held."""
    try:
        descriptor = os.open(directory / _LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def sweep(root: Path, known: Iterable[str]) -> None:
    """Remove everything in a claimed stream directory that belongs to no known camera.

    Only a directory that bears our marker is swept; one with other people's files is refused
    (ConfigError). Links are unlinked, never followed.
    """
    marker = root / _MARKER
    ours = {_MARKER, _LOCK}
    names = {path.name for path in root.iterdir()}
    if _MARKER not in names:
        # Logging out may delete all that a user has in /dev/shm; cameras that run then make theirs again.
        if any(canonical_id(name) is None for name in names - ours):
            raise ConfigError(f"the stream directory {root} holds files that are not ours; give an empty one")
        marker.touch(mode=0o600)
    for name in names - ours - set(known):
        path = root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def discard(data_dir: Path) -> None:
    """Remove what was kept on tmpfs for a data directory that will not come back; no server may run on it."""
    root = _on_tmpfs(data_dir)
    if root.is_dir() and not root.is_symlink() and root.lstat().st_uid == os.getuid():
        shutil.rmtree(root)


def is_nearly_full(root: Path) -> bool:
    """True when not even one more segment would surely fit; also when the directory cannot be asked."""
    try:
        return shutil.disk_usage(root).free < SEGMENT_BYTES
    except OSError:
        return True


def _on_tmpfs(data_dir: Path) -> Path:
    """One directory for each data directory, so that two servers of one user do not meet there."""
    name = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
    return _SHARED_MEMORY / f"socstream-{os.getuid()}-{name}"


def _is_tmpfs(path: Path) -> bool:
    """True when the file system that `path` is (or will be) on is a tmpfs."""
    device = _existing(path).stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return False
    return any(
        fields[2] == wanted and fields[fields.index("-") + 1] in ("tmpfs", "ramfs")
        for fields in (line.split() for line in mounts)
    )


def _free(path: Path) -> int:
    return shutil.disk_usage(_existing(path)).free


def _used(root: Path) -> int:
    """What an earlier life of ours left there: a restart must not move house because of it."""
    return sum(path.lstat().st_size for path in root.rglob("*")) if root.is_dir() else 0


def _existing(path: Path) -> Path:
    """The nearest directory above `path` (or itself) that exists."""
    return next(place for place in (path, *path.absolute().parents) if place.exists())
