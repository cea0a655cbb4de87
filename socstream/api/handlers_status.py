"""How things are: one stream, all streams, this server."""

from aiohttp import hdrs, web

from socstream.api.answers import NO_STORE, json_answer, json_bytes
from socstream.api.counts import count
from socstream.api.errors import NotReady
from socstream.api.identity import CALLER, caller_of
from socstream.api.keys import OPENAPI, SERVICES, TIMES, VIEWS, Services
from socstream.api.schema import (
    HealthAnswer,
    PlaylistAnswer,
    SourceKind,
    StreamStatusAnswer,
)
from socstream.api.sight import camera_of, cameras_of
from socstream.hls.timeline import Timeline
from socstream.model.camera import Camera
from socstream.model.errors import StoreUnavailable


async def metrics(request: web.Request) -> web.Response:
    """How many cameras are how."""
    services = request.app[SERVICES]
    cameras = cameras_of(services.cameras, caller_of(request))
    return json_answer(count(cameras, services.board, services.uptime))


async def stream_status(request: web.Request) -> web.Response:
    """What serves a camera and how it is, for whoever looks for a fault."""
    services, camera = request.app[SERVICES], camera_of(request)
    probe = None if camera.source.is_rtsp else await services.gateway.probe(camera)
    timeline, now = _timeline(services, camera), services.clock.monotonic()
    request.app[TIMES].refresh()
    answer = StreamStatusAnswer(
        gateway_reachable=probe is None or probe.status_code is not None,
        manifest_available=_is_playable(timeline, now) if probe is None else probe.status_code == 200,
        source=_source(services, camera),
        stream=request.app[VIEWS].stream(services.board.get(camera.camera_id)),
        playlist=None if timeline is None else _playlist(timeline, now),
        log=tuple(services.log_of(camera.camera_id)),
        status_code=probe.status_code if probe else None,
        hint=probe.hint if probe else None,
    )
    return json_answer(answer)


def _timeline(services: Services, camera: Camera) -> Timeline | None:
    return services.timelines.get(camera.camera_id) if camera.source.is_rtsp else None


def _source(services: Services, camera: Camera) -> SourceKind:
    if camera.source.is_rtsp:
        return "backend_rtsp"
    return "hls" if services.gateway.is_direct(camera) else "gateway"


def _is_playable(timeline: Timeline | None, now: float) -> bool:
    return timeline is not None and timeline.playlist is not None and timeline.is_fresh(now)


def _playlist(timeline: Timeline, now: float) -> PlaylistAnswer:
    return PlaylistAnswer(
        media_sequence=timeline.media_sequence,
        discontinuity_sequence=timeline.discontinuity_sequence,
        segments=timeline.segments,
        age=None if timeline.newest_at is None else round(now - timeline.newest_at, 3),
    )


async def healthz(_: web.Request) -> web.Response:
    """The process and its loop are alive: this answer is the proof."""
    return json_answer(HealthAnswer("ok"))


async def readyz(request: web.Request) -> web.Response:
    """Every part works, or 503; what does not, is told only to those whom we know."""
    services = request.app[SERVICES]
    problems = list(services.readiness())
    try:
        await services.cameras.check()
    except StoreUnavailable:
        problems.append("the database cannot be read")
    if problems:
        raise NotReady(f"Not ready: {'; '.join(problems)}." if CALLER in request else "Not ready.")
    return json_answer(HealthAnswer("ready"))


async def prometheus(request: web.Request) -> web.Response:
    """Figures for whoever watches this server."""
    accept = request.headers.get(hdrs.ACCEPT, "")
    body, content_type = await request.app[SERVICES].metrics.render(accept)
    headers = {hdrs.CONTENT_TYPE: content_type, hdrs.CACHE_CONTROL: NO_STORE}
    return web.Response(body=body, headers=headers)


async def openapi(request: web.Request) -> web.Response:
    """This API, described."""
    return json_bytes(request.app[OPENAPI])
