"""WebSockets that tell what happens: `/ws/{user_id}` of the contract, and `/events` of our own page."""

import asyncio
import logging
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial

import msgspec
from aiohttp import WSCloseCode, WSMsgType, hdrs, web

from socstream.api.adjusting import ADJUSTABLE
from socstream.api.errors import ForeignOrigin
from socstream.api.forwarded import authority_of
from socstream.api.identity import CALLER
from socstream.api.keys import FEED, POSTERS, SERVICES, SOCKETS
from socstream.events.hub import ALL, CONTRACT, Kind, Listener
from socstream.model.account import Caller

log = logging.getLogger(__name__)

_HEARTBEAT = 30.0
"""Seconds between two pings; a client that is gone, or reads nothing, is found out half of that later."""

_LARGEST_MESSAGE = 4096
"""Bytes that a client may send at a time: its token, if anything."""

_INTRODUCTION = 10.0
"""Seconds for the message that says who listens."""

_NOBODY = ""
"""In the place of a key, until it is known who listens."""

_WRITER_LIMIT = 32 * 1024
"""Bytes after which sending waits until the socket takes more."""

_CLOSING = 1.0
"""Seconds that a client has to take the end of the connection."""

_TURN = 16
"""Messages sent before others get their turn: a storm must not stop the loop for hundreds of clients."""


class _Introduction(msgspec.Struct):
    token: str


async def contract_events(request: web.Request) -> web.WebSocketResponse:
    """Everything that clients of the contract know. The token says who listens, not the id in the path."""
    token = request.query.get("token")
    if token is not None and CALLER not in request:
        caller = request.app[SERVICES].accounts.caller(token)
        if caller is not None:
            request[CALLER] = caller
    return await _converse(request, CONTRACT)


async def events(request: web.Request) -> web.WebSocketResponse:
    """The same, and what only our own clients know; the first message may say who listens."""
    return await _converse(request, ALL, introduction=_INTRODUCTION)


async def close_sockets(app: web.Application) -> None:
    """Tell every client that the server goes away; takes a second at most."""
    sockets = app[SOCKETS]
    await asyncio.gather(*(_close(socket, WSCloseCode.GOING_AWAY) for socket in tuple(sockets)))


async def close_sockets_of(app: web.Application, key: str) -> None:
    """A session or token ended, or may do other things than before: who listens has to come again."""
    sockets = tuple(socket for socket, its_key in app[SOCKETS].items() if its_key == key)
    code = (
        WSCloseCode.POLICY_VIOLATION if app[SERVICES].accounts.alive(key) is None else WSCloseCode.GOING_AWAY
    )
    await asyncio.gather(*(_close(socket, code) for socket in sockets))


async def _converse(
    request: web.Request, kinds: frozenset[Kind], *, introduction: float | None = None
) -> web.WebSocketResponse:
    """`introduction`: seconds that a client has to say who it is, if nobody knows it yet; None: too late."""
    _refuse_foreign_pages(request)
    request.app[SERVICES].cameras.all()  # not readable: 503 now, while there is still an HTTP answer
    socket = web.WebSocketResponse(
        compress=False,
        heartbeat=_HEARTBEAT,
        timeout=_CLOSING,
        max_msg_size=_LARGEST_MESSAGE,
        writer_limit=_WRITER_LIMIT,
    )
    await socket.prepare(request)
    sockets, transport = request.app[SOCKETS], request.transport
    sockets[socket] = _NOBODY
    try:
        caller = request.get(CALLER) or await _introduced(request, socket, introduction)
        if caller is None:
            await _close(socket, WSCloseCode.POLICY_VIOLATION)
            return socket
        sockets[socket] = caller.key
        await _serve(request, socket, kinds, caller)
        await _close(socket, WSCloseCode.OK)
    finally:
        sockets.pop(socket, None)
        if transport is not None and transport.get_write_buffer_size():
            transport.abort()  # who has not taken the rest by now may never do so, and it costs memory
    return socket


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


async def _serve(
    request: web.Request, socket: web.WebSocketResponse, kinds: frozenset[Kind], caller: Caller
) -> None:
    """Send and receive until either ends."""
    hub, feed = request.app[SERVICES].hub, request.app[FEED]
    listener = Listener(kinds, caller.scope, partial(feed.snapshot, kinds, caller.scope))
    with hub.subscribed(listener) as subscription:
        greeting = hub.message(Kind.CONNECTED, {})
        personal = partial(request.app[POSTERS].filled, caller=caller)
        tasks = (
            asyncio.create_task(_send(socket, greeting, subscription.messages(), personal)),
            asyncio.create_task(_receive(socket)),
        )
        try:
            await asyncio.wait(tasks, return_when=FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Exception):  # too late for an HTTP answer
                    log.error("a bug ended a WebSocket", exc_info=result)


async def _send(
    socket: web.WebSocketResponse,
    greeting: bytes,
    messages: AsyncIterator[bytes],
    personal: Callable[[bytes], bytes],
) -> None:
    sent = 0
    try:
        await socket.send_frame(greeting, WSMsgType.TEXT)
        async for message in messages:
            await socket.send_frame(personal(message), WSMsgType.TEXT)
            sent += 1
            if sent % _TURN == 0:
                await asyncio.sleep(0)
    except ConnectionError:
        pass  # the client is gone


async def _receive(socket: web.WebSocketResponse) -> None:
    """Answer pings and notice the end; aiohttp does both for whoever reads."""
    async for _ in socket:
        pass


async def _close(socket: web.WebSocketResponse, code: WSCloseCode) -> None:
    try:
        async with asyncio.timeout(_CLOSING):
            await socket.close(code=code)
    except TimeoutError:
        pass  # aiohttp has closed the transport


def _refuse_foreign_pages(request: web.Request) -> None:
    """Browsers let any page open a WebSocket to any server, and only tell the server whose page it is."""
    origin = request.headers.get(hdrs.ORIGIN)
    allowed = request.app[ADJUSTABLE].settings.cors_origins
    if origin is None or origin in allowed:
        return
    scheme, _, authority = origin.partition("://")
    if scheme not in ("http", "https") or authority.lower() != authority_of(request).lower():
        raise ForeignOrigin
