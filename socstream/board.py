"""The board: what every stream is doing right now, in memory. Workers write, handlers read."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from socstream.model.stream import StreamStatus


class StreamBoard:
    """Camera id → StreamStatus, and a way to wait for the next change of one of them."""

    def __init__(self) -> None:
        self._statuses: dict[str, StreamStatus] = {}
        self._waiters: dict[str, set[asyncio.Event]] = {}

    @property
    def statuses(self) -> Mapping[str, StreamStatus]:
        """A live, read-only view."""
        return MappingProxyType(self._statuses)

    def get(self, camera_id: str) -> StreamStatus | None:
        """The status of one stream; None for a camera that was never supervised."""
        return self._statuses.get(camera_id)

    def put(self, camera_id: str, status: StreamStatus) -> None:
        """Write a status and wake whoever waits for it."""
        self._statuses[camera_id] = status
        self._wake(camera_id)

    def drop(self, camera_id: str) -> None:
        """Forget a camera that is gone, and wake whoever waits for it."""
        self._statuses.pop(camera_id, None)
        self._wake(camera_id)

    async def changed(self, camera_id: str, timeout: float) -> bool:
        """True at the next change of this camera's status, False after `timeout` seconds without one."""
        event = asyncio.Event()
        self._waiters.setdefault(camera_id, set()).add(event)
        try:
            async with asyncio.timeout(timeout):
                return await event.wait()
        except TimeoutError:
            return False
        finally:
            waiters = self._waiters[camera_id]
            waiters.discard(event)
            if not waiters:
                del self._waiters[camera_id]

    def _wake(self, camera_id: str) -> None:
        for event in self._waiters.get(camera_id, ()):
            event.set()
