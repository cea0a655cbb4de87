"""Whether the other side of a TCP connection takes what is sent to it. The kernel knows, whoever writes."""

import socket
from struct import Struct
from typing import Any

from attrs import frozen

# From `struct tcp_info` of linux/tcp.h, whose fields never move: unacked, bytes_acked, notsent_bytes.
_TCP_INFO = Struct("=24xI92xQ16xI")


@frozen
class Delivery:
    """How many bytes the other side has acknowledged, and whether more of them wait for it in the kernel."""

    acknowledged: int
    is_waiting: bool


def delivery(sock: Any) -> Delivery | None:
    """How it stands with a socket, or asyncio's wrapper of one; None where the kernel does not say."""
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    except OSError:  # closed meanwhile, or no TCP
        return None
    if len(info) < _TCP_INFO.size:
        return None
    unacknowledged, acknowledged, unsent = _TCP_INFO.unpack(info)
    return Delivery(acknowledged, bool(unacknowledged or unsent))


class Patience:
    """How long a client has taken nothing although something waited for it."""

    def __init__(self) -> None:
        self._acknowledged = -1
        self._since = 0.0

    def tried_for(self, acknowledged: int, now: float, *, is_waiting: bool) -> float:
        """Seconds, at a look `now` (monotonic); it is to be looked at often, and not only while waiting."""
        if not is_waiting or acknowledged != self._acknowledged:
            self._acknowledged, self._since = acknowledged, now
        return now - self._since
