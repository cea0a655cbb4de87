"""WebSockets that tell what happens: `/ws/{user_id}` of the contract, and `/events` of our own page."""

import asyncio
import logging
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterator
from functools import partial

from aiohttp import WSCloseCode, WSMsgType, hdrs, web

from socstream.api.errors import ForeignOrigin
from socstream.api.forwarded import authority_of
from socstream.api.keys import FEED, SERVICES, SOCKETS
from socstream.events.hub import ALL, CONTRACT, Kind

log = logging.getLogger(__name__)

_HEARTBEAT = 30.0
"""Seconds between two pings; a client that is gone, or reads nothing, is found out half of that later."""

_LARGEST_MESSAGE = 4096
"""Bytes that a client may send at a time. What it says is not looked at, as long as there are no tokens."""

_WRITER_LIMIT = 32 * 1024
"""Bytes after which sending waits until the socket takes more."""

_CLOSING = 1.0
"""Seconds that a client has to take the end of the connection."""

_TURN = 16
"""Messages sent before others get their turn: a storm must not stop the loop for hundreds of clients."""


async def contract_events(request: web.Request) -> web.WebSocketResponse:
    """Everything that clients of the contract know; the user in the path is not looked at yet."""
    return await _converse(request, CONTRACT)


async def events(request: web.Request) -> web.WebSocketResponse:
    """The same, and what only our own clients know."""
    return await _converse(request, ALL)


async def close_sockets(app: web.Application) -> None:
    """Tell every client that the server goes away; takes a second at most."""
    sockets = app[SOCKETS]
    await asyncio.gather(*(_close(socket, WSCloseCode.GOING_AWAY) for socket in sockets))


async def _converse(request: web.Request, kinds: frozenset[Kind]) -> web.WebSocketResponse:
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
    sockets.add(socket)
    try:
        await _serve(request, socket, kinds)
        await _close(socket, WSCloseCode.OK)
    finally:
        sockets.discard(socket)
        if transport is not None and transport.get_write_buffer_size():
            transport.abort()  # who has not taken the rest by now may never do so, and it costs memory
    return socket


async def _serve(request: web.Request, socket: web.WebSocketResponse, kinds: frozenset[Kind]) -> None:
    """Send and receive until either ends."""
    hub, feed = request.app[SERVICES].hub, request.app[FEED]
    with hub.subscribed(kinds, partial(feed.snapshot, kinds)) as subscription:
        greeting = hub.message(Kind.CONNECTED, {})
        tasks = (
            asyncio.create_task(_send(socket, greeting, subscription.messages())),
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


async def _send(socket: web.WebSocketResponse, greeting: bytes, messages: AsyncIterator[bytes]) -> None:
    sent = 0
    try:
        await socket.send_frame(greeting, WSMsgType.TEXT)
        async for message in messages:
            await socket.send_frame(message, WSMsgType.TEXT)
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
    allowed = request.app[SERVICES].settings.cors_origins
    if origin is None or origin in allowed:
        return
    scheme, _, authority = origin.partition("://")
    if scheme not in ("http", "https") or authority.lower() != authority_of(request).lower():
        raise ForeignOrigin
