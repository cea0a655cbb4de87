"""Pages from other origins: an exact list of those that may read our answers, with credentials."""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
REQUEST_HEADERS = "Authorization, Content-Type, Range, X-API-Key"
EXPOSED = "Retry-After"
_REMEMBERED = "600"  # seconds for which a browser need not ask again


def allowing(request: web.Request, origins: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The headers that let a page of the list read an answer to this request."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or origin not in origins:
        return ()
    return (
        (hdrs.ACCESS_CONTROL_ALLOW_ORIGIN, origin),
        (hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        (hdrs.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED),
    )


class CORS:
    """Answers OPTIONS, and marks every answer, media too, for the origins of the list."""

    def __init__(self, origins: frozenset[str]) -> None:
        self.origins = origins

    async def mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Signal handler: the headers that let an allowed origin read this answer."""
        # Also without an Origin: a cache must not give that answer to a page that sends one.
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        response.headers.update(allowing(request, self.origins))

    def middleware(self) -> Middleware:
        """OPTIONS is answered here, before anybody asks who it is."""

        @web.middleware
        async def answer_options(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.method != hdrs.METH_OPTIONS:
                return await handler(request)
            response = web.Response(status=204, headers={hdrs.ALLOW: METHODS})
            if request.headers.get(hdrs.ORIGIN) in self.origins:
                response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = METHODS
                response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = REQUEST_HEADERS
                response.headers[hdrs.ACCESS_CONTROL_MAX_AGE] = _REMEMBERED
            return response

        return answer_options
