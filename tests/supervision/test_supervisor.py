"""The owner of all tasks: wishes in any state and any order, and never two FFmpegs of one camera."""

import asyncio
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socstream.hls.timeline import Segment, Window
from socstream.model.camera import Camera
from socstream.model.ceiling import Ceiling
from socstream.model.failure import FailureCode
from socstream.model.stream import StreamState
from tests.fakes import FakeFFmpeg, Steady, dies, settle
from tests.supervision.rig import CAM, Rig, camera, rigged

STOPPED, STARTING, LIVE, STALLED, BACKOFF = StreamState

MOVED = camera(url="rtsp://192.0.2.8/live")
PAUSED = camera(maintenance=True)


async def bring_to(rig: Rig, state: StreamState) -> None:
    """The first camera, in this state; its FFmpegs need two seconds to end."""
    rig.encoder.ending = 2.0
    match state:
        case StreamState.STOPPED:
            rig.supervisor.start(PAUSED, Ceiling())
        case StreamState.STARTING:
            await rig.start()
        case StreamState.LIVE:
            await rig.start()
            await rig.film(3)
        case StreamState.STALLED:
            await rig.start()
            await rig.film(3)
            await rig.advance(6.5)
        case StreamState.BACKOFF:
            await rig.start()
            rig.ffmpeg.exit(FailureCode.UNAUTHORIZED)
            await rig.advance(2.5)
    await settle()
    assert rig.status.state is state


async def test_a_status_is_on_the_board_before_the_task_begins(rig: Rig) -> None:
    rig.supervisor.start(camera(), Ceiling())
    assert rig.status.state is STOPPED
    assert rig.timelines.get(CAM) is not None


async def test_a_camera_in_maintenance_has_a_status_and_no_ffmpeg(rig: Rig) -> None:
    rig.supervisor.start(PAUSED, Ceiling())
    await rig.advance(60)
    assert rig.status.state is STOPPED
    assert rig.encoder.lives == []


@pytest.mark.parametrize("state", StreamState)
async def test_a_replaced_camera_is_started_anew_from_every_state(rig: Rig, state: StreamState) -> None:
    await bring_to(rig, state)
    rig.supervisor.replace(MOVED)
    await rig.advance(2.1)
    assert rig.ffmpeg.order.source == MOVED.source
    assert rig.encoder.overlaps == []
    assert rig.status.state is STARTING
    assert rig.failure is None


