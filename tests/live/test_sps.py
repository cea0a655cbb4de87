"""The size of the picture is in the parameter set, wherever its options lead; and no set harms us."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from socstream.live.sps import BadParameterSet, read_sps, record_of, sets_in
from tests.live.streams import PPS, Bits, escaped, record, sps

FLAT = (0,) * 16
FALLING = (-8,)  # the list is that of before


@pytest.mark.parametrize(
    ("nal", "size"),
    [
        (sps(), (640, 352)),
        (sps(640, 368, crop=(0, 0, 0, 4)), (640, 360)),
        (sps(1920, 1088, profile=100, crop=(0, 0, 0, 4)), (1920, 1080)),
        (sps(1920, 1088, profile=100, crop=(1, 2, 0, 4)), (1914, 1080)),
        (sps(1920, 1088, profile=77, fields=True, crop=(0, 0, 0, 2)), (1920, 1080)),
        (sps(1920, 1088, profile=122, chroma=2, crop=(0, 2, 0, 8)), (1916, 1080)),
        (sps(1920, 1088, profile=244, chroma=3, crop=(0, 2, 0, 8)), (1918, 1080)),
        (sps(1920, 1088, profile=244, chroma=3, planes=1, crop=(0, 2, 0, 8)), (1918, 1080)),
        (sps(1920, 1088, profile=100, chroma=0, crop=(0, 2, 0, 8)), (1918, 1080)),
        (sps(profile=100, scaling=(FLAT, None, FALLING, None, None, None, (0,) * 64)), (640, 352)),
        (sps(profile=244, chroma=3, scaling=(None,) * 11 + ((1,) * 64,)), (640, 352)),
        (sps(order_count=(0, 4)), (640, 352)),
        (sps(order_count=(1, -3, 7, 2, -2, 5)), (640, 352)),
        (sps(vui=b"\0\0\0\0\1\2\3"), (640, 352)),
        (sps(3840, 2160), (3840, 2160)),
    ],
)
def test_the_size_is_read(nal: bytes, size: tuple[int, int]) -> None:
    facts = read_sps(nal)
    assert (facts.width, facts.height) == size


def test_bytes_that_keep_start_codes_out_are_not_read_as_content() -> None:
    bits = Bits().u(66, 8).u(0, 8).u(30, 8).ue(0, 4, 2, 3).u(0).ue((1 << 12) // 16 - 1, 0)
    plain = b"\x67" + bits.u(1).u(1).u(1).ue(0, 0, (1 << 25) - 1, 0).rbsp()  # a cropping full of zeros
    assert escaped(plain) != plain
    with pytest.raises(BadParameterSet, match="4096x-67108846"):
        read_sps(escaped(plain))


def test_the_codec_is_told_as_browsers_want_it() -> None:
    assert read_sps(sps(profile=100, level=31)).codec == "avc1.64001f"
    assert read_sps(sps(profile=66, level=10)).codec == "avc1.42000a"


@pytest.mark.parametrize(
    "nal",
    [
        b"",
        b"\x67",
        b"\x67\x42\x00\x1e",
        b"\x68" + sps()[1:],
        sps()[:6],
        sps(32768, 352),
        sps(640, 352, crop=(160, 160, 0, 0)),
        sps(640, 352, crop=(0, 0, 88, 88)),
        sps(profile=100, chroma=4),
        b"\x67\x42\x00\x1e" + bytes(100),
        b"\x67\x64\x00\x1e" + b"\xff" * 5000,
        sps(order_count=(1, 0, 0, *[0] * 256)),
    ],
    ids=range(12),
)
def test_what_is_none_or_cannot_be_shown_is_refused(nal: bytes) -> None:
    with pytest.raises(BadParameterSet):
        read_sps(nal)


@given(st.binary(max_size=300), st.sampled_from([66, 77, 100, 244]))
@example(b"\0" * 300, 100)
@example(b"\xff" * 300, 244)
def test_no_set_harms_us(content: bytes, profile: int) -> None:
    try:
        facts = read_sps(bytes((0x67, profile)) + content)
    except BadParameterSet:
        return
    assert 0 < facts.width <= 16384
    assert 0 < facts.height <= 16384


def test_a_record_holds_the_sets_and_gives_them_back() -> None:
    main, other = sps(profile=77), sps(320, 192, profile=77)
    assert record_of([main], [PPS]) == record([main], [PPS])
    assert sets_in(record_of([main, other], [PPS, PPS])) == ((main, other), (PPS, PPS))


def test_the_record_of_a_high_profile_tells_of_chroma_and_depths() -> None:
    high = sps(profile=100)
    assert record_of([high], [PPS]) == record([high], [PPS]) + b"\xfd\xf8\xf8\0"
    assert sets_in(record_of([high], [PPS])) == ((high,), (PPS,))


@pytest.mark.parametrize("cut", range(1, len(record([sps()]))))
def test_a_record_that_ends_too_early_is_refused(cut: int) -> None:
    with pytest.raises(BadParameterSet):
        sets_in(record([sps()])[:-cut])


def test_lengths_of_another_size_are_refused() -> None:
    short = bytearray(record([sps()]))
    short[4] = 0xFD
    with pytest.raises(BadParameterSet):
        sets_in(bytes(short))


@given(st.binary(max_size=100))
def test_no_record_harms_us(content: bytes) -> None:
    try:
        sets_in(b"\1" + content)
    except BadParameterSet:
        return


@pytest.mark.parametrize(("count", "pps"), [(32, 1), (1, 256), (0, 1)])
def test_more_sets_than_a_record_holds_are_refused(count: int, pps: int) -> None:
    with pytest.raises(BadParameterSet):
        record_of([sps()] * count, [PPS] * pps)
