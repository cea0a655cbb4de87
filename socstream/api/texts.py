"""Each camera's JSON, kept: made again only for a camera that changed."""

from collections.abc import Callable

from attrs import frozen

from socstream.api.schema import CameraAnswer
from socstream.api.times import WallTimes
from socstream.api.views import Views
from socstream.board import StreamBoard
from socstream.model.camera import Camera
from socstream.model.stream import StreamStatus


@frozen
class _Basis:
    """All that a camera's JSON depends on."""

    camera: Camera
    status: StreamStatus | None
    uptime: float | None
    offset: float

    def is_like(self, other: "_Basis") -> bool:
        """Equal, by a look at whose it is: comparing whole cameras would cost more than it saves."""
        return (
            self.camera is other.camera
            and self.status is other.status
            and self.uptime == other.uptime
            and self.offset == other.offset
        )


class Texts:
    """Cameras as one kind of JSON."""

    def __init__(
        self, board: StreamBoard, views: Views, times: WallTimes, encode: Callable[[CameraAnswer], bytes]
    ) -> None:
        self._board = board
        self._views = views
        self._times = times
        self._encode = encode
        self._known: dict[str, tuple[_Basis, bytes]] = {}

    def of(self, camera: Camera) -> bytes:
        """The camera as it is now."""
        camera_id = camera.camera_id
        uptime = self._views.uptime(camera_id)
        basis = _Basis(camera, self._board.get(camera_id), uptime, self._times.offset)
        known = self._known.get(camera_id)
        if known is None or not known[0].is_like(basis):
            known = self._known[camera_id] = basis, self._encode(self._views.camera(camera))
        return known[1]

    def stream_changed(self, camera_id: str, status: StreamStatus | None) -> None:
        """Listens to the board, to forget the cameras that are gone."""
        if status is None:
            self._known.pop(camera_id, None)
