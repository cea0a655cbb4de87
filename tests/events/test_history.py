"""The past of a stream: from memory, from the ledger before that, and how much it sent."""

import pytest

from socstream.board import StreamBoard
from socstream.events.history import History
from socstream.events.journal import Journal
from socstream.events.recorder import Recorder
from socstream.events.uptime import DAY, Uptime
from socstream.model.outage import Outage, Wanted
from socstream.model.stream import PlaylistAdvanced
from tests.events.rig import FakeLedger, Streams
from tests.fakes import NOON, FakeClock


class Clock(FakeClock):
    """Time also passes without anybody who waits."""

    def skip(self, seconds: float) -> None:
        self._now += seconds


class Rig(Streams):
    """Streams, a ledger that outlives them, and a history of both."""

    def __init__(self) -> None:
        super().__init__()
        self.clock: Clock = Clock()
        self.ledger = FakeLedger()
        self.begin()

    def begin(self) -> None:
        """A new life of the server: memory is empty."""
        self.board = StreamBoard()
        self.journal = Journal(self.ledger, self.clock, lambda recent: None)
        self.history = History(self.journal, self.clock)
        recorder = Recorder(self.journal, Uptime(self.clock), self.clock)
        for listener in (recorder, self.history):
            self.board.listen(listener.stream_changed)

    def send(self, camera_id: str, bitrate: int | None) -> None:
        self._note(camera_id, PlaylistAdvanced(1, bitrate, None, stable=True))

    async def past(self, since: float = -DAY, until: float = DAY) -> list[tuple[float, str]]:
        """When (seconds after noon) which state began."""
        told = await self.history.phases("gate", NOON + since, NOON + until)
        return [(phase.since - NOON, phase.state) for phase in told]

    def rates(
        self, since: float, until: float, most: int = 720
    ) -> tuple[int, list[tuple[float, int | None]]]:
        told = self.history.bitrates("gate", NOON + since, NOON + until, most)
        return told.step, [(began - NOON, mean) for began, mean in told.points]


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add("gate")
    return rig


async def stormy_hour(rig: Rig) -> None:
    """Starts at 0, live at 1, stalls at 60, fails at 66, is tried again at 67, live at 70."""
    rig.spawn("gate")
    await rig.clock.advance(1)
    rig.publish("gate")
    await rig.clock.advance(59)
    rig.publish("gate")
    rig.stall("gate")
    await rig.clock.advance(6)
    rig.fail("gate")
    await rig.clock.advance(1)
    rig.spawn("gate")
    await rig.clock.advance(3)
    rig.publish("gate")
    await rig.clock.advance(3530)


FINE = [(1.0, "live"), (60.0, "stalled"), (66.0, "backoff"), (67.0, "starting"), (70.0, "live")]


async def test_what_this_life_saw_is_told_as_it_was_and_before_it_nothing_is_known(rig: Rig) -> None:
    await stormy_hour(rig)
    assert await rig.past() == [(-DAY, "unknown"), (0.0, "starting"), *FINE]


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        (30, 3600, [(30.0, "live"), *FINE[1:]]),
        (60, 66, [(60.0, "stalled")]),
        (60.5, 66.5, [(60.5, "stalled"), (66.0, "backoff")]),
        (100, 200, [(100.0, "live")]),
        (7200, 9000, []),
        (200, 200, []),
        (-10, -5, [(-10.0, "unknown")]),
    ],
)
async def test_a_time_is_told_from_its_beginning_to_its_end(
    rig: Rig, since: float, until: float, told: list[tuple[float, str]]
) -> None:
    await stormy_hour(rig)
    assert await rig.past(since, until) == told


async def test_after_a_restart_the_ledger_tells_of_outages_and_nobody_of_the_time_between(rig: Rig) -> None:
    await stormy_hour(rig)
    rig.stop("gate")
    await rig.journal.close()
    await rig.clock.advance(100)
    rig.begin()
    rig.add("gate")
    rig.go_live("gate")
    await rig.clock.advance(1)
    assert await rig.past() == [
        (-DAY, "unknown"),
        (1.0, "live"),
        (60.0, "down"),
        (70.0, "live"),
        (3600.0, "unknown"),
        (3700.0, "live"),
    ]
    assert await rig.past(30, 50) == [(30.0, "live")]
    assert await rig.past(65, 75) == [(65.0, "down"), (70.0, "live")]


