"""The page and its files."""

from aiohttp import hdrs, web

from socstream.api.answers import is_known, not_modified
from socstream.api.errors import NotFound
from socstream.api.keys import PAGE
from socstream.api.page import HOW_TO_BUILD

# blob: is where hls.js keeps the pictures that it hands to <video>.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cross-Origin-Opener-Policy": "same-origin"}


async def index(request: web.Request) -> web.Response:
    """The page."""
    return _file(request, "index.html")


async def asset(request: web.Request) -> web.Response:
    """A file that the page needs."""
    return _file(request, "assets/" + request.match_info["name"])


def _file(request: web.Request, name: str) -> web.Response:
    page = request.app[PAGE]
    file = page.get(name)
    if file is None:
        raise NotFound("The page has no such file." if page.is_built else HOW_TO_BUILD)
    if is_known(request, file.etag.strip('"')):
        answer = not_modified(file.etag, file.cache_control)
        answer.headers.update(_HEADERS)  # a browser takes those of a 304 in place of those that it kept
        return answer
    headers = {
        **_HEADERS,
        hdrs.CONTENT_TYPE: file.content_type,
        hdrs.CACHE_CONTROL: file.cache_control,
        hdrs.ETAG: file.etag,
    }
    return web.Response(body=file.body, headers=headers)
