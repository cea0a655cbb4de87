"""The first look at a request: what two servers could read differently, or is for another one, ends here."""

from aiohttp import HttpVersion10, HttpVersion11, hdrs, web
from aiohttp.typedefs import Handler, Middleware

from socstream.api.forwarded import AUTHORITY
from socstream.api.hosts import BadHost, Hosts, Misdirected
from socstream.api.identity import address_of
from socstream.api.tally import Tally
from socstream.model.errors import SocstreamError


class Ambiguous(SocstreamError):
    """HTTP that another server could take for another request, or that asks for what only proxies do."""

    def __init__(self) -> None:
        super().__init__("That is not a request that HTTP knows.")


class Screen:
    """Refuses, before anybody looks at who asks, and counts what it refused in short lines of the log."""

    def __init__(self, hosts: Hosts, tally: Tally) -> None:
        self._hosts = hosts
        self._tally = tally

    def middleware(self) -> Middleware:
        """Raises Ambiguous, BadHost, Misdirected; their answers end the connection."""

        @web.middleware
        async def screen(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                self.check(request)
            except (Ambiguous, BadHost):
                self._tally.note("malformed requests (refused)", address_of(request))
                raise
            except Misdirected:
                self._tally.note("requests for a name that is not ours", address_of(request))
                raise
            return await handler(request)

        return screen

    def check(self, request: web.Request) -> None:
        """Raises what the middleware does, and counts nothing."""
        # aiohttp's parser has refused two lengths, both kinds of length, bare line ends and folding.
        headers, version = request.headers, request.version
        if version != HttpVersion11 and version != HttpVersion10:
            raise Ambiguous
        if request.method == hdrs.METH_CONNECT:
            raise Ambiguous
        coding = headers.get(hdrs.TRANSFER_ENCODING)
        if coding is not None and (coding.lower() != "chunked" or version == HttpVersion10):
            raise Ambiguous
        hosts = headers.getall(hdrs.HOST, ())
        if len(hosts) != 1:
            raise BadHost
        self._hosts.check(hosts[0])
        if request.host != hosts[0]:  # the request is in absolute form, which then counts
            self._hosts.check(request.host)
        if AUTHORITY in request:
            self._hosts.check(request[AUTHORITY])
