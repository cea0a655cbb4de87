"""From the board to the rows of the ledger: what an outage is, when a camera counts as wanted."""

import pytest

from socstream.events.journal import Journal
from socstream.events.recorder import Recorder
from socstream.events.uptime import Uptime
from socstream.model.failure import Failure, FailureCode
from socstream.model.outage import Outage, Wanted
from tests.events.rig import FakeLedger, Streams
from tests.fakes import NOON


class Rig(Streams):
    """Streams, and what the ledger holds of them."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = FakeLedger()
        self.uptime = Uptime(self.clock)
        self.journal = Journal(self.ledger, self.clock, self.uptime.restore)
        self.board.listen(Recorder(self.journal, self.uptime, self.clock).stream_changed)

    async def outages(self) -> list[tuple[float, float | None, str, int]]:
        """Began, ended (seconds after noon), code and run of each outage so far."""
        await self.journal.close()
        return [
            (row.began - NOON, None if row.ended is None else row.ended - NOON, row.code, row.run)
            for row in self.ledger.outages_of_all
        ]

    async def wanted(self) -> list[tuple[float, float | None]]:
        await self.journal.close()
        return [
            (row.began - NOON, None if row.ended is None else row.ended - NOON)
            for row in self.ledger.wanted_of_all
        ]


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add("gate")
    return rig


async def test_an_outage_begins_when_live_ends_and_ends_when_it_is_live_again(rig: Rig) -> None:
    rig.go_live("gate")
    await rig.clock.advance(100)
    rig.fail("gate", FailureCode.SOURCE_ENDED)
    await rig.clock.advance(0.25)
    rig.spawn("gate")
    await rig.clock.advance(1)
    rig.publish("gate")
    await rig.clock.advance(100)
    rig.publish("gate")
    assert await rig.outages() == [(100, 101.25, "source_ended", 1)]
    assert await rig.wanted() == [(0, None)]
    assert rig.uptime.of("gate") == 1 - 1.25 / 201.25


async def test_it_bears_the_words_of_its_failure(rig: Rig) -> None:
    rig.fail("gate", FailureCode.DNS)
    await rig.journal.close()
    message = Failure(FailureCode.DNS).message
    assert rig.ledger.outages_of_all == [Outage("gate", NOON, None, "dns", message, 1)]


async def test_a_camera_that_never_was_live_is_out_from_its_first_failure_on(rig: Rig) -> None:
    rig.spawn("gate")
    await rig.clock.advance(20)
    assert await rig.outages() == []
    assert rig.uptime.of("gate") is None
    rig.fail("gate", FailureCode.NO_MEDIA)
    await rig.clock.advance(5)
    assert await rig.outages() == [(20, None, "no_media", 1)]
    assert await rig.wanted() == [(20, None)]
    assert rig.uptime.of("gate") == 0


async def test_one_outage_over_many_tries_tells_what_failed_last_and_the_run_it_began_in(rig: Rig) -> None:
    rig.go_live("gate")
    rig.stall("gate")
    assert await rig.outages() == [(0, None, "stalled", 1)]
    rig.fail("gate", FailureCode.STALLED)
    for _ in range(20):
        await rig.clock.advance(5)
        rig.fail("gate", FailureCode.UNREACHABLE)
    rig.fail("gate", FailureCode.UNAUTHORIZED)
    assert await rig.outages() == [(0, None, "unauthorized", 1)]
    rig.go_live("gate")
    assert await rig.outages() == [(0, 100, "unauthorized", 1)]
    await rig.clock.advance(1)
    rig.fail("gate", FailureCode.CRASHED)
    assert (await rig.outages())[1] == (101, None, "crashed", 23)


@pytest.mark.parametrize("leave", [Rig.stop, Rig.remove])
async def test_an_outage_ends_when_nobody_wants_the_camera_any_more(rig: Rig, leave: object) -> None:
    rig.fail("gate")
    await rig.clock.advance(30)
    assert callable(leave)
    leave(rig, "gate")
    await rig.clock.advance(30)
    assert await rig.outages() == [(0, 30, "refused", 1)]
    assert await rig.wanted() == [(0, 30)]


async def test_maintenance_and_idling_are_neither_outage_nor_wanted_time(rig: Rig) -> None:
    for _ in range(3):
        rig.go_live("gate")
        await rig.clock.advance(10)
        rig.stop("gate")
        await rig.clock.advance(90)
    assert await rig.outages() == []
    assert await rig.wanted() == [(0, 10), (100, 110), (200, 210)]
    assert rig.uptime.of("gate") == 1


async def test_a_clock_that_is_set_makes_no_outage_longer_or_shorter(rig: Rig) -> None:
    rig.fail("gate")
    await rig.clock.advance(10)
    rig.clock.wall_offset -= 3600
    rig.go_live("gate")
    assert await rig.outages() == [(0, 10, "refused", 1)]
    rig.clock.wall_offset += 7200
    await rig.clock.advance(10)
    rig.fail("gate")
    assert (await rig.outages())[1] == (3620, None, "refused", 2)


async def test_a_segment_writes_nothing(rig: Rig) -> None:
    rig.go_live("gate")
    await rig.journal.close()
    rows = dict(rig.ledger.rows)
    for _ in range(100):
        await rig.clock.advance(0.01)
        rig.publish("gate")
    await rig.journal.close()
    assert rig.ledger.batches == [1]
    assert rig.ledger.rows == rows == {(Wanted, "gate", NOON): Wanted("gate", NOON, None)}


async def test_a_camera_that_is_gone_leaves_nothing_in_memory(rig: Rig) -> None:
    rig.fail("gate")
    await rig.clock.advance(1)
    rig.remove("gate")
    assert rig.uptime.of("gate") is None
    rig.add("gate")
    rig.fail("gate")
    await rig.clock.advance(1)
    assert len(await rig.outages()) == 2
