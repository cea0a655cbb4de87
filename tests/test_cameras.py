"""The wanted set: store first, then memory, then supervision, whatever fails in between."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from attrs import evolve
from yarl import URL

from socstream.cameras import Cameras
from socstream.model.address import AddressPolicy
from socstream.model.camera import Camera, CameraDraft, CameraEdit, Mode
from socstream.model.ceiling import Ceiling
from socstream.model.errors import (
    CameraExists,
    CameraNotFound,
    InvalidInput,
    SocstreamError,
    StoreUnavailable,
    VersionConflict,
)
from socstream.model.report import Report
from socstream.model.source import Credentials, Source, parse_source
from socstream.store.cameras import CameraStore
from socstream.store.database import Database
from tests.keys import VAULT

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class WallClock:
    """A clock that only tells the time of day."""

    def __init__(self) -> None:
        self.now = NOON.timestamp()

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        raise NotImplementedError

    async def sleep(self, delay: float) -> None:
        raise NotImplementedError

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        raise NotImplementedError


class Supervised:
    """Writes down what it was told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def start(self, camera: Camera, ceiling: Ceiling) -> None:
        self.told.append(("start", camera.name, ceiling))

    def replace(self, camera: Camera) -> None:
        self.told.append(("replace", camera.name))

    def update(self, camera: Camera) -> None:
        self.told.append(("update", camera.name))

    def remove(self, camera_id: str) -> None:
        self.told.append(("remove", camera_id))

    def watch(self, camera_id: str) -> None:
        self.told.append(("watch", camera_id))

    def retry(self, camera_id: str) -> None:
        self.told.append(("retry", camera_id))


