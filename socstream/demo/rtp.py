"""RTP over interleaved TCP: payload formats made once, numbers and time stamps put in for each connection."""

import secrets
import struct

from attrs import frozen

PAYLOAD_SIZE = 1400  # what cameras send: it fits an Ethernet frame
PAYLOAD_TYPES = {"h264": 96, "h265": 96, "aac": 97, "pcma": 8, "pcmu": 0}
H265_FRAGMENT = 49
H264_FRAGMENT = 28

_HEAD = struct.Struct(">BBHBBHII")  # "$", channel, length; version, marker and type, sequence, time, source
_STAMP = struct.Struct(">HII")
_STAMP_AT = 6
_UNIX_TO_NTP = 2_208_988_800  # seconds from 1900 to 1970


@frozen
class Packets:
    """Interleaved RTP packets of one access unit, without what differs from connection to connection."""

    data: bytes
    starts: tuple[int, ...]
    """Where in `data` each packet's "$" stands."""


def video(codec: str, nals: tuple[bytes, ...]) -> Packets:
    """One access unit as RFC 6184 (h264) or RFC 7798 (h265) wants it; the last packet has the marker."""
    payloads = [part for nal in nals for part in _fragments(codec, nal)]
    return _pack(PAYLOAD_TYPES[codec], payloads)


def audio(codec: str, frame: bytes) -> Packets:
    """One frame of AAC (RFC 3640, AAC-hbr) or G.711."""
    header = struct.pack(">HH", 16, len(frame) << 3) if codec == "aac" else b""
    return _pack(PAYLOAD_TYPES[codec], [header + frame])


def _fragments(codec: str, nal: bytes) -> list[bytes]:
    """A NAL unit as it is when it fits, else in fragmentation units."""
    if len(nal) <= PAYLOAD_SIZE:
        return [nal]
    if codec == "h265":
        kind = (nal[0] >> 1) & 0x3F
        header, body = bytes([nal[0] & 0x81 | H265_FRAGMENT << 1, nal[1]]), nal[2:]
    else:
        kind = nal[0] & 0x1F
        header, body = bytes([nal[0] & 0xE0 | H264_FRAGMENT]), nal[1:]
    room = PAYLOAD_SIZE - len(header) - 1
    parts = [body[at : at + room] for at in range(0, len(body), room)]
    flags = [0x80, *[0] * (len(parts) - 2), 0x40]
    return [header + bytes([flag | kind]) + part for flag, part in zip(flags, parts, strict=True)]


def _pack(payload_type: int, payloads: list[bytes]) -> Packets:
    data, starts = bytearray(), []
    for number, payload in enumerate(payloads, 1):
        starts.append(len(data))
        mark = 0x80 if number == len(payloads) else 0
        data += _HEAD.pack(0x24, 0, 12 + len(payload), 0x80, mark | payload_type, 0, 0, 0) + payload
    return Packets(bytes(data), tuple(starts))


class RtpStream:
    """The numbers of one track in one connection; each begins at random, as RFC 3550 asks."""

    def __init__(self, channel: int, rate: int) -> None:
        self.rate = rate
        self._channel = channel
        self._source = secrets.randbits(32)
        self._sequence = secrets.randbits(16)
        self._first = secrets.randbits(32)
        self._packets = 0
        self._octets = 0

    def stamp(self, packets: Packets, ticks: int) -> bytes:
        """The packets with numbers and the time `ticks` (in units of the rate), ready to be written."""
        data = bytearray(packets.data)
        time = self._first + ticks & 0xFFFFFFFF
        sequence = self._sequence
        for start in packets.starts:
            data[start + 1] = self._channel
            _STAMP.pack_into(data, start + _STAMP_AT, sequence, time, self._source)
            sequence = sequence + 1 & 0xFFFF
        self._sequence = sequence
        self._packets += len(packets.starts)
        self._octets += len(data) - _HEAD.size * len(packets.starts)
        return bytes(data)

    def report(self, ticks: int, wall: float) -> bytes:
        """A sender report: `ticks` is the time of the media at `wall` (seconds since 1970)."""
        return self._rtcp(self._sender_report(ticks, wall))

    def bye(self, ticks: int, wall: float) -> bytes:
        """RTCP BYE of this source, behind the report that RFC 3550 wants before it (FFmpeg wants it too)."""
        return self._rtcp(self._sender_report(ticks, wall) + struct.pack(">BBHI", 0x81, 203, 1, self._source))

    def _sender_report(self, ticks: int, wall: float) -> bytes:
        seconds, fraction = divmod(wall + _UNIX_TO_NTP, 1)
        return struct.pack(
            ">BBHIIIIII",
            *(0x80, 200, 6, self._source),
            *(int(seconds) & 0xFFFFFFFF, int(fraction * 2**32), self._first + ticks & 0xFFFFFFFF),
            *(self._packets & 0xFFFFFFFF, self._octets & 0xFFFFFFFF),
        )

    def _rtcp(self, packet: bytes) -> bytes:
        return struct.pack(">BBH", 0x24, self._channel + 1, len(packet)) + packet
