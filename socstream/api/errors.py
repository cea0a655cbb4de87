"""Errors as JSON: the one table from our types to statuses, and the middleware that applies it."""

import logging
import random
from math import ceil

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from attrs import asdict, frozen

from socstream.access.errors import (
    InvalidToken,
    LastAdmin,
    TokenNotFound,
    TooManyAttempts,
    UserExists,
    UserNotFound,
    WrongPassword,
)
from socstream.api.bodies import BadJSON, EncodedBody, LargeBody, SlowBody, WrongContentType
from socstream.api.hosts import BadHost, Misdirected
from socstream.api.identity import Forbidden, NotAuthenticated
from socstream.api.keys import VIEWS
from socstream.api.playlists import StreamDown, TooManyHeld
from socstream.api.rates import TooManyRequests
from socstream.api.schema import ErrorAnswer, FailureAnswer, FieldProblem
from socstream.api.screen import Ambiguous
from socstream.api.session_cookie import CrossSite
from socstream.gateway import GatewayTimeout, GatewayUnreachable
from socstream.logs import of_request
from socstream.model.errors import (
    CameraExists,
    CameraNotFound,
    FFmpegMissing,
    InMaintenance,
    InvalidInput,
    SocstreamError,
    StoreUnavailable,
    TooManyWalls,
    VersionConflict,
    WallExists,
    WallNotFound,
)
from socstream.redaction import redacted

log = logging.getLogger(__name__)

REQUEST_ID = web.RequestKey("request_id", str)


class NotFound(SocstreamError):
    """There is nothing at this place of ours, or not any more."""


class WrongKey(SocstreamError):
    """The X-API-Key is not the configured one."""

    def __init__(self) -> None:
        super().__init__("The X-API-Key is not valid.")


class ProbeRuns(SocstreamError):
    """This client has one probe under way already."""

    def __init__(self) -> None:
        super().__init__("Your last probe still runs; wait for its end.")


class ForeignOrigin(SocstreamError):
    """A page of another origin wants what only our own, and those of the list, may read."""

    def __init__(self) -> None:
        super().__init__("Pages of this origin may not listen here; `cors_origins` lists those that may.")


class NotReady(SocstreamError):
    """Some part of the server does not work; the text says which, in general words."""


@frozen
class _Kind:
    status: int
    code: str
    retry_after: int | None = None
    closes: bool = False
    """Where the next request would begin, only the rest of this one can tell."""


# Only types of ours: an OSError or a KeyError is a bug, and stays a 500.
_KINDS: dict[type[SocstreamError], _Kind] = {
    Ambiguous: _Kind(400, "malformed_request", closes=True),
    BadHost: _Kind(400, "bad_host", closes=True),
    BadJSON: _Kind(400, "bad_json"),
    InvalidToken: _Kind(401, "invalid_token"),
    NotAuthenticated: _Kind(401, "not_authenticated"),
    WrongKey: _Kind(401, "wrong_key"),
    WrongPassword: _Kind(401, "wrong_password"),
    CrossSite: _Kind(403, "cross_site"),
    Forbidden: _Kind(403, "forbidden"),
    ForeignOrigin: _Kind(403, "foreign_origin"),
    CameraNotFound: _Kind(404, "camera_not_found"),
    NotFound: _Kind(404, "not_found"),
    TokenNotFound: _Kind(404, "token_not_found"),
    UserNotFound: _Kind(404, "user_not_found"),
    WallNotFound: _Kind(404, "wall_not_found"),
    SlowBody: _Kind(408, "body_too_slow", closes=True),
    CameraExists: _Kind(409, "camera_exists"),
    InMaintenance: _Kind(409, "in_maintenance"),
    LastAdmin: _Kind(409, "last_admin"),
    TooManyWalls: _Kind(409, "too_many_walls"),
    UserExists: _Kind(409, "user_exists"),
    VersionConflict: _Kind(409, "version_conflict"),
    WallExists: _Kind(409, "wall_exists"),
    LargeBody: _Kind(413, "body_too_large"),
    EncodedBody: _Kind(415, "encoded_body"),
    WrongContentType: _Kind(415, "wrong_content_type"),
    Misdirected: _Kind(421, "misdirected", closes=True),
    InvalidInput: _Kind(422, "invalid_input"),
    TooManyAttempts: _Kind(429, "too_many_attempts"),
    TooManyRequests: _Kind(429, "too_many_requests"),
    GatewayUnreachable: _Kind(502, "gateway_unreachable", retry_after=2),
    ProbeRuns: _Kind(429, "probe_runs", retry_after=5),
    FFmpegMissing: _Kind(503, "ffmpeg_missing", retry_after=5),
    NotReady: _Kind(503, "not_ready", retry_after=2),
    StoreUnavailable: _Kind(503, "store_unavailable", retry_after=5),
    StreamDown: _Kind(503, "stream_down"),
    TooManyHeld: _Kind(503, "too_many_held", retry_after=1),
    GatewayTimeout: _Kind(504, "gateway_timeout", retry_after=2),
}


