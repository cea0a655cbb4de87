"""Hands on what a gateway sends, piece by piece: no more of it is in memory than the client has room for."""

import re

from aiohttp import ClientResponse, hdrs, web

from socstream.api.answers import NO_STORE
from socstream.api.errors import NotFound
from socstream.gateway import Gateway, GatewayRefused, GatewayTimeout, GatewayUnreachable
from socstream.model.camera import Camera

_PIECE = 64 * 1024

_ASKED = (hdrs.RANGE, hdrs.IF_NONE_MATCH, hdrs.IF_MODIFIED_SINCE, hdrs.IF_RANGE)
"""What we say to the gateway of a request; above all not Authorization, Cookie and X-API-Key."""

_TOLD = (
    hdrs.CONTENT_LENGTH,
    hdrs.CONTENT_ENCODING,
    hdrs.CONTENT_RANGE,
    hdrs.ACCEPT_RANGES,
    hdrs.CACHE_CONTROL,
    hdrs.ETAG,
    hdrs.LAST_MODIFIED,
)

_TYPES = re.compile(
    r"(video|audio)/[a-z0-9.+-]+|image/(jpeg|png|webp)|text/vtt"
    r"|application/(vnd\.apple\.mpegurl|x-mpegurl|octet-stream)",
    re.IGNORECASE,
)

_PASSED_ON = frozenset({200, 206, 304, 416})


async def relay(request: web.Request, gateway: Gateway, camera: Camera, name: str) -> web.StreamResponse:
    """One file of a gateway; GatewayUnreachable, GatewayTimeout, NotFound for a segment that is gone."""
    asked: dict[str, str] = {
        header: request.headers[header] for header in _ASKED if header in request.headers
    }
    response = web.StreamResponse()
    try:
        async with gateway.open(
            camera, name, query=request.rel_url.raw_query_string, headers=asked
        ) as upstream:
            _check(upstream, name)
            response.set_status(upstream.status)
            response.headers.update(_headers(upstream, name))
            await response.prepare(request)
            if request.method != hdrs.METH_HEAD:
                async for piece in upstream.content.iter_chunked(_PIECE):
                    await response.write(piece)
    except (GatewayUnreachable, GatewayTimeout):
        if not response.prepared:
            raise
        # Too late to say so: only a broken connection tells the client that the rest is missing.
        if request.transport is not None:
            request.transport.abort()
        return response
    await response.write_eof()
    return response


def _headers(upstream: ClientResponse, name: str) -> dict[str, str]:
    told: dict[str, str] = {
        header: upstream.headers[header] for header in _TOLD if header in upstream.headers
    }
    if name.endswith(".m3u8"):
        told[hdrs.CACHE_CONTROL] = NO_STORE
    # Somebody else's page must not become one of our origin.
    kind = upstream.content_type
    told[hdrs.CONTENT_TYPE] = kind if _TYPES.fullmatch(kind) else "application/octet-stream"
    return told


def _check(upstream: ClientResponse, name: str) -> None:
    """Refuse what a player would take wrongly: to hls.js a 4xx means that the stream is gone for good."""
    if upstream.status in _PASSED_ON:
        return
    if upstream.status in (404, 410) and not name.endswith(".m3u8"):
        raise NotFound("The gateway has no such segment, or not any more.")
    raise GatewayRefused(upstream.status)