async def test_an_edit_is_tried_at_once_and_not_after_the_backoff(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.1, FailureCode.UNAUTHORIZED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(700)
    tries = len(rig.encoder.lives)
    rig.supervisor.replace(camera(url="rtsp://viewer:right@192.0.2.7/live"))
    await rig.advance(1.0)
    assert len(rig.encoder.lives) == tries + 1


@pytest.mark.parametrize("state", StreamState)
async def test_maintenance_ends_the_stream_from_every_state(rig: Rig, state: StreamState) -> None:
    await bring_to(rig, state)
    rig.supervisor.replace(PAUSED)
    await rig.advance(2.1)
    assert rig.encoder.alive == []
    assert (rig.status.state, rig.status.failure, rig.status.retry_at) == (STOPPED, None, None)
    tries = len(rig.encoder.lives)
    await rig.advance(3600)
    assert len(rig.encoder.lives) == tries


@pytest.mark.parametrize("state", StreamState)
async def test_a_removed_camera_leaves_nothing_behind_from_every_state(rig: Rig, state: StreamState) -> None:
    await bring_to(rig, state)
    rig.supervisor.remove(CAM)
    assert rig.timelines.get(CAM) is None
    await rig.advance(2.1)
    assert rig.encoder.alive == []
    assert rig.board.get(CAM) is None
    assert rig.files.done[-1] == ("delete", CAM)
    assert rig.supervisor.log_of(CAM) == ()
    tries = len(rig.encoder.lives)
    await rig.advance(3600)
    assert len(rig.encoder.lives) == tries


async def test_files_are_deleted_only_when_ffmpeg_is_gone(rig: Rig) -> None:
    await bring_to(rig, LIVE)
    rig.supervisor.remove(CAM)
    await rig.advance(1)
    assert ("delete", CAM) not in rig.files.done
    await rig.advance(1.1)
    assert ("delete", CAM) in rig.files.done


async def test_a_camera_whose_files_cannot_be_deleted_is_gone_all_the_same(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    await bring_to(rig, LIVE)
    rig.files.delete_error = OSError(5, "Input/output error")
    rig.supervisor.remove(CAM)
    await rig.advance(3)
    assert rig.board.get(CAM) is None
    (record,) = [record for record in caplog.records if "Input/output error" in record.getMessage()]
    assert record.levelno == logging.WARNING


@pytest.mark.parametrize("state", StreamState)
async def test_closing_ends_every_state_and_leaves_no_task(rig: Rig, state: StreamState) -> None:
    before = asyncio.all_tasks()
    await bring_to(rig, state)
    await rig.close()
    assert rig.encoder.alive == []
    assert rig.status.state is STOPPED
    assert not rig.supervisor.is_running
    assert asyncio.all_tasks() <= before


async def test_closing_ends_all_at_the_same_time(rig: Rig) -> None:
    rig.encoder.ending = 3.0
    for number in range(1, 65):
        rig.supervisor.start(camera(number), Ceiling())
    await rig.advance(4)
    assert len(rig.encoder.alive) == 64
    closing = asyncio.create_task(rig.supervisor.close())
    await rig.advance(3.1)
    assert closing.done()
    assert rig.encoder.alive == []


async def test_closing_twice_or_before_opening_is_harmless() -> None:
    rig = Rig()
    await rig.supervisor.close()
    rig.supervisor.open()
    assert rig.supervisor.is_running
    await rig.supervisor.close()
    await rig.supervisor.close()


async def test_a_deleted_camera_does_not_hold_up_the_closing(rig: Rig) -> None:
    await bring_to(rig, LIVE)
    rig.store.error = KeyError("deleted meanwhile")
    await rig.film(64)
    await rig.close()
    assert not rig.supervisor.is_running


async def test_edits_faster_than_ffmpeg_ends_wait_for_it_and_the_last_one_wins(rig: Rig) -> None:
    await bring_to(rig, LIVE)
    for number in range(10, 20):
        rig.supervisor.replace(camera(url=f"rtsp://192.0.2.{number}/live"))
        await rig.advance(0.1)
    await rig.advance(2)
    assert rig.encoder.overlaps == []
    assert len(rig.encoder.lives) == 2
    assert rig.ffmpeg.order.source.host == "192.0.2.19"


async def test_edits_faster_than_the_loop_turns_start_the_last_one_only(rig: Rig) -> None:
    rig.supervisor.start(camera(), Ceiling())
    for number in range(10, 20):
        rig.supervisor.replace(camera(url=f"rtsp://192.0.2.{number}/live"))
    await rig.advance(1)
    assert [life.order.source.host for life in rig.encoder.lives] == ["192.0.2.19"]


async def test_start_and_remove_within_one_turn_start_nothing(rig: Rig) -> None:
    rig.supervisor.start(camera(), Ceiling())
    rig.supervisor.remove(CAM)
    await rig.advance(1)
    assert rig.encoder.lives == []
    assert rig.board.get(CAM) is None
    assert rig.files.done == [("delete", CAM)]


async def test_an_edit_of_words_leaves_the_stream_alone_and_renames_it_in_the_log(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    await bring_to(rig, LIVE)
    rig.supervisor.update(camera(name="Front door"))
    await rig.film(2)
    assert len(rig.encoder.lives) == 1
    rig.ffmpeg.exit()
    await rig.advance(3)
    assert "Front door: The camera ended the stream" in caplog.text


async def test_another_url_decides_its_target_duration_anew(rig: Rig) -> None:
    await rig.start()
    await rig.film(8, 4.0)
    assert rig.timeline.window.target_duration == 4
    rig.supervisor.replace(MOVED)
    await rig.advance(0.1)
    await rig.film(2)
    assert rig.status.target_duration == 1


async def test_other_credentials_do_not(rig: Rig) -> None:
    await rig.start()
    await rig.film(8, 4.0)
    rig.supervisor.replace(camera(url="rtsp://viewer:right@192.0.2.7/live"))
    await rig.advance(0.1)
    await rig.film(2)
    assert rig.status.target_duration == 4


async def test_a_bug_in_one_task_ends_nobody_else_and_is_told(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    other = camera(2)
    rig.encoder.behaviour = Steady(rig.clock)
    rig.supervisor.start(camera(), Ceiling())
    rig.supervisor.start(other, Ceiling())
    await rig.advance(3)
    rig.board.drop(CAM)  # nobody may do that under a worker: its next word is a bug
    await rig.advance(30)
    assert rig.status_of(other.camera_id).state is LIVE
    (record,) = [record for record in caplog.records if "a bug ended its task" in record.getMessage()]
    assert CAM in record.getMessage()
    assert record.exc_info


@pytest.mark.parametrize("wish", ["watch", "retry", "log_of"])
async def test_wishes_for_a_camera_that_is_gone_are_harmless(rig: Rig, wish: str) -> None:
    getattr(rig.supervisor, wish)("nobody")


def saved(newest: int) -> Window:
    return Window().extended(Segment(newest, newest, 1.0, 1, 0.0, discontinuity=True))


async def test_a_restored_window_is_shown_at_once_and_continued() -> None:
    async with rigged({CAM: saved(99)}) as rig:
        rig.supervisor.start(camera(), Ceiling(128, 64, 1))
        assert rig.timeline.is_fresh(rig.clock.monotonic())
        assert rig.listed == [99]
        await settle()
        assert rig.ffmpeg.order.start_number == 100


async def test_a_window_that_a_later_life_has_gone_beyond_is_not_restored() -> None:
    async with rigged({CAM: saved(99)}) as rig:
        rig.supervisor.start(camera(), Ceiling(300, 64, 1))
        assert rig.timeline.playlist is None
        await settle()
        assert rig.ffmpeg.order.start_number == 300


WISHES = ("start", "replace", "maintain", "remove", "retry", "watch")
FAULTS = ("segment", "exit", "refuse", "redirect", "too brief")

stories = st.lists(
    st.tuples(
        st.sampled_from(WISHES + FAULTS), st.integers(1, 3), st.sampled_from((0.0, 0.01, 0.4, 2.0, 25.0))
    ),
    max_size=40,
)


class Office:
    """Three cameras, everything that people may wish of them, and everything that may happen to them."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.wanted: dict[str, Camera] = {}
        self.edits = 0

    def act(self, what: str, number: int) -> None:
        wished, supervisor = camera(number), self.rig.supervisor
        camera_id = wished.camera_id
        if what in FAULTS:
            for life in self.rig.encoder.alive:
                if life.order.camera_id == camera_id:
                    happen(life, what)
        elif what == "start":
            if camera_id not in self.wanted and self.rig.board.get(camera_id) is None:
                self.wanted[camera_id] = wished
                supervisor.start(wished, Ceiling())
        elif camera_id in self.wanted:
            self.wish(what, number)

    def wish(self, what: str, number: int) -> None:
        supervisor, camera_id = self.rig.supervisor, camera(number).camera_id
        match what:
            case "replace":
                self.edits += 1
                self.wanted[camera_id] = camera(number, f"rtsp://192.0.2.7/{self.edits}")
                supervisor.replace(self.wanted[camera_id])
            case "maintain":
                self.wanted[camera_id] = camera(number, maintenance=True)
                supervisor.replace(self.wanted[camera_id])
            case "remove":
                del self.wanted[camera_id]
                supervisor.remove(camera_id)
            case "retry":
                supervisor.retry(camera_id)
            case "watch":
                supervisor.watch(camera_id)

    def check(self) -> None:
        """What must be true whenever nothing has been wished for a while."""
        running = {life.order.camera_id: life.order.source for life in self.rig.encoder.alive}
        for camera_id, source in running.items():
            assert camera_id in self.wanted
            assert not self.wanted[camera_id].maintenance
            assert source == self.wanted[camera_id].source
        for camera_id, wanted in self.wanted.items():
            stopped = self.rig.status_of(camera_id).state is STOPPED
            assert stopped == wanted.maintenance


def happen(life: FakeFFmpeg, what: str) -> None:
    match what:
        case "segment":
            life.cut()
        case "exit":
            life.exit()
        case "refuse":
            life.exit(FailureCode.REFUSED)
        case "redirect":
            life.redirect()
        case "too brief":
            life.give_up_too_early()


@settings(max_examples=40)
@given(stories)
def test_whatever_is_wished_and_happens_a_camera_has_one_ffmpeg_or_none(
    story: list[tuple[str, int, float]],
) -> None:
    async def live() -> None:
        async with rigged() as rig:
            rig.encoder.ending = 0.7
            office = Office(rig)
            for what, number, pause in story:
                office.act(what, number)
                if pause:
                    await rig.advance(pause)
                assert rig.encoder.overlaps == []
            await rig.advance(5.0)
            office.check()
        assert rig.encoder.alive == []

    asyncio.run(live())
