"""The time before a TLS connection is one: counted, and with a deadline, for strangers can begin many."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from socstream.api.guard import Guard, Guarded

HANDSHAKE_TIMEOUT = 8.0
"""Seconds for the whole of it."""

_SHUTDOWN_TIMEOUT = 1.0
"""Seconds for the other side's farewell, which hardly anybody sends."""

Connect = Callable[[Guarded], asyncio.Protocol]
"""Makes what serves a connection; it takes the place, at the guard, of what it is given."""


class Handshake(asyncio.Protocol):
    """Takes a TCP connection from asyncio, and makes it a TLS connection that `connect` serves.

    asyncio itself shows a TLS connection to nobody before its handshake, so that nobody could count it.
    """

    def __init__(
        self, guard: Guard, context: ssl.SSLContext, connect: Connect, under_way: set[asyncio.Task[None]]
    ) -> None:
        self.address = ""
        self._guard = guard
        self._context = context
        self._connect = connect
        self._under_way = under_way

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop's is one, but says so to nobody
        transport.pause_reading()  # what the client said already is for TLS
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        if not self._guard.admit(self):
            transport.abort()
            return
        # Of our own, for asyncio closes the one of its transport.
        sock: socket.socket = transport.get_extra_info("socket").dup()
        transport.abort()
        task = asyncio.create_task(self._shake_hands(sock))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def tried_for(self, now: float) -> float:
        """Never too long: it has a deadline of its own."""
        return 0.0

    def cut(self) -> None:
        """Nobody asks for it."""

    async def _shake_hands(self, sock: socket.socket) -> None:
        try:
            with suppress(OSError):  # of TLS, too: a client that speaks no TLS, or trusts us not
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: self._connect(self),
                    sock,
                    ssl=self._context,
                    ssl_handshake_timeout=HANDSHAKE_TIMEOUT,
                    ssl_shutdown_timeout=_SHUTDOWN_TIMEOUT,
                )
        finally:
            self._guard.leave(self)
