"""One camera that somebody else turns into HLS: its status, from watching that playlist advance."""

import logging
from collections.abc import Awaitable, Callable, Sequence

import m3u8
from attrs import frozen

from socstream.clock import Clock
from socstream.model.camera import Camera
from socstream.model.failure import Failure, FailureCode
from socstream.model.stream import PlaylistAdvanced, StallDetected
from socstream.supervision.condition import Condition
from socstream.supervision.run import Timing

log = logging.getLogger(__name__)

ReadPlaylist = Callable[[str], Awaitable[bytes]]
"""The playlist that a relative URI names, "" for the camera's own; raises Unreadable."""


class Unreadable(Exception):
    """There is no playlist to be had; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


@frozen
class _Seen:
    """What tells one state of a live playlist from the next."""

    media_sequence: int
    newest: str
    target_duration: int


class Follower:
    """One camera behind a gateway, as long as it is wanted. `run` is its task."""

    def __init__(self, condition: Condition, read: ReadPlaylist, clock: Clock, timing: Timing) -> None:
        self._condition = condition
        self._read = read
        self._clock = clock
        self._timing = timing

    @property
    def log(self) -> Sequence[str]:
        """Nothing: whoever encodes keeps the log."""
        return ()

    def update(self, camera: Camera) -> None:
        """An edit that the stream need not notice."""
        self._condition.name = camera.name

    def watch(self) -> None:
        """Nothing depends on who watches."""

    def look_again(self) -> None:
        """Nothing here takes room."""

    def retry(self) -> None:
        """End the present backoff."""
        self._condition.retry()

    async def run(self) -> None:
        """Keep the status true; ends only by being cancelled."""
        try:
            while True:
                self._condition.begin()
                await self._condition.back_off(await self._attempt())
        finally:
            self._condition.stop()

    async def _attempt(self) -> Failure:
        try:
            return await self._follow()
        except Unreadable as error:
            return error.failure
        except Exception as error:
            log.exception("%s: a bug ended the watch of a gateway's playlist", self._condition.name)
            return Failure(FailureCode.UNEXPECTED, type(error).__name__)

    async def _follow(self) -> Failure:
        """Watch until the playlist cannot be read, or has not advanced for too long; why."""
        last_news = began = self._clock.monotonic()
        seen: _Seen | None = None
        while True:
            newest = await self._newest()
            now = self._clock.monotonic()
            # The first look proves nothing: the list may have been standing still for hours.
            if seen is not None and newest != seen:
                stable = now - began >= self._condition.stable_after
                self._condition.note(PlaylistAdvanced(newest.target_duration, None, None, stable))
                last_news = now
            seen = newest
            patience = max(self._timing.stall_floor, self._timing.stall_factor * seen.target_duration)
            if now - last_news >= patience:
                failure = Failure(FailureCode.STALLED, "the gateway's playlist does not advance")
                self._condition.note(StallDetected(failure))
                return failure
            await self._clock.sleep(max(1.0, seen.target_duration / 2))

    async def _newest(self) -> _Seen:
        playlist = self._parsed(await self._read(""))
        if playlist.is_variant and playlist.playlists:
            playlist = self._parsed(await self._read(str(playlist.playlists[0].uri)))
        if not playlist.segments:
            raise Unreadable(Failure(FailureCode.NO_MEDIA, "the gateway's playlist is empty"))
        return _Seen(
            playlist.media_sequence or 0,
            str(playlist.segments[-1].uri),
            max(1, round(playlist.target_duration or 0)),
        )

    @staticmethod
    def _parsed(text: bytes) -> m3u8.M3U8:
        try:
            playlist = m3u8.loads(text.decode())
        except (ValueError, m3u8.ParseError) as error:
            raise Unreadable(Failure(FailureCode.PROTOCOL, "the gateway sends no playlist")) from error
        if not text.startswith(b"#EXTM3U"):  # the parser skips what it does not know, a page of HTML too
            raise Unreadable(Failure(FailureCode.PROTOCOL, "the gateway sends no playlist"))
        return playlist
