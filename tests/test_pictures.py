"""When a picture is made and when it is not, who waits for it, and that one outlives what it shows."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from socstream.background import in_background
from socstream.ffmpeg.still import NoStill
from socstream.hls.album import Picture
from socstream.hls.timeline import Segment, Timeline, Timelines
from socstream.model.ceiling import Ceiling
from socstream.model.errors import FFmpegMissing
from socstream.model.stream import StreamState, StreamStatus
from socstream.pictures import KEEP_EVERY, LAST_SAVES, NOT_SOONER, PATIENCE, SAVE_EVERY, Pictures
from tests.fakes import FakeClock, settle

GATE, YARD, ROOF = "gate", "yard", "roof"


class FakeFiles:
    """The disk, in memory. A movie is the name of its camera and segment."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.takes = 0.0
        """Seconds for each picture that is saved."""
        self.kept: dict[str, Picture] = {}
        self.saves: list[str] = []
        self.loads: list[str] = []
        self.may_load = asyncio.Event()
        self.may_load.set()
        self.swept_for: Collection[str] | None = None
        self.error: OSError | None = None
        self.refuses: OSError | None = None
        """To save a picture; all else goes well."""

    async def movie(self, camera_id: str, segment: Segment) -> bytes:
        if self.error is not None:
            raise self.error
        return f"{camera_id} {segment.number}".encode()

    async def load(self, camera_id: str) -> Picture | None:
        self.loads.append(camera_id)
        found = self.kept.get(camera_id)
        await self.may_load.wait()
        return found

    async def save(self, camera_id: str, picture: Picture) -> None:
        self.saves.append(camera_id)
        if self.takes:
            await self._clock.sleep(self.takes)
        if (error := self.error or self.refuses) is not None:
            raise error
        self.kept[camera_id] = picture

    def forget(self, camera_id: str) -> None:
        self.kept.pop(camera_id, None)

    async def sweep(self, known: Collection[str]) -> None:
        self.swept_for = known


class FakeStill:
    """An FFmpeg that takes 0.125 s and knows whether it is alone."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.takes = 0.125
        self.made: list[str] = []
        self.error: Exception | None = None
        self.running = 0
        self.most_running = 0
        self.cancelled = 0

    async def __call__(self, movie: bytes) -> bytes:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self._clock.sleep(self.takes)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        self.made.append(movie.decode())
        if self.error is not None:
            raise self.error
        return movie


class Rig:
    """Cameras that go live and dark, and people who look at them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.timelines = Timelines()
        self.files = FakeFiles(self.clock)
        self.still = FakeStill(self.clock)
        self.pictures = Pictures(self.files, self.timelines, self.still, self.clock)

    def add(self, *camera_ids: str) -> None:
        for camera_id in camera_ids:
            self.timelines.put(camera_id, Timeline(Ceiling(), None, self.clock.monotonic()))

    def cut(self, camera_id: str, state: StreamState = StreamState.LIVE) -> None:
        """One more segment, which began just now."""
        timeline = self.timelines.get(camera_id)
        assert timeline is not None
        number, began = timeline.next_number, self.clock.wall()
        segment = Segment(number, run=0, duration=1.0, size=1, began=began, discontinuity=False)
        timeline.publish(timeline.window.extended(segment), self.clock.monotonic())
        self.show(camera_id, state)

    def show(self, camera_id: str, state: StreamState) -> None:
        self.pictures.stream_changed(camera_id, StreamStatus(state, self.clock.monotonic()))

    def go_dark(self, camera_id: str) -> None:
        self.show(camera_id, StreamState.STALLED)

    def remove(self, camera_id: str) -> None:
        """As the supervisor does: the timeline first, and the status once the worker has ended."""
        self.timelines.drop(camera_id)
        self.pictures.stream_changed(camera_id, None)

    def ask(self, camera_id: str) -> "asyncio.Task[Picture | None]":
        return asyncio.create_task(self.pictures.get(camera_id))

    async def see(self, camera_id: str) -> str | None:
        """What somebody sees who has the patience."""
        asked = self.ask(camera_id)
        await self.clock.advance(PATIENCE)
        picture = await asked
        return None if picture is None else picture.jpeg.decode()

    def logged(self, records: list[logging.LogRecord]) -> list[str]:
        return [record.getMessage() for record in records if record.levelno >= logging.WARNING]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    async with in_background(rig.pictures.run([GATE]), "the pictures"):
        await settle()
        yield rig


