"""Lists of networks that may be changed while the server runs, and addresses as proxies write them."""

import ipaddress
from collections.abc import Iterable

from socstream.model.address import IPAddress, IPNetwork


class Networks:
    """Some networks."""

    def __init__(self, networks: Iterable[IPNetwork] = ()) -> None:
        self._networks = tuple(networks)

    def become(self, networks: Iterable[IPNetwork]) -> None:
        """These from now on, and no others."""
        self._networks = tuple(networks)

    def hold(self, address: str) -> bool:
        """True for an address in one of them; anything that is no address is in none."""
        known = address_in(address) if self._networks else None
        return known is not None and any(known in network for network in self._networks)

    def __bool__(self) -> bool:
        return bool(self._networks)


def address_in(text: str) -> IPAddress | None:
    """An IPv4 address that came in IPv6's clothes is what it is; None for anything else."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
