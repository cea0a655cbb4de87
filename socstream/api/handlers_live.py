"""The WebSocket with pictures: commands come in, the live edges of many cameras go out by one connection."""

import asyncio
import socket as sockets
from contextlib import suppress

from aiohttp import WSCloseCode, WSMsgType, web

from socstream.api.keys import SERVICES
from socstream.api.sockets import INTRODUCTION, close, converse
from socstream.api.watcher import BadCommand, Watcher
from socstream.background import in_background
from socstream.live.outlet import Outlet
from socstream.model.account import Caller

_UNSENT = 128 * 1024
"""Bytes in the kernel that wait for the network: else it takes megabytes, and pictures grow old there."""


async def live(request: web.Request) -> web.WebSocketResponse:
    """Pictures of every camera that the client subscribes to, as they come."""
    return await converse(request, _serve, introduction=INTRODUCTION)


async def _serve(request: web.Request, socket: web.WebSocketResponse, caller: Caller) -> None:
    transport, services = request.transport, request.app[SERVICES]
    if transport is None:
        return
    _keep_little_unsent(transport)

    def is_open() -> bool:
        return not (socket.closed or transport.is_closing())

    # Past aiohttp's own sending: a frame is the same for all who watch, and is written in one call, with no
    # task or lock. Whole frames on the loop's thread cannot mix with aiohttp's pings and closes, and nothing
    # is compressed.
    outlet = Outlet(transport, is_open, asyncio.get_running_loop().call_later, services.clock)
    watcher = Watcher(services, caller, outlet)
    try:
        async with in_background(watcher.keep_noting(), "the noting of viewers"):
            await _obey(socket, watcher)
    finally:
        watcher.close()


async def _obey(socket: web.WebSocketResponse, watcher: Watcher) -> None:
    """Until the client goes, or has to."""
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            await close(socket, WSCloseCode.UNSUPPORTED_DATA, "commands are text")
            return
        try:
            await watcher.obey(message.data)
        except BadCommand as error:
            await close(socket, WSCloseCode.POLICY_VIOLATION, str(error))
            return


def _keep_little_unsent(transport: asyncio.Transport) -> None:
    socket = transport.get_extra_info("socket")
    with suppress(OSError, AttributeError):  # no TCP, or a system without this
        socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT, _UNSENT)