async def test_a_picture_is_of_the_newest_segment_and_bears_its_time(rig: Rig) -> None:
    rig.add(GATE)
    rig.cut(GATE, StreamState.STARTING)
    rig.cut(GATE, StreamState.STARTING)
    began = rig.clock.wall()
    asked = rig.ask(GATE)
    await rig.clock.advance(rig.still.takes)
    picture = await asked
    assert picture == Picture(b"gate 1", began)


async def test_of_one_segment_one_picture_is_made_however_often_somebody_asks(rig: Rig) -> None:
    rig.add(GATE)
    rig.cut(GATE)
    for _ in range(3):
        assert await rig.see(GATE) == "gate 0"
    assert rig.still.made == ["gate 0"]


async def test_who_asks_while_it_is_made_waits_for_the_same_one(rig: Rig) -> None:
    rig.add(GATE)
    rig.cut(GATE)
    asked = []
    for _ in range(3):
        asked.append(rig.ask(GATE))
        await rig.clock.advance(rig.still.takes / 5)
    assert not any(task.done() for task in asked)
    await rig.clock.advance(rig.still.takes)
    assert [(await task) for task in asked] == [await asked[0]] * 3
    assert rig.still.made == ["gate 0"]


async def test_many_watchers_do_not_make_more_than_one_picture_in_a_second(rig: Rig) -> None:
    rig.add(GATE)
    for _ in range(20):
        rig.cut(GATE)
        asked = rig.ask(GATE)
        await rig.clock.advance(0.25)
        await asked
    assert len(rig.still.made) <= 5 / NOT_SOONER + 1


async def test_one_ffmpeg_at_a_time_over_the_whole_box(rig: Rig) -> None:
    rig.add(GATE, YARD, ROOF)
    for camera_id in (GATE, YARD, ROOF):
        rig.cut(camera_id)
    asked = [rig.ask(camera_id) for camera_id in (GATE, YARD, ROOF)]
    await rig.clock.advance(3 * rig.still.takes)
    assert [picture and picture.jpeg for picture in await asyncio.gather(*asked)] == [
        *(b"gate 0", b"yard 0", b"roof 0")
    ]
    assert rig.still.most_running == 1


async def test_who_has_waited_long_enough_gets_the_last_one(rig: Rig) -> None:
    rig.add(GATE)
    rig.cut(GATE)
    assert await rig.see(GATE) == "gate 0"
    rig.still.takes = 60.0
    rig.cut(GATE)
    asked = rig.ask(GATE)
    await rig.clock.advance(PATIENCE - 0.1)
    assert not asked.done()
    await rig.clock.advance(0.1)
    assert await asked == Picture(b"gate 0", rig.timelines.all[GATE].window.segments[0].began)
    await rig.clock.advance(60)
    assert await rig.see(GATE) == "gate 1", "it is made all the same, for the next one"


async def test_who_hangs_up_takes_nothing_from_the_others(rig: Rig) -> None:
    rig.add(GATE)
    rig.cut(GATE)
    first, second = rig.ask(GATE), rig.ask(GATE)
    await settle()
    first.cancel()
    await rig.clock.advance(rig.still.takes)
    assert await second == Picture(b"gate 0", rig.timelines.all[GATE].window.segments[0].began)


@pytest.mark.parametrize("camera_id", [GATE, "made-up"])
async def test_none_where_there_never_was_one(rig: Rig, camera_id: str) -> None:
    rig.add(GATE)
    assert await rig.pictures.get(camera_id) is None
    assert rig.still.made == []
    assert set(rig.files.loads) <= {GATE}, "an id that somebody made up never becomes a path"


async def test_a_camera_that_goes_dark_leaves_a_last_picture_that_nobody_asked_for(rig: Rig) -> None:
    rig.add(GATE)
    rig.cut(GATE, StreamState.STARTING)
    rig.cut(GATE)
    rig.go_dark(GATE)
    began = rig.clock.wall()
    await rig.clock.advance(rig.still.takes)
    assert rig.files.kept == {GATE: Picture(b"gate 1", began)}
    rig.show(GATE, StreamState.BACKOFF)
    await rig.clock.advance(KEEP_EVERY * 2)
    assert await rig.see(GATE) == "gate 1"
    assert rig.still.made == ["gate 1"], "nothing new is to be seen in it"


