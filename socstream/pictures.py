"""The newest picture of each camera: made when somebody asks, kept for the time when the camera is dark."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from attrs import define

from socstream.clock import Clock
from socstream.ffmpeg.still import NoStill
from socstream.hls.album import Picture
from socstream.hls.timeline import Segment, Timelines
from socstream.model.errors import FFmpegMissing
from socstream.model.stream import StreamState, StreamStatus

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds that a request waits for a newer picture; then it gets the last one."""

NOT_SOONER = 1.0
"""Seconds between two pictures of one camera, however many ask."""

KEEP_EVERY = 600.0
"""Seconds after which a picture of a live camera is made and kept, though nobody asked for one."""

SAVE_EVERY = 60.0
"""Seconds between two pictures of a live camera that go to the disk: so much is lost when we are killed."""

LAST_SAVES = 2.0
"""Seconds for the pictures that are not on the disk when we stop."""

_ROUND = 2.0
"""Seconds between two pictures that nobody asked for, over all cameras: 64 of them cost 2 % of a core."""

_PAUSES = 10.0, 600.0
"""Seconds until a camera whose pictures cannot be made is tried again: at first, and at most."""

Still = Callable[[bytes], Awaitable[bytes]]
"""A JPEG of the first picture of an MP4; NoStill, FFmpegMissing, OSError."""


class Files(Protocol):
    """What is asked of the disk (`hls/album.py`)."""

    async def movie(self, camera_id: str, segment: Segment) -> bytes: ...
    async def load(self, camera_id: str) -> Picture | None: ...
    async def save(self, camera_id: str, picture: Picture) -> None: ...
    def forget(self, camera_id: str) -> None: ...
    async def sweep(self, known: Collection[str]) -> None: ...


@define
class _Record:
    """What is known of one camera. Times are monotonic; `tried`: the segment that was tried last."""

    picture: Picture | None = None
    is_loaded: bool = False
    is_saved: bool = True
    is_live: bool = False
    tried: int | None = None
    failures: int = 0
    not_before: float = float("-inf")
    saved_at: float = float("-inf")
    chosen_at: float = float("-inf")


