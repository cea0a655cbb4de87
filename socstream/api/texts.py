"""Each camera's JSON, kept: made again only for a camera that changed."""

from collections.abc import Callable

from socstream.api.schema import CameraAnswer
from socstream.api.times import WallTimes
from socstream.api.views import Views
from socstream.board import StreamBoard
from socstream.model.camera import Camera
from socstream.model.stream import StreamStatus

_Kept = tuple[Camera, StreamStatus | None, float | None, float, bytes]
"""Camera, status, uptime, offset of the clocks; and the JSON, which depends on nothing else."""


class Texts:
    """Cameras as one kind of JSON."""

    def __init__(
        self, board: StreamBoard, views: Views, times: WallTimes, encode: Callable[[CameraAnswer], bytes]
    ) -> None:
        self._board = board
        self._views = views
        self._times = times
        self._encode = encode
        self._kept: dict[str, _Kept] = {}

    def of(self, camera: Camera) -> bytes:
        """The camera as it is now."""
        camera_id, offset = camera.camera_id, self._times.offset
        status, uptime = self._board.get(camera_id), self._views.uptime(camera_id)
        kept = self._kept.get(camera_id)
        # By identity where it is enough: comparing whole cameras would cost more than it saves.
        if kept is not None and kept[0] is camera and kept[1] is status and kept[2:4] == (uptime, offset):
            return kept[4]
        text = self._encode(self._views.camera(camera))
        self._kept[camera_id] = (camera, status, uptime, offset, text)
        return text

    def stream_changed(self, camera_id: str, status: StreamStatus | None) -> None:
        """Listens to the board, to forget the cameras that are gone."""
        if status is None:
            self._kept.pop(camera_id, None)
