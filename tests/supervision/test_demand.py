"""Cameras that are pulled only while somebody watches."""

from socstream.model.ceiling import Ceiling
from socstream.model.failure import FailureCode
from socstream.model.stream import StreamState
from tests.fakes import Steady, dies, settle
from tests.supervision.rig import CAM, Rig, camera

STOPPED, STARTING, LIVE, STALLED, BACKOFF = StreamState
ON_DEMAND = camera(mode=camera().mode.ON_DEMAND)


async def test_nobody_watches_so_nothing_is_pulled(rig: Rig) -> None:
    rig.supervisor.start(ON_DEMAND, Ceiling())
    await rig.advance(3600)
    assert rig.encoder.lives == []
    assert (rig.status.state, rig.status.failure) == (STOPPED, None)


async def test_the_first_viewer_starts_it(rig: Rig) -> None:
    rig.supervisor.start(ON_DEMAND, Ceiling())
    await rig.advance(10)
    rig.supervisor.watch(CAM)
    await settle()
    assert rig.status.state is STARTING
    assert len(rig.encoder.alive) == 1


async def test_it_runs_while_somebody_asks_and_ends_a_minute_after(rig: Rig) -> None:
    rig.encoder.behaviour = Steady(rig.clock)
    rig.supervisor.start(ON_DEMAND, Ceiling())
    await settle()
    for _ in range(20):
        rig.supervisor.watch(CAM)
        await rig.advance(10)
    assert (rig.status.state, len(rig.encoder.lives)) == (LIVE, 1)
    await rig.advance(49)
    assert rig.status.state is LIVE
    await rig.advance(2)
    assert (rig.status.state, rig.status.failure) == (STOPPED, None)
    assert rig.encoder.alive == []


async def test_it_can_be_watched_again_and_its_numbers_go_on(rig: Rig) -> None:
    rig.encoder.behaviour = Steady(rig.clock)
    rig.supervisor.start(ON_DEMAND, Ceiling())
    await settle()
    rig.supervisor.watch(CAM)
    await rig.advance(70)
    assert rig.status.state is STOPPED
    rig.supervisor.watch(CAM)
    await rig.advance(3)
    assert rig.status.state is LIVE
    assert rig.ffmpeg.order.start_number > 50
    assert rig.listed[0] == rig.ffmpeg.order.start_number


async def test_a_failing_camera_is_tried_no_more_when_nobody_watches(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.1, FailureCode.REFUSED)
    rig.supervisor.start(ON_DEMAND, Ceiling())
    await settle()
    rig.supervisor.watch(CAM)
    await rig.advance(120)
    tries = len(rig.encoder.lives)
    await rig.advance(600)
    assert len(rig.encoder.lives) == tries
    assert (rig.status.state, rig.status.failure) == (STOPPED, None)


async def test_a_watched_camera_is_started_before_all_others(rig: Rig) -> None:
    for number in range(2, 22):
        rig.supervisor.start(camera(number), Ceiling())
    await settle()
    rig.supervisor.start(camera(), Ceiling())
    rig.supervisor.watch(CAM)
    await rig.advance(0.06)
    assert [life.order.camera_id for life in rig.encoder.lives][1] == CAM


async def test_another_idle_time_holds_at_once(rig: Rig) -> None:
    rig.encoder.behaviour = Steady(rig.clock)
    rig.supervisor.start(ON_DEMAND, Ceiling())
    await settle()
    rig.supervisor.watch(CAM)
    await rig.advance(30)
    rig.supervisor.update(camera(mode=ON_DEMAND.mode, idle_after=5.0))
    await rig.advance(1)
    assert rig.status.state is STOPPED


async def test_one_that_refuses_the_password_is_not_failing_when_nobody_watches(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.1, FailureCode.UNAUTHORIZED)
    rig.supervisor.start(ON_DEMAND, Ceiling())
    await settle()
    for _ in range(4):
        rig.supervisor.watch(CAM)
        await rig.advance(40)
    assert (rig.status.state, rig.failure, len(rig.encoder.lives)) == (BACKOFF, FailureCode.UNAUTHORIZED, 3)
    await rig.advance(21)
    assert (rig.status.state, rig.status.failure) == (STOPPED, None)


async def test_who_comes_and_goes_is_told_the_reason_and_makes_no_try_earlier(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.1, FailureCode.UNAUTHORIZED)
    rig.supervisor.start(ON_DEMAND, Ceiling())
    await settle()
    rig.supervisor.watch(CAM)
    await rig.advance(40)
    retry_at, runs = rig.status.retry_at, rig.status.run
    await rig.advance(60)
    assert rig.status.state is STOPPED
    rig.supervisor.watch(CAM)
    await settle()
    assert (rig.status.state, rig.failure) == (BACKOFF, FailureCode.UNAUTHORIZED)
    assert (rig.status.retry_at, rig.status.run, rig.status.failures) == (retry_at, runs, 2)
    assert len(rig.encoder.lives) == 2
    rig.supervisor.watch(CAM)
    await rig.advance(55)
    assert len(rig.encoder.lives) == 3


async def test_the_button_helps_one_that_was_given_up_for_want_of_viewers(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.1, FailureCode.UNAUTHORIZED)
    rig.supervisor.start(ON_DEMAND, Ceiling())
    await settle()
    rig.supervisor.watch(CAM)
    await rig.advance(100)
    assert (rig.status.state, len(rig.encoder.lives)) == (STOPPED, 2)
    rig.supervisor.retry(CAM)
    await rig.advance(1)
    assert (rig.status.state, len(rig.encoder.lives)) == (STOPPED, 2)
    rig.supervisor.watch(CAM)
    await rig.advance(1)
    assert len(rig.encoder.lives) == 3
