"""Our playlist over runs, gaps and restarts: what players rely on never goes back."""

import os
from itertools import pairwise
from pathlib import Path

import m3u8
import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from socstream.hls.layout import init_name, segment_name
from socstream.hls.media import MediaFile
from socstream.hls.timeline import (
    FRESH_FOR,
    LISTED,
    READABLE_AFTERWARDS,
    Segment,
    Timeline,
    Timelines,
    Window,
)
from socstream.model.ceiling import Ceiling

NOON = 1_772_366_400.0

Step = tuple[str, float]
"""What happens to a camera, and how much of it."""


def segment(number: int, *, run: int = 0, duration: float = 1.0, discontinuity: bool = False) -> Segment:
    """A segment of a camera that sends without a pause since noon."""
    return Segment(number, run, duration, 1000, NOON + number, discontinuity)


def window(*numbers: int, begin: Window | None = None) -> Window:
    result = Window() if begin is None else begin
    for number in numbers:
        result = result.extended(segment(number, discontinuity=number == 0))
    return result


def numbers(segments: tuple[Segment, ...]) -> list[int]:
    return [segment.number for segment in segments]


def test_the_newest_six_are_listed_and_four_more_stay_readable() -> None:
    full = window(*range(20))
    assert numbers(full.listing) == [14, 15, 16, 17, 18, 19]
    assert numbers(full.segments) == list(range(10, 20))
    assert full.files() == {segment_name(number) for number in range(10, 20)} | {init_name(0)}


def test_a_segment_is_readable_until_four_more_came_after_it_left_the_list() -> None:
    growing = window(*range(6))
    left = [number for number in range(6, 12) if segment_name(0) in window(*range(number + 1)).files()]
    assert segment_name(0) in growing.files()
    assert left == [6, 7, 8, 9]


def test_a_gap_in_the_numbers_empties_the_list_but_keeps_what_was_listed_readable() -> None:
    gone = window(*range(10), 12)
    assert numbers(gone.listing) == [12]
    assert gone.listing[0].discontinuity
    assert {segment_name(number) for number in range(4, 10)} <= gone.files()
    later = window(13, 14, 15, begin=gone)
    assert {segment_name(number) for number in range(4, 10)} <= later.files()


def test_a_gap_in_time_empties_the_list_so_that_nobody_is_shown_old_pictures_as_live() -> None:
    full = window(*range(6))
    night = evolve(segment(6), began=NOON + 6 + FRESH_FOR)
    assert numbers(full.extended(night).listing) == [6]
    breath = evolve(segment(6), began=NOON + 6 + FRESH_FOR - 0.1)
    assert numbers(full.extended(breath).listing) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("duration", "target"),
    [(0.02, 1), (0.96, 1), (1.0, 1), (1.49, 1), (1.5, 2), (2.5, 3), (1.4996, 2), (10.0, 10)],
)
def test_the_target_duration_is_the_first_segments_rounded_as_players_round(
    duration: float, target: int
) -> None:
    assert Window().extended(segment(0, duration=duration)).target_duration == target


def test_only_a_longer_segment_changes_the_target_duration() -> None:
    two = Window().extended(segment(0, duration=2.0))
    assert two.extended(segment(1, duration=0.5)).target_duration == 2
    assert two.extended(segment(1, duration=4.0)).target_duration == 4


def test_a_discontinuity_that_rolls_off_is_counted() -> None:
    two_runs = window(*range(3)).extended(segment(3, run=3, discontinuity=True))
    assert (two_runs.discontinuity_sequence, two_runs.discontinuities) == (0, 2)
    first_gone = window(4, 5, 6, begin=two_runs)
    assert (first_gone.discontinuity_sequence, first_gone.discontinuities) == (1, 2)
    both_gone = window(7, 8, 9, begin=first_gone)
    assert (both_gone.discontinuity_sequence, both_gone.discontinuities) == (2, 2)


def test_a_window_without_its_newest_segment_is_worth_nothing() -> None:
    full = window(*range(10))
    present = dict.fromkeys(full.files(), 1000)
    assert full.readable(present) == full
    assert full.readable(present | {segment_name(9): 999}) is None
    assert full.readable({name: size for name, size in present.items() if name != "9.m4s"}) is None
    assert full.readable(present | {init_name(0): 0}) is None
    assert Window().readable(present) is None


