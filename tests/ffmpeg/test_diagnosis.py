"""What FFmpeg's lines mean: those that 5.1, 7.0 and 9.0 write, and those that a camera would like to."""

import json
from collections import deque
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socstream.ffmpeg import diagnosis
from socstream.ffmpeg.diagnosis import (
    LONGEST_LINE,
    LiveTrouble,
    Phase,
    diagnose,
    live_trouble_in,
    media_in,
    redacted,
    wants_longer_probe,
)
from socstream.model.failure import Failure, FailureCode
from socstream.model.source import Credentials, Source, parse_source
from socstream.model.stream import Media
from tests.ffmpeg.stand_in import ended, shell, started

SECRET = "hunter2"  # the password of every camera in the recorded lines


class Case(TypedDict):
    """A run that ended, as recorded from a real FFmpeg."""

    case: str
    ffmpeg: str
    silent_for: float
    streaming: bool
    longer_probe: bool
    lines: list[str]


RECORDED: list[Case] = json.loads((Path(__file__).parent / "lines.json").read_text())

EXPECTED = {
    "port closed": "refused",
    "connection never made": "connect_timeout",
    "no network": "unreachable",
    "no route": "unreachable",
    "unknown name": "dns",
    "accepts and is silent": "timeout",
    "hangs up at once": "protocol",
    "speaks HTTP": "protocol",
    "speaks nonsense": "protocol",
    "TLS to one that speaks none": "protocol",
    "no SDP": "protocol",
    "401 Basic": "unauthorized",
    "401 Digest": "unauthorized",
    "401 in the camera's own words": "unauthorized",
    "SETUP 401": "unauthorized",
    "DESCRIBE 403": "forbidden",
    "DESCRIBE 404": "not_found",
    "OPTIONS 404": "not_found",
    "SETUP 461": "transport",
    "DESCRIBE 453": "busy",
    "SETUP 453": "busy",
    "DESCRIBE 503": "busy",
    "PLAY 503": "busy",
    "DESCRIBE 400": "protocol",
    "DESCRIBE 405": "protocol",
    "DESCRIBE 454": "protocol",
    "PLAY 454": "protocol",
    "DESCRIBE 500": "protocol",
    "301 elsewhere": "misconfigured",
    "302 elsewhere": "misconfigured",
    "SDP without streams": "no_media",
    "audio only": "no_media",
    "plays nothing": "no_media",
    "plays nothing, longer probe": "no_media",
    "unknown codec": "unsupported_codec",
    "a codec that MP4 cannot hold": "unsupported_codec",
    "a codec that MP4 cannot hold, longer probe": "unsupported_codec",
    "keyframe beyond the longer probe": "unsupported_codec",
    "read-only directory": "output",
    "no directory": "output",
    "mid-stream: hangs up": "source_ended",
    "mid-stream: falls silent": "stalled",
}
LONGER_PROBE_HELPS = "keyframe beyond the short probe"
NOT_RECORDED = {("unknown name", "7.0"), ("keyframe beyond the longer probe", "7.0")}
"""That FFmpeg is a static program, and crashes where it looks up a name; we hand it addresses. And it looked
for a keyframe for longer than 30 s; a server ends it after 20 s.
"""


def named(case: Case) -> str:
    return f"{case['case']} ({case['ffmpeg']})"


@pytest.fixture(params=RECORDED, ids=named)
def case(request: pytest.FixtureRequest) -> Case:
    recorded: Case = request.param
    return recorded


