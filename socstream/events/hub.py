"""Messages to all who listen: encoded once, queued a little; for who is slow, a fresh snapshot instead."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from socstream.clock import Clock


class Kind(StrEnum):
    """The type of a message."""

    CONNECTED = "connected"
    STATUS_CHANGED = "security-operations.camera.status-changed"
    CAMERA_UPDATED = "security-operations.camera.updated"
    METRICS_UPDATED = "security-operations.metrics.updated"
    ALERT_TRIGGERED = "security-operations.alert.triggered"
    SNAPSHOT = "security-operations.snapshot"
    CAMERA_DELETED = "security-operations.camera.deleted"


CONTRACT = frozenset(Kind) - {Kind.SNAPSHOT, Kind.CAMERA_DELETED}
"""What clients of the wire contract know."""

ALL = frozenset(Kind)
"""What clients of ours know."""

MOST_UNSENT = 64 * 1024
"""Bytes that wait for one client; who has more gets a snapshot in their place."""

_CALM = 1.0
"""Seconds between two snapshots of one client: in a storm the next one would be outdated at once, too."""

Snapshot = Callable[[], Iterator[bytes]]
"""Messages that tell how everything is now, each made only when the client has taken the one before."""


class Subscription:
    """What one client is to be sent."""

    def __init__(self, kinds: frozenset[Kind], snapshot: Snapshot, clock: Clock) -> None:
        self._kinds = kinds
        self._snapshot = snapshot
        self._clock = clock
        self._unsent: deque[bytes] = deque()
        self._size = 0
        self._is_outdated = True
        self._news = asyncio.Event()

    def offer(self, kind: Kind, message: bytes) -> None:
        """Queue a message; too much of them, and the client is to get a snapshot instead of all."""
        if self._is_outdated or kind not in self._kinds:
            return
        self._unsent.append(message)
        self._size += len(message)
        if self._size > MOST_UNSENT:
            self._unsent.clear()
            self._size = 0
            self._is_outdated = True
        self._news.set()

    async def messages(self) -> AsyncIterator[bytes]:
        """A snapshot and then what happens, for ever. Ask for the next when the one before is sent."""
        calm_until = self._clock.monotonic()
        while True:
            if self._is_outdated:
                if (pause := calm_until - self._clock.monotonic()) > 0:
                    await self._clock.sleep(pause)
                calm_until = self._clock.monotonic() + _CALM
                self._is_outdated = False  # from here on: what changes meanwhile comes after it
                for message in self._snapshot():
                    yield message
            while self._unsent:
                message = self._unsent.popleft()
                self._size -= len(message)
                yield message
            self._news.clear()
            if not self._is_outdated:
                await self._news.wait()


class Hub:
    """Everybody who listens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._subscriptions: set[Subscription] = set()

    @property
    def is_heard(self) -> bool:
        """False when a message would be made for nobody."""
        return bool(self._subscriptions)

    @contextmanager
    def subscribed(self, kinds: frozenset[Kind], snapshot: Snapshot) -> Iterator[Subscription]:
        """A client of these kinds, until the block is left."""
        subscription = Subscription(kinds, snapshot, self._clock)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def publish(self, kind: Kind, data: object) -> None:
        """Tell everybody who knows this kind; returns at once."""
        if self._subscriptions:
            message = self.message(kind, data)
            for subscription in self._subscriptions:
                subscription.offer(kind, message)

    def message(self, kind: Kind, data: object) -> bytes:
        """A message as it goes over the wire."""
        at = datetime.fromtimestamp(self._clock.wall(), UTC).isoformat(timespec="milliseconds")
        timestamp = at.replace("+00:00", "Z")
        return msgspec.json.encode({"type": kind, "data": data, "timestamp": timestamp})
