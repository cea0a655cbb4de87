"""One connection as aiohttp serves it, let in by the guard. The only place that knows aiohttp's own class."""

import asyncio
import logging
import socket
import struct
from contextlib import suppress
from typing import Any, cast

import msgspec
from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError
from attrs import asdict

from socstream.api.answers import NO_STORE
from socstream.api.delivery import Patience, delivery
from socstream.api.errors import new_request_id
from socstream.api.guard import Guard, Guarded
from socstream.api.headers import SAFE
from socstream.api.schema import ErrorAnswer

log = logging.getLogger(__name__)

_LINGERING = 2.0
"""Seconds for the rest of a body that nobody reads: were it closed at once, the answer would get lost."""

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no waiting for a client that takes nothing

# Ours only work as long as aiohttp calls them.
_HOOKS = ("connection_made", "connection_lost", "set_parser", "handle_error", "log_exception")


class Connection(web.RequestHandler):
    """aiohttp itself closes it after the `idle_timeout` of the guard's limits.

    `before`: what the guard had let in, and this connection comes from.
    """

    __slots__ = ("_before", "_guard", "_is_watched", "_patience", "_socket", "address")

    def __init__(self, guard: Guard, server: web.Server, before: Guarded | None = None) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=guard.limits.idle_timeout,
            lingering_time=_LINGERING,
            auto_decompress=False,  # nobody asks for it, and a small body can become a large one
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to have none
        )
        self.address = ""
        self._before = before
        self._guard = guard
        self._is_watched = True
        self._patience = Patience()
        self._socket: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop's is one, but says so to nobody
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self._socket = transport.get_extra_info("socket")
        if self._before is not None:
            self._guard.leave(self._before)
        if self._guard.admit(self):
            super().connection_made(transport)
        else:
            transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._guard.leave(self)
        super().connection_lost(exc)

    def set_parser(self, *args: Any, **options: Any) -> None:
        """A WebSocket begins: from now on its own pings tell who is gone, with more time for bad radio."""
        self._is_watched = False
        super().set_parser(*args, **options)

    def tried_for(self, now: float) -> float:
        """Seconds in which nothing was taken of what waits for the client; 0 for a WebSocket."""
        state = delivery(self._socket) if self._is_watched else None
        if state is None:
            return 0.0
        unwritten = self.transport is not None and self.transport.get_write_buffer_size() > 0
        return self._patience.tried_for(state.acknowledged, now, is_waiting=state.is_waiting or unwritten)

    def cut(self) -> None:
        """End it, whatever it does, and let the kernel forget what was not taken."""
        self._is_watched = False
        # Not transport.abort(): whoever is in the middle of loop.sendfile() would wait for ever.
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            with self._socket.dup() as sock:  # uvloop's own has no shutdown()
                sock.shutdown(socket.SHUT_RDWR)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what never reached a handler. `message` repeats the request: nobody is told it."""
        self._tell("a bug in answering", error=exc)
        if isinstance(exc, ConnectionError) or request.writer.output_size > 0:
            raise ConnectionResetError("nobody is there for an answer, or half of another was sent")
        return _refusal(status)

    def log_exception(self, *args: Any, **options: Any) -> None:
        """What aiohttp has no answer to any more."""
        self._tell(*args, error=options.get("exc_info"))

    def _tell(self, *words: Any, error: BaseException | None) -> None:
        if isinstance(error, HttpProcessingError | web.RequestPayloadError):
            self._guard.tally.note(f"malformed requests ({type(error).__name__})", self.address)
        elif not isinstance(error, ConnectionError | TimeoutError):  # these are clients that are gone
            log.error(*words, exc_info=error)


def missing_hooks(base: type) -> list[str]:
    """What a class of aiohttp, from which ours is made, does not have any more."""
    return [name for name in _HOOKS if not callable(getattr(base, name, None))]


def _refusal(status: int) -> web.Response:
    if status == 400:
        code, text = "malformed_request", "That is not a request that HTTP knows."
    else:
        code, text = "internal_error", "An error in this server."
    answer = ErrorAnswer(text, text, code, new_request_id())
    told = asdict(answer, recurse=False, filter=lambda _, value: value is not None)
    response = web.Response(
        status=status,
        body=msgspec.json.encode(told),
        content_type="application/json",
        headers={**SAFE, hdrs.CACHE_CONTROL: NO_STORE, "X-Request-ID": answer.request_id},
    )
    response.force_close()
    return response
