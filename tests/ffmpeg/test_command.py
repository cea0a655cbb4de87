"""The command line holds no secret, and no password or path gets out of the ffconcat script."""

import asyncio
import base64
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from socstream.ffmpeg.binary import Binary, locate
from socstream.ffmpeg.command import (
    LONG_PROBE,
    SHORT_PROBE,
    LiveOutput,
    Order,
    Probe,
    input_script,
    look,
    pull,
    quoted,
)
from socstream.hls.layout import StreamLayout
from socstream.model.errors import InvalidInput
from socstream.model.source import Credentials, Source, parse_source

CAM = "01234567-89ab-cdef-0123-456789abcdef"
BINARY = Binary(Path("/usr/bin/ffmpeg"), "9.0.2", frozenset({"rtsp tls_verify"}))
LAYOUT = StreamLayout(Path("/streams"))

HOSTILE = (
    "'",
    "''",
    "\\'",
    "'\\''",
    "' file /etc/passwd '",
    "'\nfile '/etc/passwd",
    "\r\nfile /etc/passwd\r\n",
    "\n",
    "\\",
    "#",
    "# comment",
    "/",
    "?",
    "@evil.example/",
    ":554@evil.example:554",
    "%",
    "%27",
    "%0a",
    "%%%",
    " ",
    "p@ss word",
    "\t",
    '"',
    "`id`",
    "$(id)",
    "; option rtsp_transport udp",
    "ä€🎥",
    "\u202e",
    "[",
    "..",
    "option",
    "\x7f\x01",
)


def order(source: Source, *, probe: Probe = SHORT_PROBE, tls_verify: bool = True) -> Order:
    return Order(CAM, source, "192.0.2.7", 7, probe, tls_verify)


def read_ffconcat(script: bytes) -> list[list[str]]:
    """The words of each line as FFmpeg's concat demuxer reads them (av_get_token, libavutil/avstring.c)."""
    lines = []
    for line in re.split(r"\r?\n|\r", script.decode()):
        words, text = [], line.lstrip(" \t")
        while text and not text.startswith("#"):
            word, text = _token(text)
            words.append(word)
            text = text.lstrip(" \t")
        if words:
            lines.append(words)
    return lines


def _token(text: str) -> tuple[str, str]:
    """The first word, with its quotes and escapes undone, and what follows it."""
    word, index = "", 0
    while index < len(text) and text[index] not in " \t":
        letter, index = text[index], index + 1
        if letter == "\\" and index < len(text):
            word, index = word + text[index], index + 1
        elif letter == "'":
            end = text.find("'", index)
            end = len(text) if end < 0 else end
            word, index = word + text[index:end], end + 1
        else:
            word += letter
    return word, text[index:]


def check(source: Source) -> None:
    """The script opens exactly this source, in exactly this way, and nothing else."""
    (head, file, *options) = read_ffconcat(input_script(BINARY, order(source)))
    assert head == ["ffconcat", "version", "1.0"]
    assert file == ["file", source.connect_url("192.0.2.7")]
    assert options == [
        ["option", "rtsp_transport", "tcp"],
        ["option", "timeout", "5000000"],
        ["option", "probesize", "100000"],
        ["option", "analyzeduration", "100000"],
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_password_breaks_out_of_the_script(text: str) -> None:
    source = parse_source("rtsp://cam.lan/live", Credentials(text, text))
    check(source)
    url = read_ffconcat(input_script(BINARY, order(source)))[1][1]
    user_info = url.removeprefix("rtsp://").removesuffix("@192.0.2.7/live")
    assert [unquote(part) for part in user_info.split(":")] == [text, text]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_path_breaks_out_of_the_script(text: str) -> None:
    try:
        source = parse_source(f"rtsp://cam.lan/{text}")
    except InvalidInput:
        return
    check(source)


anything = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=9)


@given(st.one_of(anything, st.text("'\\\n\r #/?@:%", max_size=30)), anything, anything)
def test_nothing_at_all_breaks_out_of_the_script(path: str, username: str, password: str) -> None:
    try:
        source = parse_source(f"rtsp://cam.lan/{path}", Credentials(username, password))
    except InvalidInput:
        return
    check(source)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), max_size=30))
@example("it's")
@example("'\\''")
def test_quoting_holds_every_text_of_one_line(text: str) -> None:
    assert _token(quoted(text)) == (text, "")


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b"])
def test_what_no_quoting_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be quoted"):
        quoted(text)


