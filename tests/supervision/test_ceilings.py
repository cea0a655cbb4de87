"""No number is published before it is safe from going back, and no store is waited for for ever."""

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socstream.hls.timeline import Segment, Window
from socstream.model.ceiling import Ceiling
from socstream.model.errors import StoreUnavailable
from socstream.supervision.ceilings import STEP, Ceilings, is_newest
from tests.fakes import FakeStore, settle


def window(newest: int, *, discontinuities: int = 0, target: int = 1) -> Window:
    return Window((Segment(newest, 0, 1.0, 1, 0.0, False),), 1, discontinuities, target)


async def test_the_first_number_waits_until_its_ceiling_is_stored() -> None:
    store = FakeStore()
    store.gate.clear()
    covering = asyncio.create_task(Ceilings(store).cover("cam", window(0)))
    await settle()
    assert not covering.done()
    store.gate.set()
    await covering
    assert store.ceilings["cam"] == Ceiling(STEP, STEP, 1)


async def test_numbers_below_the_ceiling_wait_for_nothing() -> None:
    store = FakeStore()
    ceilings = Ceilings(store)
    ceilings.know("cam", Ceiling(100, 100, 1))
    store.gate.clear()
    await ceilings.cover("cam", window(60))
    assert store.writes == 0


async def test_the_ceiling_is_raised_long_before_it_is_reached() -> None:
    store = FakeStore()
    ceilings = Ceilings(store)
    ceilings.know("cam", Ceiling(100, 100, 1))
    store.gate.clear()
    await ceilings.cover("cam", window(70))
    await settle()
    assert store.writes == 1
    store.gate.set()
    await settle()
    assert store.ceilings["cam"] == Ceiling(70 + STEP, STEP, 1)


async def test_a_discontinuity_number_that_reaches_its_ceiling_waits_as_well() -> None:
    store = FakeStore()
    ceilings = Ceilings(store)
    ceilings.know("cam", Ceiling(1000, 3, 1))
    await ceilings.cover("cam", window(60, discontinuities=3))
    assert store.ceilings["cam"].discontinuity_sequence == 3 + STEP


async def test_another_target_duration_is_stored_too() -> None:
    store = FakeStore()
    ceilings = Ceilings(store)
    ceilings.know("cam", Ceiling(100, 100, 1))
    await ceilings.cover("cam", window(2, target=4))
    await ceilings.close()
    assert store.ceilings["cam"].target_duration == 4


async def test_each_camera_has_its_own() -> None:
    store = FakeStore()
    ceilings = Ceilings(store)
    await ceilings.cover("one", window(0))
    await ceilings.cover("two", window(500))
    assert (store.ceilings["one"].media_sequence, store.ceilings["two"].media_sequence) == (STEP, 500 + STEP)


@pytest.mark.parametrize("error", [StoreUnavailable("locked"), ZeroDivisionError()])
async def test_a_store_that_fails_holds_nobody_up_and_is_tried_again(error: Exception) -> None:
    store = FakeStore()
    ceilings = Ceilings(store)
    store.error = error
    await ceilings.cover("cam", window(0))
    store.error = None
    await ceilings.cover("cam", window(1))
    assert store.ceilings["cam"].media_sequence == 1 + STEP
    await ceilings.close()


async def test_a_store_that_fails_is_told(caplog: pytest.LogCaptureFixture) -> None:
    store = FakeStore()
    store.error = StoreUnavailable("locked")
    await Ceilings(store).cover("cam", window(0))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "locked" in record.getMessage()


async def test_a_store_that_hangs_holds_a_segment_up_for_two_seconds_only() -> None:
    store = FakeStore()
    ceilings = Ceilings(store)
    store.gate.clear()
    began = asyncio.get_running_loop().time()
    await ceilings.cover("cam", window(0))
    assert 1.9 < asyncio.get_running_loop().time() - began < 3.0
    store.gate.set()
    await ceilings.close()


async def test_closing_waits_for_what_is_being_stored() -> None:
    store = FakeStore()
    ceilings = Ceilings(store)
    ceilings.know("cam", Ceiling(100, 100, 1))
    store.gate.clear()
    await ceilings.cover("cam", window(70))
    closing = asyncio.create_task(ceilings.close())
    await settle()
    assert not closing.done()
    store.gate.set()
    await closing
    assert "cam" in store.ceilings


@given(st.integers(0, 10**9), st.integers(0, STEP - 1))
def test_a_window_that_an_earlier_life_published_last_is_believed(newest: int, ahead: int) -> None:
    assert is_newest(window(newest), Ceiling(newest + 1 + ahead, 0, 1))


@given(st.integers(0, 10**9), st.integers(STEP // 2, STEP))
def test_a_window_that_a_later_life_went_beyond_is_not(newest: int, ahead: int) -> None:
    later = newest + ahead  # the later life began at the ceiling that the earlier one had stored
    assert not is_newest(window(newest), Ceiling(later + STEP, 0, 1))
