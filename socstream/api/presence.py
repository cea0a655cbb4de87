"""The public status of each camera, and since when: changes only, for those who tell of them."""

from collections.abc import Callable

from attrs import frozen

from socstream.api.schema import CameraStatus
from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.clock import Clock
from socstream.model.camera import Camera
from socstream.model.errors import CameraNotFound
from socstream.model.stream import StreamState, StreamStatus

StatusListener = Callable[[str, CameraStatus], None]
"""Is told the camera id and its new public status; returns at once and never raises."""


def status_of(camera: Camera, status: StreamStatus | None) -> CameraStatus:
    """Online exactly while segments arrive; maintenance only when an operator said so."""
    if camera.maintenance:
        return "maintenance"
    return "online" if status is not None and status.state is StreamState.LIVE else "offline"


@frozen
class _Standing:
    status: CameraStatus
    since: float


class Presence:
    """Takes in every change of streams and cameras; knows none before it listens."""

    def __init__(self, cameras: Cameras, board: StreamBoard, clock: Clock) -> None:
        self._cameras = cameras
        self._board = board
        self._clock = clock
        self._standings: dict[str, _Standing] = {}
        self._listeners: list[StatusListener] = []

    def since(self, camera_id: str) -> float | None:
        """Monotonic time of the last change of its public status; None if never supervised."""
        standing = self._standings.get(camera_id)
        return None if standing is None else standing.since

    def listen(self, listener: StatusListener) -> None:
        """Call `listener` at every change from now on; a camera that is deleted goes offline first."""
        self._listeners.append(listener)

    def stream_changed(self, camera_id: str, status: StreamStatus | None) -> None:
        """Listens to the board."""
        if status is None:
            return
        standing = self._standings.get(camera_id)
        # Most calls tell of nothing but one more segment.
        if standing is None or (status.state is StreamState.LIVE) is not (standing.status == "online"):
            try:
                camera = self._cameras.get(camera_id)
            except CameraNotFound:  # deleted, and its stream is just ending
                return
            self._set(camera_id, _Standing(status_of(camera, status), status.since))

    def camera_changed(self, camera_id: str, camera: Camera | None) -> None:
        """Listens to the cameras."""
        now = self._clock.monotonic()
        if camera is None:
            self._set(camera_id, _Standing("offline", now))
            self._standings.pop(camera_id, None)
        else:
            status = self._board.get(camera_id)
            self._set(camera_id, _Standing(status_of(camera, status), now))

    def _set(self, camera_id: str, standing: _Standing) -> None:
        known = self._standings.get(camera_id)
        if known is not None and known.status == standing.status:
            return
        self._standings[camera_id] = standing
        if known is not None:
            for listener in self._listeners:
                listener(camera_id, standing.status)
