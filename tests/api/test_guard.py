"""Who is let in, whom the guard gives up, and how often it says so. In virtual time."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from attrs import define

from socstream.api.delivery import Patience
from socstream.api.guard import Guard, Limits
from socstream.api.tally import Tally
from tests.fakes import FakeClock


@define(eq=False)
class FakeConnection:
    """One that tried for so long by now."""

    address: str = "192.0.2.1"
    tried: float = 0.0
    is_cut: bool = False

    def tried_for(self, now: float) -> float:
        return self.tried

    def cut(self) -> None:
        self.is_cut = True
        self.tried = 0.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def guard(clock: FakeClock) -> AsyncIterator[Guard]:
    """A guard at work: ten connections in all, four from each address."""
    guard = Guard(Limits(connections=10, connections_per_address=4), clock)
    work = asyncio.create_task(guard.run())
    yield guard
    work.cancel()


def test_an_address_has_its_share_and_others_come_in(guard: Guard) -> None:
    first = [FakeConnection() for _ in range(4)]
    assert all(guard.admit(connection) for connection in first)
    assert not guard.admit(FakeConnection())
    assert guard.admit(FakeConnection("192.0.2.2"))
    guard.leave(first[0])
    assert guard.admit(FakeConnection())
    assert not guard.admit(FakeConnection())


def test_there_is_a_limit_for_all_together(guard: Guard) -> None:
    admitted = [FakeConnection(f"192.0.2.{number}") for number in range(10)]
    assert all(guard.admit(connection) for connection in admitted)
    assert not guard.admit(FakeConnection("192.0.2.99"))
    guard.leave(admitted[3])
    assert guard.admit(FakeConnection("192.0.2.99"))


def test_who_was_refused_or_left_before_frees_no_place(guard: Guard) -> None:
    connections = [FakeConnection() for _ in range(5)]
    assert [guard.admit(connection) for connection in connections] == [True] * 4 + [False]
    guard.leave(connections[4])
    assert not guard.admit(FakeConnection())
    guard.leave(connections[0])
    guard.leave(connections[0])
    assert guard.admit(FakeConnection())
    assert not guard.admit(FakeConnection())


async def test_who_takes_nothing_for_ten_seconds_is_cut(guard: Guard, clock: FakeClock) -> None:
    patient, stuck = FakeConnection(tried=9.9), FakeConnection(tried=10.0)
    assert guard.admit(patient)
    assert guard.admit(stuck)
    await clock.advance(0.4)
    assert not stuck.is_cut
    await clock.advance(0.2)
    assert (patient.is_cut, stuck.is_cut) == (False, True)
    patient.tried = 10.0
    await clock.advance(1.0)
    assert patient.is_cut


def test_patience_ends_only_while_something_waits_and_nothing_is_taken() -> None:
    patience = Patience()
    assert patience.tried_for(0, 100.0, is_waiting=True) == 0
    assert patience.tried_for(0, 109.0, is_waiting=True) == 9
    assert patience.tried_for(1, 110.0, is_waiting=True) == 0, "a single byte is progress"
    assert patience.tried_for(1, 119.0, is_waiting=True) == 9
    assert patience.tried_for(1, 120.0, is_waiting=False) == 0, "all was taken"
    assert patience.tried_for(1, 500.0, is_waiting=False) == 0, "who waits for an answer may wait"
    assert patience.tried_for(1, 501.0, is_waiting=True) == 1


async def test_a_trouble_is_told_at_once_and_then_now_and_then_with_its_count(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    tally = Tally(clock)
    with caplog.at_level(logging.INFO):
        for number in range(30):
            tally.note("nonsense", f"192.0.2.{number}")
            await clock.advance(1.0)
        tally.note("something else", "192.0.2.99")
    assert caplog.messages == [
        "nonsense: 1 so far, now from 192.0.2.0",
        "nonsense: 11 so far, now from 192.0.2.10",
        "nonsense: 21 so far, now from 192.0.2.20",
        "something else: 1 so far, now from 192.0.2.99",
    ]
