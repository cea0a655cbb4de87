"""How many cameras are how: for whoever asks, and for whoever listens."""

from math import floor

from socstream.api.presence import status_of
from socstream.api.schema import MetricsAnswer
from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.events.uptime import Uptime


def count(cameras: Cameras, board: StreamBoard, uptime: Uptime) -> MetricsAnswer:
    """The counts as they are now; raises StoreUnavailable."""
    every = cameras.all()
    statuses = [status_of(camera, board.get(camera.camera_id)) for camera in every]
    return MetricsAnswer(
        total=len(every),
        online=statuses.count("online"),
        offline=statuses.count("offline"),
        maintenance=statuses.count("maintenance"),
        recording=sum(camera.is_recording for camera in every),
        avg_uptime=_percent(uptime.mean(camera.camera_id for camera in every)),
    )


def _percent(share: float | None) -> str:
    """Rounded down: a hundred means not a second missed. Where nothing was wanted, nothing was missed."""
    return "100%" if share is None else f"{floor(share * 100)}%"
