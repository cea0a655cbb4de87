"""What a playlist request gets: the playlist, a wait for it, or the reason why there is none."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import frozen

from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.clock import Clock
from socstream.hls.timeline import Timeline, Timelines
from socstream.model.camera import Camera
from socstream.model.errors import SocstreamError
from socstream.model.stream import StreamState, StreamStatus

_AFTER_START = 8.0
"""Seconds after our own start in which nobody is refused: a plain hls.js gives up for good after 3 s of
failures, and every camera needs a moment."""

_LONGEST_RETRY_AFTER = 30
"""Seconds. The next try may be half an hour away, but an edit can bring the camera back at any moment."""

_SLICE = 0.5
"""Seconds between two looks whether a held client is still there: aiohttp does not tell by itself."""


class StreamDown(SocstreamError):
    """There is no playlist to be had now; `status` is the stream's, `retry_after` is in whole seconds."""

    def __init__(self, text: str, code: str, status: StreamStatus | None, retry_after: int) -> None:
        super().__init__(text)
        self.code = code
        self.status = status
        self.retry_after = retry_after


class TooManyHeld(SocstreamError):
    """This client has enough requests waiting: browsers have six connections for everything."""

    retry_after = 1

    def __init__(self) -> None:
        super().__init__("Too many playlists of starting cameras are being waited for; try again soon.")


@frozen
class Serve:
    """Answer with this timeline's playlist."""

    timeline: Timeline


@frozen
class Hold:
    """Look again at the next change of the board, and at `until` (monotonic) at the latest."""

    until: float


Verdict = Serve | Hold | StreamDown


class HeldRequests:
    """Counts the requests that each client has waiting."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: Counter[str] = Counter()

    @contextmanager
    def slot(self, client: str) -> Iterator[None]:
        """One more waiting request of `client`; TooManyHeld when it has enough."""
        if self._held[client] >= self.most:
            raise TooManyHeld
        self._held[client] += 1
        try:
            yield
        finally:
            self._held[client] -= 1
            if not self._held[client]:
                del self._held[client]


class Playlists:
    """The playlist of each camera for whoever asks. Made when the server begins to listen."""

    def __init__(
        self,
        cameras: Cameras,
        board: StreamBoard,
        timelines: Timelines,
        clock: Clock,
        *,
        wait_timeout: float,
        held: HeldRequests,
    ) -> None:
        self._cameras = cameras
        self._board = board
        self._timelines = timelines
        self._clock = clock
        self._wait_timeout = wait_timeout
        self._held = held
        self._lenient_until = clock.monotonic() + _AFTER_START
        self._is_closed = False

    def become(self, wait_timeout: float, held: int) -> None:
        """Hold for so long and so many from now on; who is held already gets what he was promised."""
        self._wait_timeout = wait_timeout
        self._held.most = held

    def close(self) -> None:
        """Hold nobody any more: the server stops, and whoever waits here keeps the next one from starting."""
        self._is_closed = True

    async def get(self, camera_id: str, client: str, is_gone: Callable[[], bool]) -> Timeline:
        """A timeline with a fresh playlist, at once or as soon as there is one.

        StreamDown when there is none in time, TooManyHeld, CameraNotFound. `is_gone` tells that `client`
        hung up: then its slot is free again within half a second.
        """
        asked_at = self._clock.monotonic()
        self._cameras.watch(camera_id)
        verdict = self.verdict(camera_id, asked_at)
        if isinstance(verdict, Hold):
            with self._held.slot(client):
                while isinstance(verdict, Hold) and not is_gone():
                    left = verdict.until - self._clock.monotonic()
                    await self._board.changed(camera_id, min(_SLICE, left))
                    verdict = self.verdict(camera_id, asked_at)
        match verdict:
            case Serve(timeline):
                return timeline
            case Hold():
                raise self._down(self._board.get(camera_id), asked_at)
            case StreamDown():
                raise verdict

    def at_once(self, camera: Camera) -> Timeline | None:
        """The same for who waits for nothing: None when there is more to be said than a playlist."""
        timeline = self._timelines.get(camera.camera_id)
        if camera.maintenance or timeline is None or timeline.playlist is None:
            return None
        if not timeline.is_fresh(self._clock.monotonic()):
            return None
        self._cameras.watch(camera.camera_id)
        return timeline

    def verdict(self, camera_id: str, asked_at: float) -> Verdict:
        """What a request that came at `asked_at` gets now; CameraNotFound."""
        now = self._clock.monotonic()
        status = self._board.get(camera_id)
        if self._cameras.get(camera_id).maintenance:
            return in_maintenance(status)
        timeline = self._timelines.get(camera_id)
        if timeline is not None and timeline.playlist is not None and timeline.is_fresh(now):
            return Serve(timeline)
        if self._is_closed:
            return StreamDown("The server is stopping.", "stopping", status, retry_after=1)
        until = asked_at + self._wait_timeout
        if not _is_starting(status):
            until = min(until, self._lenient_until)
        return Hold(until) if now < until else self._down(status, now)

    def _down(self, status: StreamStatus | None, now: float) -> StreamDown:
        retry_after = 2
        if status is not None and status.retry_at is not None:
            retry_after = min(max(1, math.ceil(status.retry_at - now)), _LONGEST_RETRY_AFTER)
        if status is not None and status.failure is not None:
            return StreamDown(f"{status.failure.message}.", "stream_down", status, retry_after)
        if _is_starting(status):
            return StreamDown("The camera has not sent a picture yet.", "starting", status, retry_after)
        return StreamDown("No new picture from the camera.", "stream_down", status, retry_after)


def in_maintenance(status: StreamStatus | None) -> StreamDown:
    """The refusal for a camera from which an operator lets nothing be pulled."""
    return StreamDown("The camera is in maintenance.", "maintenance", status, _LONGEST_RETRY_AFTER)


def _is_starting(status: StreamStatus | None) -> bool:
    """True when nothing speaks against a first picture: wanted, and its try runs or is about to."""
    return status is None or status.state in (StreamState.STOPPED, StreamState.STARTING)
