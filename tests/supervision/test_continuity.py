"""Media that cannot follow what came before: a jump of the camera's clock, pictures of another format."""

import pytest

from socstream.hls.disk import NewSegment
from socstream.model.failure import FailureCode
from socstream.supervision.continuity import Continuity
from tests.supervision.rig import Rig

A, B, C = b"\x67A", b"\x67B", b"\x67C"


class Filmed:
    """A run that gets one segment after the other."""

    def __init__(self) -> None:
        self.continuity = Continuity(jump=3.0)
        self._now = 100.0
        self._number = 0

    def gets(self, *segments: tuple[float, bytes], after: float) -> int:
        """So many seconds later these durations and formats are listed; how many of them may follow."""
        self._now += after
        fresh = []
        for duration, format_ in segments:
            fresh.append(NewSegment(self._number, duration, 500_000, format_))
            self._number += 1
        return len(self.continuity.following(tuple(fresh), self._now))


@pytest.mark.parametrize(("claimed", "waited"), [(21.0, 1.0), (5.1, 1.0), (30.0, 20.0)])
def test_a_segment_longer_than_the_wait_for_it_lies_over_a_jump(claimed: float, waited: float) -> None:
    film = Filmed()
    film.gets((1.0, A), after=2.0)
    assert film.gets((claimed, A), after=waited) == 0
    assert "jumped" in film.continuity.broken


@pytest.mark.parametrize(
    "looks",
    [
        [(2.0, [10.0]), (1.0, [1.0])],  # the past, sent at first
        [(2.0, [1.0]), (1.0, [1.0]), (8.0, [8.0])],  # a longer group of pictures
        [(5.0, [4.0]), (4.0, [4.0]), (5.0, [4.0, 4.0])],  # a network that held its breath
        [(2.0, [1.0]), (1.0, [3.9])],  # jitter
    ],
)
def test_other_long_segments_are_none(looks: list[tuple[float, list[float]]]) -> None:
    film = Filmed()
    for after, durations in looks:
        assert film.gets(*((duration, A) for duration in durations), after=after) == len(durations)
    assert film.continuity.broken == ""


@pytest.mark.parametrize(
    ("formats", "kept"),
    [
        ([A, A, A, A], 4),
        ([A, A, B, B], 2),
        ([A, B, B], 2),  # one may be an encoder's whim; two are another format
        ([A, B, C, A, B, C], 6),  # a whim each time
        ([A, B, A, B, A, B], 6),
        ([b"", b"", b"", A, A], 5),  # what comes late is no change
        ([A, b"", b"", B], 3),
        ([b"", b""], 2),
    ],
)
def test_another_format_cannot_follow_one_that_stood(formats: list[bytes], kept: int) -> None:
    film = Filmed()
    got = 0
    for format_ in formats:
        if film.continuity.broken:
            break
        got += film.gets((1.0, format_), after=1.0)
    assert got == kept
    assert bool(film.continuity.broken) is (kept < len(formats))


def test_what_came_before_the_break_in_the_same_look_is_kept() -> None:
    film = Filmed()
    assert film.gets((1.0, A), (1.0, A), (1.0, B), (1.0, B), after=4.0) == 2
    assert "format" in film.continuity.broken


async def test_a_break_ends_the_run_and_the_next_one_begins_a_discontinuity(rig: Rig) -> None:
    first = await rig.start()
    await rig.film(12)
    listed = rig.timeline.window.segments[-1].number
    await rig.advance(1.0)
    first.cut(50.0)
    await rig.advance(0.5)
    assert first.is_gone
    assert rig.failure is FailureCode.SOURCE_ENDED
    await rig.film(2)
    window = rig.timeline.window
    assert window.target_duration == 1, "the jump was never listed"
    assert [segment.number for segment in window.segments if segment.discontinuity] == [listed + 1]
    assert rig.encoder.overlaps == []
