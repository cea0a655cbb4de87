"""What every answer tells browsers: guess nothing, embed nothing, keep nothing, come back by TLS."""

from aiohttp import hdrs, web

from socstream.api.answers import NO_STORE
from socstream.api.cors import allowing
from socstream.api.errors import REQUEST_ID, new_request_id
from socstream.api.forwarded import is_secure
from socstream.api.paths import is_media

POLICY = "Content-Security-Policy"
CORP = "Cross-Origin-Resource-Policy"

SAFE = {
    hdrs.SERVER: "socstream",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    POLICY: "default-src 'none'; frame-ancestors 'none'",
}
"""For whatever is no page: opened by itself, it loads and runs nothing."""

_ONE_YEAR = "max-age=31536000"


def own_lines(request: web.Request, origins: frozenset[str]) -> bytes:
    """The headers that an answer of media bears for this client only, as text."""
    lines = f"Strict-Transport-Security: {_ONE_YEAR}\r\n" if is_secure(request) else ""
    return (lines + "".join(f"{name}: {value}\r\n" for name, value in allowing(request, origins))).encode()


async def mark(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: the headers that every answer bears."""
    headers = response.headers
    own_policy = headers.get(POLICY)
    headers.update(SAFE)
    if own_policy is not None:
        headers[POLICY] = own_policy
    headers["X-Request-ID"] = request.get(REQUEST_ID) or new_request_id()
    # `<img>` and `<video poster>` of a front end elsewhere load without asking CORS; scripts still have to.
    headers[CORP] = "cross-origin" if is_media(request.path) else "same-origin"
    # A file may vanish after its headers were chosen: nobody is to keep that 404 for a day.
    if response.status >= 400 or hdrs.CACHE_CONTROL not in headers:
        headers[hdrs.CACHE_CONTROL] = NO_STORE
    if is_secure(request):
        headers["Strict-Transport-Security"] = _ONE_YEAR
