"""One camera's status on the board, and its streak of failures: what a task says of its stream."""

import asyncio
import logging

from socstream.board import StreamBoard
from socstream.clock import Clock
from socstream.model.backoff import Backoff, Streak, Uniform
from socstream.model.failure import Failure
from socstream.model.stream import Exited, Spawned, Stopped, StreamEvent, StreamState, StreamStatus

log = logging.getLogger(__name__)


class Condition:
    """The writer of one status. It is on the board before the task that holds this begins."""

    def __init__(
        self, camera_id: str, name: str, board: StreamBoard, clock: Clock, backoff: Backoff, uniform: Uniform
    ) -> None:
        self._camera_id = camera_id
        self._name = name
        self._board = board
        self._clock = clock
        self._backoff = backoff
        self._uniform = uniform
        self._streak = Streak()
        self._retry = asyncio.Event()

    @property
    def status(self) -> StreamStatus:
        """What the board says."""
        status = self._board.get(self._camera_id)
        assert status is not None, "a status is on the board before the worker's task exists"
        return status

    def note(self, event: StreamEvent) -> None:
        """Something happened, just now."""
        self._board.put(self._camera_id, self.status.after(event, at=self._clock.monotonic()))

    def begin(self) -> None:
        """The next try begins."""
        self.note(Spawned(self.status.run + 1))

    def recover(self) -> None:
        """Media for long enough: the failures before it do not count any more."""
        self._streak = Streak()

    async def back_off(self, failure: Failure) -> None:
        """Note that a try ended, and return when the next one is due."""
        self._streak = self._streak.then(failure.code)
        delay = self._backoff.delay(self._streak, self._uniform)
        self.note(Exited(failure, self._streak.failures, self._clock.monotonic() + delay))
        log.warning("%s: %s: %s; retrying in %.1f s", self._name, failure.message, failure, delay)
        await self._clock.wait(self._retry, delay)
        self._retry.clear()

    def stop(self) -> None:
        """Nobody wants the stream any more."""
        if self.status.state is not StreamState.STOPPED:
            self.note(Stopped())
