"""Which unit is due when, in virtual time."""

from itertools import pairwise

import pytest
from attrs import evolve

from socstream.demo.media import Media
from socstream.demo.pace import Pace

from .support import handmade

WALL = 1_700_000_000.0
NOW = 5000.0


def reordered() -> Media:
    """B-frames: sent I0 P3 B1 B2 P6 …"""
    media = handmade(fps=25, gop=1)
    order = [0, *(n + d for n in range(1, 24, 3) for d in (2, 0, 1))]
    return Media(media.spec, tuple(evolve(media.units[n], pts=n) for n in order), media.parameter_sets)


def test_a_live_join_shows_the_second_of_the_wall_clock() -> None:
    pace = Pace(handmade(fps=25, gop=1), "live", now=NOW, wall=WALL + 0.2)
    assert pace.unit.pts == 5
    assert pace.due == pytest.approx(NOW, abs=1e-3)
    assert pace.shown == pytest.approx(WALL + 0.2, abs=1e-3)


def test_a_live_join_between_two_units_waits_for_the_next() -> None:
    pace = Pace(handmade(fps=25, gop=1), "live", now=NOW, wall=WALL + 0.21)
    assert pace.unit.pts == 6
    assert pace.due == pytest.approx(NOW + 0.03, abs=1e-3)


def test_a_join_at_a_key_begins_at_once_with_the_newest_keyframe() -> None:
    pace = Pace(handmade(fps=50, gop=0.2), "key", now=NOW, wall=WALL + 0.47)
    assert pace.unit.key
    assert pace.unit.pts == 20
    assert pace.due == pytest.approx(NOW, abs=1e-3)
    assert pace.shown == pytest.approx(WALL + 0.4, abs=1e-3)


@pytest.mark.parametrize("media", [handmade(fps=50), reordered()], ids=["plain", "b-frames"])
def test_time_goes_on_evenly_over_the_end_of_the_loop(media: Media) -> None:
    pace = Pace(media, "live", now=NOW, wall=WALL)
    dues, shown = [], []
    for _ in range(4 * len(media.units)):
        dues.append(pace.due)
        shown.append(pace.shown)
        pace.advance()
    assert all(
        after - before == pytest.approx(1 / media.spec.fps, abs=1e-6) for before, after in pairwise(dues)
    )
    assert len({round(moment * media.spec.fps) for moment in shown}) == len(shown)


def test_no_picture_is_sent_before_it_could_have_been_seen() -> None:
    pace = Pace(reordered(), "live", now=NOW, wall=WALL)
    ahead = []
    for _ in range(100):
        ahead.append(pace.shown - WALL - (pace.due - NOW))
        pace.advance()
    assert max(ahead) == pytest.approx(0, abs=1e-3)


def test_a_skip_goes_to_the_first_keyframe_to_come() -> None:
    pace = Pace(handmade(fps=50, gop=0.2), "live", now=NOW, wall=WALL)
    pace.skip(NOW + 10.05)
    assert pace.unit.key
    assert pace.due == pytest.approx(NOW + 10.2, abs=1e-3)


def test_a_switch_keeps_the_time_line_even_at_another_rate() -> None:
    pace = Pace(handmade(fps=50, gop=0.2), "live", now=NOW, wall=WALL)
    pace.switch(handmade(fps=10, gop=0.5), NOW + 0.3)
    assert pace.unit.key
    assert pace.due == pytest.approx(NOW + 0.5, abs=1e-3)
    assert pace.shown == pytest.approx(WALL + 0.5, abs=1e-3)
