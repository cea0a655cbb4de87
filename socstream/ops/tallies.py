"""What is counted as it happens, for whoever scrapes: an increment each, and no label that grows for ever."""

from collections import Counter

from prometheus_client import CollectorRegistry, Histogram

from socstream.board import StreamBoard
from socstream.clock import Clock
from socstream.model.stream import StreamState, StreamStatus

VIEWING_FOR = 15.0
"""Seconds, up to twice as many, for which somebody who asked for a playlist counts as a viewer."""

_LAG_EVERY = 0.5
_LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Traffic:
    """How requests were answered: ((method, route template), status) → how often."""

    def __init__(self) -> None:
        self.answers: dict[tuple[tuple[str, str], int], int] = {}

    def count(self, route: tuple[str, str], status: int) -> None:
        """One more. Each pair is made once, so that its hash is all that this costs."""
        key = (route, status)
        self.answers[key] = self.answers.get(key, 0) + 1


class Viewers:
    """Who asked for which camera's playlist lately, in two generations: nobody is remembered for long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._young: dict[str, set[str]] = {}
        self._old: dict[str, set[str]] = {}
        self._turns_at = clock.monotonic() + VIEWING_FOR

    def note(self, camera_id: str, client: str) -> None:
        """This client looks at this camera."""
        self._turn()
        self._young.setdefault(camera_id, set()).add(client)

    def count(self, camera_id: str) -> int:
        """How many clients look at it."""
        self._turn()
        return len(self._young.get(camera_id, set()) | self._old.get(camera_id, set()))

    def _turn(self) -> None:
        now = self._clock.monotonic()
        if now >= self._turns_at:
            is_long_ago = now >= self._turns_at + VIEWING_FOR
            self._old = {} if is_long_ago else self._young
            self._young = {}
            self._turns_at = now + VIEWING_FOR


class Stalls:
    """Camera id → how often its stream stalled; listens to the board."""

    def __init__(self, board: StreamBoard) -> None:
        self.counts: Counter[str] = Counter()
        board.listen(self._stream_changed)

    def _stream_changed(self, camera_id: str, status: StreamStatus | None) -> None:
        if status is None:
            self.counts.pop(camera_id, None)
        elif status.state is StreamState.STALLED:
            self.counts[camera_id] += 1  # no event leads from this state to itself


class Lag:
    """How late the event loop is."""

    def __init__(self, clock: Clock, registry: CollectorRegistry) -> None:
        self._clock = clock
        self._late = Histogram(
            "socstream_event_loop_lag_seconds",
            "How much later than due the event loop ran, asked twice a second.",
            registry=registry,
            buckets=_LAG_BUCKETS,
        )

    async def run(self) -> None:
        """Look again and again; ends only by being cancelled."""
        while True:
            due = self._clock.monotonic() + _LAG_EVERY
            await self._clock.sleep(_LAG_EVERY)
            self._late.observe(max(0.0, self._clock.monotonic() - due))
