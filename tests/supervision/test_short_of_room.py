"""Streams while room is short: less of each is kept, and those that nobody watches give way."""

import m3u8

from socstream.hls.layout import segment_name
from socstream.model.ceiling import Ceiling
from socstream.model.stream import StreamState
from socstream.supervision.policy import SHORT_AFTERWARDS, SHORT_LIST, UNWATCHED_AFTER
from tests.fakes import Steady, settle
from tests.supervision.rig import CAM, Rig, camera

STOPPED, STARTING, LIVE, STALLED, BACKOFF = StreamState


async def test_less_is_listed_and_read_and_the_rest_is_emptied(rig: Rig) -> None:
    await rig.start()
    await rig.film(12)
    assert rig.listed == list(range(6, 12))
    rig.policy.is_short = True
    await rig.film(1)
    assert rig.listed == list(range(13 - SHORT_LIST, 13))
    first = 13 - SHORT_LIST - SHORT_AFTERWARDS
    assert rig.files.emptied == [segment_name(number) for number in range(2, first)]
    assert not rig.timeline.holds(segment_name(first - 1))
    assert rig.timeline.holds(segment_name(first))
    assert rig.files.expired == [], "FFmpeg deletes its own, and complains if it cannot"


async def test_no_number_goes_back_and_the_list_grows_again(rig: Rig) -> None:
    await rig.start()
    seen = []
    for is_short in (False, True, False, True):
        rig.policy.is_short = is_short
        for _ in range(8):
            await rig.film(1)
            playlist = m3u8.loads((rig.timeline.playlist or b"").decode())
            seen.append((playlist.media_sequence, playlist.discontinuity_sequence))
        assert len(rig.listed) == (SHORT_LIST if is_short else 6)
    assert seen == sorted(seen)
    assert [first for first, _ in seen[-8:]] == list(range(21, 29))


async def test_a_stream_that_nobody_watches_gives_way(rig: Rig) -> None:
    rig.encoder.behaviour = Steady(rig.clock)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(60)
    assert rig.status.state is LIVE
    rig.policy.is_scarce = True
    rig.supervisor.look_again()
    await rig.advance(3)
    assert (rig.status.state, rig.status.failure, rig.encoder.alive) == (STOPPED, None, [])
    assert len(rig.listed) == 1
    assert rig.files.kept == rig.timeline.window.files()
    await rig.advance(3600)
    assert rig.status.state is STOPPED


async def test_one_that_is_watched_stays_until_it_is_not(rig: Rig) -> None:
    rig.encoder.behaviour = Steady(rig.clock)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(10)
    rig.policy.is_scarce = True
    for _ in range(10):
        rig.supervisor.watch(CAM)
        rig.supervisor.look_again()
        await rig.advance(10)
    assert (rig.status.state, len(rig.encoder.lives)) == (LIVE, 1)
    await rig.advance(UNWATCHED_AFTER)
    assert rig.status.state is STOPPED


async def test_a_viewer_brings_it_back_and_so_does_room(rig: Rig) -> None:
    rig.encoder.behaviour = Steady(rig.clock)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(10)
    rig.policy.is_scarce = True
    await rig.advance(10)
    assert rig.status.state is STOPPED
    newest = rig.timeline.next_number - 1
    rig.supervisor.watch(CAM)
    await rig.advance(5)
    assert rig.status.state is LIVE
    assert rig.listed[0] > newest, "what was deleted is not listed"
    await rig.advance(30)
    assert rig.status.state is STOPPED
    rig.policy.is_scarce = False
    rig.supervisor.look_again()
    await rig.advance(5)
    assert rig.status.state is LIVE


async def test_one_that_fails_gives_way_at_the_end_of_its_wait(rig: Rig) -> None:
    await rig.start()
    rig.policy.is_scarce = True
    rig.ffmpeg.exit()
    await rig.advance(60)
    assert (rig.status.state, rig.encoder.alive) == (STOPPED, [])


async def test_a_disk_that_refuses_is_no_reason_to_go_on(rig: Rig) -> None:
    rig.encoder.behaviour = Steady(rig.clock)
    rig.supervisor.start(camera(), Ceiling())
    await rig.advance(10)
    rig.files.error = OSError(28, "No space left on device")
    rig.policy.is_scarce = True
    await rig.advance(60)
    await settle()
    assert rig.status.state is STOPPED