def test_a_window_that_lost_a_segment_begins_after_it() -> None:
    full = window(*range(10))
    present = dict.fromkeys(full.files(), 1000) | {segment_name(6): 12}
    left = full.readable(present)
    assert left is not None
    assert numbers(left.segments) == numbers(left.listing) == [7, 8, 9]


def test_a_discontinuity_that_is_lost_stays_counted() -> None:
    full = window(*range(3), begin=Window(discontinuity_sequence=5))
    assert (full.discontinuity_sequence, full.discontinuities) == (5, 6)
    left = full.readable({segment_name(2): 1000, init_name(0): 9})
    assert left is not None
    assert (left.discontinuity_sequence, left.discontinuities) == (6, 6)


def test_a_timeline_begins_at_the_ceiling() -> None:
    timeline = Timeline(Ceiling(640, 70, 2), None, now=5.0)
    assert (timeline.next_number, timeline.media_sequence, timeline.discontinuity_sequence) == (640, 640, 70)
    assert (timeline.playlist, timeline.newest_at, timeline.segments) == (None, None, 0)
    assert timeline.window.target_duration == 2


def test_a_timeline_goes_on_with_what_was_restored() -> None:
    timeline = Timeline(Ceiling(640, 70, 2), window(*range(10)), now=5.0)
    assert (timeline.next_number, timeline.media_sequence, timeline.segments) == (10, 4, 6)
    assert timeline.playlist is not None
    assert timeline.holds(segment_name(0))


def test_published_is_what_is_served() -> None:
    timeline = Timeline(Ceiling(), None, now=0.0)
    timeline.publish(window(0, 1), now=7.0)
    assert timeline.playlist == window(0, 1).render()
    assert timeline.newest_at == 7.0
    assert [timeline.holds(name) for name in ("0.m4s", "1.m4s", "2.m4s", "init-0.mp4", "init-1.mp4")] == [
        *(True, True, False, True, False)
    ]


def test_another_playlist_has_another_etag() -> None:
    timeline = Timeline(Ceiling(), None, now=0.0)
    etags = []
    for newest in range(3, 12):
        timeline.publish(window(*range(newest)), now=7.0)
        etags.append(timeline.etag)
    restored = window(*range(11)).readable({segment_name(10): 1000, init_name(0): 9})
    etags.append(Timeline(Ceiling(), restored, now=0.0).etag)
    assert len(set(etags)) == len(etags)
    assert all(etag.startswith('"') and etag.endswith('"') for etag in etags)


def test_a_playlist_is_fresh_for_eight_seconds_after_its_newest_segment() -> None:
    timeline = Timeline(Ceiling(), None, now=0.0)
    assert not timeline.is_fresh(0.0)
    timeline.publish(window(0), now=100.0)
    assert timeline.is_fresh(107.9)
    assert not timeline.is_fresh(108.0)


def test_a_playlist_of_long_segments_is_fresh_for_three_of_them() -> None:
    timeline = Timeline(Ceiling(), None, now=0.0)
    timeline.publish(Window().extended(segment(0, duration=5.0)), now=100.0)
    assert timeline.is_fresh(114.9)
    assert not timeline.is_fresh(115.0)


def test_a_restored_playlist_is_as_fresh_as_our_own_start() -> None:
    timeline = Timeline(Ceiling(), window(0), now=50.0)
    assert timeline.is_fresh(57.9)
    assert not timeline.is_fresh(58.0)
    timeline.publish(window(0, 1), now=60.0)
    assert timeline.is_fresh(67.9)


def test_another_source_decides_its_target_duration_anew() -> None:
    timeline = Timeline(Ceiling(), Window().extended(segment(0, duration=9.0)), now=0.0)
    shown = timeline.playlist
    timeline.forget_target_duration()
    assert timeline.playlist == shown
    assert timeline.window.extended(segment(1)).target_duration == 1


