"""The state machine of one stream: the whole table, and the facts that stay or go with each event."""

import itertools

import pytest

from socstream.model.failure import Failure, FailureCode
from socstream.model.stream import (
    TRANSITIONS,
    Exited,
    ImpossibleTransition,
    Media,
    PlaylistAdvanced,
    Spawned,
    StallDetected,
    Stopped,
    StreamEvent,
    StreamState,
    StreamStatus,
)

STOPPED, STARTING, LIVE, STALLED, BACKOFF = StreamState

REFUSED = Failure(FailureCode.REFUSED)
SILENT = Failure(FailureCode.STALLED)
HD = Media("h264", 1920, 1080, 25.0)

SPAWNED = Spawned(run=7)
ADVANCED = PlaylistAdvanced(target_duration=1, bitrate=4_000_000, media=HD, stable=False)
STABLE = PlaylistAdvanced(target_duration=1, bitrate=4_000_000, media=HD, stable=True)
STALL = StallDetected(SILENT)
EXITED = Exited(REFUSED, failures=3, retry_at=60.0)
STOP = Stopped()

EVENTS: tuple[StreamEvent, ...] = (SPAWNED, ADVANCED, STALL, EXITED, STOP)

# The table of the map, written out a second time: rows are states, columns are EVENTS.
EXPECTED: dict[StreamState, tuple[StreamState | None, ...]] = {
    STOPPED: (STARTING, None, None, None, None),
    STARTING: (None, LIVE, STALLED, BACKOFF, STOPPED),
    LIVE: (None, LIVE, STALLED, BACKOFF, STOPPED),
    STALLED: (None, None, None, BACKOFF, STOPPED),
    BACKOFF: (STARTING, None, None, None, STOPPED),
}


def after(*events: StreamEvent, began: float = 0.0) -> StreamStatus:
    """A stopped stream's status after these events, one each ten seconds."""
    status = StreamStatus(STOPPED, began)
    for at, event in zip(itertools.count(began + 10.0, 10.0), events, strict=False):
        status = status.after(event, at)
    return status


@pytest.mark.parametrize("state", StreamState)
@pytest.mark.parametrize("column", range(len(EVENTS)), ids=[type(event).__name__ for event in EVENTS])
def test_each_event_in_each_state_leads_where_the_map_says_or_nowhere(
    state: StreamState, column: int
) -> None:
    event, expected = EVENTS[column], EXPECTED[state][column]
    status = StreamStatus(state, since=5.0)
    if expected is None:
        with pytest.raises(ImpossibleTransition, match=f"{type(event).__name__} in {state}"):
            status.after(event, at=9.0)
    else:
        assert status.after(event, at=9.0).state is expected


def test_the_table_knows_nothing_beyond_the_map() -> None:
    assert len(TRANSITIONS) == sum(state is not None for row in EXPECTED.values() for state in row)


def test_since_is_when_the_state_began_not_when_the_last_event_came() -> None:
    live = StreamStatus(STARTING, 0.0).after(ADVANCED, at=2.0)
    assert live.since == 2.0
    assert live.after(ADVANCED, at=3.0).since == 2.0
    assert live.after(STALL, at=9.0).since == 9.0


def test_a_try_counts_and_ends_the_wait_but_does_not_clear_the_failure() -> None:
    status = after(SPAWNED, EXITED, Spawned(run=8))
    assert (status.state, status.run, status.retry_at) == (STARTING, 8, None)
    assert status.failure == REFUSED


def test_the_failure_goes_with_the_first_live_picture() -> None:
    status = after(SPAWNED, EXITED, SPAWNED, ADVANCED)
    assert (status.failure, status.failing_since) == (None, None)


def test_an_outage_began_with_its_first_failure_however_many_follow() -> None:
    status = after(SPAWNED, ADVANCED, STALL, EXITED, SPAWNED, EXITED)
    assert status.failing_since == 30.0
    assert status.failure == REFUSED


def test_a_new_outage_after_pictures_begins_anew() -> None:
    status = after(SPAWNED, EXITED, SPAWNED, ADVANCED, EXITED)
    assert status.failing_since == 50.0


def test_failures_count_on_until_media_was_stable() -> None:
    shaky = after(SPAWNED, EXITED, SPAWNED, ADVANCED)
    assert shaky.failures == 3
    assert shaky.after(STABLE, at=99.0).failures == 0


def test_a_backoff_says_when_it_ends() -> None:
    assert after(SPAWNED, EXITED).retry_at == 60.0


def test_a_live_stream_shows_what_it_sends() -> None:
    status = after(SPAWNED, ADVANCED)
    assert (status.last_segment_at, status.target_duration, status.bitrate) == (20.0, 1, 4_000_000)
    assert status.media == HD


def test_what_ffmpeg_said_once_of_the_media_is_not_forgotten_by_an_event_without_it() -> None:
    later = PlaylistAdvanced(target_duration=2, bitrate=1, media=None, stable=False)
    assert after(SPAWNED, ADVANCED, later).media == HD


@pytest.mark.parametrize("events", [(SPAWNED, ADVANCED, EXITED), (SPAWNED, ADVANCED, EXITED, SPAWNED)])
def test_a_dark_stream_has_no_bitrate(events: tuple[StreamEvent, ...]) -> None:
    assert after(*events).bitrate is None


@pytest.mark.parametrize("events", [(SPAWNED,), (SPAWNED, ADVANCED), (SPAWNED, STALL), (SPAWNED, EXITED)])
def test_a_stopped_stream_has_no_failure_and_no_next_try(events: tuple[StreamEvent, ...]) -> None:
    status = after(*events, STOP)
    assert (status.failure, status.failing_since, status.failures, status.retry_at) == (None, None, 0, None)
    assert status.since == 10.0 * (len(events) + 1)
    assert status.run == 7
