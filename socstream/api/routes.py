"""Every URL of this server in one table: who may ask, what it takes, what it gives."""

from aiohttp import hdrs
from aiohttp.typedefs import Handler
from attrs import evolve

from socstream.api import handlers_cameras as cameras
from socstream.api import handlers_events as events
from socstream.api import handlers_live as live
from socstream.api import handlers_media as media
from socstream.api import handlers_outages as outages
from socstream.api import handlers_page as page
from socstream.api import handlers_probe as probe
from socstream.api import handlers_status as status
from socstream.api.paths import CAMERAS, PREFIXES
from socstream.api.route import BODY_ERRORS, Answer, Permission, Route
from socstream.api.routes_access import ACCESS
from socstream.api.routes_walls import WALLS
from socstream.api.schema import (
    CameraAnswer,
    CameraBody,
    CameraChangeBody,
    HealthAnswer,
    HeartbeatAnswer,
    HeartbeatBody,
    MediaGrantAnswer,
    MetricsAnswer,
    OutageAnswer,
    ProbeAnswer,
    ProbeBody,
    StreamStatusAnswer,
)
from socstream.api.tables import CSV_TYPE

_GET, _POST = hdrs.METH_GET, hdrs.METH_POST
_OPEN, _ANY_USER, _MANAGER = Permission.OPEN, Permission.ANY_USER, Permission.MANAGER
_CAMERA = f"{CAMERAS}/{{camera_id}}"
_VIDEO = Answer(media=(media.PLAYLIST_TYPE, "video/mp4", "video/mp2t", "application/octet-stream"))


def _edit(method: str) -> Route:
    return Route(
        method,
        _CAMERA,
        cameras.edit_camera,
        _MANAGER,
        "Change a camera; a missing field or null stays as it is",
        Answer(json=CameraAnswer),
        (404, 409, 503, *BODY_ERRORS),
        body=CameraChangeBody,
        deed="camera.edit",
    )


CONTRACT = (
    Route(
        _GET,
        CAMERAS,
        cameras.list_cameras,
        _ANY_USER,
        "All cameras, by name",
        Answer(json=CameraAnswer, is_array=True),
        (304, 503),
    ),
    Route(
        _POST,
        CAMERAS,
        cameras.create_camera,
        _MANAGER,
        "Add a camera",
        Answer(201, json=CameraAnswer),
        (409, 503, *BODY_ERRORS),
        body=CameraBody,
        deed="camera.add",
    ),
    Route(_GET, _CAMERA, cameras.get_camera, _ANY_USER, "One camera", Answer(json=CameraAnswer), (404, 503)),
    _edit(hdrs.METH_PUT),
    _edit(hdrs.METH_PATCH),
    Route(
        hdrs.METH_DELETE,
        _CAMERA,
        cameras.delete_camera,
        _MANAGER,
        "Remove a camera",
        Answer(204),
        (404, 503),
        deed="camera.delete",
    ),
    Route(
        _GET,
        "/security-operations/metrics",
        status.metrics,
        _ANY_USER,
        "Counts over all cameras",
        Answer(json=MetricsAnswer),
        (503,),
    ),
    Route(
        _GET,
        f"{_CAMERA}/hls/{{name:.+}}",
        media.hls,
        _ANY_USER,
        "The playlist (index.m3u8), init files and segments of a camera",
        _VIDEO,
        (206, 304, 404, 416, 502, 503, 504),
    ),
    Route(
        _GET,
        f"{_CAMERA}/stream",
        media.stream,
        _ANY_USER,
        "The way to the camera's stream_url",
        Answer(307),
        (404, 503),
    ),
    Route(
        _GET,
        f"{_CAMERA}/stream-status",
        status.stream_status,
        _ANY_USER,
        "What serves the camera, and how it is",
        Answer(json=StreamStatusAnswer),
        (404, 503),
    ),
    Route(
        _GET,
        f"{_CAMERA}/last-image",
        media.last_image,
        _OPEN,
        "The newest picture of the camera, and in Age how old it is; a sign when there never was one",
        Answer(media=(media.PICTURE_TYPE, "image/svg+xml")),
        (304,),
    ),
    Route(
        _GET,
        f"{_CAMERA}/media-grant",
        media.media_grant,
        _ANY_USER,
        "Paths of the playlist and the picture for those who cannot send headers",
        Answer(json=MediaGrantAnswer),
        (404, 503),
    ),
    Route(
        _POST,
        f"{CAMERAS}/probe",
        probe.probe_camera,
        _MANAGER,
        "Look at a camera before it is added; takes up to 15 s, stores nothing",
        Answer(json=ProbeAnswer),
        (429, 503, *BODY_ERRORS),
        body=ProbeBody,
        deed="camera.probe",
    ),
    Route(
        _POST,
        f"{_CAMERA}/probe",
        probe.probe_known_camera,
        _MANAGER,
        "Look at a camera that is there, with its own password; takes up to 15 s, changes nothing",
        Answer(json=ProbeAnswer),
        (404, 422, 429, 503),
        deed="camera.probe",
    ),
    Route(
        _POST,
        f"{_CAMERA}/retry",
        cameras.retry,
        Permission.OPERATOR,
        "Try again now instead of at the end of the backoff",
        Answer(status=202, json=CameraAnswer),
        (404, 409, 503),
        deed="camera.retry",
    ),
    Route(
        _POST,
        f"{_CAMERA}/heartbeat",
        cameras.heartbeat,
        Permission.DEVICE,
        "A device tells that it lives",
        Answer(json=HeartbeatAnswer),
        (401, 404, 503, *BODY_ERRORS),
        body=HeartbeatBody,
        is_body_required=False,
    ),
    Route(
        _GET,
        f"{_CAMERA}/outages",
        outages.outages,
        _ANY_USER,
        "The camera's outages, newest first; as a table when CSV is what is accepted",
        Answer(json=OutageAnswer, is_array=True, media=(CSV_TYPE,)),
        (404, 422, 503),
        times=("since", "until"),
        deed="outages.export",
    ),
)
"""The routes that live under every prefix."""


