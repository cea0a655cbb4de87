"""Copies of the database: made while it is in use, checked before they count, and put in its place again."""

import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from attrs import frozen

from socstream.model.errors import StoreUnavailable
from socstream.store.migrations import STEPS

log = logging.getLogger(__name__)

KEPT = 3
"""Of each kind but those that somebody asked for."""

LEAP = 1_000_000
"""Segments, and discontinuities: how far a restored ceiling is raised. No camera has had so many since the
copy was made, and players do not mind: see model/ceiling.py."""

_COMPANIONS = ("-wal", "-shm", "-journal")
_NAME = re.compile(r"(hourly|migration|asked)-(\d{8}T\d{6})Z(?:-\d+)?\.db")
_TIME = "%Y%m%dT%H%M%S"

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Kind(StrEnum):
    """Why a copy was made."""

    HOURLY = "hourly"
    MIGRATION = "migration"
    ASKED = "asked"


class StoreDamaged(StoreUnavailable):
    """The database is no database any more; only a backup helps."""


@frozen
class Backup:
    """One copy that is kept; `made` in wall seconds."""

    path: Path
    kind: Kind
    made: float


class Backups:
    """The copies beside a database. Every method blocks, and may run in a thread while the server works."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._directory = database.parent / "backups"

    def all(self) -> list[Backup]:
        """Those that there are, the newest first; whether they are good is not known."""
        try:
            names = sorted(path.name for path in self._directory.iterdir())
        except OSError:
            return []
        found = [_parsed(self._directory / name) for name in names]
        return sorted(filter(None, found), key=lambda backup: (backup.made, backup.path.name), reverse=True)

    def newest_good(self) -> Backup | None:
        """The newest that passes its check; those that do not are named in the log."""
        for backup in self.all():
            fault = fault_of(backup.path)
            if fault is None:
                return backup
            log.error("the backup %s is no good: %s", backup.path, fault)
        return None

    def make(self, kind: Kind, now: float) -> Path:
        """One more, checked; those of the same kind that are too many go. Raises StoreUnavailable."""
        stamp = datetime.fromtimestamp(now, UTC).strftime(_TIME)
        with _told("The backup cannot be made"):
            self._directory.mkdir(mode=0o700, exist_ok=True)
            target = _free_name(self._directory, f"{kind}-{stamp}Z")
            copy(self._database, target)
            for old in [each for each in self.all() if each.kind is kind][KEPT:]:
                if kind is not Kind.ASKED:
                    old.path.unlink(missing_ok=True)
        return target

    def forget(self) -> None:
        """Delete all copies but those that somebody asked for: they hold what must not be kept. OSError."""
        for each in self.all():
            if each.kind is not Kind.ASKED:
                each.path.unlink(missing_ok=True)

    def restore(self, backup: Path, now: float) -> Path | None:
        """Put a good copy in the place of the database, which is kept aside; where. StoreUnavailable.

        Nobody may have the database open. Numbers of segments leap, for newer ones may be out there.
        """
        stamp = datetime.fromtimestamp(now, UTC).strftime(_TIME)
        with _told("The backup cannot be restored"):
            fresh = self._database.with_name(f"{self._database.name}.restoring")
            fresh.unlink(missing_ok=True)
            copy(backup, fresh)
            with closing(sqlite3.connect(fresh)) as connection, connection:
                connection.execute(
                    "UPDATE camera SET media_sequence = media_sequence + ?, "
                    "discontinuity_sequence = discontinuity_sequence + ?",
                    (LEAP, LEAP),
                )
            _sync(fresh)
            aside = self._put_aside(f"replaced-{stamp}Z")
            fresh.replace(self._database)
            _sync(self._database.parent)
        return aside

    def _put_aside(self, label: str) -> Path | None:
        """What is there, with its companions, which may hold the last commits; None: nothing is."""
        if not self._database.exists():
            return None
        aside = _free_name(self._database.parent, f"{self._database.stem}.{label}")
        for suffix in _COMPANIONS:
            with suppress(FileNotFoundError):
                Path(f"{self._database}{suffix}").rename(f"{aside}{suffix}")
        self._database.rename(aside)
        return aside


def copy_to(source: Path, target: Path) -> None:
    """A copy where somebody wants it, never in the place of a file that is there; StoreUnavailable."""
    if target.exists():
        raise StoreUnavailable(f"There is a file {target} already.")
    with _told("The backup cannot be made"):
        copy(source, target)


def copy(source: Path, target: Path) -> None:
    """A checked copy in one file, mode 0600, there as a whole or not at all; the source may be in use.

    Raises StoreUnavailable for one that is no good; sqlite3.Error, OSError.
    """
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    try:
        with closing(_reader(source)) as reading, closing(sqlite3.connect(partial)) as writing:
            reading.backup(writing)  # all at once: writers of a WAL database need not wait for it
            writing.execute("PRAGMA journal_mode = DELETE")  # a copy has no companions
        fault = fault_of(partial)
        if fault is not None:
            raise StoreUnavailable(f"The copy is no good: {fault}.")
        _sync(partial)
        partial.replace(target)
        _sync(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def fault_of(path: Path) -> str | None:
    """What is wrong with a database of ours, None if nothing is: its pages, its schema, its age."""
    try:
        with closing(_reader(path)) as connection:
            ((verdict,),) = connection.execute("PRAGMA quick_check(1)")
            ((version,),) = connection.execute("PRAGMA user_version")
            if verdict != "ok":
                return f"it is damaged ({' '.join(str(verdict).split())[:200]})"
            if not 0 < version <= len(STEPS):
                return f"it is none of ours, or of a newer version (schema {version})"
            connection.execute("SELECT camera_id FROM camera LIMIT 1").fetchall()
    except sqlite3.Error as error:
        return str(error)
    return None


def is_damage(error: sqlite3.Error) -> bool:
    """True when SQLite does not know the file for a database any more."""
    return getattr(error, "sqlite_errorcode", None) in _DAMAGED


def _reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)


def _parsed(path: Path) -> Backup | None:
    name = _NAME.fullmatch(path.name)
    if name is None:
        return None
    try:
        made = datetime.strptime(name[2], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Backup(path, Kind(name[1]), made.timestamp())


def _free_name(directory: Path, stem: str) -> Path:
    names = (f"{stem}.db" if number == 0 else f"{stem}-{number}.db" for number in range(1000))
    return next(directory / name for name in names if not (directory / name).exists())


def _sync(path: Path) -> None:
    """Survives a power cut from here on."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Failures of SQLite and of the file system as StoreUnavailable."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{what}: {error}.") from error
    except OSError as error:
        raise StoreUnavailable(f"{what}: {error.strerror or error}.") from error
