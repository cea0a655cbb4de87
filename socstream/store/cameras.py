"""Cameras and the ceilings of their timelines: the one place that knows their table."""

import json
import logging
import sqlite3
from datetime import UTC, datetime
from typing import cast

from attrs import frozen
from yarl import URL

from socstream.model.camera import Camera, JSONObject, Mode, name_key
from socstream.model.ceiling import Ceiling
from socstream.model.errors import CameraExists, CameraNotFound, StoreUnavailable
from socstream.model.source import Credentials, Source
from socstream.store.database import Database, Transaction
from socstream.store.secrets import Vault, wrong_key

log = logging.getLogger(__name__)

_SELECT = """
SELECT
    camera_id, name, location, ip_address, source_url, source_credentials, maintenance,
    is_recording, motion_detection_enabled, hardware_status, last_heartbeat, mode, idle_after, version,
    created_at, updated_at, media_sequence, discontinuity_sequence, target_duration
FROM camera
"""
_INSERT = """
INSERT INTO camera (
    camera_id, name, name_key, location, ip_address, source_url, source_credentials,
    maintenance, is_recording, motion_detection_enabled, hardware_status, last_heartbeat, mode, idle_after,
    version, created_at, updated_at
) VALUES (
    :camera_id, :name, :name_key, :location, :ip_address, :source_url, :source_credentials,
    :maintenance, :is_recording, :motion_detection_enabled, :hardware_status, :last_heartbeat, :mode,
    :idle_after, :version, :created_at, :updated_at
)
"""
_UPDATE = """
UPDATE camera SET
    name = :name, name_key = :name_key, location = :location, ip_address = :ip_address,
    source_url = :source_url, source_credentials = :source_credentials,
    maintenance = :maintenance, is_recording = :is_recording,
    motion_detection_enabled = :motion_detection_enabled, hardware_status = :hardware_status,
    mode = :mode, idle_after = :idle_after, version = :version, updated_at = :updated_at
WHERE camera_id = :camera_id
"""
_ENCRYPTED = "SELECT camera_id FROM camera WHERE source_credentials IS NOT NULL LIMIT 1"
_CREDENTIALS = """
SELECT camera_id, source_username, source_password, source_credentials FROM camera
WHERE source_username IS NOT NULL OR source_password IS NOT NULL OR source_credentials IS NOT NULL
"""
_SEAL = """
UPDATE camera SET source_credentials = ?, source_username = NULL, source_password = NULL WHERE camera_id = ?
"""
_REMAINS, _NOTE_REMAINS = "SELECT noted FROM remains LIMIT 1", "INSERT OR IGNORE INTO remains VALUES (1)"
_FORGET_REMAINS = "DELETE FROM remains"
_CHECK = "SELECT camera_id FROM camera LIMIT 1"
_DELETE = "DELETE FROM camera WHERE camera_id = ?"
_SAME_NAME = "SELECT camera_id FROM camera WHERE name_key = :name_key AND camera_id <> :camera_id"
_HEARTBEAT = "UPDATE camera SET last_heartbeat = ? WHERE camera_id = ?"
_RAISE_CEILING = """
UPDATE camera SET
    media_sequence = MAX(media_sequence, ?),
    discontinuity_sequence = MAX(discontinuity_sequence, ?),
    target_duration = ?
WHERE camera_id = ?
"""


@frozen
class StoredCamera:
    """A camera, and what its timeline may never fall below."""

    camera: Camera
    ceiling: Ceiling


