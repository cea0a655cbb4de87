"""WebSockets that tell what happens: `/ws/{user_id}` of the contract, and `/events` of our own page."""

import asyncio
import logging
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterator, Callable
from functools import partial

from aiohttp import WSMsgType, web

from socstream.api.identity import CALLER
from socstream.api.keys import FEED, POSTERS, SERVICES
from socstream.api.sockets import INTRODUCTION, WRITER_LIMIT, converse
from socstream.events.hub import ALL, CONTRACT, Kind, Listener, Tell
from socstream.live.wire import framed
from socstream.model.account import Caller

log = logging.getLogger(__name__)

_TURN = 16
"""Messages sent before others get their turn: a storm must not stop the loop for hundreds of clients."""


async def contract_events(request: web.Request) -> web.WebSocketResponse:
    """Everything that clients of the contract know. The token says who listens, not the id in the path."""
    token = request.query.get("token")
    if token is not None and CALLER not in request:
        caller = request.app[SERVICES].accounts.caller(token)
        if caller is not None:
            request[CALLER] = caller
    return await converse(request, partial(_serve, CONTRACT))


async def events(request: web.Request) -> web.WebSocketResponse:
    """The same, and what only our own clients know; the first message may say who listens."""
    return await converse(request, partial(_serve, ALL), introduction=INTRODUCTION)


def _teller(
    socket: web.WebSocketResponse, transport: asyncio.Transport, personal: Callable[[bytes], bytes]
) -> Tell:
    """Past aiohttp's own sending, as pictures go: whole frames on the thread of the loop cannot mix."""
    waiting, is_closing, write = transport.get_write_buffer_size, transport.is_closing, transport.write

    def tell(message: bytes) -> bool:
        if waiting() > WRITER_LIMIT or socket.closed or is_closing():
            return False
        write(framed(personal(message)))
        return True

    return tell


async def _serve(
    kinds: frozenset[Kind], request: web.Request, socket: web.WebSocketResponse, caller: Caller
) -> None:
    """Send and receive until either ends."""
    hub, feed, transport = request.app[SERVICES].hub, request.app[FEED], request.transport
    if transport is None:
        return
    personal = partial(request.app[POSTERS].filled, caller=caller)
    listener = Listener(kinds, caller.scope, partial(feed.snapshot, kinds, caller.scope))
    with hub.subscribed(listener, _teller(socket, transport, personal)) as subscription:
        greeting = hub.message(Kind.CONNECTED, {})
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
