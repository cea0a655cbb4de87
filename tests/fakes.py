"""Stand-ins for time, disk, store and FFmpeg: what policy tests turn instead of waiting."""

import asyncio
import heapq
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

from attrs import define, field, frozen

from socstream.ffmpeg.command import LiveOutput, Order
from socstream.ffmpeg.diagnosis import LiveTrouble
from socstream.ffmpeg.tap import Take
from socstream.hls.disk import Look, NewSegment
from socstream.hls.timeline import Window
from socstream.live.unit import AccessUnit, Configuration
from socstream.model.ceiling import Ceiling
from socstream.model.failure import Failure, FailureCode
from socstream.model.source import Source
from socstream.model.stream import Media

NOON = 1_772_366_400.0
"""2026-03-01T12:00:00Z."""

HD = Media("h264", 1920, 1080, 25.0)

_SETTLE = 40  # turns of the loop; the longest chain of tasks that wake each other has about ten


async def settle() -> None:
    """Let every task do what it can without time passing."""
    for _ in range(_SETTLE):
        await asyncio.sleep(0)


class FakeClock:
    """Time that passes only in `advance`. `wall_offset` moves the wall clock and nothing else."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._timers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()
        self.wall_offset = NOON - self._now

    def monotonic(self) -> float:
        return self._now

    def wall(self) -> float:
        return self._now + self.wall_offset

    async def sleep(self, delay: float) -> None:
        await self._timer(delay)

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        timer, waiter = self._timer(timeout), asyncio.ensure_future(event.wait())
        both: set[asyncio.Future[Any]] = {timer, waiter}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            return waiter.done()
        finally:
            timer.cancel()
            waiter.cancel()

    async def advance(self, seconds: float) -> None:
        """Let time pass: whatever becomes due is done at its moment, one thing after the other."""
        until = self._now + seconds
        await settle()
        while self._timers and self._timers[0][0] <= until:
            self._now = max(self._now, self._timers[0][0])
            await self._fire()
        self._now = until
        await settle()

    def skip(self, seconds: float) -> None:
        """Time passes and nobody waits for it, so there is nothing to be done meanwhile."""
        assert not self._timers
        self._now += seconds

    async def leap(self, seconds: float) -> None:
        """Time passes and nobody notices, as when a process is stopped: what was due is done late."""
        await settle()
        self._now += seconds
        due = [timer for timer in self._timers if timer[0] <= self._now]
        for _ in due:
            await self._fire()
        await settle()

    def _timer(self, delay: float) -> asyncio.Future[None]:
        timer = asyncio.get_running_loop().create_future()
        heapq.heappush(self._timers, (self._now + max(0.0, delay), next(self._order), timer))
        return timer

    async def _fire(self) -> None:
        _, _, timer = heapq.heappop(self._timers)
        if not timer.done():
            timer.set_result(None)
            await settle()


class FakeFFmpeg:
    """One life of FFmpeg, moved by the test: it makes segments, says things, and ends when told."""

    def __init__(self, order: Order, files: "FakeFiles", log: deque[str], take: Take) -> None:
        self.order = order
        self.attention = asyncio.Event()
        self.media: Media | None = None
        self.redirected = False
        self.live_trouble: LiveTrouble | None = None
        self.exited = False
        self._saw_too_little = False
        self.forgiven = 0
        self.is_gone = False
        """The `async with` block was left."""
        self.asked: dict[str, object] = {}
        """What the diagnosis was told."""
        self._files = files
        self._log = log
        self._take = take
        self._failure = Failure(FailureCode.SOURCE_ENDED)
        self._next = order.start_number

    @property
    def pid(self) -> int:
        return 4242

    def wants_longer_probe(self, ran_for: float) -> bool:
        self.asked["ran_for"] = ran_for
        return self._saw_too_little

    def forgive(self) -> None:
        self.forgiven += 1

    def failure(self, *, streaming: bool, silent_for: float, longer_probe: bool) -> Failure:
        self.asked |= {"streaming": streaming, "silent_for": silent_for, "longer_probe": longer_probe}
        return self._failure

    def cut(self, duration: float = 1.0, *, size: int = 500_000, skip: int = 0, hint: bool = True) -> None:
        """A segment is finished; without `hint`, nothing on stderr says so."""
        self._next += skip
        self._files.add(self.order.camera_id, NewSegment(self._next, duration, size))
        self._next += 1
        if hint:
            self.attention.set()

    def write(self, stream: bytes) -> None:
        """A piece of its live output."""
        assert self.order.live is not LiveOutput.OFF
        self._take(memoryview(stream))

    def fail_live(self, trouble: LiveTrouble) -> None:
        """It ends because its live output is impossible."""
        self.live_trouble = trouble
        self.exit(FailureCode.OUTPUT)

    def say(self, line: str) -> None:
        self._log.append(line)

    def redirect(self) -> None:
        self.redirected = True
        self.attention.set()

    def exit(self, failure: Failure | FailureCode = FailureCode.SOURCE_ENDED) -> None:
        """It ends by itself; the diagnosis will be this."""
        self._failure = failure if isinstance(failure, Failure) else Failure(failure)
        self.exited = True
        self.attention.set()

    def give_up_too_early(self) -> None:
        """It ends because it looked at too little of the stream."""
        self._saw_too_little = True
        self.exit(FailureCode.UNSUPPORTED_CODEC)


Behaviour = Callable[[FakeFFmpeg], Awaitable[None]]


class FakeEncoder:
    """Starts FakeFFmpegs and keeps them all. Two of one camera at a time are an error of whoever asked."""

    def __init__(self, clock: FakeClock, files: "FakeFiles") -> None:
        self._clock = clock
        self._files = files
        self.lives: list[FakeFFmpeg] = []
        self.started_at: list[float] = []
        self.overlaps: list[str] = []
        self.behaviour: Behaviour | None = None
        """What every FFmpeg does from its start, if not moved by hand."""
        self.error: Exception | None = None
        """Raised instead of starting."""
        self.ending = 0.0
        """Seconds from the wish to end one until it is gone; no cancellation shortens them."""

    @property
    def alive(self) -> list[FakeFFmpeg]:
        return [life for life in self.lives if not life.is_gone]

    def current(self, camera_id: str) -> FakeFFmpeg:
        """The one life that this camera has now."""
        (life,) = [life for life in self.alive if life.order.camera_id == camera_id]
        return life

    @asynccontextmanager
    async def run(self, order: Order, log: deque[str], take: Take) -> AsyncIterator[FakeFFmpeg]:
        if self.error is not None:
            raise self.error
        if any(life.order.camera_id == order.camera_id for life in self.alive):
            self.overlaps.append(order.camera_id)
        life = FakeFFmpeg(order, self._files, log, take)
        self.lives.append(life)
        self.started_at.append(self._clock.monotonic())
        behaving = None if self.behaviour is None else asyncio.ensure_future(self.behaviour(life))
        try:
            yield life
        finally:
            if behaving is not None:
                behaving.cancel()
                with suppress(asyncio.CancelledError):
                    await asyncio.wait({behaving})
            try:
                await self._end()
            finally:
                life.is_gone = True

    async def _end(self) -> None:
        ending = asyncio.ensure_future(self._clock.sleep(self.ending)) if self.ending else None
        cancelled = None
        while ending is not None and not ending.done():
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled


class FakeFiles:
    """A disk in memory: FFmpeg's playlists, what was saved, and what was asked, in order."""

    def __init__(self) -> None:
        self._listed: dict[str, list[NewSegment]] = defaultdict(list)
        self._changes: dict[str, int] = defaultdict(int)
        self.done: list[tuple[str, str]] = []
        """(what, camera id) of every call that changes something."""
        self.saved: dict[str, Window] = {}
        self.expired: list[str] = []
        self.emptied: list[str] = []
        self.kept: frozenset[str] = frozenset()
        self.error: OSError | None = None
        """Raised by every save."""
        self.delete_error: OSError | None = None
        """Raised by every deletion."""
        self.bug: Exception | None = None
        """Raised by every look."""

    def add(self, camera_id: str, segment: NewSegment) -> None:
        self._listed[camera_id].append(segment)
        self._changes[camera_id] += 1

    async def prepare(self, camera_id: str, keep: frozenset[str]) -> None:
        self.done.append(("prepare", camera_id))
        self.kept = keep
        self._listed[camera_id].clear()

    async def look(self, camera_id: str, seen: Look | None, run: int) -> Look | None:
        if self.bug is not None:
            raise self.bug
        if not self._listed[camera_id] or (seen is not None and seen.mtime == self._changes[camera_id]):
            return None
        newest = seen.newest if seen is not None else None
        fresh = tuple(
            segment
            for segment in self._listed[camera_id]
            if segment.number >= run and (newest is None or segment.number > newest)
        )
        return Look(self._changes[camera_id], fresh[-1].number if fresh else newest, fresh)

    async def save(
        self, camera_id: str, window: Window, expired: Iterable[str], emptied: Iterable[str] = ()
    ) -> None:
        if self.error is not None:
            raise self.error
        self.done.append(("save", camera_id))
        self.saved[camera_id] = window
        self.expired += expired
        self.emptied += emptied

    async def delete(self, camera_id: str) -> None:
        if self.delete_error is not None:
            raise self.delete_error
        self.done.append(("delete", camera_id))