class CameraStore:
    """The table of cameras. Every write is durable when it returns; all of them raise StoreUnavailable."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def seal(self) -> None:
        """First of all at a start: all passwords can be read, and are encrypted with the first key.

        What was plain text, or of an older key, is gone from the file afterwards. Raises KeyUnusable.
        """
        async with self._database.transaction() as transaction:
            changed = self._resealed(await transaction.read(_CREDENTIALS))
            if changed:
                await transaction.execute_many(_SEAL, changed)
                await transaction.execute(_NOTE_REMAINS)
        if await self._database.read(_REMAINS):
            await self._scrub()

    def _resealed(self, rows: list[sqlite3.Row]) -> list[tuple[bytes, str]]:
        """New ciphertext and camera id of every row that needs one; raises KeyUnusable."""
        changed, unreadable = [], 0
        for row in rows:
            camera_id, ciphertext = row["camera_id"], row["source_credentials"]
            try:
                credentials = _plain(row) if ciphertext is None else self._opened(ciphertext, camera_id)
            except ValueError:
                unreadable += 1
                continue
            if ciphertext is None or not self._vault.is_current(ciphertext):
                changed.append((self._sealed(credentials, camera_id), camera_id))
        if unreadable:
            raise wrong_key(self._vault, unreadable)
        return changed

    async def _scrub(self) -> None:
        try:
            await self._database.scrub()
        except StoreUnavailable as error:
            # Cameras matter more; the next start tries again.
            log.warning("old passwords may still be found in the free space of the database: %s", error)
            return
        async with self._database.transaction() as transaction:
            await transaction.execute(_FORGET_REMAINS)

    async def all(self) -> list[StoredCamera]:
        """Every camera; one that cannot be read is an error, never left out."""
        return [self._stored(row) for row in await self._database.read(_SELECT)]

    async def check(self) -> None:
        """Raises StoreUnavailable when the cameras could not be read now."""
        await self._database.read(_CHECK)

    async def insert(self, *cameras: Camera) -> None:
        """Remember new cameras, all or none; raises CameraExists."""
        async with self._database.transaction() as transaction:
            for camera in cameras:
                await _refuse_taken_name(transaction, camera)
                await transaction.execute(_INSERT, self._row(camera))

    async def update(self, camera: Camera) -> None:
        """Remember the operator's fields of a camera; raises CameraExists, CameraNotFound."""
        async with self._database.transaction() as transaction:
            await _refuse_taken_name(transaction, camera)
            await _change(transaction, camera.camera_id, _UPDATE, self._row(camera))

    async def delete(self, camera_id: str) -> None:
        """Forget a camera; raises CameraNotFound."""
        async with self._database.transaction() as transaction:
            await _change(transaction, camera_id, _DELETE, (camera_id,))

    async def raise_ceiling(self, camera_id: str, ceiling: Ceiling) -> None:
        """Promise new numbers; a lower one leaves what was promised. A camera that is gone needs none."""
        numbers = (ceiling.media_sequence, ceiling.discontinuity_sequence, ceiling.target_duration)
        async with self._database.transaction() as transaction:
            await transaction.execute(_RAISE_CEILING, (*numbers, camera_id))

    async def note_heartbeat(self, camera_id: str, at: datetime) -> None:
        """Remember when the device last reported; raises CameraNotFound."""
        async with self._database.transaction() as transaction:
            await _change(transaction, camera_id, _HEARTBEAT, (_text(at), camera_id))

    def _row(self, camera: Camera) -> dict[str, object]:
        credentials = camera.source.credentials
        return _row(camera, None if credentials is None else self._sealed(credentials, camera.camera_id))

    def _stored(self, row: sqlite3.Row) -> StoredCamera:
        ceiling = Ceiling(row["media_sequence"], row["discontinuity_sequence"], row["target_duration"])
        camera_id, ciphertext = row["camera_id"], row["source_credentials"]
        try:
            credentials = None if ciphertext is None else self._opened(ciphertext, camera_id)
            return StoredCamera(_camera(row, credentials), ceiling)
        except (TypeError, ValueError) as error:
            raise StoreUnavailable(f"The record of camera {camera_id} cannot be read.") from error

    def _sealed(self, credentials: Credentials, camera_id: str) -> bytes:
        text = json.dumps([credentials.username, credentials.password])
        return self._vault.encrypt(text, _about(camera_id))

    def _opened(self, ciphertext: bytes, camera_id: str) -> Credentials:
        """Raises ValueError, Undecipherable among others."""
        username, password = json.loads(self._vault.decrypt(ciphertext, _about(camera_id)))
        return Credentials(username, password)


async def holds_secrets(database: Database) -> bool:
    """True when there are passwords that only the key of before can decrypt."""
    return bool(await database.read(_ENCRYPTED))


def _about(camera_id: str) -> str:
    """What the ciphertext is bound to: in another camera's row it is worth nothing."""
    return f"credentials of camera {camera_id}"


async def _change(
    transaction: Transaction, camera_id: str, sql: str, parameters: tuple[object, ...] | dict[str, object]
) -> None:
    if await transaction.execute(sql, parameters) == 0:
        raise CameraNotFound(camera_id)


async def _refuse_taken_name(transaction: Transaction, camera: Camera) -> None:
    """Raises CameraExists. Sure, and not only likely, because the transaction holds the write lock."""
    wanted = {"name_key": name_key(camera.name), "camera_id": camera.camera_id}
    if await transaction.read(_SAME_NAME, wanted):
        raise CameraExists(camera.name)


def _row(camera: Camera, sealed: bytes | None) -> dict[str, object]:
    hardware_status, heartbeat = camera.hardware_status, camera.last_heartbeat
    return {
        "camera_id": camera.camera_id,
        "name": camera.name,
        "name_key": name_key(camera.name),
        "location": json.dumps(dict(camera.location)),
        "ip_address": camera.ip_address,
        "source_url": str(camera.source.url),
        "source_credentials": sealed,
        "maintenance": camera.maintenance,
        "is_recording": camera.is_recording,
        "motion_detection_enabled": camera.motion_detection_enabled,
        "hardware_status": None if hardware_status is None else json.dumps(dict(hardware_status)),
        "last_heartbeat": None if heartbeat is None else _text(heartbeat),
        "mode": str(camera.mode),
        "idle_after": camera.idle_after,
        "version": camera.version,
        "created_at": _text(camera.created_at),
        "updated_at": _text(camera.updated_at),
    }


def _camera(row: sqlite3.Row, credentials: Credentials | None) -> Camera:
    hardware_status, heartbeat = row["hardware_status"], row["last_heartbeat"]
    return Camera(
        camera_id=row["camera_id"],
        name=row["name"],
        location=_json_object(row["location"]),
        ip_address=row["ip_address"],
        # Not parsed again: the URL was canonical when it was stored, and stricter rules that come later must
        # not keep a server from starting.
        source=Source(URL(row["source_url"], encoded=True), credentials),
        maintenance=bool(row["maintenance"]),
        is_recording=bool(row["is_recording"]),
        motion_detection_enabled=bool(row["motion_detection_enabled"]),
        hardware_status=None if hardware_status is None else _json_object(hardware_status),
        last_heartbeat=None if heartbeat is None else datetime.fromisoformat(heartbeat),
        mode=Mode(row["mode"]),
        idle_after=row["idle_after"],
        version=row["version"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
    )


def _plain(row: sqlite3.Row) -> Credentials:
    """The credentials of a row that an older socstream wrote."""
    return Credentials(row["source_username"] or "", row["source_password"] or "")


def _json_object(text: str) -> JSONObject:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError("not a JSON object")
    return cast(JSONObject, value)


def _text(at: datetime) -> str:
    """ISO 8601 in UTC, always equally long, so that texts sort like times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