async def test_a_real_run_is_diagnosed_and_its_log_shows_no_secret(case: Case, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("\n".join(case["lines"]) + "\n")
    log: deque[str] = deque(maxlen=100)
    async with started(shell('cat "$1" >&2', words), log=log, secrets=(SECRET,)) as process:
        await ended(process)
        wants_longer_probe = process.wants_longer_probe(case["silent_for"])
        failure = process.failure(
            streaming=case["streaming"], silent_for=case["silent_for"], longer_probe=case["longer_probe"]
        )
    if case["case"] == LONGER_PROBE_HELPS:
        assert wants_longer_probe
    else:
        assert failure.code == EXPECTED[case["case"]]
        assert case["longer_probe"] or not wants_longer_probe
    assert SECRET not in failure.detail + "".join(log)
    assert "rtsp://u" not in failure.detail + "".join(log)


def test_everything_recorded_is_expected_and_the_other_way_round() -> None:
    assert {case["case"] for case in RECORDED} == {*EXPECTED, LONGER_PROBE_HELPS}
    recorded = [(case["case"], case["ffmpeg"]) for case in RECORDED]
    every = {(case, version) for case in (*EXPECTED, LONGER_PROBE_HELPS) for version in ("5.1", "7.0", "9.0")}
    assert set(recorded) == every - NOT_RECORDED
    assert len(recorded) == len(set(recorded))


def why(*lines: str, phase: Phase = Phase.CONNECTING, silent_for: float = 0.1, **facts: bool) -> FailureCode:
    facts = {"signalled": False, "longer_probe": False} | facts
    return diagnose(lines, phase=phase, silent_for=silent_for, **facts).code


@pytest.mark.parametrize(
    ("phase", "silent_for", "code"),
    [
        (Phase.CONNECTING, 0.1, "protocol"),
        (Phase.CONNECTING, 5.1, "timeout"),
        (Phase.OPENED, 0.1, "source_ended"),
        (Phase.OPENED, 5.1, "no_media"),
        (Phase.STREAMING, 0.1, "source_ended"),
        (Phase.STREAMING, 5.1, "stalled"),
    ],
)
def test_where_no_line_tells_the_phase_and_the_silence_do(phase: Phase, silent_for: float, code: str) -> None:
    assert why(phase=phase, silent_for=silent_for) == code


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("setpriv: failed to execute /opt/ffmpeg: No such file or directory", "ffmpeg_missing"),
        ("[hls @ 0x1] [error] Failed to open file '/streams/7.m4s': No space left on device", "disk_full"),
        ("[error] Could not write header for output file #0: Disk quota exceeded", "disk_full"),
    ],
)
def test_trouble_of_the_box_is_told_from_trouble_of_the_camera(line: str, code: str) -> None:
    assert why(line) == code
    assert why(line, longer_probe=True) == code


def test_a_signal_that_we_did_not_send_is_a_crash() -> None:
    assert why("[rtsp @ 0x1] [error] method DESCRIBE failed: 401 Unauthorized", signalled=True) == "crashed"


def test_the_detail_is_the_line_that_told() -> None:
    failure = diagnose(
        [
            "[tcp] [error] Connection to tcp://h failed: Connection refused",
            "[error] pipe:0: Connection refused",
        ],
        phase=Phase.CONNECTING,
        silent_for=0.1,
        signalled=False,
        longer_probe=False,
    )
    assert failure == Failure(
        FailureCode.REFUSED, "[tcp] [error] Connection to tcp://h failed: Connection refused"
    )


def test_chatter_tells_nothing() -> None:
    assert why("[info]   Metadata:", "[info]     title           : failed: 401") == "protocol"


@pytest.mark.parametrize("password", ["401", "error", "failed", "Unauthorized", "4", "DESCRIBE"])
async def test_a_password_that_is_one_of_ffmpegs_words_hides_no_failure(
    password: str, tmp_path: Path
) -> None:
    line = "[rtsp @ 0x5] [error] method DESCRIBE failed: 401 Unauthorized"
    log: deque[str] = deque()
    async with started(shell('echo "$1" >&2', line), log=log, secrets=(password,)) as process:
        await ended(process)
        failure = process.failure(streaming=False, silent_for=0.1, longer_probe=False)
    assert failure.code is FailureCode.UNAUTHORIZED
    assert password not in failure.detail
    assert password not in log[0]


