"""A listener with everything that stands before the handlers, and sockets that say to it what they like."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

from aiohttp import web
from attrs import frozen

from socstream.api.errors import error_middleware
from socstream.api.forwarded import Proxies, authority_of, is_secure
from socstream.api.guard import Guard, Limits
from socstream.api.headers import mark
from socstream.api.hosts import Hosts
from socstream.api.identity import address_of
from socstream.api.listener import listening
from socstream.api.screen import Screen
from socstream.api.tally import Tally
from socstream.background import in_background
from socstream.clock import SystemClock

NAME = "cams.example"
"""The one name that the server goes by."""

LIMITS = Limits(idle_timeout=10.0, answer_timeout=10.0, connections=20, connections_per_address=6)


@frozen
class Doorstep:
    """A server that answers every request that is let in with what it understood."""

    port: int
    seen: list[str]
    """The requests that came as far as a handler."""

    async def say(self, *pieces: bytes, within: float = 4.0) -> tuple[bytes, bool]:
        """What came back within a moment, and whether the other side closed the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        got = b""
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            async with asyncio.timeout(within):
                while piece := await reader.read(65536):
                    got += piece
                    if got.endswith(b"}end"):
                        return got, False
        except ConnectionError:
            pass
        finally:
            writer.close()
        return got, True


@asynccontextmanager
async def doorstep(
    proxies: Sequence[str] = (), tls: ssl.SSLContext | None = None, file: Path | None = None
) -> AsyncIterator[Doorstep]:
    """A server that trusts these networks' proxies; `file` is what it has at /file."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        seen.append(f"{request.method} {request.path}")
        if request.path == "/file" and file is not None:
            return web.FileResponse(file)
        secure = "https" if is_secure(request) else "http"
        text = f"{{{address_of(request)} {secure} {authority_of(request)} {body!r}}}end"
        return web.Response(text=text)

    clock = SystemClock()
    trusted = Proxies([ip_network(network) for network in proxies])
    app = web.Application(
        middlewares=[
            error_middleware,
            trusted.middleware(),
            Screen(Hosts([NAME]), Tally(clock)).middleware(),
        ]
    )
    app.on_response_prepare.append(mark)
    app.router.add_route("*", "/{path:.*}", answer)
    guard = Guard(LIMITS, clock, trusted.trusts)
    async with (
        in_background(guard.run(), "guard"),
        listening(app, guard, "127.0.0.1", 0, shutdown_timeout=0.2, tls=tls) as (_, port),
    ):
        yield Doorstep(port, seen)