class FakeEdge:
    """Notes what a live edge is told; `bug` is raised by it."""

    def __init__(self) -> None:
        self.told: list[object] = []
        """("begin", run), ("end",), ("refuse", code), and each item."""
        self.bug: Exception | None = None
        self.is_watched = False

    def begin(self, run: int) -> None:
        self.told.append(("begin", run))

    def take(self, items: Sequence[Configuration | AccessUnit]) -> None:
        if self.bug is not None:
            raise self.bug
        self.told += items

    def end(self) -> None:
        self.told.append(("end",))

    def refuse(self, reason: str | None, code: str) -> None:
        self.told.append(("refuse", code if reason else None))


class FakeEdges:
    """One for each camera."""

    def __init__(self) -> None:
        self._edges: dict[str, FakeEdge] = defaultdict(FakeEdge)

    def of(self, camera_id: str) -> FakeEdge:
        return self._edges[camera_id]


class FakeStore:
    """Keeps ceilings; fails or hangs when told."""

    def __init__(self) -> None:
        self.ceilings: dict[str, Ceiling] = {}
        self.writes = 0
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        """Writes wait for it."""
        self.gate.set()

    async def raise_ceiling(self, camera_id: str, ceiling: Ceiling) -> None:
        self.writes += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.ceilings[camera_id] = ceiling


