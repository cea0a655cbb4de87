"""H.264 in FLV, made by hand: parameter sets of any shape, access units, and tags around them."""

import struct
from collections.abc import Iterable, Sequence

HEAD = b"FLV\1\1" + struct.pack(">II", 9, 0)
PPS = b"\x68\xce\x3c\x80"


class Bits:
    """Bits and Exp-Golomb numbers, written."""

    def __init__(self) -> None:
        self.text = ""

    def u(self, number: int, width: int = 1) -> "Bits":
        self.text += f"{number:0{width}b}" if width else ""
        return self

    def ue(self, *numbers: int) -> "Bits":
        for number in numbers:
            code = f"{number + 1:b}"
            self.text += "0" * (len(code) - 1) + code
        return self

    def se(self, *numbers: int) -> "Bits":
        return self.ue(*(2 * number - 1 if number > 0 else -2 * number for number in numbers))

    def rbsp(self) -> bytes:
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def escaped(rbsp: bytes) -> bytes:
    """With the bytes that keep start codes out (7.4.1.1)."""
    out, zeros = bytearray(), 0
    for byte in rbsp:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def sps(
    width: int = 640,
    height: int = 352,
    *,
    profile: int = 66,
    level: int = 30,
    chroma: int = 1,
    planes: int = 0,
    scaling: Sequence[Sequence[int] | None] = (),
    order_count: Sequence[int] = (2,),
    fields: bool = False,
    crop: tuple[int, int, int, int] | None = None,
    vui: bytes = b"",
) -> bytes:
    """A sequence parameter set; sizes before cropping, multiples of 16. `scaling`: each list's deltas."""
    bits = Bits().u(profile, 8).u(0, 8).u(level, 8).ue(0)
    if profile in (100, 110, 122, 244):
        bits.ue(chroma)
        if chroma == 3:
            bits.u(planes)
        bits.ue(0, 0).u(0).u(bool(scaling))
        for index in range((8 if chroma != 3 else 12) if scaling else 0):
            deltas = scaling[index] if index < len(scaling) else None
            bits.u(deltas is not None)
            bits.se(*(deltas or ()))
    bits.ue(4)
    kind, *more = order_count
    bits.ue(kind)
    if kind == 0:
        bits.ue(*more)
    elif kind == 1:
        bits.u(0).se(*more[:2]).ue(len(more) - 2).se(*more[2:])
    rows = height // 32 if fields else height // 16
    bits.ue(3).u(0).ue(width // 16 - 1, rows - 1).u(not fields)
    if fields:
        bits.u(1)
    bits.u(1).u(crop is not None).ue(*(crop or ()))
    bits.u(bool(vui))
    for byte in vui:
        bits.u(byte, 8)
    return b"\x67" + escaped(bits.rbsp())


def unit(*nals: bytes) -> bytes:
    """An access unit, each NAL unit behind its length."""
    return b"".join(struct.pack(">I", len(nal)) + nal for nal in nals)


def tag(content: bytes, time: int = 0, kind: int = 9) -> bytes:
    """A whole tag."""
    head = struct.pack(">IIHB", kind << 24 | len(content), (time & 0xFFFFFF) << 8 | time >> 24 & 0x7F, 0, 0)
    return head + content + struct.pack(">I", len(content) + 11)


def picture(data: bytes, time: int, *, key: bool = False, shift: int = 0) -> bytes:
    """The tag of an access unit."""
    return tag(bytes((0x17 if key else 0x27, 1)) + (shift & 0xFFFFFF).to_bytes(3, "big") + data, time)


def record_tag(record: bytes) -> bytes:
    """The tag of a decoder configuration."""
    return tag(b"\x17\0\0\0\0" + record)


def record(sps_: Iterable[bytes], pps: Iterable[bytes] = (PPS,)) -> bytes:
    """A decoder configuration record as FFmpeg writes it for profiles without chroma."""
    sps_, pps = list(sps_), list(pps)
    listed = [b"".join(struct.pack(">H", len(nal)) + nal for nal in nals) for nals in (sps_, pps)]
    head = b"\1" + sps_[0][1:4] + b"\xff"
    return head + bytes((0xE0 | len(sps_),)) + listed[0] + bytes((len(pps),)) + listed[1]
