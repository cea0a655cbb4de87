"""One camera's life in virtual time: when it is live, when it is given up, and when it is tried again."""

import errno
import logging
from itertools import pairwise

import pytest

from socstream.ffmpeg.command import LONG_PROBE, SHORT_PROBE
from socstream.hls.layout import init_name, segment_name
from socstream.model.backoff import Backoff
from socstream.model.ceiling import Ceiling
from socstream.model.errors import FFmpegMissing, StoreUnavailable
from socstream.model.failure import Failure, FailureCode
from socstream.model.stream import StreamState
from socstream.supervision.address import NoAddress
from tests.fakes import HD, FakeFFmpeg, Steady, dies, settle
from tests.supervision.rig import CAM, Rig, camera

STOPPED, STARTING, LIVE, STALLED, BACKOFF = StreamState


async def test_a_camera_is_starting_until_a_segment_was_published(rig: Rig) -> None:
    ffmpeg = await rig.start()
    await rig.advance(3)
    assert rig.status.state is STARTING
    ffmpeg.cut()
    await rig.advance(0.1)
    assert rig.status.state is LIVE
    assert rig.listed == [0]
    assert rig.states() == [STOPPED, STARTING, LIVE]


async def test_a_playlist_from_before_is_not_live(rig: Rig) -> None:
    await rig.start()
    await rig.film(3)
    rig.ffmpeg.exit()
    await rig.advance(0.5)
    assert rig.status.state is STARTING
    await rig.advance(19)
    assert rig.status.state is STARTING
    assert rig.listed == [0, 1, 2]


async def test_what_lay_in_the_directory_is_cleared_before_ffmpeg_starts(rig: Rig) -> None:
    await rig.start()
    await rig.film(2)
    rig.ffmpeg.exit()
    await rig.advance(0.5)
    assert rig.files.done[-1] == ("prepare", CAM)
    assert rig.files.kept == {segment_name(0), segment_name(1), init_name(0)}


async def test_a_segment_is_seen_within_30_ms_of_ffmpegs_hint(rig: Rig) -> None:
    ffmpeg = await rig.start()
    ffmpeg.cut()
    await rig.advance(0.03)
    assert rig.listed == [0]


async def test_a_segment_without_a_hint_is_seen_within_a_second_and_a_half(rig: Rig) -> None:
    ffmpeg = await rig.start()
    await rig.advance(0.3)
    ffmpeg.cut(hint=False)
    await rig.advance(1.5)
    assert rig.listed == [0]


async def test_the_order_names_address_number_and_source(rig: Rig) -> None:
    ffmpeg = await rig.start(ceiling=Ceiling(640, 64, 2))
    order = ffmpeg.order
    assert (order.camera_id, order.address, order.start_number) == (CAM, "192.0.2.7", 640)
    assert order.source == camera().source
    assert order.probe is SHORT_PROBE


