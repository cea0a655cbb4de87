"""The ledger written behind: a store in trouble delays nobody, and loses only what does not fit."""

import logging
from collections.abc import AsyncIterator

import pytest

from socstream.background import in_background
from socstream.events.journal import KEPT_FOR, Journal
from socstream.model.errors import StoreUnavailable
from socstream.model.outage import Outage, Stretch
from socstream.store.ledger import Recent
from tests.events.rig import FakeLedger
from tests.fakes import NOON, FakeClock


class Rig:
    """A journal that runs, and the ledger that it writes."""

    def __init__(self, most_waiting: int = 1000) -> None:
        self.clock = FakeClock()
        self.ledger = FakeLedger()
        self.recent: list[Recent] = []
        self.journal = Journal(self.ledger, self.clock, self.recent.append, most_waiting)

    def put(self, began: float, ended: float | None = None) -> Outage:
        row = Outage("gate", began, ended, "refused", "The camera refuses", 1)
        self.journal.put(row)
        return row

    @property
    def began(self) -> list[float]:
        return [row.began for row in self.ledger.outages_of_all]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    async with in_background(rig.journal.run(), "journal"):
        await rig.clock.advance(0.1)
        yield rig


async def test_what_happens_within_a_second_is_written_together(rig: Rig) -> None:
    rig.put(1)
    rig.put(2)
    rig.put(1, 1.5)
    assert rig.began == []
    await rig.clock.advance(1)
    assert rig.ledger.batches == [0, 2]
    assert [row.ended for row in rig.ledger.outages_of_all] == [1.5, None]
    await rig.clock.advance(20)
    assert rig.ledger.batches == [0, 2]


async def test_a_storm_is_written_in_bearable_batches(rig: Rig) -> None:
    for began in range(1000):
        rig.put(began)
    await rig.clock.advance(1)
    assert rig.ledger.batches == [0, 500, 500]


async def test_a_row_that_changes_while_it_is_written_is_written_again(rig: Rig) -> None:
    rig.put(1)
    writing = rig.ledger.write

    async def change_meanwhile(rows: object, seen_at: float) -> None:
        assert isinstance(rows, list)
        rig.put(1, 1.5)
        rig.ledger.write = writing  # type: ignore[method-assign]  # as it was
        await writing(rows, seen_at)

    rig.ledger.write = change_meanwhile  # type: ignore[method-assign]  # once
    await rig.clock.advance(1)
    assert [row.ended for row in rig.ledger.outages_of_all] == [1.5]


async def test_the_sign_of_life_is_renewed_each_half_minute(rig: Rig) -> None:
    await rig.clock.advance(100)
    pauses = [at - before for before, at in zip(rig.ledger.seen_at, rig.ledger.seen_at[1:], strict=False)]
    assert pauses == [30, 30, 30]
    rig.put(1)
    await rig.clock.advance(1)
    assert NOON + 100 < rig.ledger.seen_at[-1] <= NOON + 101


async def test_old_rows_are_forgotten_at_the_start_and_each_hour(rig: Rig) -> None:
    await rig.clock.advance(2 * 3600)
    assert rig.ledger.forgotten_before == [NOON - KEPT_FOR + hour * 3600 for hour in range(3)]


async def test_a_store_in_trouble_loses_nothing_and_is_told_of_once(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "socstream.events.journal")
    rig.ledger.broken = True
    for began in range(60):
        rig.put(began)
        await rig.clock.advance(1)
    assert rig.began == []
    rig.ledger.broken = False
    await rig.clock.advance(1)
    assert rig.began == list(range(60))
    assert [record.getMessage() for record in caplog.records] == [
        "the ledger cannot be written, its entries wait: "
        "The database cannot be written at the moment: disk I/O error.",
        "the ledger is written again",
    ]


async def test_what_does_not_fit_is_lost_oldest_first_and_that_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig(most_waiting=5)
    rig.ledger.broken = True
    async with in_background(rig.journal.run(), "journal"):
        for began in range(20):
            rig.put(began)
            rig.put(began, began + 0.5)
        await rig.clock.advance(1)
        rig.ledger.broken = False
        await rig.clock.advance(1)
    assert rig.began == [15, 16, 17, 18, 19]
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["the ledger cannot be written for too long: its oldest entries are lost"]


async def test_nothing_of_this_life_is_written_before_it_has_begun_in_the_ledger() -> None:
    rig = Rig()
    rig.ledger.kept = Recent((Stretch("gate", 1.0, 2.0, 1.0),), ())
    rig.ledger.broken = True
    async with in_background(rig.journal.run(), "journal"):
        rig.put(1)
        await rig.clock.advance(3)
        assert (rig.ledger.begun_at, rig.recent) == ([], [])
        rig.ledger.broken = False
        await rig.clock.advance(10)
    assert rig.ledger.begun_at == [NOON + 4]
    assert rig.recent == [rig.ledger.kept]
    assert rig.began == [1]


async def test_what_is_left_at_the_end_is_written(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    async with in_background(rig.journal.run(), "journal"):
        await rig.clock.advance(0.5)
        rig.put(1)
    await rig.journal.close()
    assert rig.began == [1]
    rig.ledger.broken = True
    rig.put(2)
    await rig.journal.close()
    assert "1 entries of the ledger are lost" in caplog.text


async def test_outages_are_told_complete_before_they_are_written(rig: Rig) -> None:
    first = rig.put(1, 2)
    rig.put(10)
    await rig.clock.advance(1)
    rig.ledger.broken = True
    second, third = rig.put(10, 20), rig.put(30)
    rig.journal.put(Outage("hall", 40, None, "refused", "", 1))
    rig.ledger.broken = False
    assert await rig.journal.outages("gate", 0, 100, 10) == [third, second, first]
    assert await rig.journal.outages("gate", 0, 100, 2) == [third, second]
    assert await rig.journal.outages("gate", 0, 30, 10) == [second, first]
    assert await rig.journal.outages("gate", 20, 100, 10) == [third]
    rig.ledger.broken = True
    with pytest.raises(StoreUnavailable):
        await rig.journal.outages("gate", 0, 100, 10)
