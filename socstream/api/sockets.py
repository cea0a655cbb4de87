"""WebSockets from beginning to end, whatever is said on them: who may come, who it is, and who has to go."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
from aiohttp import WSCloseCode, hdrs, web

from socstream.api.adjusting import ADJUSTABLE
from socstream.api.errors import ForeignOrigin
from socstream.api.forwarded import authority_of
from socstream.api.identity import CALLER
from socstream.api.keys import SERVICES, SOCKETS
from socstream.model.account import Caller

INTRODUCTION = 10.0
"""Seconds for the message that says who it is."""

_HEARTBEAT = 30.0
"""Seconds between two pings; a client that is gone, or reads nothing, is found out half of that later."""

_LARGEST_MESSAGE = 4096
"""Bytes that a client may send at a time."""

_NOBODY = ""
"""In the place of a key, until it is known who it is."""

WRITER_LIMIT = 32 * 1024
"""Bytes after which sending waits until the socket takes more."""

_CLOSING = 1.0
"""Seconds that a client has to take the end of the connection."""

_LONGEST_REASON = 123  # bytes, says RFC 6455

Serve = Callable[[web.Request, web.WebSocketResponse, Caller], Awaitable[None]]
"""What is said; returns when there is no more to say, or nobody is there."""


class _Introduction(msgspec.Struct):
    token: str


async def converse(
    request: web.Request, serve: Serve, *, introduction: float | None = None
) -> web.WebSocketResponse:
    """`introduction`: seconds that a client has to say who it is, if nobody knows it yet; None: too late."""
    _refuse_foreign_pages(request)
    request.app[SERVICES].cameras.all()  # not readable: 503 now, while there is still an HTTP answer
    socket = web.WebSocketResponse(
        compress=False,
        heartbeat=_HEARTBEAT,
        timeout=_CLOSING,
        max_msg_size=_LARGEST_MESSAGE,
        writer_limit=WRITER_LIMIT,
    )
    await socket.prepare(request)
    sockets, transport = request.app[SOCKETS], request.transport
    sockets[socket] = _NOBODY
    try:
        caller = request.get(CALLER) or await _introduced(request, socket, introduction)
        if caller is None:
            await close(socket, WSCloseCode.POLICY_VIOLATION)
            return socket
        sockets[socket] = caller.key
        await serve(request, socket, caller)
        await close(socket, WSCloseCode.OK)
    finally:
        sockets.pop(socket, None)
        if transport is not None and transport.get_write_buffer_size():
            transport.abort()  # who has not taken the rest by now may never do so, and it costs memory
    return socket


async def close_sockets(app: web.Application) -> None:
    """Tell every client that the server goes away; takes a second at most."""
    sockets = app[SOCKETS]
    await asyncio.gather(*(close(socket, WSCloseCode.GOING_AWAY) for socket in tuple(sockets)))


async def close_sockets_of(app: web.Application, key: str) -> None:
    """A session or token ended, or may do other things than before: who listens has to come again."""
    sockets = tuple(socket for socket, its_key in app[SOCKETS].items() if its_key == key)
    code = (
        WSCloseCode.POLICY_VIOLATION if app[SERVICES].accounts.alive(key) is None else WSCloseCode.GOING_AWAY
    )
    await asyncio.gather(*(close(socket, code) for socket in sockets))


async def close(socket: web.WebSocketResponse, code: WSCloseCode, reason: str = "") -> None:
    """End it; takes a second at most, and nothing happens if it has ended."""
    message = reason.encode()[:_LONGEST_REASON].decode(errors="ignore").encode()  # no half of a letter
    try:
        async with asyncio.timeout(_CLOSING):
            await socket.close(code=code, message=message)
    except TimeoutError:
        pass  # aiohttp has closed the transport


async def _introduced(
    request: web.Request, socket: web.WebSocketResponse, within: float | None
) -> Caller | None:
    """Whom the first message, `{"token": …}`, names; None when it does not come in time or is no good."""
    if within is None:
        return None
    with suppress(TimeoutError, ValueError, TypeError):  # TypeError: it is not text
        message = msgspec.json.decode(await socket.receive_str(timeout=within), type=_Introduction)
        return request.app[SERVICES].accounts.caller(message.token)
    return None


def _refuse_foreign_pages(request: web.Request) -> None:
    """Browsers let any page open a WebSocket to any server, and only tell the server whose page it is."""
    origin = request.headers.get(hdrs.ORIGIN)
    allowed = request.app[ADJUSTABLE].settings.cors_origins
    if origin is None or origin in allowed:
        return
    scheme, _, authority = origin.partition("://")
    if scheme not in ("http", "https") or authority.lower() != authority_of(request).lower():
        raise ForeignOrigin