async def test_the_name_is_resolved_anew_for_every_start(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.1, FailureCode.REFUSED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(10)
    assert len(rig.addresses.asked) == len(rig.encoder.lives) > 3


async def test_twenty_seconds_without_a_first_segment_are_the_end(rig: Rig) -> None:
    await rig.start()
    await rig.advance(19.4)
    assert rig.status.state is STARTING
    await rig.advance(0.7)
    assert rig.status.state is BACKOFF
    assert rig.failure is FailureCode.NO_MEDIA
    assert rig.encoder.lives[0].is_gone


async def test_twenty_seconds_are_granted_to_the_second_segment_too(rig: Rig) -> None:
    await rig.start()
    await rig.film(1)
    await rig.advance(19.3)
    assert rig.status.state is LIVE
    await rig.advance(0.8)
    assert rig.failure is FailureCode.STALLED


@pytest.mark.parametrize(("duration", "patience"), [(0.5, 6.0), (1.0, 6.0), (2.0, 6.0), (4.0, 12.0)])
async def test_a_stall_is_three_of_the_longest_segments_but_six_seconds_at_least(
    rig: Rig, duration: float, patience: float
) -> None:
    await rig.start()
    await rig.film(8, duration)
    await rig.advance(patience - 0.7)
    assert rig.status.state is LIVE
    await rig.advance(0.7)
    assert STALLED in rig.states()


async def test_a_stalled_ffmpeg_is_ended_and_another_one_started(rig: Rig) -> None:
    await rig.start()
    await rig.film(3)
    await rig.advance(7)
    assert rig.states() == [STOPPED, STARTING, LIVE, STALLED, BACKOFF, STARTING]
    assert rig.encoder.lives[0].is_gone
    assert len(rig.encoder.lives) == 2
    assert rig.failure is FailureCode.STALLED
    assert rig.status.run == 2


async def test_the_backoff_begins_when_the_old_ffmpeg_is_gone(rig: Rig) -> None:
    rig.encoder.ending = 3.0
    await rig.start()
    await rig.film(3)
    await rig.advance(6.5)
    assert rig.status.state is STALLED
    await rig.advance(2)
    assert rig.status.state is STALLED
    await rig.advance(1.2)
    assert rig.status.state is STARTING
    assert rig.encoder.overlaps == []


async def test_the_first_retry_after_stable_media_comes_within_a_third_of_a_second(rig: Rig) -> None:
    await rig.start()
    await rig.film(12)
    rig.ffmpeg.exit()
    ended = rig.clock.monotonic()
    await rig.advance(1)
    assert rig.encoder.started_at[1] - ended <= 0.35


async def test_a_refused_connection_is_tried_in_doubling_steps(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.0, FailureCode.REFUSED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(130)
    gaps = [after - before for before, after in pairwise(rig.encoder.started_at)]
    assert gaps == pytest.approx([0.3, 1, 2, 4, 8, 16, 30, 30, 30], abs=0.15)


async def test_an_ffmpeg_that_crashes_at_once_for_ever_is_started_a_dozen_times_in_two_minutes(
    rig: Rig,
) -> None:
    rig.jitter = 0.5
    rig.encoder.behaviour = dies(rig.clock, 0.05, FailureCode.CRASHED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(120)
    assert len(rig.encoder.lives) <= 12


async def test_the_counter_falls_only_after_ten_seconds_of_media(rig: Rig) -> None:
    rig.encoder.behaviour = Steady(rig.clock, ends_after=9)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(50)
    assert rig.status.failures >= 3
    rig.encoder.behaviour = Steady(rig.clock)
    await rig.advance(30)
    assert rig.status.failures == 0


async def test_after_stable_media_the_steps_begin_anew(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.0, FailureCode.REFUSED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(20)
    rig.encoder.behaviour = None
    await rig.advance(20)
    await rig.film(12)
    tries = len(rig.encoder.lives)
    rig.ffmpeg.exit()
    await rig.advance(0.4)
    assert len(rig.encoder.lives) == tries + 1


async def test_a_camera_that_flaps_every_seven_seconds_is_not_hammered(rig: Rig) -> None:
    rig.encoder.behaviour = Steady(rig.clock, ends_after=6)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(600)
    assert len(rig.encoder.lives) <= 24


async def test_a_wrong_password_is_tried_four_times_in_half_an_hour(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.2, FailureCode.UNAUTHORIZED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(1800)
    assert len(rig.encoder.lives) == 4


async def test_a_camera_that_locks_us_out_between_bad_logins_is_left_alone_all_the_more(rig: Rig) -> None:
    async def lock_out(ffmpeg: FakeFFmpeg) -> None:
        """Answers a login with 401 and refuses connections in between."""
        await rig.clock.sleep(0.2)
        is_login = len(rig.encoder.lives) % 2 == 1
        ffmpeg.exit(FailureCode.UNAUTHORIZED if is_login else FailureCode.REFUSED)

    rig.encoder.behaviour = lock_out
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(1800)
    assert len(rig.encoder.lives) <= 8


async def test_retry_ends_the_wait_now(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.2, FailureCode.UNAUTHORIZED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(5)
    assert rig.status.state is BACKOFF
    rig.supervisor.retry(CAM)
    await rig.advance(0.1)
    assert rig.status.state is STARTING


async def test_a_retry_in_any_other_state_does_not_shorten_the_next_wait(rig: Rig) -> None:
    await rig.start()
    rig.supervisor.retry(CAM)
    await rig.advance(0.1)
    rig.ffmpeg.exit(FailureCode.UNAUTHORIZED)
    await rig.advance(29)
    assert rig.status.state is BACKOFF
    assert len(rig.encoder.lives) == 1


@pytest.mark.parametrize(("outage", "soon"), [(10, 0.3), (40, 1.1), (200, 3.1)])
async def test_a_port_that_was_closed_and_opens_ends_the_wait(rig: Rig, outage: float, soon: float) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.0, FailureCode.REFUSED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(outage)
    tries = len(rig.encoder.lives)
    rig.ports.is_open = True
    await rig.advance(soon)
    assert len(rig.encoder.lives) == tries + 1


async def test_a_port_that_was_never_seen_closed_shortens_nothing(rig: Rig) -> None:
    rig.ports.is_open = True
    rig.encoder.behaviour = dies(rig.clock, 0.0, FailureCode.TIMEOUT)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(60)
    assert len(rig.encoder.lives) <= 8
    assert rig.ports.knocks


async def test_a_port_that_lets_us_wait_holds_up_no_try(rig: Rig) -> None:
    rig.ports.is_mute = True
    rig.encoder.behaviour = dies(rig.clock, 0.0, FailureCode.CONNECT_TIMEOUT)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(20)
    assert rig.ports.knocks
    tries = len(rig.encoder.lives)
    assert tries >= 5
    rig.supervisor.retry(CAM)
    await rig.advance(0.1)
    assert len(rig.encoder.lives) == tries + 1


async def test_an_ffmpeg_that_crashed_is_no_reason_to_knock(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.0, FailureCode.CRASHED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(20)
    assert rig.ports.knocks == []


async def test_a_slow_lane_does_not_knock(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.0, FailureCode.UNAUTHORIZED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(100)
    assert rig.ports.knocks == []


async def test_a_gap_in_our_own_time_is_not_the_cameras_silence(rig: Rig) -> None:
    ffmpeg = await rig.start()
    await rig.film(5)
    await rig.clock.leap(30)
    assert rig.status.state is LIVE
    assert not ffmpeg.is_gone
    await rig.advance(5.4)
    assert rig.status.state is LIVE
    await rig.advance(1.1)
    assert STALLED in rig.states()


async def test_a_wall_clock_that_jumps_restarts_nobody(rig: Rig) -> None:
    await rig.start()
    for offset in (3600.0, -7200.0, 1e9):
        rig.clock.wall_offset += offset
        await rig.film(4)
    assert len(rig.encoder.lives) == 1
    assert rig.states() == [STOPPED, STARTING, LIVE]


async def test_a_look_that_was_too_brief_is_repeated_at_once_with_more_patience(rig: Rig) -> None:
    await rig.start()
    await rig.advance(1)
    rig.ffmpeg.give_up_too_early()
    await rig.advance(0.1)
    assert [life.order.probe for life in rig.encoder.lives] == [SHORT_PROBE, LONG_PROBE]
    assert rig.states() == [STOPPED, STARTING]
    assert rig.status.failures == 0


async def test_the_longer_look_is_remembered_for_the_camera(rig: Rig) -> None:
    await rig.start()
    rig.ffmpeg.give_up_too_early()
    await rig.advance(0.1)
    await rig.film(12)
    rig.ffmpeg.exit()
    await rig.advance(1)
    assert rig.ffmpeg.order.probe is LONG_PROBE


async def test_a_longer_look_that_was_too_brief_as_well_is_a_failure(rig: Rig) -> None:
    await rig.start()
    rig.ffmpeg.give_up_too_early()
    await rig.advance(0.1)
    rig.ffmpeg.give_up_too_early()
    await rig.advance(0.1)
    assert rig.failure is FailureCode.UNSUPPORTED_CODEC
    assert rig.encoder.lives[1].asked["longer_probe"] is True
    assert len(rig.encoder.lives) == 2


async def test_a_redirect_ends_the_run_at_once(rig: Rig) -> None:
    await rig.start()
    await rig.advance(0.2)
    rig.ffmpeg.redirect()
    await rig.advance(0.05)
    assert rig.failure is FailureCode.MISCONFIGURED
    assert rig.encoder.lives[0].is_gone
    await rig.advance(59)
    assert len(rig.encoder.lives) == 1


async def test_an_exit_is_noticed_at_once_and_its_last_segment_published(rig: Rig) -> None:
    await rig.start()
    await rig.film(3)
    rig.ffmpeg.cut(0.5)
    rig.ffmpeg.exit()
    await rig.advance(0.05)
    assert rig.status.state is BACKOFF
    assert rig.listed == [0, 1, 2, 3]
    assert rig.failure is FailureCode.SOURCE_ENDED


async def test_the_diagnosis_is_told_how_far_the_run_came(rig: Rig) -> None:
    await rig.start()
    await rig.advance(4.9)
    rig.ffmpeg.exit()
    await rig.advance(0.1)
    assert rig.encoder.lives[0].asked == {
        "streaming": False,
        "silent_for": pytest.approx(4.9, abs=0.1),
        "ran_for": pytest.approx(4.9, abs=0.1),
        "longer_probe": False,
    }


@pytest.mark.parametrize(
    ("gone", "last", "silence"),
    [
        (10.5, 0.5, 10.0),  # the camera fell silent half a second after a keyframe
        (8.0, 8.0, 0.0),  # a long group of pictures: it hung up in the midst of it
        (0.2, 0.0, 0.2),
    ],
)
async def test_silence_begins_with_the_last_picture_not_with_the_last_segment(
    rig: Rig, gone: float, last: float, silence: float
) -> None:
    await rig.start()
    await rig.film(40, 10.0)
    await rig.advance(gone - 0.1)
    if last:
        rig.ffmpeg.cut(last, hint=False)
    rig.ffmpeg.exit()
    await rig.advance(0.1)
    asked = rig.encoder.lives[0].asked
    assert asked["silent_for"] == pytest.approx(silence, abs=0.15)
    assert asked["streaming"] is True


async def test_an_exit_after_silence_counts_as_a_stall(rig: Rig) -> None:
    await rig.start()
    await rig.film(3)
    rig.ffmpeg.exit(Failure(FailureCode.STALLED, "timed out"))
    await rig.advance(0.1)
    assert rig.states() == [STOPPED, STARTING, LIVE, STALLED, BACKOFF]
    assert rig.status.failure == Failure(FailureCode.STALLED, "timed out")


async def test_what_ffmpeg_complained_of_before_a_good_segment_is_forgiven(rig: Rig) -> None:
    await rig.start()
    await rig.film(3)
    assert rig.ffmpeg.forgiven == 3


async def test_what_ffmpeg_said_as_it_ended_is_not_forgiven_for_its_last_segment(rig: Rig) -> None:
    await rig.start()
    await rig.film(3)
    rig.ffmpeg.cut(0.5)
    rig.ffmpeg.exit()
    await rig.advance(0.1)
    assert rig.encoder.lives[0].forgiven == 3


async def test_the_status_shows_what_arrives(rig: Rig) -> None:
    ffmpeg = await rig.start()
    ffmpeg.media = HD
    await rig.film(4, 2.0)
    status = rig.status
    assert (status.media, status.target_duration, status.bitrate) == (HD, 2, 2_000_000)
    assert status.last_segment_at == pytest.approx(rig.clock.monotonic(), abs=0.2)


async def test_the_log_is_kept_over_runs(rig: Rig) -> None:
    await rig.start()
    rig.ffmpeg.say("[error] one")
    rig.ffmpeg.exit()
    await rig.advance(1)
    rig.ffmpeg.say("[error] two")
    assert rig.supervisor.log_of(CAM) == ("[error] one", "[error] two")


async def test_the_numbers_go_on_over_runs(rig: Rig) -> None:
    await rig.start()
    await rig.film(3)
    rig.ffmpeg.exit()
    await rig.advance(0.5)
    assert rig.ffmpeg.order.start_number == 3
    await rig.film(2)
    assert rig.listed == [0, 1, 2, 3, 4]
    assert [segment.discontinuity for segment in rig.timeline.window.listing] == [
        *(True, False, False, True, False)
    ]
    assert rig.timeline.window.listing[-1].run == 3


async def test_a_window_is_saved_before_it_is_published(rig: Rig) -> None:
    await rig.start()
    await rig.film(2)
    published = rig.timeline.window
    rig.files.error = OSError(errno.EIO, "Input/output error")
    rig.ffmpeg.cut()
    await rig.advance(0.1)
    assert rig.timeline.window == published
    assert rig.files.saved[CAM] == published
    assert rig.failure is FailureCode.OUTPUT


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, FailureCode.DISK_FULL),
        (errno.EDQUOT, FailureCode.DISK_FULL),
        (errno.EROFS, FailureCode.OUTPUT),
        (errno.EMFILE, FailureCode.OUTPUT),
    ],
)
async def test_a_disk_that_fails_is_named(rig: Rig, number: int, code: FailureCode) -> None:
    await rig.start()
    rig.files.error = OSError(number, "no")
    rig.ffmpeg.cut()
    await rig.advance(0.1)
    assert rig.failure is code
    rig.files.error = None
    await rig.advance(5)
    await rig.film(1)
    assert rig.status.state is LIVE


async def test_files_of_earlier_runs_expire_and_those_of_the_present_one_are_ffmpegs(rig: Rig) -> None:
    await rig.start()
    await rig.film(3)
    rig.ffmpeg.exit()
    await rig.advance(0.5)
    await rig.film(20)
    assert rig.files.expired == [segment_name(0), segment_name(1), segment_name(2), init_name(0)]


async def test_segments_began_as_long_before_their_arrival_as_they_last(rig: Rig) -> None:
    ffmpeg = await rig.start()
    await rig.advance(10)
    ffmpeg.cut(1.0)
    ffmpeg.cut(3.0)
    await rig.advance(0.02)
    arrived = rig.clock.wall()
    assert [segment.began for segment in rig.timeline.window.listing] == pytest.approx(
        [arrived - 4.0, arrived - 3.0], abs=0.05
    )


async def test_a_lost_segment_is_a_discontinuity(rig: Rig) -> None:
    await rig.start()
    await rig.film(3)
    rig.ffmpeg.cut(skip=1)
    await rig.advance(0.1)
    assert rig.listed == [4]
    assert rig.timeline.window.listing[0].discontinuity


async def test_the_ceiling_is_above_every_published_number(rig: Rig) -> None:
    rig.encoder.behaviour = Steady(rig.clock, ends_after=5)
    rig.supervisor.start(camera(), Ceiling())
    for _ in range(300):
        await rig.advance(1)
        window = rig.timeline.window
        if window.segments:
            ceiling = rig.store.ceilings[CAM]
            assert ceiling.media_sequence > window.segments[-1].number
            assert ceiling.discontinuity_sequence > window.discontinuities
    assert rig.timeline.next_number > 64


async def test_the_store_is_asked_seldom(rig: Rig) -> None:
    await rig.start()
    await rig.film(128)
    assert rig.store.writes <= 5


async def test_a_segment_waits_for_a_ceiling_that_it_would_pass(rig: Rig) -> None:
    rig.store.gate.clear()
    ffmpeg = await rig.start()
    ffmpeg.cut()
    await rig.advance(0.1)
    assert rig.status.state is STARTING
    rig.store.gate.set()
    await rig.advance(0.1)
    assert rig.status.state is LIVE


async def test_a_store_that_fails_does_not_stop_the_stream(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.store.error = StoreUnavailable("locked")
    await rig.start()
    await rig.film(100)
    assert rig.states() == [STOPPED, STARTING, LIVE]
    assert len(rig.encoder.lives) == 1
    assert "locked" in caplog.text


async def test_a_bug_is_a_failure_with_a_traceback_and_touches_nobody_else(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    other = camera(2, name="Yard")
    await rig.start()
    rig.supervisor.start(other, Ceiling())
    await rig.advance(0.1)
    yard = rig.encoder.current(other.camera_id)
    rig.encoder.error = ZeroDivisionError("of ours")
    rig.ffmpeg.exit()
    await rig.advance(1)
    assert rig.failure is FailureCode.UNEXPECTED
    assert rig.status.failure == Failure(FailureCode.UNEXPECTED, "ZeroDivisionError")
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR][:1]
    assert "Gate" in record.getMessage()
    assert record.exc_info
    assert not yard.is_gone
    rig.encoder.error = None
    await rig.advance(5)
    await rig.film(1)
    assert rig.status.state is LIVE


async def test_a_bug_in_the_midst_of_a_run_ends_its_ffmpeg(rig: Rig) -> None:
    ffmpeg = await rig.start()
    rig.files.bug = KeyError("of ours")
    await rig.advance(2)
    assert ffmpeg.is_gone
    assert rig.failure is FailureCode.UNEXPECTED


async def test_a_missing_ffmpeg_is_named_and_looked_for_again(rig: Rig) -> None:
    rig.encoder.error = FFmpegMissing("no FFmpeg on PATH")
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(1)
    assert rig.status.failure == Failure(FailureCode.FFMPEG_MISSING, "no FFmpeg on PATH")
    rig.encoder.error = None
    await rig.advance(5)
    assert rig.status.state is STARTING


async def test_a_name_without_an_allowed_address_starts_no_ffmpeg(rig: Rig) -> None:
    rig.addresses.error = NoAddress(Failure(FailureCode.MISCONFIGURED, "cam.lan is a loopback address"))
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(59)
    assert rig.failure is FailureCode.MISCONFIGURED
    assert (rig.encoder.lives, len(rig.addresses.asked)) == ([], 1)


async def test_nobody_is_told_the_password(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rig.encoder.behaviour = Steady(rig.clock, ends_after=3)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(30)
    rig.encoder.error = RuntimeError("of ours")
    await rig.advance(60)
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(rig.status)


async def test_each_failure_is_logged_once_with_what_comes_next(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    await rig.start()
    rig.ffmpeg.exit(FailureCode.UNAUTHORIZED)
    await rig.advance(20)
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    remedy = Failure(FailureCode.UNAUTHORIZED).remedy
    assert warnings == [f"Gate: The camera refuses the password: unauthorized; retrying in 30.0 s. {remedy}"]


async def test_trouble_of_the_box_is_not_logged_for_each_camera(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.encoder.error = FFmpegMissing("no FFmpeg on PATH")
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(60)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_stop_is_noted_when_ffmpeg_is_gone(rig: Rig) -> None:
    rig.encoder.ending = 2.0
    await rig.start()
    await rig.film(2)
    rig.supervisor.replace(camera(maintenance=True))
    await rig.advance(1)
    assert rig.status.state is LIVE
    await rig.advance(1.5)
    assert rig.status.state is STOPPED
    await settle()
    assert rig.encoder.alive == []


async def test_a_camera_that_stays_dark_is_told_of_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rig.encoder.behaviour = dies(rig.clock, 0.1, FailureCode.REFUSED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(600)
    told = [record for record in caplog.records if "retrying" in record.getMessage()]
    assert len(told) > 10
    assert [record.levelno for record in told] == [logging.WARNING] + [logging.DEBUG] * (len(told) - 1)
    rig.encoder.behaviour = dies(rig.clock, 0.1, FailureCode.UNREACHABLE)
    await rig.advance(60)
    assert len([each for each in caplog.records if each.levelno == logging.WARNING]) == 2


async def test_how_long_segments_last_is_told_as_it_is_now(rig: Rig) -> None:
    await rig.start()
    await rig.film(24, duration=8.0)
    assert rig.status.segment_duration == 8
    await rig.film(1, duration=1.0)
    assert rig.status.segment_duration == 8, "one says nothing"
    await rig.film(6, duration=1.0)
    assert (rig.status.segment_duration, rig.status.target_duration) == (1, 8)


async def test_when_a_camera_counts_as_well_again_can_change_while_it_streams(rig: Rig) -> None:
    rig.encoder.behaviour = dies(rig.clock, 0.1, FailureCode.REFUSED)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(5)
    assert rig.status.failures > 1
    rig.policy.backoff = Backoff(stable_after=60.0)
    rig.encoder.behaviour = Steady(rig.clock)
    await rig.advance(50)
    assert (rig.status.state, rig.status.failures > 1) == (LIVE, True)
    rig.policy.backoff = Backoff(stable_after=5.0)
    await rig.advance(2)
    assert rig.status.failures == 0
