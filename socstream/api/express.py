"""Connections that answer the requests which come most before aiohttp has parsed them.

A player says the same in all its requests but for the path. The first one goes the whole way through
aiohttp and our checks; what followed from its headers is remembered with their exact text, for this
connection, and what followed from its directory with the directory's. Later ones that consist of known
texts are answered at once, if who asks is still known, still sees that camera, and it is ready. Whatever
else comes, aiohttp gets, as if this module were not there.
"""

import asyncio
import re

import aiohttp
from aiohttp import web
from aiohttp.streams import EMPTY_PAYLOAD
from attrs import frozen

from socstream.api.connection import Connection
from socstream.api.guard import Guard, Guarded
from socstream.api.ready import Ready, ReadyAnswer
from socstream.api.sending import begin, finish, is_free
from socstream.api.short_way import Client, Place, ShortWay
from socstream.hls.media import MediaFile
from socstream.model.account import Level
from socstream.model.errors import SocstreamError

_TESTED = re.compile(r"3\.14\.\d+")
"""The versions of aiohttp whose inner life we know."""

_NEEDED = frozenset(
    {
        *("_waiter", "_messages", "_request_count", "_upgraded", "_force_close", "_loop"),
        *("_next_keepalive_close_time", "_process_keepalive", "_drain_helper"),
        *("data_received", "finish_response", "shutdown", "connection_lost"),
    }
)

_END = b"\r\n\r\n"
_GET, _VERSION, _ETAG = b"GET ", b" HTTP/1.1", b"\r\nIf-None-Match: "
_IF_NONE_MATCH = b"if-none-match"

_DIRECTORY = re.compile(rb"[/A-Za-z0-9_-]{1,256}")
"""Nothing that is escaped, and no query."""

_MOST_CLIENTS = 4
"""Texts of headers that a connection remembers: a player has one or two."""

_LONGEST = 4096
"""Bytes of such a text."""

_MOST_PLACES = 4096

_MOST_POLLS = 16
"""Whole requests for playlists that a connection remembers: a wall asks for many by one connection."""


@frozen
class Asked:
    """What a whole request says."""

    place: Place
    client: Client
    name: str
    etag: str | None


class Express:
    """What all connections remember together."""

    def __init__(self, short_way: ShortWay) -> None:
        self.short_way = short_way
        self._places: dict[bytes, Place] = {}

    def learn(self, directory: bytes, place: Place) -> None:
        """Remember whose media are in this directory of URLs."""
        if len(self._places) >= _MOST_PLACES:
            self._places.clear()
        self._places[directory] = place

    def place(self, directory: bytes) -> Place | None:
        """Whose media are in this directory, if that is known."""
        return self._places.get(directory)

    def answer(self, asked: Asked) -> Ready | None:
        """What this client gets; None when aiohttp has to look."""
        place, client = asked.place, asked.client
        caller = client.who() if place.granted is None else place.granted()
        if caller is None or caller.level < Level.VIEWER:
            return None
        try:
            ready = self.short_way.stock.take(place.camera_id, asked.name, caller, asked.etag, client.own)
        except SocstreamError:
            return None
        if ready is not None:
            self.short_way.traffic.count(place.label, ready.status)
        return ready


