"""Live by wanted time of the last 24 hours, out of what happens and of what earlier lives saw."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socstream.events.uptime import DAY, Uptime
from socstream.model.outage import Stretch
from socstream.store.ledger import Recent
from tests.fakes import FakeClock


class Rig:
    """An uptime, and the monotonic times that a test names as seconds from the beginning."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.began = self.clock.monotonic()
        self.uptime = Uptime(self.clock)

    def note(self, wanted: bool, down: bool, at: float, camera_id: str = "gate") -> None:
        self.uptime.note(camera_id, wanted, down, self.began + at)

    async def at(self, at: float) -> float | None:
        await self.clock.advance(self.began + at - self.clock.monotonic())
        return self.uptime.of("gate")

    def stretch(self, began: float, ended: float, seconds: float | None = None) -> Stretch:
        offset = self.clock.wall_offset + self.began
        return Stretch("gate", began + offset, ended + offset, ended - began if seconds is None else seconds)


async def test_a_camera_that_was_never_wanted_has_none() -> None:
    rig = Rig()
    assert await rig.at(10) is None
    rig.note(wanted=False, down=False, at=10)
    assert await rig.at(20) is None


async def test_it_is_live_by_wanted_time_and_the_time_between_counts_for_nothing() -> None:
    rig = Rig()
    rig.note(wanted=True, down=False, at=0)
    assert await rig.at(0) is None
    assert await rig.at(10) == 1
    rig.note(wanted=True, down=True, at=10)
    assert await rig.at(40) == 0.25
    rig.note(wanted=False, down=False, at=40)
    assert await rig.at(4000) == 0.25
    rig.note(wanted=True, down=True, at=4000)
    assert await rig.at(4040) == 0.125
    rig.note(wanted=True, down=False, at=4040)
    assert await rig.at(4080) == pytest.approx((10 + 40) / (40 + 80))


async def test_what_was_longer_ago_than_a_day_counts_no_more() -> None:
    rig = Rig()
    rig.note(wanted=True, down=True, at=0)
    rig.note(wanted=True, down=False, at=DAY / 2)
    assert await rig.at(DAY) == 0.5
    assert await rig.at(DAY * 1.25) == 0.75
    assert await rig.at(DAY * 1.5) == 1
    assert await rig.at(DAY * 9) == 1
    rig.note(wanted=True, down=True, at=DAY * 9)
    assert await rig.at(DAY * 9.25) == 0.75
    assert await rig.at(DAY * 20) == 0
    rig.note(wanted=False, down=False, at=DAY * 20)
    assert await rig.at(DAY * 20.5) == 0
    assert await rig.at(DAY * 21.1) is None


async def test_what_earlier_lives_saw_counts_and_the_gap_between_them_does_not() -> None:
    rig = Rig()
    rig.note(wanted=True, down=False, at=5)
    rig.uptime.restore(
        Recent(
            wanted=(rig.stretch(-DAY, -DAY / 2), rig.stretch(-1000, -100)),
            down=(rig.stretch(-900, -600, seconds=100),),
        )
    )
    assert await rig.at(105) == 1 - 100 / (DAY / 2 - 105 + 900 + 100)
    assert await rig.at(DAY - 750) == 1 - 50 / (650 + DAY - 755)  # half of what was put together is left
    assert await rig.at(DAY) == 1


async def test_the_mean_is_over_those_that_have_one() -> None:
    rig = Rig()
    assert rig.uptime.mean(["gate", "hall"]) is None
    rig.note(wanted=True, down=False, at=0)
    rig.note(wanted=True, down=True, at=0, camera_id="hall")
    await rig.clock.advance(10)
    assert rig.uptime.mean(["gate", "hall", "roof"]) == 0.5
    assert rig.uptime.mean(["gate"]) == 1
    rig.uptime.forget("gate")
    assert rig.uptime.mean(["gate", "hall"]) == 0


async def test_a_day_of_flapping_is_exact_and_takes_no_more_room_than_its_minutes() -> None:
    rig = Rig()
    rig.note(wanted=True, down=False, at=0)
    for at in range(0, int(DAY), 4):
        rig.note(wanted=True, down=True, at=at + 1)
        rig.note(wanted=True, down=False, at=at + 2)
    assert await rig.at(DAY) == 0.75
    assert len(rig.uptime._cameras["gate"].down._spans) <= DAY / 60


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, DAY / 2), st.booleans(), st.booleans()), min_size=1, max_size=40),
    st.floats(0, 2 * DAY),
)
def test_it_is_what_a_ruler_on_the_whole_history_says(
    changes: list[tuple[float, bool, bool]], later: float
) -> None:
    clock = FakeClock()
    uptime, began = Uptime(clock), clock.monotonic()
    at, history = began, []
    for pause, wanted, down in changes:
        at += pause
        uptime.note("gate", wanted, wanted and down, at)
        history.append((at, wanted, wanted and down))
    clock._now = now = at + later
    wanted_for = down_for = 0.0
    for (start, wanted, down), (end, _, _) in pairwise([*history, (now, False, False)]):
        seconds = max(0.0, end - max(start, now - DAY))
        wanted_for += seconds * wanted
        down_for += seconds * down
    found = uptime.of("gate")
    if wanted_for > 60:  # an edge within spans that were put together is up to a minute off
        assert found is not None
        assert abs(found - (1 - down_for / wanted_for)) < 0.001 + 60 / wanted_for
    elif found is not None:
        assert 0 <= found <= 1
