"""An HTTP server on loopback that stands in for a gateway."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from aiohttp.test_utils import TestServer


class Upstream:
    """An HTTP server with one handler that a test chooses, and what it was asked."""

    def __init__(self) -> None:
        self.handler: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
        self.requests: list[web.Request] = []
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self.server = TestServer(app, host="127.0.0.1")

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return str(self.server.make_url("")).rstrip("/")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        assert self.handler is not None
        return await self.handler(request)

    def says(
        self, body: bytes = b"#EXTM3U\n", status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer everything like this."""

        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, body=body, headers=headers)

        self.handler = answer
