"""The queue in front of the spawns."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest

from socstream.supervision.pacer import Pacer
from tests.fakes import FakeClock, settle


class Queue:
    """A pacer of 20 a second, and who came out of it when."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.pacer = Pacer(self.clock, 20.0)
        self.came: list[tuple[str, float]] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def join(self, name: str, is_watched: Callable[[], bool] = lambda: False) -> None:
        async def wait() -> None:
            await self.pacer.turn(is_watched)
            self.came.append((name, self.clock.monotonic()))

        self.tasks[name] = asyncio.create_task(wait())

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.came]


@pytest.fixture
async def queue() -> AsyncIterator[Queue]:
    queue = Queue()
    running = asyncio.create_task(queue.pacer.run())
    await settle()
    yield queue
    running.cancel()
    await asyncio.wait({running, *queue.tasks.values()})


async def test_one_alone_does_not_wait(queue: Queue) -> None:
    queue.join("a")
    await settle()
    assert queue.names == ["a"]


async def test_sixty_four_take_three_seconds_and_nobody_comes_too_early(queue: Queue) -> None:
    for number in range(64):
        queue.join(str(number))
    await queue.clock.advance(3.1)
    assert len(queue.came) < 64
    await queue.clock.advance(0.1)
    assert len(queue.came) == 64
    times = [at for _, at in queue.came]
    assert min(after - before for before, after in pairwise(times)) >= 0.049


async def test_who_came_first_goes_first(queue: Queue) -> None:
    for name in "abcd":
        queue.join(name)
    await queue.clock.advance(1)
    assert queue.names == list("abcd")


async def test_a_camera_that_somebody_watches_goes_before_all_others(queue: Queue) -> None:
    for name in "abc":
        queue.join(name)
    queue.join("watched", lambda: True)
    await queue.clock.advance(1)
    assert queue.names == ["watched", "a", "b", "c"]


async def test_whether_somebody_watches_is_asked_at_the_last_moment(queue: Queue) -> None:
    watched = False
    for name in "abc":
        queue.join(name)
    queue.join("late", lambda: watched)
    await queue.clock.advance(0.06)
    watched = True
    await queue.clock.advance(1)
    assert queue.names == ["a", "b", "late", "c"]


async def test_who_leaves_the_queue_takes_no_turn(queue: Queue) -> None:
    for name in "abc":
        queue.join(name)
    await settle()
    queue.tasks["b"].cancel()
    await queue.clock.advance(0.06)
    assert queue.names == ["a", "c"]


async def test_after_a_rest_the_next_one_does_not_wait(queue: Queue) -> None:
    queue.join("a")
    await queue.clock.advance(10)
    queue.join("b")
    await settle()
    assert queue.names == ["a", "b"]
