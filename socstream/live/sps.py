"""What an H.264 sequence parameter set says of the pictures, and the decoder's record made of such sets."""

import struct
from collections.abc import Sequence

from attrs import frozen

LARGEST = 16384
"""Pixels in one direction that a picture may have; level 6.2 ends below."""

_LONGEST = 4096
"""Bytes of a parameter set; with every scaling list, real ones have a few hundred."""

_WITH_CHROMA = frozenset((44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 144, 244))
"""Values of profile_idc whose sets tell of chroma, depths and scaling (7.3.2.1.1)."""

_IN_RECORD = frozenset((100, 110, 122, 144))
"""Values of profile_idc whose decoder's record repeats some of that (ISO/IEC 14496-15, 5.3.3.1.2)."""


class BadParameterSet(ValueError):
    """This is no sequence parameter set, or one of pictures that nobody can show."""


@frozen
class Sps:
    """What is known of the pictures. `codec` as browsers are told it; pixels after cropping."""

    codec: str
    width: int
    height: int
    chroma: int
    depth: tuple[int, int]


class _Bits:
    """Bits and Exp-Golomb numbers; BadParameterSet at the end of the data."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def u(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise BadParameterSet("it ends too early")
        return self._value >> self._left & (1 << count) - 1

    def ue(self) -> int:
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 31:
                raise BadParameterSet("a number without end")
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        number = self.ue()
        return (number + 1) // 2 if number % 2 else -(number // 2)


def read_sps(nal: bytes) -> Sps:
    """The facts of a sequence parameter set, given as a NAL unit; raises BadParameterSet."""
    if len(nal) < 5 or len(nal) > _LONGEST or nal[0] & 0x1F != 7:
        raise BadParameterSet("it is none")
    bits = _Bits(nal[4:].replace(b"\0\0\3", b"\0\0"))
    bits.ue()  # seq_parameter_set_id
    chroma, depth, planes = _chroma(bits) if nal[1] in _WITH_CHROMA else (1, (0, 0), False)
    bits.ue()  # log2_max_frame_num
    _skip_order_count(bits)
    bits.ue()  # max_num_ref_frames
    bits.u(1)  # gaps_in_frame_num_value_allowed_flag
    width, height = 16 * (bits.ue() + 1), 16 * (bits.ue() + 1)
    fields = 1 - bits.u(1)  # frame_mbs_only_flag
    height *= 1 + fields
    if fields:
        bits.u(1)  # mb_adaptive_frame_field_flag
    bits.u(1)  # direct_8x8_inference_flag
    if bits.u(1):
        across = 2 if chroma in (1, 2) and not planes else 1
        down = (2 if chroma == 1 and not planes else 1) * (1 + fields)
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        width -= across * (left + right)
        height -= down * (top + bottom)
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise BadParameterSet(f"pictures of {width}x{height}")
    return Sps(f"avc1.{nal[1:4].hex()}", width, height, chroma, depth)


def record_of(sps: Sequence[bytes], pps: Sequence[bytes]) -> bytes:
    """The AVCDecoderConfigurationRecord of these NAL units, with lengths of four bytes; raises
    BadParameterSet when the first is no set, or when there are more than a record can hold.
    """
    if not sps:
        raise BadParameterSet("there is none")
    facts = read_sps(sps[0])
    if len(sps) > 31 or len(pps) > 255 or any(len(nal) > 0xFFFF for nal in (*sps, *pps)):
        raise BadParameterSet("there are too many")
    head = b"\1" + sps[0][1:4] + bytes((0xFF, 0xE0 | len(sps)))
    tail = b""
    if sps[0][1] in _IN_RECORD:
        luma, chroma = facts.depth
        tail = bytes((0xFC | facts.chroma & 3, 0xF8 | luma & 7, 0xF8 | chroma & 7, 0))
    return head + _listed(sps) + bytes((len(pps),)) + _listed(pps) + tail


def sets_in(record: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The sequence and picture parameter sets of such a record; raises BadParameterSet."""
    if len(record) < 7 or record[0] != 1 or record[4] & 3 != 3:
        raise BadParameterSet("no record of a decoder that we know")
    try:
        sps, at = _unlisted(record, 6, record[5] & 0x1F)
        pps, _ = _unlisted(record, at + 1, record[at])
    except (IndexError, struct.error) as error:
        raise BadParameterSet("it ends too early") from error
    return sps, pps


def _chroma(bits: _Bits) -> tuple[int, tuple[int, int], bool]:
    """chroma_format_idc, the depths above eight bits, and whether the planes are coded apart."""
    chroma = bits.ue()
    if chroma > 3:
        raise BadParameterSet("an unknown chroma format")
    planes = bool(chroma == 3 and bits.u(1))
    depth = bits.ue(), bits.ue()
    bits.u(1)  # qpprime_y_zero_transform_bypass_flag
    if bits.u(1):
        for index in range(8 if chroma != 3 else 12):
            if bits.u(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma, depth, planes


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    scale = 8
    for _ in range(size):
        scale = (scale + bits.se()) % 256
        if not scale:
            return


def _skip_order_count(bits: _Bits) -> None:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.u(1)
        bits.ue()
        bits.ue()
        cycle = bits.ue()
        if cycle > 255:
            raise BadParameterSet("a cycle without end")
        for _ in range(cycle):
            bits.ue()


def _listed(nals: Sequence[bytes]) -> bytes:
    return b"".join(struct.pack(">H", len(nal)) + nal for nal in nals)


def _unlisted(record: bytes, at: int, count: int) -> tuple[tuple[bytes, ...], int]:
    nals = []
    for _ in range(count):
        (size,) = struct.unpack_from(">H", record, at)
        nal = record[at + 2 : at + 2 + size]
        if len(nal) < size or not size:
            raise BadParameterSet("it ends too early")
        nals.append(nal)
        at += 2 + size
    return tuple(nals), at
