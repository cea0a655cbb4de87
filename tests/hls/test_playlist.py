"""FFmpeg's playlist is believed only when it is whole; ours says what players need."""

import contextlib

import m3u8
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socstream.hls.playlist import (
    LONGEST_SEGMENT,
    BadPlaylist,
    Entry,
    Line,
    parse_playlist,
    render_playlist,
)

# As FFmpeg 5.1 writes it for us; FFmpeg 9 writes the same.
REAL = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:1
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init-7.mp4"
#EXTINF:0.960000,
7.m4s
#EXTINF:1.000000,
8.m4s
#EXTINF:0.520000,
9.m4s
"""
HEAD = REAL.partition("#EXTINF")[0]
NOON = 1_772_366_400.0  # 2026-03-01T12:00:00Z


def line(number: int, *, run: int = 0, duration: float = 1.0, discontinuity: bool = False) -> Line:
    return Line(f"{number}.m4s", f"init-{run}.mp4", duration, NOON + number % 60, discontinuity)


def rendered(*lines: Line, media: int = 7, cc: int = 2, target: int = 1) -> str:
    return render_playlist(
        lines, media_sequence=media, discontinuity_sequence=cc, target_duration=target
    ).decode()


def test_the_entries_of_a_real_playlist_are_read() -> None:
    assert parse_playlist(REAL) == (Entry(7, 0.96), Entry(8, 1.0), Entry(9, 0.52))


def test_a_playlist_without_segments_has_no_entries() -> None:
    assert parse_playlist(HEAD) == ()


def test_tags_between_duration_and_name_do_not_matter() -> None:
    text = HEAD + "#EXTINF:1.0,\n#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:00.000Z\n7.m4s\n"
    assert parse_playlist(text) == (Entry(7, 1.0),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "<html>",
        "#EXTM3U",
        "#EXTM3U8\n",
        REAL[1:],
        REAL.replace("\n", "\r\n"),
        HEAD + "#EXTINF:1.0,\n",
        HEAD + "#EXTINF:1.0,\n7.ts\n",
        HEAD + "#EXTINF:1.0,\n../7.m4s\n",
        HEAD + "#EXTINF:1.0,\nhttp://other/7.m4s\n",
        HEAD + "#EXTINF:-1.0,\n7.m4s\n",
        HEAD + "#EXTINF:nan,\n7.m4s\n",
        HEAD + "#EXTINF:1e9,\n7.m4s\n",
        HEAD + "#EXTINF:,\n7.m4s\n",
        HEAD + "#EXTINF:1.0,\n7777777777777777.m4s\n",
        HEAD + "#EXTINF:1.0,\n7.m4s\n#EXTINF:1.0,\n9.m4s\n",
        HEAD + "#EXTINF:1.0,\n8.m4s\n#EXTINF:1.0,\n7.m4s\n",
        HEAD + "#EXTINF:1.0,\n7.m4s\n#EXTINF:1.0,\n7.m4s\n",
        "\x00" * 100,
    ],
)
def test_a_foreign_or_senseless_playlist_is_not_believed(text: str) -> None:
    with pytest.raises(BadPlaylist):
        parse_playlist(text)


@pytest.mark.parametrize("end", range(1, len(REAL)))
def test_a_cut_playlist_is_not_believed_or_says_nothing_wrong(end: int) -> None:
    try:
        entries = parse_playlist(REAL[:end])
    except BadPlaylist:
        return
    assert entries == parse_playlist(REAL)[: len(entries)]


@pytest.mark.parametrize("duration", ["4557.282344", "46722.858828", f"{LONGEST_SEGMENT + 0.001:.6f}"])
def test_a_segment_of_jumped_time_stamps_is_not_believed(duration: str) -> None:
    with pytest.raises(BadPlaylist):
        parse_playlist(HEAD + f"#EXTINF:1.000000,\n7.m4s\n#EXTINF:{duration},\n8.m4s\n")


def test_a_long_group_of_pictures_is_believed() -> None:
    assert parse_playlist(HEAD + "#EXTINF:20.000000,\n7.m4s\n") == (Entry(7, 20.0),)


@given(st.text(max_size=200).map(HEAD.__add__))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with contextlib.suppress(BadPlaylist):
        parse_playlist(text)


def test_ours_has_all_that_players_need_and_never_an_end() -> None:
    assert rendered(line(7), line(8, duration=1.0004)) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-TARGETDURATION:1\n"
        "#EXT-X-MEDIA-SEQUENCE:7\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:2\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="init-0.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:07.000Z\n"
        "#EXTINF:1.000,\n"
        "7.m4s\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:08.000Z\n"
        "#EXTINF:1.000,\n"
        "8.m4s\n"
    )


def test_a_new_run_is_a_discontinuity_with_a_map_of_its_own() -> None:
    text = rendered(line(7), line(8, run=8, discontinuity=True), line(9, run=8))
    before, after = text.split("#EXT-X-DISCONTINUITY\n")
    assert before.endswith("7.m4s\n")
    assert after.startswith('#EXT-X-MAP:URI="init-8.mp4"\n')
    assert text.count("#EXT-X-MAP") == 2


def test_a_discontinuity_within_a_run_repeats_the_map() -> None:
    assert rendered(line(7), line(9, discontinuity=True)).count('#EXT-X-MAP:URI="init-0.mp4"') == 2


@given(
    st.lists(st.tuples(st.floats(0.02, 30), st.booleans()), min_size=1, max_size=6),
    st.integers(0, 10**12),
    st.integers(0, 10**6),
)
def test_another_reader_finds_what_we_meant(
    segments: list[tuple[float, bool]], media: int, discontinuity_sequence: int
) -> None:
    lines = [
        line(media + index, duration=duration, discontinuity=discontinuity)
        for index, (duration, discontinuity) in enumerate(segments)
    ]
    read = m3u8.loads(rendered(*lines, media=media, cc=discontinuity_sequence, target=30))
    assert (read.media_sequence, read.discontinuity_sequence) == (media, discontinuity_sequence)
    assert (read.target_duration, read.is_endlist) == (30, False)
    assert [segment.uri for segment in read.segments] == [line.uri for line in lines]
    assert [segment.discontinuity for segment in read.segments] == [line.discontinuity for line in lines]
    for segment, meant in zip(read.segments, lines, strict=True):
        assert segment.duration == pytest.approx(meant.duration, abs=0.0006)
        assert segment.init_section
        assert segment.program_date_time
        assert segment.init_section.uri == meant.init_uri
        assert segment.program_date_time.timestamp() == pytest.approx(meant.began, abs=0.001)
