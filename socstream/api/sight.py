"""The one place where a request meets cameras: nobody sees one that is not his, and it looks like none."""

from collections.abc import Sequence

from aiohttp import web

from socstream.api.identity import caller_of
from socstream.api.keys import SERVICES
from socstream.cameras import Cameras
from socstream.model.account import Caller
from socstream.model.camera import Camera
from socstream.model.errors import CameraNotFound


def camera_of(request: web.Request) -> Camera:
    """The camera in the path; CameraNotFound for an unknown one and for one that the caller may not see."""
    camera_id = request.match_info["camera_id"]
    camera = request.app[SERVICES].cameras.get(camera_id)
    if not caller_of(request).sees(camera.camera_id):
        raise CameraNotFound(camera_id)
    return camera


def cameras_of(cameras: Cameras, caller: Caller) -> Sequence[Camera]:
    """All cameras that the caller may see, by name; raises StoreUnavailable."""
    every = cameras.all()
    return every if caller.scope is None else [each for each in every if caller.sees(each.camera_id)]
