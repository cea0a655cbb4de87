"""Where a camera may be: addresses and ports that no camera has, or that nobody is to reach through us."""

import ipaddress
from collections.abc import Callable, Iterator

from attrs import define
from yarl import URL

from socstream.model.source import Source

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_SERVICES = """
1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 109 110 111 113 115 117 119 123 135 137 138 139
143 161 162 179 389 427 445 464 465 500 512 513 514 515 526 530 531 532 540 548 556 563 587 593 601 623 631
636 873 989 990 993 995 1080 1433 1434 1521 1723 1883 2049 2181 2375 2376 2379 2380 3128 3260 3268 3269 3306
3389 3690 4045 5060 5061 5222 5353 5432 5601 5671 5672 5900 5901 5984 5985 5986 6000 6379 6443 6566 6665 6666
6667 6668 6669 6697 8883 9042 9092 9160 9200 9300 10080 10250 11211 15672 26379 27017 27018 27019
"""
OTHER_SERVICES = frozenset(map(int, _SERVICES.split()))
"""Ports of other services, after the list that browsers refuse; none that cameras are known to use."""

# Where clouds tell a machine its own secrets, for those that are not link-local.
_METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))

_NOBODYS_4 = tuple(map(ipaddress.IPv4Network, ("0.0.0.0/8", "240.0.0.0/4")))
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_TRANSLATED_LOCALLY = ipaddress.IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_LOWEST_32 = 0xFFFFFFFF


def _nobody(address: IPAddress, port: int) -> bool:
    return False


@define
class AddressPolicy:
    """Which addresses a camera may have; asked when it is added and again at every start.

    One for all who ask. It may change while streams run: none is touched, the next start goes by it.
    """

    allow_loopback: bool = False
    gateway: URL | None = None
    """The HLS gateway: the administrator named it, it may be on this very box."""
    allowed_networks: tuple[IPNetwork, ...] = ()
    """Where cameras are; empty: anywhere that is not refused for another reason."""
    is_ours: Callable[[IPAddress, int], bool] = _nobody
    """Whether this server itself listens there."""

    def refusal_of_source(self, source: Source) -> str | None:
        """Why no camera may have this source, or None; a name is judged again when it is resolved."""
        is_gateway = self.gateway is not None and source.url.origin() == self.gateway.origin()
        return None if is_gateway else self.refusal_of(source.host, source.port)

    def refusal(self, address: IPAddress, port: int) -> str | None:
        """Why we do not connect there, or None."""
        address = _unmapped(address)
        if self.is_ours(address, port):
            return "is where this server itself listens"
        if port in OTHER_SERVICES:
            return _is_other_service(port)
        for each in (address, *_hidden_in(address)):
            refusal = self._refusal_of_one(each)
            if refusal is not None:
                return refusal
        is_allowed = not self.allowed_networks or any(address in network for network in self.allowed_networks)
        if is_allowed or (address.is_loopback and self.allow_loopback):
            return None
        return "is outside of the networks that cameras may be in"

    def refusal_of(self, host: str, port: int) -> str | None:
        """The same for a host of a URL; a name (but localhost) is judged again when it is resolved."""
        try:
            return self.refusal(ipaddress.ip_address(host), port)
        except ValueError:
            pass
        if port in OTHER_SERVICES:
            return _is_other_service(port)
        name = host.rstrip(".").lower()
        if name == "localhost" or name.endswith(".localhost"):
            return self.refusal(ipaddress.IPv4Address("127.0.0.1"), port)
        return None

    def _refusal_of_one(self, address: IPAddress) -> str | None:
        if address.is_loopback:
            return None if self.allow_loopback else "is a loopback address of this server"
        if address.is_multicast or address.is_unspecified or address.is_link_local or address in _METADATA:
            return "is not an address of a single host on the camera networks"
        if any(address in network for network in _NOBODYS_4):
            return "is not an address of a single host on the camera networks"
        if address in _TRANSLATED_LOCALLY:
            return "is an address that this network translates to another one"
        return None


def _is_other_service(port: int) -> str:
    return f"has port {port}, which belongs to another service than a camera's"


def _unmapped(address: IPAddress) -> IPAddress:
    """What the kernel really connects to."""
    return getattr(address, "ipv4_mapped", None) or address


def _hidden_in(address: IPAddress) -> Iterator[IPAddress]:
    """The IPv4 addresses that gateways on the way may make of it: 6to4, Teredo, NAT64, IPv4-compatible."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    is_short = address in _COMPATIBLE and not (address.is_loopback or address.is_unspecified)
    if address in _TRANSLATED or is_short:
        yield ipaddress.IPv4Address(int(address) & _LOWEST_32)