def new_request_id() -> str:
    """A name for one request: in its answer, and in our log if it met a bug."""
    return f"{random.getrandbits(64):016x}"  # no secret, and urandom costs five times as much


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, and turn whatever is raised into JSON."""
    request[REQUEST_ID] = request_id = new_request_id()
    with of_request(request_id):
        return await _answered(request, handler)


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _from_aiohttp(request, error)
    except SocstreamError as error:
        return _from_ours(request, error)
    except Exception as error:
        if isinstance(error, ConnectionError) and _is_gone(request):
            raise  # nobody is there for an answer
        log.exception("a bug in answering %s %s", request.method, _place(request))
        text = "An error in this server; its log knows more under the request id."
        return _answer(request, 500, "internal_error", text)


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _place(request: web.Request) -> str:
    """The route, not the path: what a client wrote may hold secrets and line ends."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(no route)"


def _from_ours(request: web.Request, error: SocstreamError) -> web.Response:
    kind = next((_KINDS[cls] for cls in type(error).__mro__ if cls in _KINDS), None)
    if kind is None:
        log.exception("no status for %s", type(error).__name__)
        return _answer(request, 500, "internal_error", str(error))
    code, retry_after, errors, failure = kind.code, kind.retry_after, None, None
    if isinstance(error, InvalidInput):
        errors = tuple(FieldProblem(one.field, one.message) for one in error.errors)
    if isinstance(error, StreamDown):
        code, retry_after = error.code, error.retry_after
        failure = request.app[VIEWS].failure(error.status)
    response = _answer(request, kind.status, code, str(error), errors, failure)
    if isinstance(error, TooManyRequests | TooManyAttempts):
        retry_after = ceil(error.retry_after)
    if retry_after is not None:
        response.headers[hdrs.RETRY_AFTER] = str(retry_after)
    if kind.closes:
        response.force_close()
    if kind.status == 401:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return response


def _from_aiohttp(request: web.Request, error: web.HTTPException) -> web.Response:
    text, code = _HTTP_TEXTS.get(error.status, (f"{error.reason}.", f"http_{error.status}"))
    response = _answer(request, error.status, code, text)
    if hdrs.ALLOW in error.headers:
        response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
    return response


_HTTP_TEXTS = {
    404: ("There is nothing at this URL.", "no_such_route"),
    405: ("This URL does not know that method.", "method_not_allowed"),
}


def _answer(
    request: web.Request,
    status: int,
    code: str,
    text: str,
    errors: tuple[FieldProblem, ...] | None = None,
    failure: FailureAnswer | None = None,
) -> web.Response:
    text = redacted(text)
    answer = ErrorAnswer(text, text, code, request[REQUEST_ID], errors, failure)
    told = asdict(answer, recurse=False, filter=lambda _, value: value is not None)
    return web.Response(
        status=status,
        body=msgspec.json.encode(told),
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )
