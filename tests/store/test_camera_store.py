"""The table of cameras, on a real SQLite file."""

import json
import logging
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from attrs import evolve
from yarl import URL

from socstream.model.camera import Camera, Mode
from socstream.model.ceiling import Ceiling
from socstream.model.errors import CameraExists, CameraNotFound, StoreUnavailable
from socstream.model.source import Credentials, Source
from socstream.store.cameras import CameraStore, StoredCamera
from socstream.store.database import Database
from tests.keys import VAULT

AT = datetime(2026, 3, 1, 12, 30, 0, 250, tzinfo=UTC)
GATE = Camera(
    camera_id="6f9619ff-8b86-4011-b42d-00c04fc964ff",
    name="Gate",
    location={"label": "North “gate”", "floor": {"number": 0}},
    ip_address="192.0.2.7",
    source=Source(
        URL("rtsp://192.0.2.7:8554/a%20b?x=%27", encoded=True), Credentials("us:er", "p'ä\\ \n%ss")
    ),
    maintenance=False,
    is_recording=True,
    motion_detection_enabled=False,
    hardware_status={"temperature": 41.5, "fans": [True, None]},
    last_heartbeat=AT,
    mode=Mode.ON_DEMAND,
    idle_after=12.5,
    version=3,
    created_at=AT,
    updated_at=AT + timedelta(hours=1),
)
HALL = Camera(
    camera_id="00000000-0000-4000-8000-000000000001",
    name="Hall",
    location={},
    ip_address="",
    source=Source(URL("rtsps://hall.example/")),
    maintenance=True,
    is_recording=False,
    motion_detection_enabled=True,
    hardware_status=None,
    last_heartbeat=None,
    mode=Mode.ALWAYS,
    idle_after=60.0,
    version=1,
    created_at=AT,
    updated_at=AT,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CameraStore]:
    async with Database.open(tmp_path / "socstream.db") as database:
        yield CameraStore(database, VAULT)


async def cameras_of(store: CameraStore) -> dict[str, Camera]:
    return {stored.camera.camera_id: stored.camera for stored in await store.all()}


async def test_a_new_store_is_empty(store: CameraStore) -> None:
    assert await store.all() == []


async def test_cameras_come_back_byte_for_byte_from_a_file_that_was_closed(tmp_path: Path) -> None:
    path = tmp_path / "socstream.db"
    async with Database.open(path) as database:
        await CameraStore(database, VAULT).insert(GATE)
        await CameraStore(database, VAULT).insert(HALL)
    async with Database.open(path) as database:
        assert await cameras_of(CameraStore(database, VAULT)) == {GATE.camera_id: GATE, HALL.camera_id: HALL}


async def test_a_new_camera_has_promised_nothing(store: CameraStore) -> None:
    await store.insert(GATE)
    assert await store.all() == [StoredCamera(GATE, Ceiling(0, 0, None))]


async def test_times_are_stored_in_utc_wherever_they_come_from(store: CameraStore, tmp_path: Path) -> None:
    local = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    await store.insert(evolve(GATE, created_at=local, updated_at=AT.replace(microsecond=0)))
    with sqlite3.connect(tmp_path / "socstream.db") as other:
        row = other.execute("SELECT created_at, updated_at FROM camera").fetchone()
    other.close()
    assert row == ("2026-03-01T12:30:00.000250+00:00", "2026-03-01T12:30:00.000000+00:00")


async def test_an_update_replaces_what_an_operator_may_change(store: CameraStore) -> None:
    await store.insert(GATE)
    await store.insert(HALL)
    edited = evolve(
        HALL,
        camera_id=GATE.camera_id,
        name="GATE 2",
        version=4,
        last_heartbeat=GATE.last_heartbeat,
        created_at=GATE.created_at,
        updated_at=AT + timedelta(days=1),
    )
    await store.update(edited)
    assert await cameras_of(store) == {GATE.camera_id: edited, HALL.camera_id: HALL}


async def test_an_update_leaves_heartbeat_and_ceiling(store: CameraStore) -> None:
    await store.insert(GATE)
    await store.raise_ceiling(GATE.camera_id, Ceiling(128, 2, 1))
    await store.note_heartbeat(GATE.camera_id, AT + timedelta(minutes=5))
    await store.update(evolve(GATE, is_recording=False))
    (stored,) = await store.all()
    assert stored.ceiling == Ceiling(128, 2, 1)
    assert stored.camera.last_heartbeat == AT + timedelta(minutes=5)
    assert stored.camera.is_recording is False


@pytest.mark.parametrize(("name", "same"), [("Gate", "gATE"), ("Straße", "STRASSE"), ("ÉCLUSE", "écluse")])
async def test_a_name_is_taken_whatever_its_letter_case(store: CameraStore, name: str, same: str) -> None:
    await store.insert(evolve(GATE, name=name))
    with pytest.raises(CameraExists, match=same):
        await store.insert(evolve(HALL, name=same))
    await store.insert(HALL)
    with pytest.raises(CameraExists, match=same):
        await store.update(evolve(HALL, name=same))
    assert (await cameras_of(store))[HALL.camera_id] == HALL


async def test_a_camera_may_change_the_letter_case_of_its_own_name(store: CameraStore) -> None:
    await store.insert(GATE)
    await store.update(evolve(GATE, name="GATE"))
    assert (await cameras_of(store))[GATE.camera_id].name == "GATE"


async def test_equal_sources_and_addresses_are_allowed(store: CameraStore) -> None:
    await store.insert(GATE)
    await store.insert(evolve(GATE, camera_id=HALL.camera_id, name="Gate, other angle"))
    assert len(await store.all()) == 2


async def test_a_deleted_camera_frees_its_name(store: CameraStore) -> None:
    await store.insert(GATE)
    await store.delete(GATE.camera_id)
    assert await store.all() == []
    await store.insert(evolve(HALL, name=GATE.name))


async def test_a_ceiling_never_falls_but_its_target_duration_may(store: CameraStore) -> None:
    await store.insert(GATE)
    for given, expected in [
        (Ceiling(64, 1, 4), Ceiling(64, 1, 4)),
        (Ceiling(10, 2, 1), Ceiling(64, 2, 1)),
        (Ceiling(128, 0, None), Ceiling(128, 2, None)),
    ]:
        await store.raise_ceiling(GATE.camera_id, given)
        assert [stored.ceiling for stored in await store.all()] == [expected]


async def test_a_camera_that_is_gone_needs_no_ceiling(store: CameraStore) -> None:
    await store.insert(GATE)
    await store.delete(GATE.camera_id)
    await store.raise_ceiling(GATE.camera_id, Ceiling(64, 1, 1))
    assert await store.all() == []


async def test_a_camera_that_is_not_there_cannot_be_changed(store: CameraStore) -> None:
    with pytest.raises(CameraNotFound):
        await store.update(GATE)
    with pytest.raises(CameraNotFound):
        await store.delete(GATE.camera_id)
    with pytest.raises(CameraNotFound):
        await store.note_heartbeat(GATE.camera_id, AT)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("location", "not JSON"),
        ("location", "[1]"),
        ("hardware_status", '"text"'),
        ("created_at", "yesterday"),
        ("source_url", "rtsp://["),
    ],
)
async def test_a_record_that_cannot_be_read_is_named_and_never_left_out(
    store: CameraStore, tmp_path: Path, column: str, value: str
) -> None:
    await store.insert(GATE)
    await store.insert(HALL)
    with sqlite3.connect(tmp_path / "socstream.db") as other:
        other.execute(f"UPDATE camera SET {column} = ? WHERE name = 'Gate'", (value,))
    other.close()
    with pytest.raises(StoreUnavailable, match=GATE.camera_id):
        await store.all()


async def test_no_password_is_logged_at_any_level(
    store: CameraStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await store.insert(evolve(GATE, source=evolve(GATE.source, credentials=Credentials("u", "s3cret"))))
    await store.update(evolve(GATE, source=evolve(GATE.source, credentials=Credentials("u", "s3cret"))))
    await store.all()
    assert "s3cret" not in caplog.text


INSERT_AND_WAIT = """
import asyncio, json, sys
from datetime import UTC, datetime
from pathlib import Path
from yarl import URL
from socstream.model.camera import Camera, CameraDraft
from socstream.model.ceiling import Ceiling
from socstream.model.source import Source
from socstream.store.cameras import CameraStore
from socstream.store.database import Database
from socstream.store.secrets import Vault

async def main():
    async with Database.open(Path(sys.argv[1])) as database:
        store = CameraStore(database, Vault([bytes(32)], "a key"))
        for number in range(1000):
            camera_id = f"00000000-0000-4000-8000-{number:012}"
            source = Source(URL("rtsp://192.0.2.7/"))
            draft = CameraDraft(f"camera {number}", {}, "192.0.2.7", source)
            await store.insert(Camera.from_draft(camera_id, draft, datetime.now(UTC)))
            await store.raise_ceiling(camera_id, Ceiling(64, 1, 2))
            print(json.dumps(camera_id), flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("kill_after", [1, 7, 30])
async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, kill_after: int) -> None:
    path = tmp_path / "socstream.db"
    with subprocess.Popen(
        [sys.executable, "-c", INSERT_AND_WAIT, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        acknowledged = [json.loads(writer.stdout.readline()) for _ in range(kill_after)]
        writer.send_signal(signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL
    async with Database.open(path) as database:
        kept = {
            stored.camera.camera_id: stored.ceiling for stored in await CameraStore(database, VAULT).all()
        }
    assert {camera_id: kept.get(camera_id) for camera_id in acknowledged} == dict.fromkeys(
        acknowledged, Ceiling(64, 1, 2)
    )
