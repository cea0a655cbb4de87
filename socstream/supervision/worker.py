"""One camera's task: run FFmpeg, watch what it makes, wait, and do it again, until nobody wants it."""

import asyncio
import errno
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from enum import Enum
from statistics import median
from typing import Protocol

from attrs import frozen

from socstream.board import StreamBoard
from socstream.clock import Clock
from socstream.ffmpeg.command import LONG_PROBE, SHORT_PROBE, Order
from socstream.ffmpeg.diagnosis import LiveTrouble
from socstream.hls.disk import Look, NewSegment
from socstream.hls.layout import init_name, segment_name
from socstream.hls.timeline import Segment, Timeline, Window
from socstream.model.backoff import Uniform
from socstream.model.camera import Camera, Mode
from socstream.model.errors import FFmpegMissing
from socstream.model.failure import Failure, FailureCode
from socstream.model.source import Source
from socstream.model.stream import Media, PlaylistAdvanced, StallDetected
from socstream.supervision.address import NoAddress
from socstream.supervision.ceilings import Ceilings
from socstream.supervision.condition import Condition, for_ever
from socstream.supervision.continuity import Continuity
from socstream.supervision.demand import Demand
from socstream.supervision.intake import Edges, Intake
from socstream.supervision.pacer import Pacer
from socstream.supervision.policy import SHORT_AFTERWARDS, SHORT_LIST, UNWATCHED_AFTER, Policy
from socstream.supervision.run import Run, Timing

log = logging.getLogger(__name__)

KEPT_LOG_LINES = 60

_TRIES = 4
"""Runs of one attempt: FFmpeg looks at more, then has time stamps mended, then does without a live output."""

_WATCHED_WITHIN = 15.0
"""Seconds since a request that make a camera one that somebody watches: such a one is spawned first."""


class RunningFFmpeg(Protocol):
    """What is asked of a process (`ffmpeg/process.py`)."""

    attention: asyncio.Event
    media: Media | None
    redirected: bool
    live_trouble: LiveTrouble | None

    @property
    def pid(self) -> int: ...
    @property
    def exited(self) -> bool: ...
    def wants_longer_probe(self, ran_for: float) -> bool: ...
    def forgive(self) -> None: ...
    def failure(self, *, streaming: bool, silent_for: float, longer_probe: bool) -> Failure: ...


class Encoder(Protocol):
    """What is asked of FFmpeg (`ffmpeg/encoder.py`)."""

    def run(
        self, order: Order, log: deque[str], take: Callable[[memoryview], bool]
    ) -> AbstractAsyncContextManager[RunningFFmpeg]: ...


class Files(Protocol):
    """What is asked of the disk (`hls/disk.py`)."""

    async def prepare(self, camera_id: str, keep: frozenset[str]) -> None: ...
    async def look(self, camera_id: str, seen: Look | None, run: int) -> Look | None: ...
    async def save(
        self, camera_id: str, window: Window, expired: tuple[str, ...], emptied: tuple[str, ...] = ()
    ) -> None: ...


class Addresses(Protocol):
    """What is asked of name resolution (`address.py`)."""

    async def address_of(self, source: Source) -> str: ...


@frozen
class Tools:
    """What every worker of this box shares."""

    clock: Clock
    board: StreamBoard
    encoder: Encoder
    files: Files
    edges: Edges
    addresses: Addresses
    takes_connections: Callable[[str, int], Awaitable[bool]]
    ceilings: Ceilings
    pacer: Pacer
    policy: Policy
    uniform: Uniform
    timing: Timing
    tls_verify: bool


class Unfailed(Enum):
    """Ends of a run that are nobody's failure: nobody watches; FFmpeg needs to look at more, or to write
    another live output.
    """

    IDLE = "idle"
    TOO_BRIEF = "too brief"
    OTHER_OUTPUT = "other output"