def test_timelines_are_found_by_camera() -> None:
    timelines, timeline = Timelines(), Timeline(Ceiling(), None, now=0.0)
    timelines.put("cam", timeline)
    assert timelines.get("cam") is timeline
    assert dict(timelines.all) == {"cam": timeline}
    timelines.drop("cam")
    timelines.drop("cam")
    assert timelines.get("cam") is None


@define
class Camera:
    """A camera through everything that may happen to it, and what a player saw of its playlists."""

    ceiling: Ceiling = field(factory=Ceiling)
    timeline: Timeline = field(factory=lambda: Timeline(Ceiling(), None, now=0.0))
    run: int | None = None
    skip: int = 0
    wall: float = NOON
    seen: list[m3u8.M3U8] = field(factory=list)

    def make(self, duration: float) -> None:
        """One more segment is published, as a worker does it."""
        before = self.timeline.window
        is_first = self.run is None
        number = self.timeline.next_number + self.skip
        if self.run is None:
            self.run = number = self.timeline.next_number
        made = Segment(number, self.run, duration, 1000, self.wall, discontinuity=is_first)
        self.wall += duration
        after = before.extended(made)
        promised = self.ceiling
        if (
            number >= promised.media_sequence
            or after.discontinuities >= promised.discontinuity_sequence
            or after.target_duration != promised.target_duration
        ):
            self.ceiling = Ceiling(number + 9, after.discontinuities + 9, after.target_duration)
        self.timeline.publish(after, now=0.0)
        self.skip = 0
        assert self.timeline.playlist is not None
        self.seen.append(m3u8.loads(self.timeline.playlist.decode()))

    def restart_ffmpeg(self) -> None:
        self.run = None

    def lose_power(self) -> None:
        self.timeline, self.run = Timeline(self.ceiling, None, now=0.0), None

    def kill_server(self, lost: int) -> None:
        """The next server restores the window, of which the oldest `lost` files are gone."""
        present = dict.fromkeys(self.timeline.window.files(), 1000)
        for old in self.timeline.window.segments[:lost]:
            present.pop(segment_name(old.number))
        restored = self.timeline.window.readable(present)
        self.timeline, self.run = Timeline(self.ceiling, restored, now=0.0), None

    def live(self, step: Step) -> None:
        """One thing happens."""
        match step:
            case ("make", value):
                self.make(value)
            case ("film", value):
                for _ in range(round(value)):
                    self.make(1.0)
            case ("skip", value):
                self.skip += round(value)
            case ("pause", value):
                self.wall += value
            case ("restart ffmpeg", _):
                self.restart_ffmpeg()
            case ("lose power", _):
                self.lose_power()
            case ("kill server", value):
                self.kill_server(round(value))


in_one_life = (
    st.tuples(st.just("make"), st.floats(0.04, 12.0)),
    st.tuples(st.just("film"), st.integers(1, 9).map(float)),
    st.tuples(st.just("restart ffmpeg"), st.just(0.0)),
    st.tuples(st.just("skip"), st.integers(1, 30).map(float)),
    st.tuples(st.just("pause"), st.floats(0, 60)),
)
one_life = st.lists(st.one_of(in_one_life), max_size=60)
many_lives = st.lists(
    st.one_of(
        *in_one_life,
        st.tuples(st.just("lose power"), st.just(0.0)),
        st.tuples(st.just("kill server"), st.integers(0, 12).map(float)),
    ),
    max_size=60,
)


def playlists_of(story: list[Step]) -> list[m3u8.M3U8]:
    camera = Camera()
    for step in story:
        camera.live(step)
    return camera.seen


def counters(playlist: m3u8.M3U8) -> dict[str, int]:
    """Name → discontinuity sequence number, as RFC 8216 counts: all tags up to the segment."""
    count, found = playlist.discontinuity_sequence or 0, {}
    for listed in playlist.segments:
        count += bool(listed.discontinuity)
        found[str(listed.uri)] = count
    return found


@given(many_lives)
def test_sequence_numbers_never_fall(story: list[Step]) -> None:
    for before, after in pairwise(playlists_of(story)):
        assert (after.media_sequence or 0) >= (before.media_sequence or 0)
        assert (after.discontinuity_sequence or 0) >= (before.discontinuity_sequence or 0)