class ExpressConnection(Connection):
    """A connection of aiohttp with a shortcut: `data_received`, and `finish_response`, where it learns."""

    __slots__ = ("_asked", "_clients", "_express", "_is_between", "_polls", "_sending", "_settings")

    def __init__(
        self, express: Express, guard: Guard, server: web.Server, before: Guarded | None = None
    ) -> None:
        super().__init__(guard, server, before)
        self._express = express
        self._clients: dict[bytes, Client] = {}
        # A player polls with the very same bytes: one look-up then, and nothing is taken apart.
        self._polls: dict[bytes, Asked] = {}
        self._settings: object = None
        # Whether the parser waits for the first byte of a request.
        self._is_between = True
        self._asked: tuple[bytes, bytes] | None = None
        self._sending: asyncio.Task[None] | None = None

    def data_received(self, data: bytes) -> None:
        if self._sending is not None and self.transport is not None:
            self.transport.abort()  # it was told to wait, and an answer in the middle of another helps nobody
            return
        # One whole request without a body, and nothing behind it.
        is_sole = data in self._polls or (
            data.startswith(b"GET /") and data.find(_END) == len(data) - len(_END)
        )
        self._asked = None
        if is_sole and self._is_between and self._is_idle() and self._answered(data):
            return
        self._is_between = False
        before = self._request_count
        super().data_received(data)
        if is_sole and self._request_count == before + 1 and self._messages:
            # It ended where the data ends, whatever the parser had before.
            self._is_between = self._messages[-1][1] is EMPTY_PAYLOAD and not self._upgraded

    def _is_idle(self) -> bool:
        """Whether nothing is being answered or ended; at first, nothing could be."""
        waiter = self._waiter
        is_waiting = self._request_count == 0 if waiter is None else not waiter.done()
        return is_waiting and not self._force_close and not self.writing_paused

    def _answered(self, data: bytes) -> bool:
        settings = self._express.short_way.parts.settings
        if settings is not self._settings:  # what they said of hosts, origins and proxies
            self._settings = settings
            self._clients.clear()
            self._polls.clear()
        asked = self._polls.get(data) or self._understood(data)
        ready = None if asked is None else self._express.answer(asked)
        if asked is None or ready is None:
            return False
        if ready.file is None and data not in self._polls and len(data) <= _LONGEST:
            if len(self._polls) >= _MOST_POLLS:
                self._polls.clear()
            self._polls[data] = asked
        self._send(ready)
        return True

    def _understood(self, data: bytes) -> Asked | None:
        etag, head = _without_etag(data)
        line, _, headers = head.partition(b"\r\n")
        directory, _, name = line[len(_GET) : -len(_VERSION)].rpartition(b"/")
        self._asked = (directory, headers)
        client, place = self._clients.get(headers), self._express.place(directory)
        if client is None or place is None or not line.endswith(_VERSION):
            return None
        return Asked(place, client, name.decode("latin-1"), None if etag is None else etag.decode("latin-1"))

    def _send(self, ready: Ready) -> None:
        transport = self.transport
        assert transport is not None, "nobody receives without one"
        self._next_keepalive_close_time = self._loop.time() + self.keepalive_timeout
        file = ready.file
        if file is None:
            transport.write(ready.text)
            return
        try:
            at = begin(transport, ready.text, file) if is_free(transport) else -1
        except OSError:
            transport.abort()
            return
        if at == file.size:
            return
        if at < 0:
            transport.write(ready.text)
        transport.pause_reading()  # no further request before this one is answered
        self._sending = self._loop.create_task(self._finish(transport, file, max(at, 0)))

    async def _finish(self, transport: asyncio.Transport, file: MediaFile, at: int) -> None:
        try:
            await finish(transport, self._drain_helper, file, at, file.size)
        except (OSError, TimeoutError):
            transport.abort()  # whoever got half of it has to be told
            return
        finally:
            self._sending = None
        self._next_keepalive_close_time = self._loop.time() + self.keepalive_timeout
        if not transport.is_closing():
            transport.resume_reading()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if isinstance(resp, ReadyAnswer) and isinstance(request, web.Request) and self._asked is not None:
            self._learn(request, *self._asked)
        return await super().finish_response(request, resp, start_time)

    def _learn(self, request: web.Request, directory: bytes, headers: bytes) -> None:
        names = {line.partition(b":")[0].strip().lower() for line in headers.split(b"\r\n")}
        if len(headers) > _LONGEST or _IF_NONE_MATCH in names or not _DIRECTORY.fullmatch(directory):
            return
        if len(self._clients) >= _MOST_CLIENTS:
            self._clients.clear()
        self._clients[headers] = self._express.short_way.client(request)
        self._express.learn(directory, self._express.short_way.place(request))

    def _process_keepalive(self) -> None:
        if self._sending is not None:  # nobody is idle who is just being sent something
            self._next_keepalive_close_time = self._loop.time() + self.keepalive_timeout
        super()._process_keepalive()

    async def shutdown(self, timeout: float | None = 15.0) -> None:
        """Ends it; what is being sent gets `timeout` seconds to arrive."""
        sending = self._sending
        if sending is not None:
            self._force_close = True
            await asyncio.wait({sending}, timeout=timeout)
            sending.cancel()
        await super().shutdown(timeout)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        if self._sending is not None:
            self._sending.cancel()


def _without_etag(head: bytes) -> tuple[bytes | None, bytes]:
    """The one header that changes from request to request, and the rest."""
    at = head.find(_ETAG)
    if at < 0:
        return None, head
    end = head.index(b"\r\n", at + 2)
    return head[at + len(_ETAG) : end], head[:at] + head[end:]


def missing(version: str = aiohttp.__version__, base: type = web.RequestHandler) -> str | None:
    """Why this aiohttp can have no shortcut; None: it can."""
    if not _TESTED.fullmatch(version):
        return f"aiohttp {version} was not tested with it"
    gone = [name for name in sorted(_NEEDED) if not hasattr(base, name)]
    return f"aiohttp {version} has no {', '.join(gone)}" if gone else None
