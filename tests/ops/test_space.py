"""What is given up while room is short: at once, in order; and taken up again slowly, without to and fro."""

import asyncio
import logging
from pathlib import Path

import pytest

from socstream.ops.space import DATA, STREAMS, Marks, Purpose, Room, SpaceWatch, Step, is_same_disk, room_in
from tests.fakes import FakeClock
from tests.ops.threads import one_thread, threads_done

NOTHING, WINDOWS, PICTURES, CAMERAS = Step
MIB = 1024 * 1024
GIB = 1024 * MIB


class Rig:
    """A disk of 1 GiB; marks at 150, 100 and 50 MiB."""

    def __init__(self, purpose: Purpose = STREAMS) -> None:
        self.clock = FakeClock()
        self.free = 500.0
        self.steps: list[Step] = []
        self.told: list[str | None] = []
        self.is_gone = False
        self.watch = SpaceWatch(
            Marks(0.5, 150 * MIB), self.clock, self.look, self.steps.append, self.told.append, purpose
        )

    def look(self) -> Room | None:
        return None if self.is_gone else Room(int(self.free * MIB), GIB)

    async def stay(self, free: float, seconds: float) -> None:
        """So much is free for so long."""
        self.free = free
        for _ in range(int(seconds)):
            self.clock.skip(1)
            room = self.look()
            if room is not None:
                self.watch.judge(room)


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_steps_are_taken_at_their_marks_and_in_order(rig: Rig) -> None:
    for free in (151, 149, 101, 99, 51, 49, 1):
        await rig.stay(free, 1)
    assert rig.steps == [WINDOWS, PICTURES, CAMERAS]


async def test_a_sudden_want_takes_the_last_step_at_once(rig: Rig) -> None:
    await rig.stay(10, 1)
    assert rig.steps == [CAMERAS]


async def test_one_alarm_and_one_end_of_it(rig: Rig) -> None:
    for free in (149, 49, 99, 120, 149):
        await rig.stay(free, 30)
    assert rig.told == ["Room is short: 149 of 1024 MiB are free for the streams"]
    await rig.stay(500, 1000)
    assert rig.told[1:] == [None]
    assert rig.watch.step is NOTHING


async def test_they_are_taken_back_one_by_one_after_a_minute_of_room_each(rig: Rig) -> None:
    await rig.stay(10, 1)
    await rig.stay(500, 60)
    assert rig.steps == [CAMERAS]
    await rig.stay(500, 1)
    assert rig.steps == [CAMERAS, PICTURES]
    await rig.stay(500, 122)
    assert rig.steps == [CAMERAS, PICTURES, WINDOWS, NOTHING]


@pytest.mark.parametrize(("free", "left"), [(149, WINDOWS), (151, WINDOWS), (224, WINDOWS), (226, NOTHING)])
async def test_a_little_more_than_the_mark_is_not_enough(rig: Rig, free: float, left: Step) -> None:
    await rig.stay(149, 1)
    await rig.stay(free, 600)
    assert rig.watch.step is left


async def test_a_moment_without_room_begins_the_minute_anew(rig: Rig) -> None:
    await rig.stay(149, 1)
    await rig.stay(500, 50)
    await rig.stay(160, 1)
    await rig.stay(500, 50)
    assert rig.watch.step is WINDOWS


async def test_what_does_not_last_is_tried_ever_more_seldom(rig: Rig) -> None:
    """Each step back takes all the room again: in an hour that happens a few times, not sixty."""
    for _ in range(3600):
        await rig.stay(49 if rig.watch.step < CAMERAS else 200, 1)
    assert rig.steps.count(CAMERAS) <= 6
    await rig.stay(500, 4 * 3600)
    assert rig.watch.step is NOTHING
    await rig.stay(149, 1)
    await rig.stay(500, 62)
    assert rig.watch.step is NOTHING, "long after that, a minute is enough again"


def test_on_a_small_disk_the_share_counts_and_on_a_large_one_the_bytes() -> None:
    marks = Marks(0.15, 200 * MIB)
    assert marks.at(WINDOWS, Room(0, 64 * MIB)) == pytest.approx(9.6 * MIB)
    assert marks.at(WINDOWS, Room(0, 4000 * GIB)) == 200 * MIB


@pytest.mark.parametrize("marks", [Marks(0, 200 * MIB), Marks(0.15, 0)])
def test_zero_means_never(marks: Marks) -> None:
    assert marks.step(Room(0, GIB)) is NOTHING


async def test_it_looks_by_itself_and_a_disk_that_cannot_be_asked_changes_nothing(rig: Rig) -> None:
    one_thread()
    task = asyncio.create_task(rig.watch.run())

    async def pass_time() -> None:
        await threads_done()
        await rig.clock.advance(2.5)
        await threads_done()

    await pass_time()
    rig.is_gone, rig.free = True, 1
    await pass_time()
    assert rig.steps == []
    rig.is_gone = False
    await pass_time()
    task.cancel()
    assert rig.steps == [CAMERAS]


async def test_each_step_is_told_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await rig.stay(99, 100)
    await rig.stay(500, 200)
    assert [(record.levelname, record.getMessage().partition(": ")[2]) for record in caplog.records] == [
        ("WARNING", "no pictures are made"),
        ("INFO", "less of each stream is kept"),
        ("INFO", "everything is as it was"),
    ]


async def test_a_disk_of_data_is_called_so(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(DATA)
    await rig.stay(99, 1)
    assert rig.told == ["Room is short: 99 of 1024 MiB are free for the database and the pictures"]
    assert caplog.messages == [
        "99 of 1024 MiB are free for the database and the pictures: no pictures are made"
    ]


def test_another_disk_is_one_that_another_directory_does_not_fill(tmp_path: Path) -> None:
    (tmp_path / "streams").mkdir()
    assert is_same_disk(tmp_path, tmp_path / "streams")
    assert not is_same_disk(tmp_path, Path("/proc"))


def test_a_real_directory(tmp_path: Path) -> None:
    room = room_in(tmp_path)
    assert room is not None
    assert 0 < room.free <= room.size
    assert room_in(tmp_path / "missing") is None
