"""Playlists, segments and the way to them."""

import asyncio
import errno
import os
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import hdrs, web

from socstream.api.answers import NO_STORE, is_known, json_answer, not_modified
from socstream.api.errors import NotFound, NotReady
from socstream.api.identity import CALLER, caller_of
from socstream.api.keys import PLAYLISTS, SERVICES, VIEWS, Services
from socstream.api.paths import granted_url
from socstream.api.playlists import in_maintenance
from socstream.api.posters import PICTURE
from socstream.api.ranges import part_of
from socstream.api.relay import relay
from socstream.api.schema import MediaGrantAnswer
from socstream.api.sending import finish
from socstream.api.sight import camera_of
from socstream.api.times import iso
from socstream.gateway import relative_name
from socstream.hls.layout import PLAYLIST_NAME, media_name
from socstream.hls.media import MediaFile
from socstream.model.camera import Camera, canonical_id

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
VIDEO_TYPE = "video/mp4"
PICTURE_TYPE = "image/jpeg"

# A day: longer than any player goes back; the name never stands for other bytes.
IMMUTABLE = "public, max-age=86400, immutable"

# A picture may be replaced at any moment; with its ETag it is sent once.
_ASK_AGAIN = "no-cache"

_NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE)

_FIRST = 16 * 1024
"""Bytes of a file that go out with its headers."""

_CAMERA_SIGN = b"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" role="img" aria-label="No picture yet">
<rect width="640" height="360" fill="#10151c"/>
<g fill="none" stroke="#465364" stroke-width="10" stroke-linecap="round" stroke-linejoin="round">
<rect x="235" y="140" width="120" height="84" rx="10"/><path d="M355 170l50-26v76l-50-26M225 260L415 104"/>
</g></svg>
"""


async def hls(request: web.Request) -> web.StreamResponse:
    """A playlist, an init file or a segment, from us or from the gateway."""
    camera, name = camera_of(request), request.match_info["name"]
    if not camera.source.is_rtsp:
        return await _from_gateway(request, camera, name)
    if name == PLAYLIST_NAME:
        return await _playlist(request, camera)
    return await _segment(request, camera, name)


async def stream(request: web.Request) -> web.Response:
    """The way to where the camera plays."""
    location = request.app[VIEWS].stream_url(camera_of(request))
    return web.Response(status=307, headers={hdrs.LOCATION: location, hdrs.CACHE_CONTROL: NO_STORE})


async def last_image(request: web.Request) -> web.Response:
    """The newest picture of a camera; a sign when there never was one, and for whoever may not see it.

    The sign is SVG: `<img>` and `<video poster>` show it sharp at every size, and one can read its source.
    """
    services = request.app[SERVICES]
    camera_id, caller = canonical_id(request.match_info["camera_id"]), request.get(CALLER)
    is_seen = camera_id is not None and caller is not None and caller.sees(camera_id)
    picture = await services.pictures.get(camera_id) if camera_id is not None and is_seen else None
    if picture is None:
        headers = {hdrs.CACHE_CONTROL: NO_STORE}
        return web.Response(body=_CAMERA_SIGN, content_type="image/svg+xml", headers=headers)
    if is_known(request, picture.etag):
        response = not_modified(f'"{picture.etag}"', _ASK_AGAIN)
    else:
        headers = {hdrs.CACHE_CONTROL: _ASK_AGAIN, hdrs.ETAG: f'"{picture.etag}"'}
        response = web.Response(body=picture.jpeg, content_type=PICTURE_TYPE, headers=headers)
    response.headers[hdrs.AGE] = str(max(0, int(services.clock.wall() - picture.taken)))
    response.last_modified = picture.taken
    return response


async def granted(request: web.Request) -> web.StreamResponse:
    """The same media at a path that holds its permission, for those who cannot send headers."""
    return await (last_image if request.match_info["name"] == PICTURE else hls)(request)


async def media_grant(request: web.Request) -> web.Response:
    """Paths of a camera's playlist and picture that whoever has them may open, until they expire."""
    grants, camera_id = request.app[SERVICES].grants, camera_of(request).camera_id
    token = grants.token(caller_of(request), camera_id)
    return json_answer(
        MediaGrantAnswer(
            playlist=granted_url(token, camera_id, PLAYLIST_NAME),
            last_image=granted_url(token, camera_id, PICTURE),
            expires_at=iso(datetime.fromtimestamp(grants.expires_at(token), UTC)),
        )
    )