class SlowStore(CameraStore):
    """A store whose writes begin when `go_on` is set."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, VAULT)
        self.writing = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def insert(self, *cameras: Camera) -> None:
        self.writing.set()
        await self.go_on.wait()
        await super().insert(*cameras)


class Rig:
    """Cameras on a real database, with a clock and a supervision to look at."""

    def __init__(self, database: Database, path: Path, policy: AddressPolicy | None = None) -> None:
        self.path = path
        self.clock = WallClock()
        self.supervised = Supervised()
        self.store = SlowStore(database)
        numbers = count(1)
        self.cameras = Cameras(
            self.store,
            self.supervised,
            self.clock,
            policy or AddressPolicy(),
            self.look,
            new_id=lambda: f"00000000-0000-4000-8000-{next(numbers):012x}",
        )

    async def look(self, source: Source) -> Report:
        self.supervised.told.append(("probe", str(source.url)))
        return Report(audio="aac")

    async def stored(self) -> list[Camera]:
        stored = [stored.camera for stored in await self.store.all()]
        return sorted(stored, key=lambda camera: camera.name.casefold())


ONE = "00000000-0000-4000-8000-000000000001"


def draft(name: str, url: str = "rtsp://192.0.2.7/live") -> CameraDraft:
    return CameraDraft(name, {"label": "here"}, "192.0.2.7", parse_source(url))


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Rig]:
    """A rig that has not loaded yet."""
    path = tmp_path / "socstream.db"
    async with Database.open(path, busy_timeout=0.1) as database:
        yield Rig(database, path)


@pytest.fixture
async def rig(empty: Rig) -> Rig:
    await empty.cameras.load()
    return empty


async def test_before_a_load_there_is_no_list_not_an_empty_one(empty: Rig) -> None:
    with pytest.raises(StoreUnavailable):
        empty.cameras.all()
    with pytest.raises(StoreUnavailable):
        empty.cameras.get(ONE)
    with pytest.raises(StoreUnavailable):
        await empty.cameras.add(draft("Gate"))
    assert await empty.stored() == []


async def test_a_load_that_fails_starts_nothing_and_can_be_repeated(empty: Rig) -> None:
    with closing(sqlite3.connect(empty.path, isolation_level=None)) as other:
        other.execute("ALTER TABLE camera RENAME TO hidden")
        with pytest.raises(StoreUnavailable):
            await empty.cameras.load()
        with pytest.raises(StoreUnavailable):
            empty.cameras.all()
        other.execute("ALTER TABLE hidden RENAME TO camera")
    await empty.cameras.load()
    assert empty.cameras.all() == []


async def test_a_load_starts_every_camera_at_its_ceiling(rig: Rig, tmp_path: Path) -> None:
    gate = await rig.cameras.add(draft("Gate"))
    await rig.cameras.add(evolve(draft("Attic"), maintenance=True))
    await rig.store.raise_ceiling(gate.camera_id, Ceiling(64, 2, 1))
    async with Database.open(rig.path) as database:
        again = Rig(database, rig.path)
        await again.cameras.load()
    assert again.cameras.all() == rig.cameras.all()
    assert sorted(again.supervised.told, key=str) == [
        ("start", "Attic", Ceiling(0, 0, None)),
        ("start", "Gate", Ceiling(64, 2, 1)),
    ]


async def test_a_new_camera_is_stored_listed_and_started(rig: Rig) -> None:
    camera = await rig.cameras.add(draft("Gate"))
    assert camera == Camera.from_draft(ONE, draft("Gate"), NOON)
    assert await rig.stored() == [camera]
    assert rig.cameras.all() == [camera]
    assert rig.supervised.told == [("start", "Gate", Ceiling())]


async def test_without_further_ado_an_id_is_a_random_uuid(empty: Rig) -> None:
    cameras = Cameras(empty.store, empty.supervised, empty.clock, AddressPolicy(), empty.look)
    await cameras.load()
    ids = {(await cameras.add(draft(name))).camera_id for name in "ab"}
    assert len(ids) == 2
    assert all(cameras.get(camera_id.replace("-", "").upper()).camera_id == camera_id for camera_id in ids)


async def test_the_list_is_in_the_order_of_names_whatever_their_letter_case(rig: Rig) -> None:
    for name in ("gate", "Attic", "ATRIUM", "Zoo"):
        await rig.cameras.add(draft(name))
    assert [camera.name for camera in rig.cameras.all()] == ["ATRIUM", "Attic", "gate", "Zoo"]


@pytest.mark.parametrize(
    "unknown", ["00000000-0000-4000-8000-000000000002", "", "..", f"{{{ONE}}}", f"urn:uuid:{ONE}"]
)
async def test_an_unknown_id_finds_nothing(rig: Rig, unknown: str) -> None:
    await rig.cameras.add(draft("Gate"))
    with pytest.raises(CameraNotFound):
        rig.cameras.get(unknown)
    with pytest.raises(CameraNotFound):
        await rig.cameras.edit(unknown, CameraEdit(name="Hall"))
    with pytest.raises(CameraNotFound):
        await rig.cameras.remove(unknown)
    with pytest.raises(CameraNotFound):
        await rig.cameras.heartbeat(unknown)
    assert len(await rig.stored()) == 1


async def test_a_taken_name_changes_nothing(rig: Rig) -> None:
    gate, hall = await rig.cameras.add(draft("Gate")), await rig.cameras.add(draft("Hall"))
    told = list(rig.supervised.told)
    with pytest.raises(CameraExists):
        await rig.cameras.add(draft("GATE"))
    with pytest.raises(CameraExists):
        await rig.cameras.edit(hall.camera_id, CameraEdit(name="gate", maintenance=True))
    assert rig.cameras.all() == await rig.stored() == [gate, hall]
    assert rig.supervised.told == told


@pytest.mark.parametrize(
    "url", ["rtsp://127.0.0.1/", "https://localhost/a.m3u8", "http://[::1]/", "rtsp://224.0.0.1/"]
)
async def test_a_refused_address_is_named_and_nothing_is_stored(rig: Rig, url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await rig.cameras.add(draft("Gate", url))
    assert [error.field for error in refusal.value.errors] == ["stream_url"]
    gate = await rig.cameras.add(draft("Gate"))
    with pytest.raises(InvalidInput):
        await rig.cameras.edit(ONE, CameraEdit(source=parse_source(url)))
    assert rig.cameras.all() == await rig.stored() == [gate]


async def test_loopback_is_allowed_by_the_policy_and_an_old_address_never_bars_an_edit(empty: Rig) -> None:
    async with Database.open(empty.path) as database:
        lenient = Rig(database, empty.path, AddressPolicy(allow_loopback=True))
        await lenient.cameras.load()
        await lenient.cameras.add(draft("Gate", "rtsp://127.0.0.1/"))
    await empty.cameras.load()
    edited = await empty.cameras.edit(ONE, CameraEdit(name="Hall"))
    assert edited.name == "Hall"


async def test_an_edit_counts_and_keeps_what_it_does_not_name(rig: Rig) -> None:
    camera = await rig.cameras.add(draft("Gate"))
    rig.clock.now += 60
    edited = await rig.cameras.edit(ONE, CameraEdit(name="Hall", version=1))
    assert edited == evolve(
        camera, name="Hall", version=2, updated_at=datetime(2026, 3, 1, 12, 1, tzinfo=UTC)
    )
    assert rig.cameras.all() == await rig.stored() == [edited]


async def test_a_stale_edit_changes_nothing(rig: Rig) -> None:
    await rig.cameras.add(draft("Gate"))
    edited = await rig.cameras.edit(ONE, CameraEdit(name="Hall", version=1))
    with pytest.raises(VersionConflict, match="conflict"):
        await rig.cameras.edit(ONE, CameraEdit(name="Attic", version=1))
    assert rig.cameras.all() == await rig.stored() == [edited]


async def test_of_two_edits_of_one_version_at_once_one_wins(rig: Rig) -> None:
    await rig.cameras.add(draft("Gate"))
    done = await asyncio.gather(
        *(rig.cameras.edit(ONE, CameraEdit(name=name, version=1)) for name in ("Hall", "Attic")),
        return_exceptions=True,
    )
    assert [type(each) for each in done] == [Camera, VersionConflict]
    assert rig.cameras.get(ONE).name == "Hall"


@pytest.mark.parametrize(
    ("edit", "touches"),
    [
        (CameraEdit(source=parse_source("rtsp://192.0.2.7/other")), True),
        (CameraEdit(source=parse_source("rtsp://192.0.2.7/live", Credentials("u", "p"))), True),
        (CameraEdit(maintenance=True), True),
        (CameraEdit(source=parse_source("rtsp://192.0.2.7/live"), maintenance=False), False),
        (CameraEdit(mode=Mode.ON_DEMAND), True),
        (CameraEdit(idle_after=10.0, is_recording=True, hardware_status={"ok": True}), False),
    ],
)
async def test_only_source_maintenance_and_mode_touch_the_stream(
    rig: Rig, edit: CameraEdit, touches: bool
) -> None:
    await rig.cameras.add(draft("Gate"))
    await rig.cameras.edit(ONE, edit)
    assert rig.supervised.told[1:] == [("replace" if touches else "update", "Gate")]


async def test_a_removed_camera_is_gone_everywhere(rig: Rig) -> None:
    await rig.cameras.add(draft("Gate"))
    await rig.cameras.remove(ONE.replace("-", ""))
    assert rig.cameras.all() == await rig.stored() == []
    assert rig.supervised.told[1:] == [("remove", ONE)]
    with pytest.raises(CameraNotFound):
        await rig.cameras.remove(ONE)


async def test_a_heartbeat_is_kept_and_is_no_edit(rig: Rig) -> None:
    camera = await rig.cameras.add(draft("Gate"))
    rig.clock.now += 60
    at = await rig.cameras.heartbeat(ONE)
    assert at == datetime(2026, 3, 1, 12, 1, tzinfo=UTC)
    assert rig.cameras.all() == await rig.stored() == [evolve(camera, last_heartbeat=at)]


async def test_when_the_store_fails_memory_and_streams_are_as_before(rig: Rig) -> None:
    await rig.cameras.add(draft("Gate"))
    before, told = rig.cameras.all(), list(rig.supervised.told)
    with closing(sqlite3.connect(rig.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for write in (
            rig.cameras.add(draft("Hall")),
            rig.cameras.edit(ONE, CameraEdit(maintenance=True)),
            rig.cameras.remove(ONE),
            rig.cameras.heartbeat(ONE),
        ):
            with pytest.raises(StoreUnavailable):
                await write
    assert rig.cameras.all() == before == await rig.stored()
    assert rig.supervised.told == told


async def test_nothing_is_listed_or_started_before_the_commit(rig: Rig) -> None:
    rig.store.go_on.clear()
    adding = asyncio.create_task(rig.cameras.add(draft("Gate")))
    await rig.store.writing.wait()
    assert rig.cameras.all() == []
    assert rig.supervised.told == []
    rig.store.go_on.set()
    await adding
    assert len(rig.cameras.all()) == 1


async def test_a_client_that_hangs_up_does_not_part_store_and_memory(rig: Rig) -> None:
    rig.store.go_on.clear()
    adding = asyncio.create_task(rig.cameras.add(draft("Gate")))
    await rig.store.writing.wait()
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    rig.store.go_on.set()
    await rig.cameras.heartbeat(ONE)  # its turn comes after the write that was given up
    assert rig.cameras.all() == await rig.stored() != []
    assert rig.supervised.told == [("start", "Gate", Ceiling())]


async def test_a_write_that_is_cancelled_before_its_turn_never_happens(rig: Rig) -> None:
    rig.store.go_on.clear()
    first = asyncio.create_task(rig.cameras.add(draft("Gate")))
    await rig.store.writing.wait()
    second = asyncio.create_task(rig.cameras.add(draft("Hall")))
    await asyncio.sleep(0)
    second.cancel()
    rig.store.go_on.set()
    await asyncio.wait([first, second])
    await rig.cameras.heartbeat(ONE)
    assert [camera.name for camera in rig.cameras.all()] == ["Gate"]
    assert [camera.name for camera in await rig.stored()] == ["Gate"]


async def test_after_any_mix_of_writes_at_once_store_and_memory_agree(rig: Rig) -> None:
    for number in range(5):
        await rig.cameras.add(draft(f"camera {number}"))
    ids = [camera.camera_id for camera in rig.cameras.all()]

    async def attempt(number: int) -> None:
        camera_id = ids[number % 5]
        match number % 4:
            case 0:
                await rig.cameras.add(draft(f"new {number}"))
            case 1:
                await rig.cameras.edit(camera_id, CameraEdit(name=f"edited {number % 3}"))
            case 2:
                await rig.cameras.heartbeat(camera_id)
            case _:
                await rig.cameras.remove(camera_id)

    tasks = [asyncio.create_task(attempt(number)) for number in range(40)]
    for number, task in enumerate(tasks):
        if number % 7 == 0:
            await asyncio.sleep(0)
            task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    unexpected = [
        each for each in done if not isinstance(each, SocstreamError | asyncio.CancelledError | type(None))
    ]
    assert unexpected == []
    await rig.cameras.add(draft("last"))
    assert rig.cameras.all() == await rig.stored()


async def test_a_probe_asks_the_camera_and_stores_nothing(rig: Rig) -> None:
    report = await rig.cameras.probe(parse_source("rtsp://192.0.2.7/live"))
    assert report == Report(audio="aac")
    assert rig.supervised.told == [("probe", "rtsp://192.0.2.7/live")]
    assert await rig.stored() == []


async def test_a_probe_goes_to_no_address_that_a_camera_may_not_have(rig: Rig) -> None:
    with pytest.raises(InvalidInput):
        await rig.cameras.probe(parse_source("rtsp://127.0.0.1/live"))
    assert rig.supervised.told == []


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("http://127.0.0.1:8080/cam", True),
        ("http://127.0.0.1:8081/cam", False),
        ("rtsp://127.0.0.1:8080/x", False),
    ],
)
def test_the_gateways_own_host_is_allowed_to_what_it_serves(url: str, may: bool) -> None:
    policy = AddressPolicy(gateway=URL("http://127.0.0.1:8080"))
    refusal = policy.refusal_of_source(parse_source(url))
    assert (refusal is None) is may


async def test_listeners_hear_of_edits_that_are_durable_and_of_nothing_else(rig: Rig) -> None:
    heard: list[tuple[str, str | None]] = []
    rig.cameras.listen(lambda camera_id, camera: heard.append((camera_id, camera.name if camera else None)))
    await rig.cameras.add(draft("Gate"))
    with pytest.raises(CameraExists):
        await rig.cameras.add(draft("gate"))
    await rig.cameras.edit(ONE, CameraEdit(name="Door"))
    await rig.cameras.heartbeat(ONE)
    rig.cameras.retry(ONE)
    await rig.cameras.remove(ONE)
    assert heard == [(ONE, "Gate"), (ONE, "Door"), (ONE, None)]
