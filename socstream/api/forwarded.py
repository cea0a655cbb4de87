"""What a proxy tells of the client behind it; believed only from those that we were told to trust."""

import re
from collections.abc import Sequence

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from attrs import frozen

from socstream.api.identity import ADDRESS
from socstream.api.networks import Networks, address_in
from socstream.model.address import IPNetwork

IS_SECURE = web.RequestKey("is_secure", bool)
"""Set when a proxy that we trust says how the client reached it."""

AUTHORITY = web.RequestKey("authority", str)
"""Set when a proxy that we trust says for which host it was asked."""

_MOST_HOPS = 32
"""Entries of a header that are looked at, from the right."""

_PARAMETER = re.compile(r"\s*(for|proto|host)\s*=\s*(?:\"([^\"\\]*)\"|([^\s\";,]+))\s*", re.IGNORECASE)


def is_secure(request: web.Request) -> bool:
    """True when the client reached us, or the proxy that we trust, by TLS."""
    told: bool | None = request.get(IS_SECURE)
    if told is not None:
        return told
    transport = request.transport
    return transport is not None and transport.get_extra_info("sslcontext") is not None


def authority_of(request: web.Request) -> str:
    """The `host[:port]` that the client asked."""
    return request.get(AUTHORITY) or request.host


@frozen
class Hop:
    """What one proxy says of whoever asked it; empty where it says nothing."""

    address: str = ""
    proto: str = ""
    host: str = ""


class Proxies:
    """The proxies that we trust, by network."""

    def __init__(self, networks: Sequence[IPNetwork]) -> None:
        self.networks = Networks(networks)

    def trusts(self, address: str) -> bool:
        """True for the address of a proxy of ours; anything that is no address is none."""
        return self.networks.hold(address)

    def middleware(self) -> Middleware:
        """Put the client's address in its place, before anybody asks for it."""

        @web.middleware
        async def look_behind(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.look_behind(request)
            return await handler(request)

        return look_behind

    def look_behind(self, request: web.Request) -> None:
        """What the middleware does."""
        if self.networks and self.trusts(request.remote or ""):
            self._note(request)

    def _note(self, request: web.Request) -> None:
        told = [self.client(hops) for hops in (_forwarded(request), _x_forwarded(request)) if hops]
        # A client can add the one header that its proxy does not write: who contradicts is not believed.
        if not told or told[0].address != told[-1].address:
            return
        if told[0].address:
            request[ADDRESS] = told[0].address
        if proto := next((hop.proto for hop in told if hop.proto), ""):
            request[IS_SECURE] = proto.lower() in ("https", "wss")
        if host := next((hop.host for hop in told if hop.host), ""):
            request[AUTHORITY] = host

    def client(self, hops: Sequence[Hop]) -> Hop:
        """The right-most hop that is no proxy of ours, else the left-most; left of it may stand lies."""
        return next((hop for hop in reversed(hops) if not self.trusts(hop.address)), hops[0])


def _forwarded(request: web.Request) -> list[Hop]:
    """RFC 7239, the nearest proxy last."""
    return [_element(element) for element in _list(request, hdrs.FORWARDED)]


def _x_forwarded(request: web.Request) -> list[Hop]:
    """The older headers, the nearest proxy last."""
    addresses, protos, hosts = (
        _list(request, header)
        for header in (hdrs.X_FORWARDED_FOR, hdrs.X_FORWARDED_PROTO, hdrs.X_FORWARDED_HOST)
    )
    if not (addresses or protos or hosts):
        return []
    # A proxy adds to the addresses, and adds to the other two or overwrites them: the nearest one counts.
    proto, host = (values[-1] if values else "" for values in (protos, hosts))
    return [Hop(_readable(text), proto, host) for text in addresses or [""]]


def _list(request: web.Request, header: str) -> list[str]:
    values = request.headers.getall(header, ())
    return [part.strip() for part in ",".join(values).split(",")][-_MOST_HOPS:] if values else []


def _element(text: str) -> Hop:
    found = {}
    for part in text.split(";"):
        parameter = _PARAMETER.fullmatch(part)
        if parameter is not None:
            found[parameter[1].lower()] = parameter[2] or parameter[3] or ""
    return Hop(_readable(found.get("for", "")), found.get("proto", ""), found.get("host", ""))


def _readable(text: str) -> str:
    """The address in one of the forms that proxies write; empty when it is hidden or none."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    return str(address) if (address := address_in(bare)) is not None else ""