def _socket(path: str, handler: Handler, summary: str = "What happens, as it happens") -> Route:
    return Route(_GET, path, handler, _ANY_USER, summary, Answer(101), (403, 503), is_socket=True)


_WS = "/ws/{user_id}"

SOCKETS = (
    _socket(_WS, events.contract_events),
    _socket("/security-operations/events", events.events),
    _socket("/security-operations/live", live.live, "The pictures of many cameras, as they come"),
)
"""WebSockets under every prefix; not in openapi.json, which has no words for them."""

ELSEWHERE = (
    Route(
        _GET, "/healthz", status.healthz, _OPEN, "The process and its loop live", Answer(json=HealthAnswer)
    ),
    Route(
        _GET, "/readyz", status.readyz, _OPEN, "Every part works", Answer(json=HealthAnswer), errors=(503,)
    ),
    Route(
        _GET,
        "/m/{grant}/{camera_id}/{name:.+}",
        media.granted,
        Permission.GRANT,
        "The same media, for whoever has the path",
        Answer(media=(*_VIDEO.media, media.PICTURE_TYPE, "image/svg+xml")),
        (206, 304, 404, 416, 502, 503, 504),
    ),
    Route(
        _GET,
        "/metrics",
        status.prometheus,
        Permission.SCRAPER,
        "Figures of every camera and of the server, for Prometheus",
        Answer(media=("text/plain", "application/openmetrics-text")),
    ),
    Route(_GET, "/openapi.json", status.openapi, _OPEN, "This document", Answer(media=("application/json",))),
)

PAGE = (
    Route(_GET, "/", page.index, _OPEN, "The page", Answer(media=("text/html",)), (304, 404)),
    Route(_GET, "/assets/{name:.+}", page.asset, _OPEN, "Its files", Answer(media=("*/*",)), (304, 404)),
)
"""Not in openapi.json: no client but a browser asks for these."""


def prefixed(route: Route) -> tuple[Route, ...]:
    """A route of the contract under each prefix."""
    return tuple(evolve(route, path=prefix + route.path) for prefix in PREFIXES)


DESCRIBED = (*(line for route in (*CONTRACT, *ACCESS, *WALLS) for line in prefixed(route)), *ELSEWHERE)
"""The lines of openapi.json."""

ALL = (
    *DESCRIBED,
    *PAGE,
    *(line for route in SOCKETS for line in prefixed(route)),
    _socket(_WS, events.contract_events),
)