async def test_an_outage_that_goes_on_is_known_although_memory_is_full(rig: Rig) -> None:
    rig.go_live("gate")
    rig.clock.skip(10)
    for _ in range(3000):
        rig.fail("gate")
        rig.clock.skip(10)
        rig.spawn("gate")
        rig.clock.skip(10)
    (unknown, live, down, *fine) = await rig.past()
    assert [unknown, live, down] == [(-DAY, "unknown"), (0.0, "live"), (10.0, "down")]
    assert 1700 < len(fine) <= 2048
    assert fine[-1] == (60000.0, "starting")
    assert {state for _, state in fine} == {"backoff", "starting"}


async def test_rows_beyond_the_limit_are_not_guessed_at(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socstream.events.history._MOST_ROWS", 2)
    for began in (-300.0, -200.0, -100.0):
        rig.journal.put(Outage("gate", NOON + began, NOON + began + 10, "refused", "", 1))
    rig.journal.put(Wanted("gate", NOON - 1000, NOON - 50))
    await rig.clock.advance(1)
    told = await rig.past(-400, 0)
    assert told == [
        (-400.0, "unknown"),
        (-200.0, "down"),
        (-190.0, "live"),
        (-100.0, "down"),
        (-90.0, "live"),
        (-50.0, "unknown"),
    ]


async def test_rows_that_tell_of_one_moment_a_little_differently_make_no_state_between(rig: Rig) -> None:
    rig.journal.put(Wanted("gate", NOON - 100, NOON - 50 + 8e-6))
    rig.journal.put(Outage("gate", NOON - 100 + 8e-6, NOON - 50, "refused", "", 1))
    assert await rig.past(-200, 0) == [(-200.0, "unknown"), (-100.0, "down"), (-50.0, "unknown")]


async def test_of_a_camera_that_is_gone_nothing_is_kept(rig: Rig) -> None:
    await stormy_hour(rig)
    rig.remove("gate")
    rig.ledger.rows.clear()
    assert rig.rates(0, 3600) == (10, [])
    rig.add("gate")
    await rig.clock.advance(1)
    assert rig.rates(0, 3600) == (10, [])


async def test_the_bit_rate_is_the_mean_of_each_ten_seconds_and_gaps_are_gaps(rig: Rig) -> None:
    rig.spawn("gate")
    for bitrate in (2_000_000, 4_000_000):
        rig.send("gate", bitrate)
        await rig.clock.advance(1)
    rig.stall("gate")  # which tells of no further segment
    rig.fail("gate")
    await rig.clock.advance(28)
    rig.spawn("gate")
    rig.send("gate", 1_000_000)
    assert rig.rates(-100, 40) == (10, [(0.0, 3_000_000), (10.0, None), (20.0, None), (30.0, 1_000_000)])
    assert rig.rates(10, 19) == (10, [(10.0, None)])
    assert rig.rates(0, 40, most=3) == (20, [(0.0, 3_000_000), (20.0, 1_000_000)])


async def test_a_segment_counts_once_and_somebody_elses_has_no_bit_rate(rig: Rig) -> None:
    rig.spawn("gate")
    rig.send("gate", 1_000_000)
    rig.stall("gate")
    await rig.clock.advance(20)
    rig.fail("gate")
    assert rig.rates(0, 40) == (10, [(0.0, 1_000_000)])
    rig.spawn("gate")
    rig.send("gate", None)
    assert rig.rates(0, 40) == (10, [(0.0, 1_000_000)])


@pytest.mark.parametrize("bitrate", [0, 2**32 + 5])
async def test_a_bit_rate_that_cannot_be_does_no_harm(rig: Rig, bitrate: int) -> None:
    rig.spawn("gate")
    rig.send("gate", bitrate)
    assert rig.rates(0, 1)[1] == [(0.0, min(bitrate, 2**32 - 1) or None)]


async def test_a_day_is_kept_and_told_in_few_means(rig: Rig) -> None:
    rig.spawn("gate")
    for _ in range(30 * 360):
        rig.send("gate", 3_000_000)
        rig.clock.skip(10)
    step, points = rig.rates(0, 40 * 3600)
    assert step == 130
    assert len(points) <= 720
    assert {mean for _, mean in points} == {3_000_000}
    assert points[0][0] == pytest.approx(6 * 3600, abs=130)
    assert points[-1][0] == pytest.approx(30 * 3600, abs=130)
    step, points = rig.rates(29 * 3600, 30 * 3600)
    assert (step, len(points)) == (10, 360)


async def test_after_a_day_of_silence_the_means_begin_anew(rig: Rig) -> None:
    rig.spawn("gate")
    rig.send("gate", 1)
    rig.clock.skip(DAY + 20)
    rig.send("gate", 2)
    assert rig.rates(0, 2 * DAY)[1] == [(DAY + 20, 2)]
