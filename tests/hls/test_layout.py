"""Names of files: what a URL may ask for, and what it gets."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socstream.hls.layout import StreamLayout, init_name, media_name, segment_name

LARGEST = 10**15 - 1


@given(st.integers(0, LARGEST))
def test_every_name_that_we_give_may_be_asked_for(number: int) -> None:
    assert media_name(segment_name(number)) == segment_name(number)
    assert media_name(init_name(number)) == init_name(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".m4s",
        "01.m4s",
        "-1.m4s",
        "+1.m4s",
        "1.m4s\n",
        "1.m4s\0.ts",
        "1.M4S",
        "1.mp4",
        "1.m4s.tmp",
        "../1.m4s",
        "a/1.m4s",
        "..\\1.m4s",
        "%2e%2e/1.m4s",
        "/etc/passwd",
        "\u0661.m4s",
        "init-.mp4",
        "init-01.mp4",
        "init-1.m4s",
        "INIT-1.mp4",
        "encoder.m3u8",
        "index.m3u8",
        "window.json",
        f"{LARGEST + 1}.m4s",
        "1" * 30 + ".m4s",
    ],
)
def test_nothing_else_is_a_name(text: str) -> None:
    assert media_name(text) is None


@given(st.text(max_size=20))
def test_a_name_never_leads_out_of_the_cameras_directory(text: str) -> None:
    name = media_name(text)
    if name is not None:
        assert StreamLayout(Path("/streams")).path("cam", name).parts == ("/", "streams", "cam", name)


def test_everything_of_a_camera_lies_in_its_directory() -> None:
    layout = StreamLayout(Path("/streams"))
    assert layout.directory("cam") == Path("/streams/cam")
    assert layout.encoder_playlist("cam").parent == layout.directory("cam")
    assert layout.saved_window("cam").parent == layout.directory("cam")


def test_no_file_of_ours_has_a_name_that_may_be_asked_for() -> None:
    layout = StreamLayout(Path("/streams"))
    assert media_name(layout.encoder_playlist("cam").name) is None
    assert media_name(layout.saved_window("cam").name) is None