async def test_what_was_seen_last_is_kept_when_the_camera_goes_dark(rig: Rig) -> None:
    rig.add(GATE)
    for _ in range(3):
        rig.cut(GATE)
        await rig.see(GATE)
    assert rig.files.saves == [GATE], "not every picture of a live camera goes to the disk"
    rig.go_dark(GATE)
    await settle()
    assert rig.files.kept[GATE].jpeg == b"gate 2"
    assert rig.still.made[-1] == "gate 2"


async def test_a_picture_that_somebody_saw_is_on_the_disk_within_a_minute_though_nobody_asks_again(
    rig: Rig,
) -> None:
    rig.add(GATE, YARD)
    for camera_id in (GATE, YARD) * 2:
        rig.cut(camera_id)
        await rig.see(camera_id)
    assert sorted(rig.files.saves) == [GATE, YARD]
    await rig.clock.advance(SAVE_EVERY - 10)
    assert sorted(rig.files.saves) == [GATE, YARD]
    await rig.clock.advance(12)
    assert [rig.files.kept[each].jpeg for each in (GATE, YARD)] == [b"gate 1", b"yard 1"]
    await rig.clock.advance(SAVE_EVERY * 3)
    assert sorted(rig.files.saves) == [GATE, GATE, YARD, YARD], "each picture once"


async def test_a_camera_that_is_watched_without_a_break_is_kept_each_minute(rig: Rig) -> None:
    rig.add(GATE)
    for _ in range(100):
        rig.cut(GATE)
        await rig.see(GATE)
    assert len(rig.files.saves) == 1 + 200 // SAVE_EVERY


async def stopped(*camera_ids: str, takes: float = 0.0) -> Rig:
    """Cameras with a second picture that is not on the disk, whose pictures were just told to stop."""
    rig = Rig()
    async with in_background(rig.pictures.run(camera_ids), "the pictures"):
        rig.add(*camera_ids)
        for camera_id in camera_ids * 2:
            rig.cut(camera_id)
            await rig.see(camera_id)
        rig.files.takes = takes
        rig.pictures.stop()
        await settle()
    return rig


async def test_what_was_seen_last_is_kept_when_the_server_stops() -> None:
    rig = await stopped(GATE, YARD)
    assert {picture.jpeg for picture in rig.files.kept.values()} == {b"gate 0", b"yard 0"}
    await rig.pictures.close()
    assert {picture.jpeg for picture in rig.files.kept.values()} == {b"gate 1", b"yard 1"}
    await rig.pictures.close()
    assert len(rig.files.saves) == 4, "each picture once"


async def test_a_slow_disk_holds_up_no_stop(caplog: pytest.LogCaptureFixture) -> None:
    rig = await stopped(GATE, YARD, ROOF, takes=LAST_SAVES * 0.75)
    closing = asyncio.create_task(rig.pictures.close())
    await rig.clock.advance(LAST_SAVES * 1.5)
    assert closing.done()
    assert [rig.files.kept[each].jpeg for each in (GATE, YARD, ROOF)] == [b"gate 1", b"yard 1", b"roof 0"]
    assert rig.logged(caplog.records) == ["1 last pictures were not kept: the disk takes too long"]


async def test_a_picture_that_was_being_kept_when_the_server_stopped_is_kept() -> None:
    rig = Rig()
    async with in_background(rig.pictures.run((GATE,)), "the pictures"):
        rig.add(GATE)
        rig.cut(GATE)
        rig.files.takes = 1.0
        asked = rig.ask(GATE)
        await rig.clock.advance(rig.still.takes)
        rig.pictures.stop()
        assert await asked is not None
        await settle()
    assert rig.files.kept == {}
    rig.files.takes = 0.0
    await rig.pictures.close()
    assert rig.files.kept[GATE].jpeg == b"gate 0"


async def test_the_last_picture_is_the_very_last_one_though_another_was_just_made(rig: Rig) -> None:
    rig.add(GATE)
    rig.cut(GATE)
    asked = rig.ask(GATE)
    await rig.clock.advance(rig.still.takes)
    await asked
    rig.cut(GATE)
    rig.go_dark(GATE)
    await rig.clock.advance(rig.still.takes)
    assert rig.files.kept[GATE].jpeg == b"gate 1"


