"""The condition of one stream: a state machine that is a table, and the facts that its events carry."""

from enum import StrEnum
from operator import attrgetter

from attrs import evolve, fields, frozen

from socstream.model.failure import Failure


class StreamState(StrEnum):
    """STOPPED: nobody wants it. BACKOFF: waiting for the next try."""

    STOPPED = "stopped"
    STARTING = "starting"
    LIVE = "live"
    STALLED = "stalled"
    BACKOFF = "backoff"


@frozen
class Media:
    """What the camera sends, as FFmpeg saw it; `fps` is None when the camera does not say."""

    codec: str
    width: int
    height: int
    fps: float | None


@frozen
class Spawned:
    """A try began: FFmpeg is being started. `run` counts the tries."""

    run: int


@frozen
class PlaylistAdvanced:
    """New, non-empty segments were published. `bitrate` in bits/s, None when somebody else makes them;
    `stable`: media for long enough; `segment_duration`: whole seconds that those of late lasted, None when
    it is not for the camera to say.
    """

    target_duration: int
    bitrate: int | None
    media: Media | None
    stable: bool
    segment_duration: int | None = None


@frozen
class StallDetected:
    """Nothing new came for `stall_after`."""

    failure: Failure


@frozen
class Exited:
    """A run ended without being asked to; the next one starts at `retry_at` (monotonic seconds)."""

    failure: Failure
    failures: int
    retry_at: float


@frozen
class Stopped:
    """The stream is no longer wanted."""


StreamEvent = Spawned | PlaylistAdvanced | StallDetected | Exited | Stopped

TRANSITIONS: dict[tuple[StreamState, type[StreamEvent]], StreamState] = {
    (StreamState.STOPPED, Spawned): StreamState.STARTING,
    (StreamState.STARTING, PlaylistAdvanced): StreamState.LIVE,
    (StreamState.STARTING, StallDetected): StreamState.STALLED,
    (StreamState.STARTING, Exited): StreamState.BACKOFF,
    (StreamState.STARTING, Stopped): StreamState.STOPPED,
    (StreamState.LIVE, PlaylistAdvanced): StreamState.LIVE,
    (StreamState.LIVE, StallDetected): StreamState.STALLED,
    (StreamState.LIVE, Exited): StreamState.BACKOFF,
    (StreamState.LIVE, Stopped): StreamState.STOPPED,
    (StreamState.STALLED, Exited): StreamState.BACKOFF,
    (StreamState.STALLED, Stopped): StreamState.STOPPED,
    (StreamState.BACKOFF, Spawned): StreamState.STARTING,
    (StreamState.BACKOFF, Stopped): StreamState.STOPPED,
}


class ImpossibleTransition(Exception):
    """An event came in a state that does not know it: a bug of ours, never of a camera."""


@frozen
class StreamStatus:
    """One stream at one moment. All times are monotonic seconds of our own clock.

    `failure` stays from the end of a run until the next LIVE, and `failing_since` is when that outage
    began; `failures` counts since the last stable media; `run` counts FFmpeg lives.
    """

    state: StreamState
    since: float
    run: int = 0
    failure: Failure | None = None
    failing_since: float | None = None
    failures: int = 0
    retry_at: float | None = None
    last_segment_at: float | None = None
    target_duration: int | None = None
    segment_duration: int | None = None
    bitrate: int | None = None
    media: Media | None = None

    def after(self, event: StreamEvent, at: float) -> "StreamStatus":
        """The status once `event` has happened at `at`; ImpossibleTransition if the table has no entry."""
        state = TRANSITIONS.get((self.state, type(event)))
        if state is None:
            raise ImpossibleTransition(f"{type(event).__name__} in {self.state}")
        moved = evolve(self, state=state, since=self.since if state is self.state else at)
        match event:
            case Spawned(run=run):
                return evolve(moved, run=run, retry_at=None, bitrate=None)
            case PlaylistAdvanced():
                return moved._live(event, at)
            case StallDetected(failure=failure):
                return moved._failed(failure, at)
            case Exited():
                failed = moved._failed(event.failure, at)
                return evolve(failed, failures=event.failures, retry_at=event.retry_at, bitrate=None)
            case Stopped():
                return StreamStatus(moved.state, at, run=self.run, last_segment_at=self.last_segment_at)

    def _live(self, event: PlaylistAdvanced, at: float) -> "StreamStatus":
        return evolve(
            self,
            failure=None,
            failing_since=None,
            failures=0 if event.stable else self.failures,
            last_segment_at=at,
            target_duration=event.target_duration,
            segment_duration=event.segment_duration,
            bitrate=event.bitrate,
            media=event.media or self.media,
        )

    def _failed(self, failure: Failure, at: float) -> "StreamStatus":
        began = at if self.failing_since is None else self.failing_since
        return evolve(self, failure=failure, failing_since=began)


_FLEETING = ("last_segment_at", "bitrate")

essence = attrgetter(*(field.name for field in fields(StreamStatus) if field.name not in _FLEETING))
"""What of a status does not change with every segment; a tuple."""