async def _playlist(request: web.Request, camera: Camera) -> web.Response:
    client = _client(request)
    request.app[SERVICES].metrics.viewers.note(camera.camera_id, client)
    timeline = await request.app[PLAYLISTS].get(camera.camera_id, client, lambda: request.transport is None)
    headers = {hdrs.CACHE_CONTROL: NO_STORE, hdrs.ETAG: timeline.etag}
    if is_known(request, timeline.etag.strip('"')):
        return not_modified(timeline.etag, NO_STORE)
    return web.Response(body=timeline.playlist, content_type=PLAYLIST_TYPE, headers=headers)


async def _segment(request: web.Request, camera: Camera, text: str) -> web.StreamResponse:
    services = request.app[SERVICES]
    name, timeline = media_name(text), services.timelines.get(camera.camera_id)
    if name is None or timeline is None or not timeline.holds(name):
        raise NotFound("There is no such segment, or it has left the playlist long ago.")
    services.cameras.watch(camera.camera_id)
    file = timeline.file(name)
    if file is None:
        file = await _opened(services, services.layout.path(camera.camera_id, name))
        timeline.keep(name, file)
    return await _send(request, file)


async def _opened(services: Services, path: Path) -> MediaFile:
    """The file; raises NotFound, or NotReady when the box has no descriptor for it."""
    try:
        try:
            return await asyncio.to_thread(MediaFile, path)
        except OSError as error:
            if error.errno not in _NO_DESCRIPTOR:
                raise
            services.timelines.let_go()  # what is only kept for whoever asks next
            return await asyncio.to_thread(MediaFile, path)
    except OSError as error:
        if error.errno in _NO_DESCRIPTOR:
            raise NotReady("This box has too many files open.") from error
        raise NotFound("The segment is gone.") from error


async def _send(request: web.Request, file: MediaFile) -> web.StreamResponse:
    """The file or a part of it, unless the client has it already."""
    etag = file.etag.strip('"')
    if request.if_match is not None and not any(each.value in (etag, "*") for each in request.if_match):
        raise web.HTTPPreconditionFailed
    headers = {hdrs.ETAG: file.etag, hdrs.CACHE_CONTROL: IMMUTABLE, hdrs.ACCEPT_RANGES: "bytes"}
    if is_known(request, etag):
        return web.Response(status=304, headers=headers)
    # Of a HEAD it means nothing (RFC 9110, 14.2).
    asked = request.headers.get(hdrs.RANGE, "") if request.method == hdrs.METH_GET else ""
    is_other = request.headers.get(hdrs.IF_RANGE, file.etag) != file.etag
    part = None if is_other else part_of(asked, file.size)
    if part is not None and not part:
        return web.Response(status=416, headers={hdrs.CONTENT_RANGE: f"bytes */{file.size}"})
    if part is None:
        response = web.StreamResponse(headers=headers)
        part = range(file.size)
    else:
        headers[hdrs.CONTENT_RANGE] = f"bytes {part.start}-{part.stop - 1}/{file.size}"
        response = web.StreamResponse(status=206, headers=headers)
    response.content_type = VIDEO_TYPE
    response.content_length = len(part)
    await response.prepare(request)
    if request.method == hdrs.METH_HEAD or await _send_part(request, response, file, part):
        await response.write_eof()
    return response


async def _send_part(
    request: web.Request, response: web.StreamResponse, file: MediaFile, part: range
) -> bool:
    """Whether it went out whole; aiohttp would keep an error of ours for a while, and the file with it."""
    transport = request.transport
    if transport is None:
        return False
    at = min(part.start + _FIRST, part.stop)
    try:
        await response.write(os.pread(file.descriptor, at - part.start, part.start))
        await finish(transport, request.writer.drain, file, at, part.stop)
    except (OSError, TimeoutError):
        transport.abort()  # whoever got half of it has to be told
        return False
    return True


async def _from_gateway(request: web.Request, camera: Camera, text: str) -> web.StreamResponse:
    name = relative_name(text)
    if name is None:
        raise NotFound("There can be no file of this name.")
    services = request.app[SERVICES]
    if camera.maintenance:
        raise in_maintenance(services.board.get(camera.camera_id))
    services.metrics.viewers.note(camera.camera_id, _client(request))
    return await relay(request, services.gateway, camera, name)


def _client(request: web.Request) -> str:
    """Whose held requests count together: who has the same token, or has it from the same grant."""
    return caller_of(request).key
