"""From a camera's host name to the one address that FFmpeg gets: looked up once per start, and checked."""

import asyncio
import ipaddress
import socket

from socstream.model.address import AddressPolicy, IPAddress
from socstream.model.failure import Failure, FailureCode
from socstream.model.source import Source

_ANSWER_WITHIN = 5.0
_OPEN_WITHIN = 1.0


class NoAddress(Exception):
    """There is no address that we may connect to; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class OwnListener:
    """Whether we listen there ourselves, by any address of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        """The port of the listener; 0 as long as none is known."""

    def __call__(self, address: IPAddress, port: int) -> bool:
        return port == self.port and _is_of_this_machine(address)


def _is_of_this_machine(address: IPAddress) -> bool:
    """True for one of its addresses: nobody can bind to another. Asked anew, as they come and go."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.bind((str(address), 0))
    except OSError:
        return False
    return True


class Resolver:
    """Host names to addresses that the policy allows."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    async def address_of(self, source: Source) -> str:
        """The address to connect to; NoAddress when there is none, or when ours is the only one left."""
        addresses = await self._look_up(source)
        refusal = None
        for address in addresses:
            refusal = self._policy.refusal(address, source.port)
            if refusal is None:
                return str(address)
        raise NoAddress(Failure(FailureCode.MISCONFIGURED, f"{source.host} {refusal}"))

    async def _look_up(self, source: Source) -> list[IPAddress]:
        try:
            return [ipaddress.ip_address(source.host)]
        except ValueError:
            pass
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                found = await loop.getaddrinfo(source.host, source.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise NoAddress(Failure(FailureCode.DNS, f"{source.host} cannot be resolved")) from error
        return [ipaddress.ip_address(info[4][0]) for info in found]


async def takes_connections(address: str, port: int) -> bool:
    """True when a TCP connection comes about within a second; it is closed without a byte."""
    try:
        async with asyncio.timeout(_OPEN_WITHIN):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True
