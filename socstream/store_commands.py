"""`socstream backup|restore|check`: the database itself, in the hands of whoever has a shell here."""

import asyncio
import logging
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.status import Status

from socstream.config import Config
from socstream.hls.root import claimed
from socstream.model.errors import StoreUnavailable
from socstream.store.backups import Backups, Kind, copy_to, fault_of
from socstream.user_commands import note_in_audit

log = logging.getLogger(__name__)

_NO_KEY = "It holds no master key: keep that, too, or the cameras' passwords in it cannot be read."


def backup(config: Config, file: Path | None) -> int:
    """Copy the database, also while the server runs, and check the copy; 0. Raises StoreUnavailable."""
    database = _database(config)
    if not database.exists():
        raise StoreUnavailable(f"There is no database {database}.")
    with _shown("Copying the database, and checking the copy"):
        if file is None:
            file = Backups(database).make(Kind.ASKED, time.time())
        else:
            copy_to(database, file)
    print(f"Copied the database to {file}. {_NO_KEY}")
    return 0


def restore(config: Config, file: Path) -> int:
    """Put a backup in the place of the database; 0. Raises AlreadyRunning while a server runs."""
    database = _database(config)
    with claimed(config.data.directory), _shown("Checking the copy, and putting it in place"):
        aside = Backups(database).restore(file, time.time())
        asyncio.run(note_in_audit(config, "store.restore", detail=file.name))
    kept = f" What was there is {aside}." if aside is not None else ""
    print(f"The database is as {file} has it.{kept}")
    return 0


def check(config: Config) -> int:
    """Say of the database and of every backup whether it is good; 1 when the database is not."""
    database = _database(config)
    copies = Backups(database).all()
    paths, terminal = [database, *(each.path for each in copies)], _terminal()
    shown = track(paths, "Databases", console=terminal, transient=True, disable=not terminal.is_terminal)
    # Printed when all is done: on a terminal, rich takes lines that come meanwhile to its own stream.
    fault, *others = [fault_of(path) if path.exists() else "it is not there" for path in shown]
    print(_verdict(str(database), fault))
    for each, wrong in zip(copies, others, strict=True):
        made = datetime.fromtimestamp(each.made, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        print(_verdict(f"{each.path} ({made})", wrong))
    return 0 if fault is None else 1


def _verdict(what: str, fault: str | None) -> str:
    return f"ok  {what}" if fault is None else f"no  {what}: {fault}"


def _shown(text: str) -> Status:
    """A line on a terminal for as long as the block; nothing in a pipe."""
    return _terminal().status(text)


def _terminal() -> Console:
    return Console(stderr=True)


def _database(config: Config) -> Path:
    return config.data.directory / "socstream.db"
