"""One camera's status on the board, its streak of failures and its waits: what a task says of its stream."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

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

_KNOCKS = ((20.0, 0.25), (60.0, 1.0), (float("inf"), 3.0))
"""Seconds of an outage up to which a closed port is looked at, every so many seconds. Somebody who just saw
the picture go waits for it; a look costs a quarter of a millisecond.
"""


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
        self._was_closed = False
        self._retry = asyncio.Event()
        self._stirred = asyncio.Event()

    @property
    def status(self) -> StreamStatus:
        """What the board says."""
        status = self._board.get(self._camera_id)
        assert status is not None, "a status is on the board before the worker's task exists"
        return status

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
        self.note(Spawned(self.status.run + 1))

    async def back_off(self, failure: Failure, is_open: IsOpen | None = None) -> None:
        """Note that a try ended, and return when the next one is due: by the table, when somebody asks for
        it, or when a port that was seen closed in this outage has opened.
        """
        self._streak = self._streak.then(failure.code)
        delay = self._policy.backoff.delay(self._streak, self._uniform)
        until = self._clock.monotonic() + delay
        self.note(Exited(failure, self._streak.failures, until))
        lane = lane_of(failure.code)
        # Trouble of the box strikes every camera at once; it is told once, as an alert. Any other is
        # told when it begins: a camera that is dark for months fails as often as it is tried.
        is_news = lane is not Lane.BOX and failure.code is not self._told
        self._told = failure.code
        level = logging.WARNING if is_news else logging.DEBUG
        log.log(level, "%s: %s: %s; retrying in %.1f s", self.name, failure.message, failure, delay)
        self._was_closed = self._was_closed or failure.code is FailureCode.REFUSED
        self._retry.clear()
        # An FFmpeg that crashed says nothing of the camera.
        is_about_port = lane is Lane.NETWORK and failure.code is not FailureCode.CRASHED
        await self._wait(until, is_open if is_about_port else None)

    async def _wait(self, until: float, is_open: IsOpen | None) -> None:
        while (left := until - self._clock.monotonic()) > 0:
            pause = left if is_open is None else min(left, self._knock_pause())
            if await self._clock.wait(self._retry, pause):
                return
            if is_open is not None and await self._has_opened(is_open, until):
                return

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
