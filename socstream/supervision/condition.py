"""One camera's status on the board, its streak of failures and its waits: what a task says of its stream."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from attrs import frozen

from socstream.board import StreamBoard
from socstream.clock import Clock
from socstream.model.backoff import Lane, Streak, Uniform, lane_of
from socstream.model.failure import Failure, FailureCode
from socstream.model.stream import (
    Exited,
    PlaylistAdvanced,
    Spawned,
    Stopped,
    StreamEvent,
    StreamState,
    StreamStatus,
)
from socstream.supervision.policy import Policy

log = logging.getLogger(__name__)

IsOpen = Callable[[], Awaitable[bool]]
"""Whether the camera's port takes a connection right now."""

WantedFor = Callable[[], float]
"""Seconds until nobody wants the pictures any more, as far as is known now; 0: nobody does."""


def for_ever() -> float:
    """Of a stream that is wanted whoever watches."""
    return float("inf")


_KNOCKS = ((20.0, 0.25), (60.0, 1.0), (float("inf"), 3.0))
"""Seconds of an outage up to which a closed port is looked at, every so many seconds. Somebody who just saw
the picture go waits for it; a look costs a quarter of a millisecond.
"""


@frozen
class _Wait:
    """What ended the last try, and when (monotonic) the next one is due."""

    failure: Failure
    until: float


class Condition:
    """The writer of one status. It is on the board before the task that holds this begins."""

    def __init__(
        self, camera_id: str, name: str, board: StreamBoard, clock: Clock, policy: Policy, uniform: Uniform
    ) -> None:
        self._camera_id = camera_id
        self.name = name
        """For the log."""
        self._board = board
        self._clock = clock
        self._policy = policy
        self._uniform = uniform
        self._streak = Streak()
        self._told: FailureCode | None = None
        self._owed: _Wait | None = None
        self._was_closed = False
        self._retry = asyncio.Event()
        self._stirred = asyncio.Event()

    @property
    def status(self) -> StreamStatus:
        """What the board says."""
        status = self._board.get(self._camera_id)
        assert status is not None, "a status is on the board before the worker's task exists"
        return status

    @property
    def stable_after(self) -> float:
        """Seconds of arriving media after which the count of failures begins anew."""
        return self._policy.backoff.stable_after

    def note(self, event: StreamEvent) -> None:
        """Something happened, just now."""
        if isinstance(event, PlaylistAdvanced):
            self._was_closed = False
            if event.stable:
                self._streak = Streak()
                self._told = None
        self._board.put(self._camera_id, self.status.after(event, at=self._clock.monotonic()))

    def begin(self) -> None:
        """The next try begins."""
        self._owed = None
        self.note(Spawned(self.status.run + 1))

    async def back_off(
        self, failure: Failure, is_open: IsOpen | None = None, wanted_for: WantedFor = for_ever
    ) -> None:
        """Note that a try ended, and return when the next one is due: by the table, when somebody asks for
        it, or when a port that was seen closed in this outage has opened. Earlier when nobody wants the
        pictures any more: then `resume` has to see to the rest.
        """
        self._streak = self._streak.then(failure.code)
        delay = self._policy.backoff.delay(self._streak, self._uniform)
        until = self._clock.monotonic() + delay
        self.note(Exited(failure, self._streak.failures, until))
        # Trouble of the box strikes every camera at once; it is told once, as an alert. Any other is
        # told when it begins: a camera that is dark for months fails as often as it is tried.
        is_news = lane_of(failure.code) is not Lane.BOX and failure.code is not self._told
        self._told = failure.code
        level = logging.WARNING if is_news else logging.DEBUG
        words = (failure.message, failure, delay, failure.remedy)
        log.log(level, "%s: %s: %s; retrying in %.1f s. %s", self.name, *words)
        self._was_closed = self._was_closed or failure.code is FailureCode.REFUSED
        self._retry.clear()
        self._owed = _Wait(failure, until)
        await self._wait(self._owed, is_open, wanted_for)

    async def resume(self, is_open: IsOpen, wanted_for: WantedFor) -> None:
        """Wait for the rest, if the last wait was broken off because nobody wanted the pictures: who comes
        and goes must not make us knock more often at a camera that locks us out.
        """
        owed = self._owed
        if owed is None or self._retry.is_set() or owed.until <= self._clock.monotonic():
            return
        if self.status.state is StreamState.STOPPED:
            # No FFmpeg is started: what the last one ended with still stands.
            self.note(Spawned(self.status.run))
            self.note(Exited(owed.failure, self._streak.failures, owed.until))
        await self._wait(owed, is_open, wanted_for)

    async def _wait(self, owed: _Wait, is_open: IsOpen | None, wanted_for: WantedFor) -> None:
        # An FFmpeg that crashed says nothing of the camera.
        code = owed.failure.code
        if lane_of(code) is not Lane.NETWORK or code is FailureCode.CRASHED:
            is_open = None
        while (left := owed.until - self._clock.monotonic()) > 0:
            wanted = wanted_for()
            if wanted <= 0:
                return
            pause = min(left, wanted, left if is_open is None else self._knock_pause())
            if await self._clock.wait(self._retry, pause):
                break
            if is_open is not None and await self._has_opened(is_open, owed.until):
                break
        self._owed = None

    def _knock_pause(self) -> float:
        began = self.status.failing_since
        age = 0.0 if began is None else self._clock.monotonic() - began
        return next(every for until, every in _KNOCKS if age < until)

    async def _has_opened(self, is_open: IsOpen, until: float) -> bool:
        """Not known, so no, when the port lets us wait until the try is due, or somebody asks for it."""
        if (left := until - self._clock.monotonic()) <= 0:
            return False
        self._stirred.clear()
        knock = asyncio.ensure_future(is_open())
        knock.add_done_callback(lambda _: self._stirred.set())
        try:
            if not await self._clock.wait(self._stirred, left) or not knock.done():
                return False
        finally:
            knock.cancel()
        was_closed, self._was_closed = self._was_closed, not knock.result()
        return was_closed and not self._was_closed

    def retry(self) -> None:
        """End the present wait; harmless at any other time."""
        self._retry.set()
        self._stirred.set()

    def stop(self) -> None:
        """Nobody wants the stream any more."""
        if self.status.state is not StreamState.STOPPED:
            self.note(Stopped())