@given(many_lives)
def test_a_name_never_means_two_segments_and_a_number_never_two_names(
    story: list[Step],
) -> None:
    known: dict[str, tuple[object, ...]] = {}
    for playlist in playlists_of(story):
        for offset, listed in enumerate(playlist.segments):
            assert listed.uri == segment_name((playlist.media_sequence or 0) + offset)
            assert listed.init_section
            facts = (listed.init_section.uri, listed.duration, listed.program_date_time)
            assert known.setdefault(str(listed.uri), facts) == facts


@given(many_lives)
def test_the_discontinuity_number_of_a_segment_never_changes(
    story: list[Step],
) -> None:
    known: dict[str, int] = {}
    for playlist in playlists_of(story):
        for name, count in counters(playlist).items():
            assert known.setdefault(name, count) == count


@given(many_lives)
def test_another_init_file_always_comes_after_a_discontinuity(
    story: list[Step],
) -> None:
    for playlist in playlists_of(story):
        for before, after in pairwise(playlist.segments):
            assert before.init_section
            assert after.init_section
            assert after.discontinuity or before.init_section.uri == after.init_section.uri


@given(many_lives)
def test_no_segment_rounds_to_more_than_the_target_and_the_target_never_falls(
    story: list[Step],
) -> None:
    highest = 1
    for playlist in playlists_of(story):
        assert playlist.target_duration is not None
        assert playlist.target_duration >= highest
        highest = int(playlist.target_duration)
        for listed in playlist.segments:
            assert listed.duration is not None
            assert int(listed.duration + 0.5) <= highest
        assert not playlist.is_endlist


@given(one_life)
def test_what_has_left_the_list_is_readable_until_four_more_segments_came(
    story: list[Step],
) -> None:
    camera = Camera()
    listed_at: dict[str, int] = {}
    count = 0
    for step in story:
        made = len(camera.seen)
        camera.live(step)
        if len(camera.seen) > made:
            count += len(camera.seen) - made
            listed_at |= {segment_name(each.number): count for each in camera.timeline.window.listing}
        for name, last in listed_at.items():
            if count - last <= READABLE_AFTERWARDS:
                assert camera.timeline.holds(name)
            elif count - last > LISTED + READABLE_AFTERWARDS:
                assert not camera.timeline.holds(name)


@pytest.mark.parametrize(("listed", "afterwards"), [(4, 1), (1, 0), (6, 4), (9, 9)])
def test_a_shortened_window_is_the_end_of_the_same_list(listed: int, afterwards: int) -> None:
    full = window(*range(20))
    less = full.shortened(listed, afterwards)
    assert less.listing == full.listing[-listed:]
    assert less.segments == full.segments[-min(10, len(less.listing) + afterwards) :]


def test_a_shortened_window_counts_the_discontinuities_that_it_lost() -> None:
    full = Window()
    for number in range(6):
        full = full.extended(segment(number, discontinuity=number in (1, 4)))
    less = full.shortened(3, 0)
    assert numbers(less.listing) == [3, 4, 5]
    assert less.discontinuity_sequence == full.discontinuity_sequence + 1
    assert less.discontinuities == full.discontinuities


def test_a_timeline_that_shows_less_is_not_younger_for_that() -> None:
    timeline = Timeline(Ceiling(), None, 0.0)
    timeline.publish(window(*range(10)), 10.0)
    timeline.shorten(timeline.window.shortened(1, 0))
    assert (timeline.newest_at, timeline.segments, timeline.next_number) == (10.0, 1, 10)
    assert (timeline.published, timeline.published_bytes) == (10, 10_000)


def test_the_files_of_a_camera_that_is_gone_are_closed_and_no_more_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "0.m4s"
    path.write_bytes(b"media")
    timeline = Timeline(Ceiling(), None, 0.0)
    timeline.publish(Window().extended(Segment(0, 0, 1.0, 5, 100.0, discontinuity=True)), 1.0)
    timelines = Timelines()
    timelines.put("gate", timeline)
    file = MediaFile(path)
    descriptor = file.descriptor
    timeline.keep("0.m4s", file)
    del file
    timelines.drop("gate")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    timeline.keep("0.m4s", MediaFile(path))
    assert timeline.file("0.m4s") is None
