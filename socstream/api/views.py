"""What clients see of a camera and its stream. Nothing here waits, and no secret passes."""

from collections.abc import Iterable
from math import floor

from socstream.api.paths import playlist_url
from socstream.api.posters import Posters
from socstream.api.presence import Presence, status_of
from socstream.api.schema import AdviceAnswer, CameraAnswer, FailureAnswer, StreamAnswer
from socstream.api.times import WallTimes, iso
from socstream.board import StreamBoard
from socstream.events.uptime import Uptime
from socstream.gateway import Gateway
from socstream.model.advice import Advice, advice_on
from socstream.model.camera import Camera
from socstream.model.stream import StreamState, StreamStatus

_NEVER_SUPERVISED = StreamAnswer(
    state=StreamState.STOPPED,
    since=None,
    failure=None,
    retry_at=None,
    failures=0,
    last_segment_at=None,
    target_duration=None,
    codec=None,
    width=None,
    height=None,
    fps=None,
    bitrate=None,
    run=0,
)


def advice_answers(advice: Iterable[Advice]) -> tuple[AdviceAnswer, ...]:
    """Advice as an answer shows it."""
    return tuple(AdviceAnswer(each.code, each.message, each.remedy) for each in advice)


def _warnings(status: StreamStatus | None) -> tuple[AdviceAnswer, ...]:
    """What the running stream shows that could be better: a segment lasts from keyframe to keyframe."""
    if status is None or status.state is not StreamState.LIVE:
        return ()
    codec = status.media.codec if status.media else None
    return advice_answers(advice_on(codec, status.segment_duration))


class Views:
    """Cameras and streams as answers."""

    def __init__(
        self,
        board: StreamBoard,
        presence: Presence,
        uptime: Uptime,
        gateway: Gateway,
        times: WallTimes,
        posters: Posters,
    ) -> None:
        self._board = board
        self._presence = presence
        self._uptime = uptime
        self._gateway = gateway
        self._times = times
        self._posters = posters

    def stream_url(self, camera: Camera) -> str:
        """What a player opens: our own path, or the URL of whoever else serves the camera."""
        return self._gateway.public_url(camera) or playlist_url(camera.camera_id)

    def camera(self, camera: Camera) -> CameraAnswer:
        """One camera with its stream as it is now; a blank for whoever asks stands in its picture's URL."""
        status = self._board.get(camera.camera_id)
        credentials = camera.source.credentials
        return CameraAnswer(
            camera_id=camera.camera_id,
            name=camera.name,
            location=camera.location,
            ip_address=camera.ip_address,
            stream_url=self.stream_url(camera),
            status=status_of(camera, status),
            hardware_status=camera.hardware_status,
            is_recording=camera.is_recording,
            motion_detection_enabled=camera.motion_detection_enabled,
            mode=camera.mode,
            idle_after=camera.idle_after,
            last_known_image_url=self._posters.blank(camera.camera_id),
            last_heartbeat=self.last_heartbeat(camera, status),
            last_status_change=None,
            status_since=self._times.text(self._presence.since(camera.camera_id)),
            version=camera.version,
            created_at=iso(camera.created_at),
            updated_at=iso(camera.updated_at),
            source_username=credentials.username if credentials else None,
            source_password_set=bool(credentials and credentials.password),
            stream=self.stream(status),
            warnings=_warnings(status),
            uptime=self.uptime(camera.camera_id),
        )

    def uptime(self, camera_id: str) -> float | None:
        """Rounded down to a thousandth, 86 s of a day: a 1 means not a second missed."""
        share = self._uptime.of(camera_id)
        return None if share is None else floor(share * 1000) / 1000

    def stream(self, status: StreamStatus | None) -> StreamAnswer:
        """The condition of a stream."""
        if status is None:
            return _NEVER_SUPERVISED
        media, text = status.media, self._times.text
        return StreamAnswer(
            state=status.state,
            since=text(status.since),
            failure=self.failure(status),
            retry_at=text(status.retry_at),
            failures=status.failures,
            last_segment_at=text(status.last_segment_at),
            target_duration=status.target_duration,
            codec=media.codec if media else None,
            width=media.width if media else None,
            height=media.height if media else None,
            fps=media.fps if media else None,
            bitrate=status.bitrate,
            run=status.run,
        )

    def failure(self, status: StreamStatus | None) -> FailureAnswer | None:
        """Why the stream is down; None while it is not, or not yet."""
        if status is None or status.failure is None:
            return None
        failure = status.failure
        since = self._times.text(status.failing_since)
        return FailureAnswer(failure.code, failure.message, failure.remedy, since)

    def last_heartbeat(self, camera: Camera, status: StreamStatus | None) -> str | None:
        """The newer of the device's own report and the newest segment: pictures are a sign of life, too."""
        segment_at, device = None if status is None else status.last_segment_at, camera.last_heartbeat
        if device is None or (segment_at is not None and device <= self._times.moment(segment_at)):
            return self._times.text(segment_at)
        return iso(device)
