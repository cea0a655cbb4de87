"""Where clients come in: the listening socket, guarded."""

import asyncio
import logging
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
from aiohttp import web

from socstream.api import express
from socstream.api.connection import Connection, missing_hooks
from socstream.api.express import Express, ExpressConnection
from socstream.api.guard import Guard
from socstream.api.handshake import Handshake
from socstream.api.short_way import SHORT_WAY

log = logging.getLogger(__name__)

_BACKLOG = 512
"""Connections that wait until we take them: one that finds no room there tries again a whole second later."""

_UNSENT = 128 * 1024
"""Bytes of answers that wait in the kernel for each connection. It would take 4 MB for each stuck reader."""

_SPARE = 4096
"""Descriptors for cameras, a dozen open files of each, and the database, which clients must not take away."""


@asynccontextmanager
async def listening(
    app: web.Application,
    guard: Guard,
    host: str,
    port: int,
    *,
    shutdown_timeout: float,
    tls: ssl.SSLContext | None = None,
    given: Sequence[socket.socket] = (),
    fast_path: bool = False,
) -> AsyncIterator[tuple[str, int]]:
    """Serve `app`; the address and port at which. In the end answers under way get `shutdown_timeout` s.

    `given`: sockets that listen already, in the place of `host` and `port`; they are closed in the end.
    `fast_path`: what is ready may be sent before aiohttp has parsed the request.
    """
    if missing := missing_hooks(web.RequestHandler):
        log.warning("aiohttp %s has no %s: clients are guarded less", aiohttp.__version__, ", ".join(missing))
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=shutdown_timeout)
    await runner.setup()
    try:
        assert runner.server is not None
        handshakes: set[asyncio.Task[None]] = set()
        kind = _kind_of_connection(app, fast_path)
        connect: Callable[..., asyncio.Protocol] = partial(kind, guard, runner.server)
        if tls is not None:
            connect = partial(Handshake, guard, tls, connect, handshakes)
        loop, sockets = asyncio.get_running_loop(), given or await _bound(host, port)
        for sock in sockets:  # every connection inherits it
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)
        listeners = [await loop.create_server(connect, sock=sock, backlog=_BACKLOG) for sock in sockets]
        try:
            address, bound = sockets[0].getsockname()[:2]
            yield address, bound
        finally:
            for listener in listeners:
                listener.close()
            for handshake in handshakes:
                handshake.cancel()
    finally:
        await runner.cleanup()


def _kind_of_connection(app: web.Application, fast_path: bool) -> Callable[..., asyncio.Protocol]:
    if not fast_path:
        return Connection
    if reason := express.missing():
        log.warning("no fast path, which costs time but changes nothing: %s", reason)
        return Connection
    return partial(ExpressConnection, Express(app[SHORT_WAY]))


async def _bound(host: str, port: int) -> list[socket.socket]:
    """Sockets at every address of `host`, all at one port (0: any free one); raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            sock = socket.socket(family, kind, protocol)
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((address[0], port, *address[2:]))
            port = sock.getsockname()[1]
    except OSError as error:
        for sock in sockets:
            sock.close()
        text = f"cannot listen at {host}, port {port}: {error.strerror}"
        raise OSError(error.errno, text) from error
    return sockets


def room_for(connections: int) -> int:
    """How many of so many connections this process may have open; raises its limit of files if it can."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    if limit < wanted:
        room = max(limit - _SPARE, limit // 2)
        log.warning(
            "%d files may be open: room for %d of %d connections; raise LimitNOFILE", limit, room, connections
        )
        return room
    return connections
