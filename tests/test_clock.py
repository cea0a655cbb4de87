"""The machine's clocks, and the stand-in that the policy tests rely on."""

import asyncio
import time

import pytest

from socstream.clock import Clock, SystemClock
from tests.fakes import NOON, FakeClock, settle


def test_the_systems_clocks_are_the_machines() -> None:
    assert SystemClock().monotonic() == pytest.approx(time.monotonic(), abs=1)
    assert SystemClock().wall() == pytest.approx(time.time(), abs=1)


async def test_a_wait_ends_as_soon_as_the_event_is_set() -> None:
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, event.set)
    async with asyncio.timeout(5):
        assert await SystemClock().wait(event, 60) is True


async def test_a_wait_for_an_event_that_is_set_already_takes_no_time() -> None:
    event = asyncio.Event()
    event.set()
    assert await SystemClock().wait(event, 0) is True


async def test_a_wait_ends_when_its_time_is_up() -> None:
    assert await SystemClock().wait(asyncio.Event(), 0.01) is False


async def test_a_cancelled_wait_is_cancelled_and_no_timeout() -> None:
    waiting = asyncio.create_task(SystemClock().wait(asyncio.Event(), 60))
    await settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_virtual_time_passes_only_when_it_is_told() -> None:
    clock, woke = FakeClock(), []

    async def sleep(delay: float) -> None:
        await clock.sleep(delay)
        woke.append((delay, clock.monotonic()))

    tasks = [asyncio.create_task(sleep(delay)) for delay in (3.0, 1.0, 2.0)]
    await settle()
    assert woke == []
    began = clock.monotonic()
    await clock.advance(2.5)
    assert woke == [(1.0, began + 1.0), (2.0, began + 2.0)]
    assert clock.monotonic() == began + 2.5
    await clock.advance(0.5)
    await asyncio.gather(*tasks)


async def test_virtual_time_that_leaps_does_late_what_was_due() -> None:
    clock, woke = FakeClock(), []

    async def tick() -> None:
        while True:
            await clock.sleep(1.0)
            woke.append(clock.monotonic())

    task = asyncio.create_task(tick())
    began = clock.monotonic()
    await clock.leap(30)
    assert woke == [began + 30]
    await clock.advance(1.0)
    assert woke == [began + 30, began + 31]
    task.cancel()


async def test_a_virtual_wait_answers_like_the_real_one() -> None:
    clock, event = FakeClock(), asyncio.Event()
    waiting = asyncio.create_task(clock.wait(event, 5.0))
    await clock.advance(4.9)
    assert not waiting.done()
    await clock.advance(0.1)
    assert await waiting is False
    waiting = asyncio.create_task(clock.wait(event, 5.0))
    await settle()
    event.set()
    assert await waiting is True


async def test_the_virtual_wall_clock_can_be_set_without_time_passing() -> None:
    clock = FakeClock()
    assert clock.wall() == NOON
    clock.wall_offset -= 3600
    assert clock.wall() == NOON - 3600
    assert isinstance(clock.monotonic(), float)
    as_protocol: Clock = clock
    await clock.advance(1)
    assert as_protocol.wall() == NOON - 3599
