"""One injection of a row of the table of faults, and trials that run at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

import pytest
from attrs import field, frozen

T = TypeVar("T")

_APART = 0.5
"""Seconds between two beginnings: many at once is a row of its own, and no help to the others."""


@frozen
class Times:
    """Seconds from the fault to the right state, and from the fault's end to the first new segment.

    As a bound, None means that the row has none; as a measurement, that there was nothing to measure.
    """

    detect: float | None = None
    recover: float | None = None


@frozen
class Trial(Generic[T]):
    """A row of the table, how to bring its fault about, and what the table grants."""

    row: int
    play: Callable[[T], Awaitable[Times]] = field(eq=id)
    """Injects the fault, asserts all but the times, and tells those."""
    bound: Times = Times()

    def __str__(self) -> str:
        return f"row_{self.row:02}_{self.play.__name__}"

    def judge(self, took: Times) -> None:
        """AssertionError when it took longer than the table grants, or was not measured."""
        print(f"{self}: {took}")
        for what in ("detect", "recover"):
            bound, seconds = getattr(self.bound, what), getattr(took, what)
            assert bound is None or seconds is not None, f"{self}: {what} was not measured"
            assert bound is None or seconds <= bound, f"{self}: {what} took {seconds:.2f} s, not {bound} s"


def chosen(items: Iterable[pytest.Item], test: str, trials: Iterable[Trial[T]]) -> list[Trial[T]]:
    """Those of the trials for which `test` is to run."""
    names = {item.name for item in items}
    return [trial for trial in trials if f"{test}[{trial}]" in names]


class Together(Generic[T]):
    """Trials on different cameras, or servers, some at the same time: most of the time they wait."""

    def __init__(self, trials: Iterable[Trial[T]], subject: T, at_once: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._beginning = asyncio.Lock()
        self._running = {trial: asyncio.create_task(self._play(trial, subject)) for trial in trials}

    async def _play(self, trial: Trial[T], subject: T) -> Times:
        async with self._places:
            async with self._beginning:
                await asyncio.sleep(_APART)
            return await trial.play(subject)

    async def outcome(self, trial: Trial[T]) -> Times:
        """How a trial went, when it has ended; raises what it raised."""
        return await self._running[trial]

    async def close(self) -> None:
        """End what still runs."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