@pytest.mark.parametrize(
    ("line", "media"),
    [
        (
            "[info]   Stream #0:0: Video: h264 (High), yuv420p(progressive), 1920x1080, 25 fps, 90k tbn",
            Media("h264", 1920, 1080, 25.0),
        ),
        (
            "[info]   Stream #0:0: Video: hevc (Main), yuv420p(tv, bt709), 3840x2160 [SAR 1:1 DAR 16:9],"
            " 29.97 fps, 29.97 tbr, 90k tbn",
            Media("hevc", 3840, 2160, 29.97),
        ),
        (
            "[info]   Stream #0:1: Video: h264, yuv420p, 640x360, 90k tbr, 90k tbn",
            Media("h264", 640, 360, None),
        ),
        ("[info]   Stream #0:0: Video: h264, none, 60k fps, 90k tbr, 90k tbn", None),
        ("[info]   Stream #0:0: Audio: pcm_mulaw, 8000 Hz, mono, s16, 64 kb/s", None),
        ("[info]     title           : Stream #0:0: Video: x, 10x10, 1.2.3 fps", Media("x", 10, 10, None)),
        ("[info]     title           : Stream #0:0: Video: x, 10x10, ... fps", Media("x", 10, 10, None)),
    ],
)
def test_what_ffmpeg_says_of_the_video_is_read(line: str, media: Media | None) -> None:
    assert media_in(line) == media


@given(st.text(max_size=200))
def test_no_line_is_a_bug(text: str) -> None:
    line = f"[info]   Stream #0:0: Video: {text}"
    for read in (media_in, diagnosis.audio_in, diagnosis.is_telling, diagnosis.is_cut, diagnosis.is_redirect):
        read(line)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "[concat @ 0x564327036b00] [error] Impossible to open 'rtsp://u:hunter2@127.0.0.1:1/x'",
            "[concat] [error] Impossible to open 'rtsp://***'",
        ),
        ("[error] rtsp://u@h/x: Input/output error", "[error] rtsp://*** Input/output error"),
        ("[error] RTSPS://u:p@h/user=a_password=b.sdp?c=d", "[error] RTSPS://***"),
        ("[error] rtsp://" + "a" * 900, "[error] rtsp://***"),
        ("[error] http://u:p@h/x", "[error] http://***@h/x"),
        ("[error] " + "x" * 900, "[error] " + "x" * 492),
        ("[tcp] [error] Connection to tcp://192.0.2.7:554?timeout=5000000 failed: Connection refused",) * 2,
    ],
)
def test_a_line_is_shown_without_url_pointer_and_user(line: str, shown: str) -> None:
    assert redacted(line, ()) == shown


def test_what_ffmpeg_says_at_every_start_of_its_live_output_explains_nothing() -> None:
    line = "[flv @ 0x1] [warning] Timestamps are unset in a packet for stream 0. This is deprecated"
    assert not diagnosis.is_telling(line)


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("[flv @ 0x5648955d2780] [error] Video codec hevc not compatible with flv", LiveTrouble.CODEC),
        ("[flv @ 0x55e3442b25c0] [error] Video codec mjpeg not compatible with flv", LiveTrouble.CODEC),
        ("[flv @ 0x55e18faf1680] [error] Packet is missing PTS", LiveTrouble.TIMES),
        ("[error] Could not write header for output file #1 (incorrect codec parameters ?)", None),
        ("[mp4 @ 0x55e18faf1680] [error] dimensions not set", None),
        ("[rtsp @ 0x1] [error] Could not find codec parameters for stream 0 (Video: hevc)", None),
    ],
)
def test_trouble_with_the_live_output_is_told_apart(line: str, trouble: LiveTrouble | None) -> None:
    assert live_trouble_in(line) is trouble


def test_a_codec_that_the_live_output_does_not_carry_asks_for_no_longer_probe() -> None:
    lines = (
        "[flv @ 0x5648955d2780] [error] Video codec hevc not compatible with flv",
        "[error] Could not write header for output file #1 (incorrect codec parameters ?): Function",
        "[error] Error initializing output stream 1:0 -- ",
    )
    assert not wants_longer_probe(lines, 0.8)


anything = st.characters(exclude_categories=["Cs"])


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="*"), min_size=1, max_size=12),
    st.text(anything, max_size=60),
    st.text(anything, max_size=60),
)
def test_no_form_of_a_password_survives(password: str, before: str, after: str) -> None:
    source = Source(parse_source("rtsp://cam.lan/live").url, Credentials("user", password))
    for form in (source.connect_url(), *source.secrets()):
        shown = redacted(f"[error] {before}{form}{after}", source.secrets())
        assert len(shown) <= LONGEST_LINE
        assert not any(secret in shown for secret in source.secrets())