class Worker:
    """One camera, as long as it is wanted. `run` is its task; nobody else writes its status."""

    def __init__(self, camera: Camera, timeline: Timeline, tools: Tools) -> None:
        self._camera = camera
        self._timeline = timeline
        self._tools = tools
        self._demand = Demand(tools.clock)
        self._address: str | None = None
        self._condition = Condition(
            camera.camera_id, camera.name, tools.board, tools.clock, tools.policy, tools.uniform
        )
        self._probe = SHORT_PROBE
        self._intake = Intake(camera.name, tools.edges.of(camera.camera_id), tools.clock)
        self._log: deque[str] = deque(maxlen=KEPT_LOG_LINES)

    @property
    def log(self) -> Sequence[str]:
        """The last redacted lines that FFmpeg wrote."""
        return self._log

    def update(self, camera: Camera) -> None:
        """An edit that the stream need not notice."""
        self._camera = camera
        self._condition.name = self._intake.name = camera.name

    def watch(self) -> None:
        """Somebody asked for its pictures."""
        self._demand.note()

    def retry(self) -> None:
        """End the present backoff."""
        self._condition.retry()

    def look_again(self) -> None:
        """The policy is another one."""
        self._demand.look_again()

    async def run(self) -> None:
        """Keep the stream alive while it is wanted; ends only by being cancelled."""
        try:
            while True:
                await self._rest()
                await self._condition.resume(self._is_open, self._wanted_for)
                if not self._is_idle():
                    self._condition.begin()
                    end = await self._attempt()
                    if isinstance(end, Failure):
                        await self._condition.back_off(end, self._is_open, self._wanted_for)
                if self._is_idle():
                    self._condition.stop()
        finally:
            self._condition.stop()

    async def _rest(self) -> None:
        """Wait until the stream is wanted."""
        while self._is_idle():
            if self._tools.policy.is_scarce and self._timeline.segments > 1:
                await self._give_room()
            else:
                await self._demand.next()

    async def _give_room(self) -> None:
        """Delete what nobody watches, but for the newest segment: the numbers go on from there."""
        camera_id = self._camera.camera_id
        window = self._timeline.window.shortened(1, 0)
        self._timeline.shorten(window)
        try:
            await self._tools.files.save(camera_id, window, ())
            await self._tools.files.prepare(camera_id, window.files())
        except OSError as error:
            log.warning("%s: its files stay, though room is short: %s", self._camera.name, error.strerror)

    async def _attempt(self) -> Failure | Unfailed:
        """One try, or a few when the first ones did not yet know how to take this camera; why it ended."""
        try:
            for _ in range(_TRIES):
                end = await self._run_once()
                if isinstance(end, Failure) or end is Unfailed.IDLE:
                    return end
            return Failure(FailureCode.SOURCE_ENDED, "the camera sends something else at each start")
        except NoAddress as error:
            return error.failure
        except FFmpegMissing as error:
            return Failure(FailureCode.FFMPEG_MISSING, str(error))
        except OSError as error:
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            return Failure(FailureCode.DISK_FULL if is_full else FailureCode.OUTPUT, error.strerror or "")
        except Exception as error:
            # The one broad except: a bug of ours takes down one try of one camera, and says so.
            log.exception("%s: a bug ended the stream", self._camera.name)
            return Failure(FailureCode.UNEXPECTED, type(error).__name__)

    async def _run_once(self) -> Failure | Unfailed:
        """One FFmpeg life; why it ended."""
        tools, camera = self._tools, self._camera
        await tools.pacer.turn(lambda: self._demand.within(_WATCHED_WITHIN))
        self._address = address = await tools.addresses.address_of(camera.source)
        await tools.files.prepare(camera.camera_id, self._timeline.window.files())
        number = self._timeline.next_number
        live = self._intake.output
        order = Order(camera.camera_id, camera.source, address, number, self._probe, tools.tls_verify, live)
        self._intake.begin(self._condition.status.run)
        try:
            async with tools.encoder.run(order, self._log, self._intake.take) as ffmpeg:
                log.info("%s: FFmpeg %d started, segments from %d", camera.name, ffmpeg.pid, number)
                return await self._watch(ffmpeg, Run(number, tools.clock.monotonic(), tools.timing))
        finally:
            self._intake.end()

    async def _watch(self, ffmpeg: RunningFFmpeg, run: Run) -> Failure | Unfailed:
        """Publish what FFmpeg makes until it ends, or until it makes nothing any more."""
        clock, timing = self._tools.clock, self._tools.timing
        continuity = Continuity(timing.jump)
        while True:
            if await clock.wait(ffmpeg.attention, min(timing.poll, run.patience(clock.monotonic()))):
                ffmpeg.attention.clear()
                await clock.sleep(timing.settle)
            exited = ffmpeg.exited  # asked before the look: an end may bring a last segment with it
            continuity.slept_for += run.looked(clock.monotonic())
            silent_for = run.silent_for(clock.monotonic())
            silent_for -= await self._publish_news(ffmpeg, run, continuity)
            if ffmpeg.redirected:
                return Failure(FailureCode.MISCONFIGURED, "the camera redirects to another address")
            if continuity.broken:
                return Failure(FailureCode.SOURCE_ENDED, continuity.broken)
            if self._intake.wants_restart(ffmpeg):
                return Unfailed.OTHER_OUTPUT
            if exited:
                # An ending FFmpeg writes what it has of a segment: only beyond that was there silence.
                return self._why_ended(ffmpeg, run, silent_for)
            if self._is_idle():
                log.info("%s: nobody watches any more", self._camera.name)
                return Unfailed.IDLE
            silent_for = run.silent_for(clock.monotonic())
            if silent_for >= run.stall_after:
                return self._stalled(run, f"no new segment for {silent_for:.0f} s")
            frozen_for = run.frozen_for(self._intake.newest_at, clock.monotonic())
            if frozen_for >= run.frozen_after(self._intake.longest_gap):
                return self._stalled(run, f"no new picture for {frozen_for:.0f} s")

    async def _publish_news(self, ffmpeg: RunningFFmpeg, run: Run, continuity: Continuity) -> float:
        """Take the segments that FFmpeg has finished since the last look into the timeline; their seconds."""
        tools, camera_id = self._tools, self._camera.camera_id
        look = await tools.files.look(camera_id, run.seen, run.start_number)
        if look is None:
            return 0.0
        run.seen = look
        fresh = continuity.following(look.fresh, tools.clock.monotonic())
        if not fresh:
            return 0.0
        before = self._timeline.window
        window = _extended(before, fresh, run, arrived=tools.clock.wall())
        emptied: tuple[str, ...] = ()
        if tools.policy.is_short:
            window = window.shortened(SHORT_LIST, SHORT_AFTERWARDS)
            emptied = _emptied(before, window, run)
        await tools.ceilings.cover(camera_id, window)
        await tools.files.save(camera_id, window, _expired(before, window, run), emptied)
        now = tools.clock.monotonic()
        self._timeline.publish(window, now)
        run.advanced(fresh, now)
        if not ffmpeg.exited:
            ffmpeg.forgive()
        assert window.target_duration is not None
        self._condition.note(
            PlaylistAdvanced(
                window.target_duration,
                _bitrate(window, run),
                ffmpeg.media,
                stable=run.is_stable(now, self._condition.stable_after),
                segment_duration=_usual_duration(window, run),
            )
        )
        return sum(segment.duration for segment in fresh)

    def _why_ended(self, ffmpeg: RunningFFmpeg, run: Run, silent_for: float) -> Failure | Unfailed:
        is_long = self._probe is LONG_PROBE
        if not is_long and not run.segments and ffmpeg.wants_longer_probe(silent_for):
            self._probe = LONG_PROBE
            return Unfailed.TOO_BRIEF
        failure = ffmpeg.failure(
            streaming=run.segments > 0, silent_for=max(0.0, silent_for), longer_probe=is_long
        )
        return self._stalled(run, failure.detail) if failure.code is FailureCode.STALLED else failure

    def _stalled(self, run: Run, detail: str) -> Failure:
        failure = Failure(FailureCode.STALLED if run.segments else FailureCode.NO_MEDIA, detail)
        self._condition.note(StallDetected(failure))
        return failure

    def _is_idle(self) -> bool:
        return self._wanted_for() <= 0

    def _wanted_for(self) -> float:
        """Seconds until nobody wants the stream any more, if nobody else asks for it."""
        camera, is_scarce = self._camera, self._tools.policy.is_scarce
        if camera.mode is not Mode.ON_DEMAND and not is_scarce:
            return for_ever()
        return self._demand.left(UNWATCHED_AFTER if is_scarce else camera.idle_after)

    async def _is_open(self) -> bool:
        """Whether the camera's port takes connections; not known, so no, before its name was resolved."""
        port = self._camera.source.port
        return self._address is not None and await self._tools.takes_connections(self._address, port)


