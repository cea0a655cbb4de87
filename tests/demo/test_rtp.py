"""Payload formats, checked by putting the packets together again, and the numbers of a connection."""

import struct

import pytest

from socstream.demo import rtp
from socstream.demo.rtp import Packets, RtpStream

from .support import Packet, steps


def interleaved(data: bytes) -> list[Packet]:
    packets, at = [], 0
    while at < len(data):
        sign, channel, length = struct.unpack_from(">cBH", data, at)
        assert sign == b"$"
        packets.append(Packet(channel, data[at + 4 : at + 4 + length]))
        at += 4 + length
    return packets


def reassembled(codec: str, packets: list[Packet]) -> list[bytes]:
    """The NAL units in RTP packets, by the book: RFC 6184 5.8, RFC 7798 4.4.3."""
    nals: list[bytes] = []
    open_ended = False
    for payload in (packet.data[12:] for packet in packets):
        head = 2 if codec == "h265" else 1
        kind = payload[0] >> 1 & 0x3F if codec == "h265" else payload[0] & 0x1F
        if kind != (49 if codec == "h265" else 28):
            assert not open_ended
            nals.append(payload)
            continue
        begins, ends, kind = bool(payload[head] & 0x80), bool(payload[head] & 0x40), payload[head] & 0x3F
        assert begins != open_ended
        if begins:
            first = payload[0] & 0x81 | kind << 1 if codec == "h265" else payload[0] & 0xE0 | kind
            nals.append(bytes([first]) + payload[1:head])
        nals[-1] += payload[head + 1 :]
        open_ended = not ends
    assert not open_ended
    return nals


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("size", [2, 1399, 1400, 1401, 2796, 2797, 50_000])
def test_any_nal_unit_survives_the_packets(codec: str, size: int) -> None:
    nal = (b"\x26\x01" if codec == "h265" else b"\x65\x88") + bytes(n % 251 for n in range(size - 2))
    other = b"\x44\x01\xc0" if codec == "h265" else b"\x68\xce"
    packets = interleaved(rtp.video(codec, (other, nal)).data)
    assert reassembled(codec, packets) == [other, nal]
    assert all(len(packet.data) <= 12 + rtp.PAYLOAD_SIZE for packet in packets)
    assert [packet.marker for packet in packets] == [False] * (len(packets) - 1) + [True]


def test_aac_says_its_size_and_g711_is_bare() -> None:
    (aac,) = interleaved(rtp.audio("aac", bytes(371)).data)
    assert aac.data[12:16] == struct.pack(">HH", 16, 371 << 3)
    (g711,) = interleaved(rtp.audio("pcmu", b"\xff" * 160).data)
    assert (g711.data[1], g711.data[12:]) == (0x80, b"\xff" * 160)


def test_a_connection_numbers_its_packets_and_leaves_the_shared_ones_alone() -> None:
    shared = rtp.video("h264", (b"\x67\x42", b"\x68\xce", b"\x06\x05", b"\x65\x88"))
    untouched = shared.data
    stream = RtpStream(6, 90_000)
    written = b"".join(stream.stamp(shared, 3600 * number) for number in range(17_000))
    packets = interleaved(written)
    assert shared.data == untouched
    assert {packet.channel for packet in packets} == {6}
    assert steps(packets, "sequence") == {1}  # over the wrap at 65536 too
    assert steps(packets[::4], "ticks") == {3600}
    assert len({packet.data[8:12] for packet in packets}) == 1


def test_two_connections_have_nothing_in_common() -> None:
    packets = Packets(rtp.video("h264", (b"\x65\x88",)).data, (0,))
    one, other = (interleaved(RtpStream(0, 90_000).stamp(packets, 0))[0].data for _ in range(2))
    assert one[4:12] != other[4:12]


def test_time_stamps_wrap_and_may_go_back() -> None:
    stream, packets = RtpStream(0, 90_000), rtp.video("h264", (b"\x65\x88",))
    stamped = [
        interleaved(stream.stamp(packets, ticks))[0] for ticks in (10**15, 10**15 + 2**32, 10**15 - 90_000)
    ]
    assert [steps(stamped[:2], "ticks"), steps(stamped[1:], "ticks")] == [{0}, {-90_000}]


def test_a_report_ties_media_time_to_the_wall() -> None:
    stream = RtpStream(2, 8000)
    sent = interleaved(stream.stamp(rtp.audio("pcma", bytes(160)), 8000))[0]
    (report,) = interleaved(stream.report(8000, 1_700_000_000.25))
    kind, length, source, seconds, fraction, ticks, packets, octets = struct.unpack(">xBHIIIIII", report.data)
    assert (report.channel, kind, length) == (3, 200, 6)
    assert (source.to_bytes(4), ticks) == (sent.data[8:12], sent.ticks)
    assert (seconds - 2_208_988_800, fraction) == (1_700_000_000, 2**30)
    assert (packets, octets) == (1, 160)


def test_bye_names_the_source_behind_a_report() -> None:
    stream = RtpStream(0, 90_000)
    sent = interleaved(stream.stamp(rtp.video("h264", (b"\x65\x88",)), 0))[0]
    (bye,) = interleaved(stream.bye(0, 1_700_000_000.0))
    assert (bye.channel, bye.data[1], bye.data[28:]) == (1, 200, b"\x81\xcb\x00\x01" + sent.data[8:12])
