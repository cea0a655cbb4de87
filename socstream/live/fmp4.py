"""Fragmented MP4 (ISO 14496-12) for MediaSource: an init segment, and a fragment for each access unit."""

from struct import Struct, pack

from socstream.live.unit import AccessUnit, Configuration

_TIMESCALE = 1000  # as access units count
_TRACK = 1
_TO_THE_LEFT = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)  # the matrix that changes nothing
_SIZE = Struct(">I4s")

_KEYFRAME_FLAGS, _OTHER_FLAGS = 0x02000000, 0x01010000  # depends on none; on others, and starts nothing

_DEFAULT_BASE_IS_MOOF = 0x020000
_OFFSET_DURATION_SIZE_FLAGS_SHIFT = 0x000F01

_FRAGMENT = Struct(
    ">I4s"  # moof
    "I4sII"  # mfhd: version and flags, sequence number
    "I4s"  # traf
    "I4sII"  # tfhd: version and flags, track
    "I4sIQ"  # tfdt: version and flags, decode time
    "I4sIIiIIIi"  # trun: version and flags, one sample, its offset, duration, size, flags, shift
    "I4s"  # mdat
)
_MDAT, _TRUN, _TFDT, _TFHD, _MFHD = 8, 36, 20, 16, 16
_TRAF = 8 + _TFHD + _TFDT + _TRUN
_MOOF = 8 + _MFHD + _TRAF
_VERSION_1 = 1 << 24


def fragment(unit: AccessUnit, number: int, duration: int) -> bytes:
    """One moof and one mdat for one access unit; `number` rises, `duration` is in milliseconds."""
    size = len(unit.data)
    boxes = _FRAGMENT.pack(
        *(_MOOF, b"moof"),
        *(_MFHD, b"mfhd", 0, number & 0xFFFFFFFF),
        *(_TRAF, b"traf"),
        *(_TFHD, b"tfhd", _DEFAULT_BASE_IS_MOOF, _TRACK),
        *(_TFDT, b"tfdt", _VERSION_1, max(0, unit.decode_at)),
        *(_TRUN, b"trun", _VERSION_1 | _OFFSET_DURATION_SIZE_FLAGS_SHIFT, 1, _MOOF + _MDAT),
        *(duration, size, _KEYFRAME_FLAGS if unit.is_key else _OTHER_FLAGS, unit.shift),
        *(_MDAT + size, b"mdat"),
    )
    return boxes + unit.data


def init_segment(configuration: Configuration) -> bytes:
    """What comes before the first fragment, and again when the configuration changes."""
    brands = _box(b"ftyp", b"iso5", pack(">I", 512), b"iso5", b"iso6", b"mp41")
    extends = _full(b"trex", 0, 0, pack(">5I", _TRACK, 1, 0, 0, 0))
    return brands + _box(b"moov", _movie(), _track(configuration), _box(b"mvex", extends))


def _movie() -> bytes:
    times = pack(">IIII", 0, 0, _TIMESCALE, 0)
    rate_and_volume = pack(">IH", 0x10000, 0x100) + bytes(10)
    return _full(b"mvhd", 0, 0, times, rate_and_volume, _TO_THE_LEFT, bytes(24), pack(">I", _TRACK + 1))


def _track(configuration: Configuration) -> bytes:
    is_enabled_and_in_movie = 3
    times = pack(">5I", 0, 0, _TRACK, 0, 0)
    size = pack(">II", configuration.width << 16, configuration.height << 16)
    header = _full(b"tkhd", 0, is_enabled_and_in_movie, times, bytes(16), _TO_THE_LEFT, size)
    return _box(b"trak", header, _media(configuration))


def _media(configuration: Configuration) -> bytes:
    undetermined = 0x55C4  # "und"
    header = _full(b"mdhd", 0, 0, pack(">IIIIHH", 0, 0, _TIMESCALE, 0, undetermined, 0))
    handler = _full(b"hdlr", 0, 0, bytes(4), b"vide", bytes(12), b"video\0")
    in_this_file = _full(b"dref", 0, 0, pack(">I", 1), _full(b"url ", 0, 1))
    information = _box(
        b"minf", _full(b"vmhd", 0, 1, bytes(8)), _box(b"dinf", in_this_file), _samples(configuration)
    )
    return _box(b"mdia", header, handler, information)


def _samples(configuration: Configuration) -> bytes:
    """The sample table: how samples are coded, and that there are none yet."""
    return _box(
        b"stbl",
        _full(b"stsd", 0, 0, pack(">I", 1), _sample_entry(configuration)),
        _full(b"stts", 0, 0, bytes(4)),
        _full(b"stsc", 0, 0, bytes(4)),
        _full(b"stsz", 0, 0, bytes(8)),
        _full(b"stco", 0, 0, bytes(4)),
    )


def _sample_entry(configuration: Configuration) -> bytes:
    coding = configuration.codec.partition(".")[0].encode()
    record = b"hvcC" if coding in (b"hvc1", b"hev1") else b"avcC"
    return _box(
        coding,
        bytes(6) + pack(">H", 1) + bytes(16),
        pack(">HH", configuration.width, configuration.height),
        pack(">III", 72 << 16, 72 << 16, 0),  # dots per inch
        pack(">H", 1) + bytes(32),  # pictures in a sample; no name
        pack(">Hh", 24, -1),  # bits of a pixel
        _box(record, configuration.record),
    )


def _box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return _SIZE.pack(_SIZE.size + len(content), kind) + content


def _full(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return _box(kind, pack(">I", version << 24 | flags), *parts)
