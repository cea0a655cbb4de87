"""`socstream export|import`: cameras from one server to another, or from another program's file."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from attrs import frozen
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from socstream import __version__, foreign
from socstream.api.wishes import draft_from
from socstream.config import Config
from socstream.engine import address_policy
from socstream.hls.root import claimed
from socstream.model.camera import Camera, canonical_id
from socstream.model.errors import CameraExists, ConfigError, InvalidInput
from socstream.model.source import parse_source
from socstream.store.cameras import CameraStore, holds_secrets
from socstream.store.database import Database
from socstream.store.secrets import open_vault
from socstream.supervision.address import OwnListener
from socstream.user_commands import note_in_audit

_LARGEST_FILE = 16 * 1024 * 1024


@frozen
class Wish:
    """A camera to be added: the body of a POST, the id that it had, and what is to be said about it."""

    body: dict[str, Any]
    camera_id: str | None = None
    note: str = ""


@frozen
class Fate:
    """What became of one entry."""

    name: str
    outcome: str
    note: str = ""
    camera_id: str = ""
    """Of the camera that was added."""


def export(config: Config, file: str | None, *, with_secrets: bool) -> int:
    """Write all cameras as JSON to a file or standard output; 0. Secrets into a new file only, mode 0600."""
    if with_secrets and file is None:
        raise ConfigError("--secrets needs a FILE: passwords are not for a terminal or a pipe")
    cameras = asyncio.run(_all(config))
    text = json.dumps(_document(cameras, with_secrets=with_secrets), indent=2, ensure_ascii=False) + "\n"
    if file is None:
        sys.stdout.write(text)
        return 0
    # O_EXCL: a file that is there may be readable by others, and may be somebody's only copy.
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
        if with_secrets:
            told = f"{len(cameras)} cameras with their passwords"
            asyncio.run(note_in_audit(config, "camera.export", told))
    except BaseException:
        Path(file).unlink()  # half a file is none, and passwords do not leave unnoted
        raise
    print(f"Wrote {len(cameras)} cameras to {file}.", file=sys.stderr)
    return 0


def take_in(config: Config, file: str, *, dry_run: bool) -> int:
    """Add the cameras of a file, and tell what became of each; 0 when all were added or are there, else 1.

    "-" is standard input: a file that whoever asks may read, and this process perhaps not.
    """
    program, wishes, skipped = read_wishes(_read(file))
    fates = [*asyncio.run(_add_all(config, program, wishes, dry_run=dry_run)), *skipped]
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(_table(fates))
    counts = {
        outcome: sum(fate.outcome == outcome for fate in fates)
        for outcome in dict.fromkeys(fate.outcome for fate in fates)
    }
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing in it"
    console.print(f"From a file of {program}: {told}.", soft_wrap=True)
    return 1 if {"invalid", "skipped"} & counts.keys() else 0


def read_wishes(data: object) -> tuple[str, list[Wish], list[Fate]]:
    """Whose file it is, the cameras in it, and what is none; raises ConfigError for a file of nobody."""
    if isinstance(data, dict) and "socstream" in data and isinstance(data.get("cameras"), list):
        return "socstream", [_own_wish(each) for each in data["cameras"]], []
    found = foreign.cameras_in(data)
    if found is None:
        raise ConfigError("this is no file of socstream, MediaMTX, go2rtc or Frigate that we know")
    program, lines = found
    wishes = [_foreign_wish(line) for line in lines if isinstance(line, foreign.Found)]
    skipped = [Fate(line.name, "skipped", line.why) for line in lines if isinstance(line, foreign.Skipped)]
    return program, wishes, skipped


def _own_wish(entry: object) -> Wish:
    body = dict(entry) if isinstance(entry, dict) else {}
    camera_id = body.pop("camera_id", None)
    return Wish(body, canonical_id(camera_id) if isinstance(camera_id, str) else None)


def _foreign_wish(found: foreign.Found) -> Wish:
    body: dict[str, Any] = {"name": found.name, "location": "", "stream_url": found.url}
    try:
        body["ip_address"] = parse_source(found.url).host
    except InvalidInput:
        body["ip_address"] = "0.0.0.0"  # noqa: S104 (told as invalid for its URL)
    if found.maintenance:
        body["status"] = "maintenance"
    if found.on_demand:
        body["mode"] = "on_demand"
    return Wish(body, note=found.note)


async def _all(config: Config) -> Sequence[Camera]:
    async with _store(config) as store:
        return sorted((each.camera for each in await store.all()), key=lambda camera: camera.name.casefold())


async def _add_all(config: Config, program: str, wishes: Iterable[Wish], *, dry_run: bool) -> list[Fate]:
    # Memory rules while a server runs: it would not know of them, and tell its own list on.
    with claimed(config.data.directory):
        async with _store(config) as store:
            known = {each.camera.name.casefold() for each in await store.all()}
            ids = {each.camera.camera_id for each in await store.all()}
            terminal = Console(stderr=True)
            hidden = not terminal.is_terminal
            shown = track(list(wishes), "Cameras", console=terminal, transient=True, disable=hidden)
            fates = [await _add(config, store, wish, known, ids, dry_run=dry_run) for wish in shown]
        added = [("camera.add", fate.camera_id, fate.name) for fate in fates if fate.camera_id]
        if added:
            told = f"{len(added)} cameras from a file of {program}"
            await note_in_audit(config, "camera.import", told, *added)
        return fates


async def _add(
    config: Config, store: CameraStore, wish: Wish, known: set[str], ids: set[str], *, dry_run: bool
) -> Fate:
    name = str(wish.body.get("name", "(no name)"))
    try:
        draft = draft_from(wish.body)
    except InvalidInput as error:
        return Fate(name, "invalid", str(error))
    refusal = address_policy(config, OwnListener(config.server.port)).refusal_of_source(draft.source)
    if refusal is not None:
        return Fate(name, "invalid", f"stream_url: {refusal}")
    if draft.name.casefold() in known:
        return Fate(name, "there already", wish.note)
    known.add(draft.name.casefold())
    if dry_run:
        return Fate(name, "would be added", wish.note)
    camera_id = wish.camera_id if wish.camera_id and wish.camera_id not in ids else str(uuid4())
    ids.add(camera_id)
    try:
        await store.insert(Camera.from_draft(camera_id, draft, datetime.now(UTC)))
    except CameraExists:
        return Fate(name, "there already", wish.note)
    return Fate(name, "added", wish.note, camera_id)


@asynccontextmanager
async def _store(config: Config) -> AsyncIterator[CameraStore]:
    directory = config.data.directory
    async with Database.open(directory / "socstream.db") as database:
        is_needed = await holds_secrets(database)
        vault = await asyncio.to_thread(open_vault, config.store.key, is_needed=is_needed, beside=directory)
        yield CameraStore(database, vault)


def _document(cameras: Iterable[Camera], *, with_secrets: bool) -> dict[str, Any]:
    return {
        "socstream": __version__,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cameras": [_entry(camera, with_secrets=with_secrets) for camera in cameras],
    }


def _entry(camera: Camera, *, with_secrets: bool) -> dict[str, Any]:
    """The body of the POST that would make this camera, and its id."""
    credentials = camera.source.credentials
    entry: dict[str, Any] = {
        "camera_id": camera.camera_id,
        "name": camera.name,
        "location": dict(camera.location),
        "ip_address": camera.ip_address,
        "stream_url": str(camera.source.url),
        "status": "maintenance" if camera.maintenance else "online",
        "is_recording": camera.is_recording,
        "motion_detection_enabled": camera.motion_detection_enabled,
        "mode": str(camera.mode),
        "idle_after": camera.idle_after,
    }
    if credentials is not None:
        password = {"password": credentials.password} if with_secrets else {}
        entry["credentials"] = {"username": credentials.username} | password
    return entry


def _read(file: str) -> object:
    """A JSON or YAML file, "-" for standard input; raises ConfigError, OSError."""
    is_input = file == "-"
    name = "standard input" if is_input else file
    with open(sys.stdin.fileno() if is_input else file, "rb", closefd=not is_input) as opened:
        content = opened.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise ConfigError(f"{name} is larger than {_LARGEST_FILE // 1024**2} MiB")
    try:
        return yaml.safe_load(content)  # JSON is YAML
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{name} is neither JSON nor YAML") from error


def _table(fates: Iterable[Fate]) -> Table:
    table = Table("Camera", "Outcome", "Note", box=SIMPLE_HEAD)
    for fate in fates:
        table.add_row(fate.name, fate.outcome, fate.note)
    return table
