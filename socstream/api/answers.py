"""The few shapes of answers that handlers give."""

import msgspec
from aiohttp import hdrs, web

NO_STORE = "no-store"


def json_answer(value: object, *, status: int = 200) -> web.Response:
    """An attrs class of `schema` as JSON that no cache keeps."""
    return json_bytes(msgspec.json.encode(value), status=status)


def json_bytes(body: bytes, *, status: int = 200) -> web.Response:
    """JSON that is encoded already."""
    return web.Response(
        status=status,
        body=body,
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: NO_STORE},
    )


def is_known(request: web.Request, etag: str) -> bool:
    """True when the client has the representation with this ETag value (without quotes) already."""
    return any(known.value in (etag, "*") for known in request.if_none_match or ())


def not_modified(etag: str, cache_control: str) -> web.Response:
    """304 for an ETag as it stands in the header."""
    return web.Response(status=304, headers={hdrs.ETAG: etag, hdrs.CACHE_CONTROL: cache_control})