async def test_live_cameras_are_kept_now_and_then_one_after_the_other(rig: Rig) -> None:
    rig.add(GATE, YARD, ROOF)
    for camera_id in (GATE, YARD, ROOF):
        rig.cut(camera_id)
    await rig.clock.advance(3)
    assert len(rig.still.made) == 1, "cameras that come back at once are not looked at all at once"
    await rig.clock.advance(10)
    assert sorted(rig.still.made) == ["gate 0", "roof 0", "yard 0"]
    for camera_id in (GATE, YARD, ROOF):
        rig.cut(camera_id)
    await rig.clock.advance(KEEP_EVERY - 20)
    assert len(rig.still.made) == 3
    await rig.clock.advance(40)
    assert sorted(rig.still.made[3:]) == ["gate 1", "roof 1", "yard 1"]
    assert sorted(rig.files.saves) == sorted([GATE, YARD, ROOF] * 2)


async def test_the_round_goes_on_while_others_ask_without_end(rig: Rig) -> None:
    rig.add(GATE, YARD)
    rig.cut(YARD)
    for _ in range(20):
        rig.cut(GATE)
        rig.ask(GATE)
        await rig.clock.advance(0.5)
    assert "yard 0" in rig.still.made


async def test_a_live_camera_without_segments_of_ours_is_left_alone(rig: Rig) -> None:
    rig.add(GATE, YARD)
    rig.show(GATE, StreamState.LIVE)
    rig.cut(YARD)
    await rig.clock.advance(60)
    assert rig.still.made == ["yard 0"]
    assert await rig.see(GATE) is None


async def test_the_kept_picture_is_there_after_a_restart(rig: Rig) -> None:
    kept = rig.files.kept[GATE] = Picture(b"before", 123.0)
    rig.add(GATE)
    assert await rig.pictures.get(GATE) == kept
    rig.cut(GATE)
    assert await rig.see(GATE) == "gate 0"
    assert rig.files.kept[GATE].jpeg == b"gate 0"


async def test_a_kept_picture_that_is_read_slowly_is_not_shown_for_a_newer_one(rig: Rig) -> None:
    rig.files.kept[GATE] = Picture(b"before", 123.0)
    rig.files.may_load.clear()
    rig.add(GATE)
    asked = rig.ask(GATE)
    rig.cut(GATE)
    rig.go_dark(GATE)
    await rig.clock.advance(rig.still.takes)
    rig.files.may_load.set()
    picture = await asked
    assert picture is not None
    assert picture.jpeg == b"gate 0"


async def test_pictures_of_cameras_that_are_gone_are_swept_at_the_start(rig: Rig) -> None:
    assert rig.files.swept_for == [GATE]


async def test_a_deleted_camera_has_no_picture_any_more(rig: Rig) -> None:
    rig.add(GATE)
    rig.cut(GATE)
    assert await rig.see(GATE) == "gate 0"
    rig.remove(GATE)
    assert rig.files.kept == {}
    assert await rig.pictures.get(GATE) is None


async def test_a_camera_that_is_deleted_while_its_picture_is_made_stays_deleted(rig: Rig) -> None:
    rig.add(GATE, YARD)
    rig.cut(GATE)
    asked = rig.ask(GATE)
    await rig.clock.advance(rig.still.takes / 2)
    rig.remove(GATE)
    assert await asked is None
    await rig.clock.advance(1)
    assert rig.files.kept == {}
    rig.cut(YARD)
    assert await rig.see(YARD) == "yard 0"


