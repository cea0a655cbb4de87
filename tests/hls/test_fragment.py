"""Media files as FFmpeg writes them, and as it should not."""

import struct
from pathlib import Path

import pytest

from socstream.hls.fragment import inspect

AUD, SPS, PPS, SEI, PICTURE = b"\x09\xf0", b"\x67\x42\xc0\x1e", b"\x68\xce", b"\x06\x05", b"\x65" + bytes(900)
OTHER_SPS = b"\x67\x42\xc0\x28"
H265_VPS, H265_SPS, H265_PICTURE = b"\x40\x01\x0c", b"\x42\x01\x01\x60", b"\x26\x01\xaf"


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def units(*nals: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(nal)) + nal for nal in nals)


def segment(*nals: bytes) -> bytes:
    return box(b"styp", b"msdh") + box(b"moof", bytes(40)) + box(b"mdat", units(*nals))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "7.m4s"


@pytest.mark.parametrize(
    ("nals", "format_"),
    [
        ((SPS, PPS, PICTURE), SPS),
        ((AUD, SPS, PPS, SEI, PICTURE), SPS),
        ((AUD, SPS, OTHER_SPS, PPS, PICTURE), SPS + OTHER_SPS),
        ((PICTURE, PICTURE), b""),
        ((SPS, PPS, b"\x65", SPS, PPS, b"\x65"), SPS),
        ((H265_VPS, H265_SPS, b"\x44\x01", H265_PICTURE), H265_SPS),
        ((), b""),
    ],
)
def test_the_format_is_what_the_first_picture_comes_with(
    file: Path, nals: tuple[bytes, ...], format_: bytes
) -> None:
    file.write_bytes(segment(*nals))
    found = inspect(file)
    assert found is not None
    assert (found.size, found.format) == (file.stat().st_size, format_)


@pytest.mark.parametrize("media", [b"\xff" * 200, b"\0" * 200, b"\0\0\0", struct.pack(">I", 9) + SPS])
def test_media_that_is_garbage_has_some_format_or_none_but_is_no_error(file: Path, media: bytes) -> None:
    file.write_bytes(box(b"moof", bytes(40)) + box(b"mdat", media))
    assert inspect(file) is not None


@pytest.mark.parametrize("cut", [1, 8, 12, 900])
def test_a_cut_file_is_none(file: Path, cut: int) -> None:
    whole = segment(SPS, PPS, PICTURE)
    file.write_bytes(whole[:-cut])
    assert inspect(file) is None


def test_an_empty_file_and_no_file_are_none(file: Path) -> None:
    assert inspect(file) is None
    file.touch()
    assert inspect(file) is None