def _extended(window: Window, fresh: tuple[NewSegment, ...], run: Run, arrived: float) -> Window:
    """The window with all new segments; each began as long before `arrived` as it and its followers last."""
    began = arrived - sum(segment.duration for segment in fresh)
    for index, new in enumerate(fresh):
        is_first = run.segments == 0 and index == 0
        window = window.extended(
            Segment(new.number, run.start_number, new.duration, new.size, began, discontinuity=is_first)
        )
        began += new.duration
    return window


def _expired(before: Window, after: Window, run: Run) -> tuple[str, ...]:
    """Files of earlier runs that nobody may read any more; FFmpeg deletes its own."""
    if before.segments and before.segments[0].run == run.start_number:
        return ()  # the oldest is of this run: so are all
    gone = set(before.segments) - set(after.segments)
    segments = {segment_name(segment.number) for segment in gone if segment.run != run.start_number}
    inits = {init_name(segment.run) for segment in gone} - after.files()
    return tuple(sorted(segments | inits))


def _emptied(before: Window, after: Window, run: Run) -> tuple[str, ...]:
    """Files of this run that nobody may read any more, but that FFmpeg would keep for a while."""
    gone = set(before.segments) - set(after.segments)
    return tuple(sorted(segment_name(each.number) for each in gone if each.run == run.start_number))


def _usual_duration(window: Window, run: Run) -> int:
    """Whole seconds: the median of this run's segments in the window. One that is longer proves nothing, and
    when somebody has changed the camera's settings the next few tell.
    """
    return round(median(segment.duration for segment in window.segments if segment.run == run.start_number))


def _bitrate(window: Window, run: Run) -> int:
    """Bits per second over this run's segments in the window."""
    own = [segment for segment in window.segments if segment.run == run.start_number]
    seconds = sum(segment.duration for segment in own)
    return round(8 * sum(segment.size for segment in own) / seconds) if seconds else 0