@pytest.mark.parametrize("error", [NoStill("not a picture"), FFmpegMissing("none"), OSError(12, "no memory")])
async def test_a_failure_leaves_the_last_picture_and_is_told_once(
    rig: Rig, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    rig.add(GATE)
    rig.cut(GATE)
    assert await rig.see(GATE) == "gate 0"
    rig.still.error = error
    for _ in range(30):
        rig.cut(GATE)
        assert await rig.see(GATE) == "gate 0"
    (line,) = rig.logged(caplog.records)
    assert str(error) in line
    rig.still.error = None
    await rig.clock.advance(KEEP_EVERY)
    for _ in range(3):
        assert await rig.see(GATE) == "gate 30"
    assert rig.still.made.count("gate 30") <= 2, "one that failed, one that did not"
    rig.still.error = error
    rig.cut(GATE)
    await rig.see(GATE)
    assert len(rig.logged(caplog.records)) == 2, "and told again when it happens again"


async def test_a_dark_camera_whose_picture_could_not_be_made_is_left_alone_until_somebody_asks(
    rig: Rig,
) -> None:
    rig.add(GATE)
    rig.cut(GATE)
    rig.still.error = NoStill("hostile")
    rig.go_dark(GATE)
    await rig.clock.advance(KEEP_EVERY * 3)
    assert rig.still.made == ["gate 0"]


async def test_a_camera_whose_pictures_cannot_be_made_is_tried_ever_more_seldom(rig: Rig) -> None:
    rig.still.error = NoStill("hostile")
    rig.add(GATE)
    tries = []
    for _ in range(720):
        rig.cut(GATE)
        before = len(rig.still.made)
        asked = rig.ask(GATE)
        await rig.clock.advance(5)
        await asked
        if len(rig.still.made) > before:
            tries.append(rig.clock.monotonic())
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses[0] <= 15
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 600
    assert len(tries) < 15


async def test_a_failure_of_one_segment_is_tried_again_though_the_camera_is_dark(rig: Rig) -> None:
    rig.add(GATE)
    rig.cut(GATE)
    rig.still.error = NoStill("the box was busy")
    rig.go_dark(GATE)
    await rig.clock.advance(1)
    rig.still.error = None
    assert await rig.see(GATE) is None
    await rig.clock.advance(15)
    assert await rig.see(GATE) == "gate 0"


async def test_a_missing_ffmpeg_is_told_once_for_all_cameras(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.still.error = FFmpegMissing("nowhere")
    rig.add(GATE, YARD, ROOF)
    for camera_id in (GATE, YARD, ROOF):
        rig.cut(camera_id)
        assert await rig.see(camera_id) is None
    assert len(rig.logged(caplog.records)) == 1


async def test_a_full_disk_takes_no_picture_from_anybody(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.add(GATE)
    for number in range(5):
        rig.cut(GATE)
        asked = rig.ask(GATE)
        await rig.clock.advance(rig.still.takes / 2)
        rig.files.error = OSError(28, "No space left on device")
        await rig.clock.advance(PATIENCE)
        picture = await asked
        assert picture is not None
        assert picture.jpeg == f"gate {number}".encode()
        rig.files.error = None
    assert rig.files.saves == [GATE]
    assert len(rig.logged(caplog.records)) == 1


async def test_a_disk_that_takes_no_pictures_is_told_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    async def keep_more() -> None:
        for camera_id in (GATE, YARD):
            rig.cut(camera_id)
            await rig.see(camera_id)
        await rig.clock.advance(SAVE_EVERY)

    rig.add(GATE, YARD)
    rig.files.refuses = OSError(28, "No space left on device")
    await keep_more()
    await keep_more()
    assert len(rig.logged(caplog.records)) == 1
    rig.files.refuses = None
    await keep_more()
    assert set(rig.files.kept) == {GATE, YARD}
    rig.files.refuses = OSError(28, "No space left on device")
    await keep_more()
    assert len(rig.logged(caplog.records)) == 2, "and told again when it happens again"


async def test_when_the_server_stops_nobody_waits_and_nothing_is_begun(rig: Rig) -> None:
    rig.add(GATE, YARD)
    rig.cut(YARD)
    await rig.see(YARD)
    rig.cut(GATE)
    asked = rig.ask(GATE)
    await settle()
    assert rig.still.running == 1
    rig.pictures.stop()
    assert await asked is None
    await settle()
    assert (rig.still.running, rig.still.cancelled) == (0, 1)
    rig.cut(YARD)
    rig.go_dark(YARD)
    await rig.clock.advance(10)
    asked = rig.ask(YARD)
    await settle()
    assert asked.done()
    assert rig.still.made == ["yard 0"]


async def test_a_bug_costs_new_pictures_and_nobodys_time(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(in_background(rig.pictures.run(()), "the pictures"))
        rig.add(GATE)
        rig.cut(GATE)
        rig.still.error = ZeroDivisionError()
        asked = rig.ask(GATE)
        await rig.clock.advance(rig.still.takes)
        assert asked.done()
        rig.cut(GATE)
        assert await asyncio.wait_for(rig.pictures.get(GATE), 1) is None
    assert [record.exc_info is not None for record in caplog.records] == [True]


async def test_while_they_are_paused_everybody_gets_the_last_one(rig: Rig) -> None:
    rig.add(GATE)
    rig.cut(GATE)
    assert await rig.see(GATE) == "gate 0"
    rig.pictures.is_paused = True
    await rig.clock.advance(NOT_SOONER)
    rig.cut(GATE)
    assert await rig.see(GATE) == "gate 0"
    rig.go_dark(GATE)
    await rig.clock.advance(KEEP_EVERY)
    assert rig.still.made == ["gate 0"]
    rig.pictures.is_paused = False
    assert await rig.see(GATE) == "gate 1"
