"""FFmpeg's second output becomes access units: whole, at once, with times that only rise."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socstream.live.flv import LARGEST_TAG, BrokenStream, FlvReader, OtherCodec
from socstream.live.unit import AccessUnit, Configuration
from tests.live.streams import HEAD, PPS, picture, record, record_tag, sps, tag, unit

SPS = sps(profile=77)
IDR, SLICE, SEI, AUD = b"\x65\x88\x84", b"\x41\x9a\x02", b"\x06\x05\x01\x80", b"\x09\xf0"
KEY, OTHER = unit(SPS, PPS, IDR), unit(SLICE)
START = HEAD + record_tag(record([SPS]))
SHORT = START + picture(KEY, 0, key=True) + picture(OTHER, 40) + picture(OTHER, 80, shift=40)


def read(stream: bytes, reader: FlvReader | None = None) -> list[Configuration | AccessUnit]:
    return (reader or FlvReader()).feed(stream, 12.5)


def units(stream: bytes, reader: FlvReader | None = None) -> list[AccessUnit]:
    return [item for item in read(stream, reader) if isinstance(item, AccessUnit)]


def configurations(stream: bytes) -> list[Configuration]:
    return [item for item in read(stream) if isinstance(item, Configuration)]


def test_a_run_begins_with_its_configuration() -> None:
    assert read(SHORT) == [
        Configuration("avc1.4d001e", record([SPS]), 640, 352),
        AccessUnit(12.5, 0, 0, True, KEY),
        AccessUnit(12.5, 40, 0, False, OTHER),
        AccessUnit(12.5, 80, 40, False, OTHER),
    ]


@pytest.mark.parametrize("cut", range(len(SHORT) + 1))
def test_where_the_pipe_cuts_makes_no_difference(cut: int) -> None:
    reader = FlvReader()
    assert read(SHORT[:cut], reader) + read(SHORT[cut:], reader) == read(SHORT)


def test_single_bytes_are_enough_and_each_unit_is_there_with_its_last_one() -> None:
    reader = FlvReader()
    counts = [len(read(SHORT[at : at + 1], reader)) for at in range(len(SHORT))]
    assert sum(counts) == 4
    assert counts[-1] == 1


@given(st.lists(st.integers(1, 90), min_size=1))
def test_any_pieces_give_the_same(sizes: list[int]) -> None:
    reader, items, at = FlvReader(), [], 0
    for size in sizes:
        items += read(SHORT[at : at + size], reader)
        at += size
    assert items + read(SHORT[at:], reader) == read(SHORT)


def test_the_piece_may_be_overwritten_afterwards() -> None:
    reader, buffer = FlvReader(), bytearray(len(SHORT))
    items: list[Configuration | AccessUnit] = []
    for at in range(0, len(SHORT), 33):
        part = SHORT[at : at + 33]
        buffer[: len(part)] = part
        items += reader.feed(memoryview(buffer)[: len(part)], 12.5)
        buffer[:] = bytes(len(buffer))
    assert items == read(SHORT)


def test_a_large_keyframe_in_many_pieces_is_looked_at_once() -> None:
    large = unit(SPS, PPS, IDR + bytes(2_000_000))
    reader, stream = FlvReader(), picture(large, 0, key=True)
    read(START, reader)
    items = [read(stream[at : at + 512], reader) for at in range(0, len(stream), 512)]
    assert [len(each) for each in items] == [0] * (len(items) - 1) + [1]
    assert items[-1] == [AccessUnit(12.5, 0, 0, True, large)]


def test_times_go_on_where_those_of_ffmpeg_begin_anew() -> None:
    reader, last = FlvReader(), 0
    read(START, reader)
    for step in range(0, 1 << 33, 1 << 28):
        (one,) = units(picture(OTHER, step % (1 << 31)), reader)
        assert one.decode_at == step >= last
        last = one.decode_at


@pytest.mark.parametrize("first", [0x7FFFFFFF, 1 << 31 - 1, 0x7FFFFFD8])
def test_a_first_time_that_ffmpeg_did_not_know_is_the_beginning(first: int) -> None:
    stream = START + picture(KEY, first, key=True) + picture(OTHER, 40) + picture(OTHER, 80)
    assert [one.decode_at for one in units(stream)] == [0, 40, 80]


def test_a_time_that_steps_back_or_stands_still_rises_a_little() -> None:
    stream = START + b"".join(picture(OTHER, time) for time in (1000, 1040, 900, 940, 980))
    assert [one.decode_at for one in units(stream)] == [1000, 1040, 1041, 1081, 1121]


@pytest.mark.parametrize(
    ("written", "shift"), [(80, 80), (-40, -40), (9999, 9999), (0x7FFFFF, 0), (-0x800000, 0), (20_000, 0)]
)
def test_an_offset_that_ffmpeg_did_not_know_is_none(written: int, shift: int) -> None:
    (one,) = units(START + picture(KEY, 0, key=True, shift=written))
    assert one.shift == shift


def test_a_keyframe_that_changes_the_picture_brings_a_configuration_first() -> None:
    larger = sps(1280, 720, profile=77)
    key = unit(AUD, larger, PPS, SEI, IDR)
    later = read(SHORT + picture(key, 120, key=True))[4:]
    assert later == [
        Configuration("avc1.4d001e", record([larger]), 1280, 720),
        AccessUnit(12.5, 120, 0, True, key),
    ]


def test_a_record_in_the_midst_of_a_run_is_another_configuration() -> None:
    larger = sps(1280, 720, profile=77)
    again = record_tag(record([SPS])) + record_tag(record([larger]))
    assert [each.width for each in configurations(SHORT + again)] == [640, 1280]


def test_a_keyframe_with_a_sequence_set_only_keeps_the_picture_set() -> None:
    larger = sps(1280, 720, profile=77)
    found = configurations(SHORT + picture(unit(larger, IDR), 120, key=True))
    assert found[-1].record == record([larger], [PPS])


def test_keyframes_without_sets_keep_the_configuration() -> None:
    assert len(configurations(SHORT + picture(unit(SEI, IDR), 120, key=True))) == 1


def test_a_run_whose_first_keyframe_tells_needs_no_record() -> None:
    stream = HEAD + record_tag(b"") + picture(OTHER, 0) + picture(KEY, 40, key=True)
    assert read(stream) == [
        Configuration("avc1.4d001e", record([SPS]), 640, 352),
        AccessUnit(12.5, 40, 0, True, KEY),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        unit(b"\x67" + b"\0" * 30, PPS, IDR),
        unit(sps(32768, 352), PPS, IDR),
        unit(*[SPS] * 63, IDR),
        struct.pack(">I", 1 << 31) + b"\x67\x42",
        b"\0\0",
        b"",
        bytes(4000),
    ],
    ids=range(7),
)
def test_a_keyframe_that_makes_no_sense_goes_on_to_the_decoder(broken: bytes) -> None:
    assert read(SHORT + picture(broken, 120, key=True))[4:] == [AccessUnit(12.5, 120, 0, True, broken)]


def test_what_is_no_picture_is_passed_over() -> None:
    others = [
        tag(b"\x02\x00\x0aonMetaData", kind=18),
        tag(b"\xaf\x01\x21", kind=8),
        tag(b"", 40),
        tag(b"\x57\x01\0\0\0\1", 40),
        tag(b"\x17\x02\0\0\0", 40),
        tag(b"\x27\x07\0\0\0\1", 40),
    ]
    assert read(START + b"".join(others) + picture(OTHER, 80))[1:] == [AccessUnit(12.5, 80, 0, False, OTHER)]


@pytest.mark.parametrize(
    "garbage",
    [
        b"GIF89a" + bytes(20),
        b"FLX",
        b"FLV\2" + bytes(20),
        START + b"\xff" * 20,
        START + bytes(20),
        START + tag(b"\x27", 0),
        START + picture(OTHER, 0)[:-1] + b"\7" + bytes(20),
        START + struct.pack(">IIHB", 9 << 24 | 10, 0, 1, 0) + bytes(20),
        START + struct.pack(">IIHB", 9 << 24 | LARGEST_TAG + 1, 0, 0, 0) + bytes(20),
        HEAD + record_tag(b"\1\x4d"),
        HEAD + record_tag(record([b"\x67" + bytes(30)])),
    ],
    ids=range(11),
)
def test_what_is_no_such_stream_is_refused(garbage: bytes) -> None:
    with pytest.raises(BrokenStream):
        read(garbage)


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"\x90hvc1\0", "hvc1"), (b"\x22\0\0\0\0", "2"), (b"\x9c\xff\xfe\xfd\xfc", "unknown")],
)
def test_another_codec_is_told(content: bytes, name: str) -> None:
    with pytest.raises(OtherCodec, match=name):
        read(HEAD + tag(content))


@given(st.integers(0, len(SHORT) - 1), st.binary(min_size=1, max_size=40), st.booleans())
def test_no_bytes_harm_us(at: int, bytes_: bytes, replacing: bool) -> None:
    reader = FlvReader()
    try:
        read(SHORT[:at], reader)
        read(bytes_, reader)
        read(SHORT[at + len(bytes_) * replacing :], reader)
    except (BrokenStream, OtherCodec):
        return


def _come(*moments: float) -> list[float]:
    """When pictures 40 ms apart are said to have come, that came at these moments."""
    reader = FlvReader()
    reader.feed(START, moments[0])
    told = []
    for number, moment in enumerate(moments):
        data = picture(KEY if number == 0 else OTHER, 40 * number, key=number == 0)
        told += [item.arrived for item in reader.feed(data, moment) if isinstance(item, AccessUnit)]
    return told


def test_a_picture_that_somebody_held_back_is_as_old_as_it_is() -> None:
    """FFmpeg hands out the last one of a camera that fell silent when it gives up, 5 s later."""
    assert _come(100.0, 100.04, 100.08, 105.2) == [100.0, 100.04, 100.08, pytest.approx(100.62)]


def test_what_comes_after_a_silence_is_soon_of_now_again() -> None:
    came = [103.0 + number / 25 for number in range(1, 30)]
    told = _come(100.0, *came)
    assert told[1] == pytest.approx(100.54)
    assert told[-20:] == came[-20:]


def test_pictures_that_come_unevenly_are_told_as_they_come() -> None:
    moments = [100.0, 100.3, 100.31, 100.32, 100.33, 100.6, 100.61]
    assert _come(*moments) == moments


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_clock_that_jumps_makes_no_picture_old(jump: float) -> None:
    moments = [100.0, 100.04, 100.08 + jump, 100.12 + jump]
    assert _come(*moments) == moments
