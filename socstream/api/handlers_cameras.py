"""Cameras: list, create, read, edit, delete, heartbeat."""

import msgspec
from aiohttp import hdrs, web

from socstream.api import changes
from socstream.api.answers import NO_STORE, is_known, json_answer, json_bytes, not_modified
from socstream.api.auditing import tell
from socstream.api.bodies import read_json
from socstream.api.forwarded import authority_of
from socstream.api.identity import Forbidden, caller_of
from socstream.api.keys import LISTINGS, POSTERS, SERVICES, TIMES, VIEWS
from socstream.api.paths import is_playlist_url
from socstream.api.schema import HeartbeatAnswer, HeartbeatBody
from socstream.api.sight import camera_of, cameras_of
from socstream.api.structure import structure
from socstream.api.times import iso
from socstream.api.wishes import draft_from, edit_from
from socstream.model.camera import Camera


async def list_cameras(request: web.Request) -> web.Response:
    """All cameras of the caller, or 304 when nothing but the newest segments changed since."""
    caller, posters = caller_of(request), request.app[POSTERS]
    cameras = cameras_of(request.app[SERVICES].cameras, caller)
    listing = request.app[LISTINGS].of(caller.scope)
    value = f"{listing.look(cameras)}-{posters.edition(caller)}"
    etag = f'W/"{value}"'
    if is_known(request, value):
        return not_modified(etag, NO_STORE)
    response = json_bytes(posters.filled(listing.body(), caller))
    response.headers[hdrs.ETAG] = etag
    return response


async def create_camera(request: web.Request) -> web.Response:
    """Store a camera; it starts by itself."""
    refuse_limited(request)
    draft = draft_from(await read_json(request))
    camera = await request.app[SERVICES].cameras.add(draft)
    tell(request, target=camera.camera_id, detail=camera.name)
    return _shown(request, camera, status=201)


def refuse_limited(request: web.Request) -> None:
    """Raises Forbidden for who may see certain cameras only: he would not see what he added."""
    if caller_of(request).scope is not None:
        raise Forbidden("Your account is for certain cameras only: it cannot add others.")


async def get_camera(request: web.Request) -> web.Response:
    """One camera."""
    return _shown(request, camera_of(request))


async def edit_camera(request: web.Request) -> web.Response:
    """Change some fields of a camera, by PUT and PATCH alike."""
    camera = camera_of(request)
    shown_url = request.app[VIEWS].stream_url(camera)

    def is_shown_url(text: str) -> bool:
        return text == shown_url or is_playlist_url(text, camera.camera_id, authority_of(request))

    edit = edit_from(await read_json(request), camera, is_shown_url)
    edited = await request.app[SERVICES].cameras.edit(camera.camera_id, edit)
    tell(request, detail=changes.of_camera(camera, edited))
    return _shown(request, edited)


async def delete_camera(request: web.Request) -> web.Response:
    """Forget a camera."""
    camera = camera_of(request)
    tell(request, detail=camera.name)
    await request.app[SERVICES].cameras.remove(camera.camera_id)
    return web.Response(status=204)


async def retry(request: web.Request) -> web.Response:
    """End the backoff now; harmless in any other state."""
    return _shown(request, request.app[SERVICES].cameras.retry(camera_of(request).camera_id), status=202)


async def heartbeat(request: web.Request) -> web.Response:
    """Note a sign of life of the device itself."""
    services = request.app[SERVICES]
    camera = camera_of(request)
    # Small devices post nothing at all.
    structure(await read_json(request) if request.can_read_body else {}, HeartbeatBody)
    at = await services.cameras.heartbeat(camera.camera_id)
    return json_answer(HeartbeatAnswer(ok=True, camera_id=camera.camera_id, timestamp=iso(at)))


def _shown(request: web.Request, camera: Camera, *, status: int = 200) -> web.Response:
    request.app[TIMES].refresh()
    text = msgspec.json.encode(request.app[VIEWS].camera(camera))
    return json_bytes(request.app[POSTERS].filled(text, caller_of(request)), status=status)