@pytest.mark.engine
@pytest.mark.parametrize(
    "text", ["it's", "'\\''", "p@ss #/?:[x]", "%27%0a", '\\ä€"$(id)`', " file '/etc/passwd'"]
)
async def test_real_ffmpeg_tells_the_camera_the_very_password(text: str) -> None:
    """A camera that asks for Basic authentication is told user and password byte for byte."""
    told: list[str] = []

    async def camera(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                told.extend(re.findall(r"Authorization: Basic (\S+)", head.decode()))
                sequence = re.search(rb"CSeq: (\d+)", head)
                assert sequence is not None
                answer = b"200 OK" if head.startswith(b"OPTIONS") else b"401 Unauthorized"
                writer.write(b"RTSP/1.0 %b\r\nCSeq: %b\r\n" % (answer, sequence[1]))
                writer.write(b'WWW-Authenticate: Basic realm="x"\r\n\r\n')
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    binary = Binary(locate(), "the one of this machine")
    async with await asyncio.start_server(camera, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        source = parse_source(f"rtsp://127.0.0.1:{port}/it%27s", Credentials("user", text))
        command = pull(binary, LAYOUT, Order(CAM, source, "127.0.0.1", 7), 0.9)
        child = await asyncio.create_subprocess_exec(
            *command.arguments,
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        await child.communicate(command.script)
    assert base64.b64decode(told[-1]).decode() == f"user:{text}"


@pytest.mark.parametrize("probe", [SHORT_PROBE, LONG_PROBE])
def test_no_argument_holds_anything_of_the_source(probe: Probe) -> None:
    source = parse_source("rtsp://viewer:hunter2@cam.lan:8554/secret-path?token=t0k3n")
    wished = order(source, probe=probe)
    for command in (pull(BINARY, LAYOUT, wished, 0.9), look(BINARY, wished, Path("/tmp/picture.jpg"))):
        words = " ".join(command.arguments)
        for secret in ("hunter2", "viewer", "cam.lan", "192.0.2.7", "secret-path", "t0k3n"):
            assert secret not in words
        assert b"hunter2" in command.script


def test_a_look_decodes_no_picture_that_is_too_large_and_lists_what_comes_before_a_keyframe() -> None:
    arguments = look(BINARY, order(parse_source("rtsp://cam.lan/")), Path("/tmp/picture.jpg")).arguments
    at = arguments.index("-max_pixels")
    assert int(arguments[at + 1]) == 40_000_000
    assert at < arguments.index("-i"), "else it is for what encodes"
    listed = arguments[arguments.index("-i") + 2 : arguments.index("pipe:1")]
    assert "-copyinkf" in listed


def test_the_segments_are_numbered_and_the_init_file_is_the_runs_own() -> None:
    arguments = pull(BINARY, LAYOUT, order(parse_source("rtsp://cam.lan/")), 0.9).arguments
    assert arguments[0] == "/usr/bin/ffmpeg"
    assert arguments[-1] == f"/streams/{CAM}/encoder.m3u8"
    for option, value in (
        ("-start_number", "7"),
        ("-hls_fmp4_init_filename", "init-7.mp4"),
        ("-hls_segment_filename", f"/streams/{CAM}/%d.m4s"),
        ("-hls_time", "0.9"),
        ("-f", "concat"),
    ):
        assert arguments[arguments.index(option) + 1] == value


def test_the_live_output_comes_last_and_unchanged_unless_it_has_to_be_mended() -> None:
    def live(output: LiveOutput) -> tuple[str, ...]:
        arguments = pull(
            BINARY, LAYOUT, evolve(order(parse_source("rtsp://cam.lan/")), live=output), 0.9
        ).arguments
        return arguments[arguments.index(f"/streams/{CAM}/encoder.m3u8") + 1 :]

    as_it_comes = ("-map", "0:v:0", "-c:v", "copy")
    prompt, mended = live(LiveOutput.PROMPT), live(LiveOutput.MENDED)
    assert live(LiveOutput.OFF) == ()
    assert (prompt[:4], prompt[-1]) == (as_it_comes, "pipe:1")
    assert "-bsf:v" not in prompt
    assert mended == (*as_it_comes, "-bsf:v", r"setts=pts=if(eq(PTS\,NOPTS)\,DTS\,PTS)", *prompt[4:])


def test_a_longer_look_is_told_to_rtsp_itself() -> None:
    script = input_script(BINARY, order(parse_source("rtsp://cam.lan/"), probe=LONG_PROBE)).decode()
    assert "option probesize 5000000\n" in script
    assert "option analyzeduration 12000000\n" in script


@pytest.mark.parametrize(("verify", "host"), [(True, "cam.lan"), (False, "192.0.2.7")])
def test_ffmpeg_gets_the_name_only_where_a_certificate_proves_it(verify: bool, host: str) -> None:
    source = parse_source("rtsps://cam.lan/live")
    script = input_script(BINARY, order(source, tls_verify=verify)).decode()
    assert f"option tls_verify {int(verify)}\n" in script
    assert f"file 'rtsps://{host}/live'\n" in script


def test_an_ffmpeg_that_verifies_no_certificate_gets_the_address_that_was_checked() -> None:
    script = input_script(Binary(Path("ffmpeg"), "5.1.9"), order(parse_source("rtsps://cam.lan/live")))
    assert b"file 'rtsps://192.0.2.7/live'\n" in script


def test_an_ffmpeg_that_does_not_know_an_option_is_not_told_it() -> None:
    old = Binary(Path("ffmpeg"), "5.1.9")
    assert b"tls_verify" not in input_script(old, order(parse_source("rtsps://cam.lan/live")))
    assert b"tls_verify" not in input_script(BINARY, order(parse_source("rtsp://cam.lan/live")))
