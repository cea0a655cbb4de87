"""Cameras: list, create, read, edit, delete, heartbeat."""

import hmac

from aiohttp import hdrs, web

from socstream.api.answers import NO_STORE, is_known, json_answer, json_bytes, not_modified
from socstream.api.bodies import read_json
from socstream.api.errors import WrongKey
from socstream.api.keys import LISTING, SERVICES, TIMES, VIEWS
from socstream.api.paths import is_playlist_url
from socstream.api.schema import HeartbeatAnswer, HeartbeatBody
from socstream.api.structure import structure
from socstream.api.times import iso
from socstream.api.wishes import draft_from, edit_from
from socstream.model.camera import Camera


async def list_cameras(request: web.Request) -> web.Response:
    """All cameras, or 304 when nothing but the newest segments changed since."""
    cameras, listing = request.app[SERVICES].cameras.all(), request.app[LISTING]
    value = listing.look(cameras)
    etag = f'W/"{value}"'
    if is_known(request, value):
        return not_modified(etag, NO_STORE)
    response = json_bytes(listing.body())
    response.headers[hdrs.ETAG] = etag
    return response


async def create_camera(request: web.Request) -> web.Response:
    """Store a camera; it starts by itself."""
    draft = draft_from(await read_json(request))
    return _shown(request, await request.app[SERVICES].cameras.add(draft), status=201)


async def get_camera(request: web.Request) -> web.Response:
    """One camera."""
    return _shown(request, _camera(request))


async def edit_camera(request: web.Request) -> web.Response:
    """Change some fields of a camera, by PUT and PATCH alike."""
    camera = _camera(request)
    shown_url = request.app[VIEWS].stream_url(camera)

    def is_shown_url(text: str) -> bool:
        return text == shown_url or is_playlist_url(text, camera.camera_id, request.host)

    edit = edit_from(await read_json(request), camera, is_shown_url)
    return _shown(request, await request.app[SERVICES].cameras.edit(camera.camera_id, edit))


async def delete_camera(request: web.Request) -> web.Response:
    """Forget a camera."""
    await request.app[SERVICES].cameras.remove(request.match_info["camera_id"])
    return web.Response(status=204)


async def retry(request: web.Request) -> web.Response:
    """End the backoff now; harmless in any other state."""
    return _shown(request, request.app[SERVICES].cameras.retry(request.match_info["camera_id"]), status=202)


async def heartbeat(request: web.Request) -> web.Response:
    """Note a sign of life of the device itself."""
    services = request.app[SERVICES]
    _check_key(request.headers.get("X-API-Key"), services.settings.hardware_ingest_key)
    camera = _camera(request)
    # Small devices post nothing at all.
    structure(await read_json(request) if request.can_read_body else {}, HeartbeatBody)
    at = await services.cameras.heartbeat(camera.camera_id)
    return json_answer(HeartbeatAnswer(ok=True, camera_id=camera.camera_id, timestamp=iso(at)))


def _check_key(given: str | None, configured: str) -> None:
    """A key that is sent must be the configured one; while there are no users, none need be sent."""
    if given is None:
        return
    is_right = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), configured.encode())
    if not configured or not is_right:
        raise WrongKey


def _camera(request: web.Request) -> Camera:
    return request.app[SERVICES].cameras.get(request.match_info["camera_id"])


def _shown(request: web.Request, camera: Camera, *, status: int = 200) -> web.Response:
    request.app[TIMES].refresh()
    return json_answer(request.app[VIEWS].camera(camera), status=status)
