"""Blocking calls, several on one trip to a thread."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from socstream.hls.trips import Trips

PATIENCE = 5.0


@pytest.fixture
def trips() -> Iterator[Trips]:
    trips = Trips("test")
    yield trips
    trips.close()


def here() -> str:
    return threading.current_thread().name


async def test_a_call_is_made_in_another_thread(trips: Trips) -> None:
    assert (await trips.do(here)).startswith("test")


async def test_who_asks_in_the_same_moment_shares_a_trip(trips: Trips) -> None:
    taken = []

    def note(number: int) -> int:
        taken.append((number, here()))
        return number

    assert await asyncio.gather(*(trips.do(note, number) for number in range(20))) == list(range(20))
    assert [number for number, _ in taken] == list(range(20))
    assert len({thread for _, thread in taken}) == 1


async def test_who_asks_during_a_trip_goes_on_the_next_one(trips: Trips) -> None:
    gate, order = threading.Event(), list[str]()

    def wait() -> None:
        gate.wait(PATIENCE)
        order.append("first")

    first = asyncio.create_task(trips.do(wait))
    await asyncio.sleep(0.01)
    later = [asyncio.create_task(trips.do(order.append, name)) for name in ("second", "third")]
    await asyncio.sleep(0.01)
    assert order == []
    gate.set()
    await asyncio.gather(first, *later)
    assert order == ["first", "second", "third"]


async def test_what_a_call_raises_reaches_only_who_asked_for_it(trips: Trips) -> None:
    def fail() -> None:
        raise FileNotFoundError("gone")

    failed, fine = await asyncio.gather(trips.do(fail), trips.do(here), return_exceptions=True)
    assert isinstance(failed, FileNotFoundError)
    assert isinstance(fine, str)


async def test_a_call_that_hangs_does_not_stop_the_others(trips: Trips) -> None:
    gates = [threading.Event() for _ in range(3)]
    stuck = []
    try:
        for gate in gates:
            stuck.append(asyncio.create_task(trips.do(gate.wait, PATIENCE)))
            await asyncio.sleep(0.15)  # a trip of its own for each
        began = time.monotonic()
        assert await trips.do(here)
        assert time.monotonic() - began < 1.0
        assert not any(task.done() for task in stuck)
    finally:
        for gate in gates:
            gate.set()
    assert await asyncio.gather(*stuck) == [True, True, True]


async def test_when_all_threads_hang_the_next_call_is_made_once_one_is_free(trips: Trips) -> None:
    gate = threading.Event()
    stuck = []
    for _ in range(4):
        stuck.append(asyncio.create_task(trips.do(gate.wait, PATIENCE)))
        await asyncio.sleep(0.15)
    next_one = asyncio.create_task(trips.do(here))
    await asyncio.sleep(0.25)
    assert not next_one.done()
    gate.set()
    assert await next_one
    await asyncio.gather(*stuck)


async def test_nobody_goes_for_who_has_given_up(trips: Trips) -> None:
    gate, calls = threading.Event(), list[str]()
    first = asyncio.create_task(trips.do(gate.wait, PATIENCE))
    await asyncio.sleep(0.01)
    given_up = asyncio.create_task(trips.do(calls.append, "given up"))
    other = asyncio.create_task(trips.do(calls.append, "other"))
    await asyncio.sleep(0.01)
    given_up.cancel()
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, other)
    assert calls == ["other"]
    assert given_up.cancelled()


async def test_who_gives_up_during_the_trip_disturbs_nobody(trips: Trips) -> None:
    gate = threading.Event()
    first, other = (asyncio.create_task(trips.do(gate.wait, PATIENCE)) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    gate.set()
    assert await other
    assert first.cancelled()


async def test_what_waits_when_the_threads_end_is_cancelled(trips: Trips) -> None:
    gate = threading.Event()
    first = asyncio.create_task(trips.do(gate.wait, PATIENCE))
    await asyncio.sleep(0.01)
    waiting = asyncio.create_task(trips.do(here))
    await asyncio.sleep(0.01)
    asyncio.get_running_loop().run_in_executor(None, _set_soon, gate)
    trips.close()
    assert await first
    with pytest.raises(asyncio.CancelledError):
        await waiting


def _set_soon(gate: threading.Event) -> None:
    time.sleep(0.05)
    gate.set()
