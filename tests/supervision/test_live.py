"""What becomes of FFmpeg's live output: it reaches the edge, tells of a freeze, and harms no segment."""

import logging

import pytest

from socstream.ffmpeg.command import LiveOutput
from socstream.ffmpeg.diagnosis import LiveTrouble
from socstream.live.unit import AccessUnit, Configuration
from socstream.model.camera import Mode
from socstream.model.ceiling import Ceiling
from socstream.model.failure import FailureCode
from socstream.model.stream import Media, StreamState
from tests.fakes import HD, FakeFFmpeg
from tests.live.streams import HEAD, PPS, picture, record, record_tag, sps, tag, unit
from tests.supervision.rig import CAM, Rig, camera

SPS = sps(profile=77)
START = HEAD + record_tag(record([SPS])) + picture(unit(SPS, PPS, b"\x65\x88"), 0, key=True)
H265 = Media("hevc", 1920, 1080, 25.0)


def next_picture(time: int = 40) -> bytes:
    return picture(unit(b"\x41\x9a"), time)


async def test_the_edge_gets_what_ffmpeg_writes_between_a_begin_and_an_end(rig: Rig) -> None:
    ffmpeg = await rig.start()
    assert ffmpeg.order.live is LiveOutput.PROMPT
    ffmpeg.write(START[:50])
    ffmpeg.write(START[50:])
    ffmpeg.exit()
    await rig.advance(0.05)
    refused, begun, configuration, key, ended = rig.edge.told[:5]
    assert (refused, begun, ended) == (("refuse", None), ("begin", 1), ("end",))
    assert isinstance(configuration, Configuration)
    assert isinstance(key, AccessUnit)
    assert key.arrived == pytest.approx(rig.clock.wall(), abs=0.1)


async def test_every_run_begins_anew(rig: Rig) -> None:
    await rig.start()
    rig.ffmpeg.write(START + next_picture()[:-7])
    rig.ffmpeg.exit()
    await rig.advance(1)
    rig.ffmpeg.write(START)
    begins = [told for told in rig.edge.told if isinstance(told, tuple) and told[0] == "begin"]
    assert begins == [("begin", 1), ("begin", 2)]
    assert len([told for told in rig.edge.told if isinstance(told, AccessUnit)]) == 2