@define
class FakeAddresses:
    """Every name is the same address, or an error."""

    error: Exception | None = None
    asked: list[Source] = field(factory=list)

    async def address_of(self, source: Source) -> str:
        self.asked.append(source)
        if self.error is not None:
            raise self.error
        return "192.0.2.7"


@define
class FakePorts:
    """The cameras' ports as a TCP probe finds them."""

    is_open: bool = False
    is_mute: bool = False
    knocks: list[tuple[str, int]] = field(factory=list)

    async def takes_connections(self, address: str, port: int) -> bool:
        self.knocks.append((address, port))
        if self.is_mute:
            await asyncio.Event().wait()
        return self.is_open


@frozen
class Steady:
    """An FFmpeg behaviour: a segment each so many seconds, and an end by itself after so many."""

    clock: FakeClock
    every: float = 1.0
    ends_after: int | None = None
    failure: FailureCode = FailureCode.SOURCE_ENDED

    async def __call__(self, ffmpeg: FakeFFmpeg) -> None:
        for made in count(1):
            await self.clock.sleep(self.every)
            if self.ends_after is not None and made > self.ends_after:
                ffmpeg.exit(self.failure)
                return
            ffmpeg.cut(self.every)


def dies(clock: FakeClock, after: float, failure: FailureCode) -> Behaviour:
    """An FFmpeg behaviour: it ends so many seconds after its start, without a segment."""

    async def behave(ffmpeg: FakeFFmpeg) -> None:
        await clock.sleep(after)
        ffmpeg.exit(failure)

    return behave
