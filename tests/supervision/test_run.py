"""The facts of one FFmpeg life."""

import pytest

from socstream.hls.disk import NewSegment
from socstream.supervision.run import Run, Timing


def run() -> Run:
    return Run(start_number=0, last_news=100.0, timing=Timing())


def segments(*durations: float) -> tuple[NewSegment, ...]:
    return tuple(NewSegment(number, duration, 1) for number, duration in enumerate(durations))


def test_silence_is_counted_from_the_start_and_then_from_the_newest_segment() -> None:
    facts = run()
    assert facts.silent_for(103.0) == 3.0
    facts.advanced(segments(1.0), 104.0)
    assert facts.silent_for(105.5) == 1.5


@pytest.mark.parametrize(
    ("durations", "patience"),
    [((), 20.0), ((1.0,), 20.0), ((8.0,), 24.0), ((1.0, 1.0), 6.0), ((1.0, 4.0, 1.0), 12.0)],
)
def test_patience_is_that_of_the_longest_segment(durations: tuple[float, ...], patience: float) -> None:
    facts = run()
    if durations:
        facts.advanced(segments(*durations), 101.0)
    assert facts.stall_after == patience


def test_media_is_stable_ten_seconds_after_the_first_segment() -> None:
    facts = run()
    assert not facts.is_stable(200.0, 10.0)
    facts.advanced(segments(1.0), 110.0)
    assert not facts.is_stable(119.9, 10.0)
    assert facts.is_stable(120.0, 10.0)


def test_looks_as_often_as_they_should_be_leave_the_silence_as_it_is() -> None:
    facts = run()
    for tick in range(1, 20):
        facts.looked(100.0 + tick)
    assert facts.silent_for(119.0) == 19.0


def test_a_look_that_comes_much_too_late_begins_the_count_anew() -> None:
    facts = run()
    facts.looked(100.5)
    facts.looked(103.1)
    assert facts.silent_for(103.1) == 0.0
