"""Which server a client believes to talk to: a page whose name was bent to our address gets no answer."""

import ipaddress
import re
from collections.abc import Iterable

from socstream.model.errors import SocstreamError

_AUTHORITY = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")

_REMEMBERED = 64
"""Good authorities that need not be taken apart again; there are a few, or somebody plays with us."""


class BadHost(SocstreamError):
    """The request does not say, in one valid Host header, which server it is for."""

    def __init__(self) -> None:
        super().__init__("A request needs exactly one Host header, with a host and a port if need be.")


class Misdirected(SocstreamError):
    """The request is for a server of another name."""

    def __init__(self) -> None:
        super().__init__("This server does not go by that name; `server.allowed_hosts` lists its names.")


class Hosts:
    """The names that this server goes by. An address is always good: a page bent to us has another name."""

    def __init__(self, names: Iterable[str]) -> None:
        self._good: set[str] = set()
        self.become(names)

    def become(self, names: Iterable[str]) -> None:
        """These from now on, and no others."""
        self._names = {"localhost", *(_canonical(name) for name in names)}
        self._good.clear()

    def check(self, authority: str) -> None:
        """Return for a good `host[:port]`; raises BadHost, Misdirected."""
        if authority in self._good:
            return
        found = _AUTHORITY.fullmatch(authority)
        if found is None:
            raise BadHost
        if not self._is_good(_canonical(found[1])):
            raise Misdirected
        if len(self._good) < _REMEMBERED:
            self._good.add(authority)

    def _is_good(self, host: str) -> bool:
        if host in self._names:
            return True
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True


def _canonical(host: str) -> str:
    return host.lower().removesuffix(".").strip("[]")
