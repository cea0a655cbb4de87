"""The board: what every stream is doing right now, in memory. Workers write, handlers read."""

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType

from socstream.model.stream import StreamStatus

Listener = Callable[[str, StreamStatus | None], None]
"""Is told the camera id and its new status, None when it is gone; returns at once and never raises."""


class StreamBoard:
    """Camera id → StreamStatus, and a way to wait for the next change of one of them."""

    def __init__(self) -> None:
        self._statuses: dict[str, StreamStatus] = {}
        self._waiters: dict[str, set[asyncio.Event]] = {}
        self._listeners: list[Listener] = []

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
        self._tell(camera_id, status)

    def drop(self, camera_id: str) -> None:
        """Forget a camera that is gone, and wake whoever waits for it."""
        self._statuses.pop(camera_id, None)
        self._tell(camera_id, None)

    def listen(self, listener: Listener) -> None:
        """Call `listener` at every change from now on."""
        self._listeners.append(listener)

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

    def _tell(self, camera_id: str, status: StreamStatus | None) -> None:
        for listener in self._listeners:
            listener(camera_id, status)
        for event in self._waiters.get(camera_id, ()):
            event.set()