class Pictures:
    """Camera id → Picture. `run` makes them, one at a time over the whole box; nobody else does."""

    def __init__(self, files: Files, timelines: Timelines, still: Still, clock: Clock) -> None:
        self._files = files
        self._timelines = timelines
        self._still = still
        self._clock = clock
        self._records: dict[str, _Record] = {}
        self._asked: dict[str, asyncio.Event] = {}
        self._news = asyncio.Event()
        self._next_round = float("-inf")
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._is_missing = False
        self._is_unkept = False
        self.is_paused = False
        """Make no more for now; who asks gets the last one."""

    async def get(self, camera_id: str) -> Picture | None:
        """The newest picture of a camera, made now if that is soon done; None when there never was one."""
        if self._timelines.get(camera_id) is None:
            return None  # nothing is remembered of ids that somebody makes up
        record = self._record(camera_id)
        if not record.is_loaded:
            kept = await self._files.load(camera_id)
            record.is_loaded = True
            record.picture = record.picture or kept
        is_under_way = camera_id in self._asked
        if not self._is_stopped and (is_under_way or self._due(camera_id, record) is not None):
            await self._clock.wait(self._ask(camera_id), PATIENCE)
        return record.picture

    def stream_changed(self, camera_id: str, status: StreamStatus | None) -> None:
        """Listens to the board: who has just been live gets a last picture, who is gone is forgotten."""
        if status is None:
            self._forget(camera_id)
        elif status.state is StreamState.LIVE:
            self._record(camera_id).is_live = True
        elif (record := self._records.get(camera_id)) is not None and record.is_live:
            record.is_live = False
            if not record.failures:
                record.not_before = self._clock.monotonic()  # the last one is made however soon
            self._ask(camera_id)

    async def run(self, known: Collection[str]) -> None:
        """Make what was asked for, and now and then what was not; ends by being cancelled.

        First of all, pictures of cameras that are not `known` any more are deleted.
        """
        self._task = asyncio.current_task()
        try:
            await self._files.sweep(known)
            while True:
                if self._is_next_round():
                    self._choose()
                    await self._save_old()
                if self._asked:
                    await self._make(next(iter(self._asked)))
                else:
                    self._news.clear()
                    await self._clock.wait(self._news, _ROUND)
        finally:
            self._dismiss()

    def stop(self) -> None:
        """Make no more: what is being made is ended, and whoever waits gets the last picture."""
        self._dismiss()
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """Once `run` has ended: keep what is not on the disk yet, as far as LAST_SAVES allow."""
        until = self._clock.monotonic() + LAST_SAVES
        unsaved = self._unsaved()
        while unsaved and self._clock.monotonic() < until:
            await self._save(*unsaved.pop(0))
        if unsaved:
            log.warning("%d last pictures were not kept: the disk takes too long", len(unsaved))

    def _dismiss(self) -> None:
        self._is_stopped = True
        for done in self._asked.values():
            done.set()

    def _record(self, camera_id: str) -> _Record:
        record = self._records.get(camera_id)
        if record is None:
            record = self._records[camera_id] = _Record()
        return record

    def _ask(self, camera_id: str) -> asyncio.Event:
        """Is set once the camera's turn has come and gone; the same for all who ask meanwhile."""
        self._news.set()
        return self._asked.setdefault(camera_id, asyncio.Event())

    def _forget(self, camera_id: str) -> None:
        self._records.pop(camera_id, None)
        done = self._asked.pop(camera_id, None)
        if done is not None:
            done.set()
        self._files.forget(camera_id)

    def _is_next_round(self) -> bool:
        now = self._clock.monotonic()
        if now < self._next_round:
            return False
        self._next_round = now + _ROUND
        return True

    def _choose(self) -> None:
        """Ask for a picture of the live camera whose kept one is the oldest, if it is too old."""
        now = self._clock.monotonic()
        ages = {
            camera_id: now - max(record.saved_at, record.chosen_at)
            for camera_id, record in self._records.items()
            if record.is_live
        }
        oldest = max(ages, key=lambda camera_id: ages[camera_id], default=None)
        if oldest is not None and ages[oldest] >= KEEP_EVERY:
            self._records[oldest].chosen_at = now
            self._ask(oldest)

    def _unsaved(self) -> list[tuple[str, _Record]]:
        """Whose newest picture is not on the disk; the longest without one there first."""
        found = [each for each in self._records.items() if not each[1].is_saved]
        return sorted(found, key=lambda each: each[1].saved_at)

    async def _save_old(self) -> None:
        """Keep what was made since the last time, though nobody asks any more."""
        for camera_id, record in self._unsaved():
            if self._clock.monotonic() - record.saved_at >= SAVE_EVERY:
                await self._save(camera_id, record)

    def _due(self, camera_id: str, record: _Record) -> Segment | None:
        """The segment of which a picture should be made; None while the last one will do."""
        timeline = self._timelines.get(camera_id)
        if self.is_paused or timeline is None or not timeline.window.listed:
            return None
        if self._clock.monotonic() < record.not_before:
            return None
        newest = timeline.window.segments[-1]
        return newest if record.failures or newest.number != record.tried else None

    async def _make(self, camera_id: str) -> None:
        """One camera's turn."""
        record = self._record(camera_id)
        segment = self._due(camera_id, record)
        if segment is not None:
            await self._try(camera_id, record, segment)
        if self._records.get(camera_id) is not record:
            return  # deleted meanwhile
        is_old = self._clock.monotonic() - record.saved_at >= SAVE_EVERY
        if not record.is_saved and (is_old or not record.is_live):
            await self._save(camera_id, record)
        done = self._asked.pop(camera_id, None)
        if done is not None:
            done.set()

    async def _try(self, camera_id: str, record: _Record, segment: Segment) -> None:
        record.tried = segment.number
        record.not_before = self._clock.monotonic() + NOT_SOONER
        try:
            jpeg = await self._still(await self._files.movie(camera_id, segment))
        except (FFmpegMissing, NoStill, OSError) as error:
            self._tell(camera_id, record, error)
            first, most = _PAUSES
            record.not_before = self._clock.monotonic() + min(most, first * 2 ** min(record.failures, 6))
            record.failures += 1
        else:
            record.picture = Picture(jpeg, segment.began)
            record.is_saved = False
            record.failures = 0
            self._is_missing = False

    def _tell(self, camera_id: str, record: _Record, error: Exception) -> None:
        """Log what went wrong, once until it goes well again: a missing FFmpeg for all cameras together."""
        if isinstance(error, FFmpegMissing):
            if not self._is_missing:
                self._is_missing = True
                log.warning("no pictures are made, the last ones stay: %s", error)
        elif not record.failures:
            log.warning(
                "no picture could be made of %s, the last one stays: %s",
                camera_id,
                error,
                extra={"camera": camera_id},
            )

    async def _save(self, camera_id: str, record: _Record) -> None:
        if record.picture is None or self._records.get(camera_id) is not record:
            return  # deleted meanwhile
        # Noted before: a disk that cannot be written is not tried again at each picture.
        record.is_saved, record.saved_at = True, self._clock.monotonic()
        try:
            await self._files.save(camera_id, record.picture)
        except OSError as error:
            if not self._is_unkept:
                log.warning(
                    "the picture of %s cannot be kept: %s",
                    camera_id,
                    error.strerror,
                    extra={"camera": camera_id},
                )
            self._is_unkept = True
        except asyncio.CancelledError:
            record.is_saved = False  # `close` sees to it
            raise
        else:
            self._is_unkept = False