async def test_a_broken_stream_ends_the_edge_and_leaves_the_segments_alone(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    ffmpeg = await rig.start()
    ffmpeg.write(START)
    for _ in range(20):
        ffmpeg.write(b"\xff" * 40)
    assert rig.edge.told[-1] == ("end",)
    assert rig.edge.told.count(("end",)) == 1
    await rig.film(12)
    assert rig.states() == [StreamState.STOPPED, StreamState.STARTING, StreamState.LIVE]
    assert not ffmpeg.is_gone
    assert caplog.text.count("live edge is lost") == 1
    ffmpeg.exit()
    await rig.advance(1)
    rig.ffmpeg.write(START)
    assert isinstance(rig.edge.told[-1], AccessUnit), "the next run has an edge again"


async def test_a_bug_behind_the_pipe_ends_the_edge_and_leaves_the_segments_alone(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    ffmpeg = await rig.start()
    rig.edge.bug = ZeroDivisionError("of ours")
    for _ in range(20):
        ffmpeg.write(START)
    await rig.film(12)
    assert rig.states() == [StreamState.STOPPED, StreamState.STARTING, StreamState.LIVE]
    (record_,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "Gate" in record_.getMessage()
    assert record_.exc_info


async def test_an_edge_that_was_lost_says_nothing_of_a_freeze(rig: Rig) -> None:
    ffmpeg = await rig.start()
    ffmpeg.write(START)
    ffmpeg.write(b"\xff" * 40)
    await rig.film(40, 10.0)
    assert len(rig.encoder.lives) == 1


async def test_a_codec_without_an_edge_is_streamed_at_once_and_told(rig: Rig) -> None:
    await rig.start()
    rig.ffmpeg.media = H265
    rig.ffmpeg.fail_live(LiveTrouble.CODEC)
    await rig.advance(0.1)
    assert rig.ffmpeg.order.live is LiveOutput.OFF
    rig.ffmpeg.media = H265
    await rig.film(5)
    assert rig.states() == [StreamState.STOPPED, StreamState.STARTING, StreamState.LIVE]
    assert rig.status.failures == 0
    assert rig.edge.told == [("refuse", None), ("begin", 1), ("refuse", "h265"), ("end",)]


async def test_a_codec_without_an_edge_is_remembered(rig: Rig) -> None:
    await rig.start()
    rig.ffmpeg.media = H265
    rig.ffmpeg.fail_live(LiveTrouble.CODEC)
    await rig.advance(0.1)
    for _ in range(3):
        rig.ffmpeg.media = H265
        await rig.film(12)
        rig.ffmpeg.exit()
        await rig.advance(1)
    assert [life.order.live for life in rig.encoder.lives] == [LiveOutput.PROMPT] + [LiveOutput.OFF] * 4


async def test_a_camera_that_is_set_to_h264_gets_its_edge(rig: Rig) -> None:
    await rig.start()
    rig.ffmpeg.media = H265
    rig.ffmpeg.fail_live(LiveTrouble.CODEC)
    await rig.advance(0.1)
    rig.ffmpeg.media = HD
    rig.ffmpeg.attention.set()
    await rig.advance(0.1)
    assert rig.ffmpeg.order.live is LiveOutput.PROMPT
    assert rig.edge.told[-2:] == [("refuse", None), ("begin", 1)]
    assert rig.status.failures == 0


async def test_an_ffmpeg_that_carries_another_codec_goes_on_without_an_edge(rig: Rig) -> None:
    ffmpeg = await rig.start()
    ffmpeg.media = H265
    ffmpeg.write(HEAD + tag(b"\x90hvc1\1\2\3") + tag(b"\x90hvc1\1\2\3"))
    assert rig.edge.told[-2:] == [("end",), ("refuse", "h265")]
    await rig.film(12)
    assert not ffmpeg.is_gone
    ffmpeg.exit()
    await rig.advance(1)
    assert rig.ffmpeg.order.live is LiveOutput.OFF


async def test_missing_time_stamps_are_mended_in_the_next_try_and_in_all_after_it(rig: Rig) -> None:
    await rig.start()
    rig.ffmpeg.media = HD
    rig.ffmpeg.fail_live(LiveTrouble.TIMES)
    await rig.advance(0.1)
    assert rig.ffmpeg.order.live is LiveOutput.MENDED
    assert rig.status.failures == 0
    await rig.film(3)
    rig.ffmpeg.exit()
    await rig.advance(1)
    assert rig.ffmpeg.order.live is LiveOutput.MENDED


async def test_time_stamps_that_cannot_be_mended_cost_the_edge_only(rig: Rig) -> None:
    await rig.start()
    for _ in range(2):
        rig.ffmpeg.media = HD
        rig.ffmpeg.fail_live(LiveTrouble.TIMES)
        await rig.advance(0.1)
    rig.ffmpeg.media = HD
    await rig.film(12)
    tried = [life.order.live for life in rig.encoder.lives]
    assert tried == [LiveOutput.PROMPT, LiveOutput.MENDED, LiveOutput.OFF]
    assert ("refuse", "times") in rig.edge.told
    assert rig.status.state is StreamState.LIVE


async def test_a_camera_that_is_another_one_at_each_start_is_left_alone_for_a_while(rig: Rig) -> None:
    async def fool_us(ffmpeg: FakeFFmpeg) -> None:
        await rig.clock.sleep(0.1)
        ffmpeg.media = HD if ffmpeg.order.live is LiveOutput.OFF else H265
        if ffmpeg.order.live is LiveOutput.OFF:
            ffmpeg.attention.set()
        else:
            ffmpeg.fail_live(LiveTrouble.CODEC)

    rig.encoder.behaviour = fool_us
    await rig.start()
    await rig.advance(60)
    assert rig.failure is FailureCode.SOURCE_ENDED
    assert len(rig.encoder.lives) <= 40


async def test_a_freeze_between_long_segments_is_seen_within_eight_seconds(rig: Rig) -> None:
    ffmpeg = await rig.start()
    ffmpeg.write(START)
    for number in range(250):
        ffmpeg.write(next_picture(40 * number))
        if number in (99, 199):
            ffmpeg.cut(10.0)
        await rig.advance(0.1)
    await rig.advance(5.5)
    assert rig.status.state is StreamState.LIVE
    await rig.advance(2.1)
    assert StreamState.STALLED in rig.states()
    assert rig.status.failure is not None
    assert rig.status.failure.detail.startswith("no new picture for")


async def test_pictures_that_make_no_segment_are_a_stall(rig: Rig) -> None:
    ffmpeg = await rig.start()
    ffmpeg.write(START)
    await rig.film(3)
    for number in range(80):
        ffmpeg.write(next_picture(100 * number))
        await rig.advance(0.1)
    assert StreamState.STALLED in rig.states()


async def test_a_camera_of_few_pictures_is_not_frozen(rig: Rig) -> None:
    ffmpeg = await rig.start()
    ffmpeg.write(START)
    for number in range(6):
        await rig.advance(5)
        ffmpeg.write(next_picture(5000 * number))
        ffmpeg.cut(5.0)
    await rig.advance(12)
    assert rig.states() == [StreamState.STOPPED, StreamState.STARTING, StreamState.LIVE]


async def test_a_gap_in_our_own_time_is_no_freeze(rig: Rig) -> None:
    ffmpeg = await rig.start()
    ffmpeg.write(START)
    await rig.film(4)
    ffmpeg.write(next_picture())
    await rig.clock.leap(30)
    await rig.advance(0.1)
    assert rig.status.state is StreamState.LIVE
    assert not ffmpeg.is_gone


async def test_what_a_camera_dropped_while_we_stood_still_is_left_out_and_restarts_nobody(rig: Rig) -> None:
    ffmpeg = await rig.start()
    await rig.film(5)
    await rig.clock.leap(60)
    ffmpeg.cut()
    await rig.advance(1)
    ffmpeg.cut(42.0)
    await rig.advance(1)
    await rig.film(3)
    assert not ffmpeg.is_gone
    assert rig.listed == [7, 8, 9]
    assert rig.timeline.window.listing[0].discontinuity
    assert rig.timeline.window.target_duration == 1
    ffmpeg.cut(42.0)
    await rig.advance(1)
    assert ffmpeg.is_gone, "another jump is the camera's own"


async def test_a_camera_on_demand_ends_its_edge_when_nobody_watches(rig: Rig) -> None:
    rig.supervisor.start(camera(mode=Mode.ON_DEMAND, idle_after=5.0), Ceiling())
    rig.supervisor.watch(CAM)
    await rig.advance(0.1)
    rig.ffmpeg.write(START)
    await rig.advance(8)
    assert rig.status.state is StreamState.STOPPED
    assert rig.edge.told[-1] == ("end",)
