"""How many cameras are how: for whoever asks, and for whoever listens."""

from collections.abc import Sequence
from math import floor

from socstream.api.presence import status_of
from socstream.api.schema import MetricsAnswer
from socstream.board import StreamBoard
from socstream.events.uptime import Uptime
from socstream.model.camera import Camera


def count(cameras: Sequence[Camera], board: StreamBoard, uptime: Uptime) -> MetricsAnswer:
    """The counts of these cameras as they are now."""
    statuses = [status_of(camera, board.get(camera.camera_id)) for camera in cameras]
    return MetricsAnswer(
        total=len(cameras),
        online=statuses.count("online"),
        offline=statuses.count("offline"),
        maintenance=statuses.count("maintenance"),
        recording=sum(camera.is_recording for camera in cameras),
        avg_uptime=_percent(uptime.mean(camera.camera_id for camera in cameras)),
    )


def _percent(share: float | None) -> str:
    """Rounded down: a hundred means not a second missed. Where nothing was wanted, nothing was missed."""
    return "100%" if share is None else f"{floor(share * 100)}%"
