"""Messages to all who listen: encoded once, queued a little; for who is slow, a fresh snapshot instead."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum

import msgspec
from attrs import frozen

from socstream.clock import Clock
from socstream.model.account import Scope


class Kind(StrEnum):
    """The type of a message."""

    CONNECTED = "connected"
    STATUS_CHANGED = "security-operations.camera.status-changed"
    CAMERA_UPDATED = "security-operations.camera.updated"
    METRICS_UPDATED = "security-operations.metrics.updated"
    ALERT_TRIGGERED = "security-operations.alert.triggered"
    SNAPSHOT = "security-operations.snapshot"
    CAMERA_DELETED = "security-operations.camera.deleted"
    WALL_CHANGED = "security-operations.wall.changed"


CONTRACT = frozenset(Kind) - {Kind.SNAPSHOT, Kind.CAMERA_DELETED, Kind.WALL_CHANGED}
"""What clients of the wire contract know."""

ALL = frozenset(Kind)
"""What clients of ours know."""

MOST_UNSENT = 64 * 1024
"""Bytes that wait for one client; who has more gets a snapshot in their place."""

_CALM = 1.0
"""Seconds between two snapshots of one client: in a storm the next one would be outdated at once, too."""

Tell = Callable[[bytes], bool]
"""Sends a message at once; False, and nothing is sent, when there is no room for it. Never raises."""

Snapshot = Callable[[], Iterator[bytes]]
"""Messages that tell how everything is now, each made only when the client has taken the one before."""


@frozen
class Listener:
    """Who is told: which kinds he knows, which cameras he may see, and how to tell him all at once."""

    kinds: frozenset[Kind]
    scope: Scope
    snapshot: Snapshot

    def cares(self, kind: Kind, camera_id: str | None) -> bool:
        """True for what he knows and may know; `camera_id` None for what concerns no single camera."""
        return kind in self.kinds and (camera_id is None or self.scope is None or camera_id in self.scope)


class Subscription:
    """What one client is to be sent."""

    def __init__(self, listener: Listener, clock: Clock, tell: Tell | None) -> None:
        self.listener = listener
        self._clock = clock
        self._tell = tell
        self._unsent: deque[bytes] = deque()
        self._size = 0
        self._is_outdated = True
        # Whether all that came before is sent.
        self._is_idle = False
        self._news = asyncio.Event()

    def offer(self, message: bytes) -> None:
        """Tell it, or queue it; too much in the queue, and the client is to get a snapshot instead of all."""
        if self._is_outdated:
            return
        # Hundreds are told the same: to wake a task for each would cost more than what it sends.
        if self._is_idle and not self._unsent and self._tell is not None and self._tell(message):
            return
        self._unsent.append(message)
        self._size += len(message)
        if self._size > MOST_UNSENT:
            self._unsent.clear()
            self._size = 0
            self._is_outdated = True
        self._news.set()

    async def messages(self) -> AsyncIterator[bytes]:
        """A snapshot and then what is not told at once, for ever. Ask for the next when the last is sent."""
        calm_until = self._clock.monotonic()
        while True:
            if self._is_outdated:
                if (pause := calm_until - self._clock.monotonic()) > 0:
                    await self._clock.sleep(pause)
                calm_until = self._clock.monotonic() + _CALM
                self._is_outdated = False  # from here on: what changes meanwhile comes after it
                for message in self.listener.snapshot():
                    yield message
            while self._unsent:
                message = self._unsent.popleft()
                self._size -= len(message)
                yield message
            self._news.clear()
            if not self._is_outdated:
                self._is_idle = True
                await self._news.wait()
                self._is_idle = False


class Hub:
    """Everybody who listens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._subscriptions: set[Subscription] = set()
        self.told = 0
        """Messages that were for somebody, each counted once."""

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._subscriptions)

    @property
    def is_heard(self) -> bool:
        """False when a message would be made for nobody."""
        return bool(self._subscriptions)

    @property
    def scopes(self) -> frozenset[Scope]:
        """Of everybody who listens, each once."""
        return frozenset(subscription.listener.scope for subscription in self._subscriptions)

    @contextmanager
    def subscribed(self, listener: Listener, tell: Tell | None = None) -> Iterator[Subscription]:
        """One who listens, until the block is left; `tell` spares him the queue while it is empty."""
        subscription = Subscription(listener, self._clock, tell)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def publish(self, kind: Kind, data: object, camera_id: str | None = None) -> None:
        """Tell everybody who knows this kind, and may see the camera that it is about; returns at once."""
        self._publish(kind, data, lambda listener: listener.cares(kind, camera_id))

    def publish_to(self, scope: Scope, kind: Kind, data: object) -> None:
        """Tell those with exactly this scope; returns at once."""
        self._publish(kind, data, lambda listener: listener.scope == scope and listener.cares(kind, None))

    def _publish(self, kind: Kind, data: object, concerns: Callable[[Listener], bool]) -> None:
        told = [each for each in self._subscriptions if concerns(each.listener)]
        if told:
            self.told += 1
            message = self.message(kind, data)
            for subscription in told:
                subscription.offer(message)

    def message(self, kind: Kind, data: object) -> bytes:
        """A message as it goes over the wire."""
        at = datetime.fromtimestamp(self._clock.wall(), UTC).isoformat(timespec="milliseconds")
        timestamp = at.replace("+00:00", "Z")
        return msgspec.json.encode({"type": kind, "data": data, "timestamp": timestamp})
