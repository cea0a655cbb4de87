"""One look at real cameras: what they send, what could be better, and never longer than 15 s."""

import asyncio
import os
import shutil
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Mapping
from functools import partial
from pathlib import Path

import pytest
from attrs import evolve, frozen

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Fault, Garbage, Redirect, Refuse, Silent
from socstream.demo.media import Media, Spec
from socstream.demo.prepare import prepare
from socstream.engine import look_at
from socstream.ffmpeg import binary
from socstream.ffmpeg.encoder import Encoder
from socstream.ffmpeg.probe import LONGEST
from socstream.hls.layout import StreamLayout
from socstream.model.address import AddressPolicy
from socstream.model.report import Report
from socstream.model.source import Source, parse_source
from socstream.supervision.address import Resolver
from tests.ffmpeg.movies import size_of
from tests.rigs.client import client
from tests.rigs.server import served

pytestmark = [pytest.mark.engine, pytest.mark.timeout(90)]

LOGIN = ("viewer", "open-sesame-4711")
SMALL = Spec("LOOK", width=320, height=180, loop_seconds=12)


class SlowNames(Resolver):
    """A DNS that takes nearly as long as it may."""

    async def address_of(self, source: Source) -> str:
        await asyncio.sleep(4.5)
        return await super().address_of(source)


@frozen
class Look:
    """What one look told, and after how many seconds."""

    report: Report
    took: float


@frozen
class Word:
    """What `socstream probe` printed."""

    code: int
    output: str
    complaints: str


@frozen
class Seen:
    """All looks and commands, by name; `led_astray`: connections that are left where a redirect led."""

    looks: Mapping[str, Look]
    words: Mapping[str, Word]
    led_astray: int


ANY_ADDRESS = AddressPolicy(allow_loopback=True)


def encoder(path: Path | None = None) -> Encoder:
    """The FFmpeg of this box, or another one."""
    return Encoder(
        partial(binary.find, path), StreamLayout(Path()), setpriv=shutil.which("setpriv"), segment_seconds=0.9
    )


async def look(camera: VirtualCamera, resolver: Resolver, url: str | None = None) -> Look:
    began = time.monotonic()
    report = await look_at(encoder(), resolver, parse_source(url or camera.login_url))
    return Look(report, time.monotonic() - began)


async def command(url: str, **variables: str) -> Word:
    """`socstream probe`, told the URL as somebody would who has a password in it."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SOCSTREAM_")}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "socstream", "probe", "-"),
        env=kept | variables,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    told = await child.communicate(f"{url}\n".encode())
    output, complaints = (text.decode() for text in told)
    assert child.returncode is not None
    return Word(child.returncode, output, complaints)


async def look_at_everything(cache: Path) -> Seen:
    """At every camera of these tests at the same time: most looks wait."""
    plain, sound, rare, h265 = [
        await prepare(binary.locate(), spec, cache)
        for spec in (
            SMALL,
            evolve(SMALL, audio="pcma"),
            evolve(SMALL, gop=12.0),
            evolve(SMALL, codec="h265", loop_seconds=2),
        )
    ]
    looks: dict[str, Look] = {}
    words: dict[str, Word] = {}
    fast, slow = Resolver(ANY_ADDRESS), SlowNames(ANY_ADDRESS)

    async def one(
        name: str,
        media: Media,
        fault: Fault | None = None,
        resolver: Resolver = fast,
        password: str = LOGIN[1],
        is_command: bool = False,
    ) -> None:
        async with VirtualCamera(name, media, credentials=LOGIN) as camera:
            if fault is not None:
                await camera.order(fault)
            url = camera.login_url.replace(LOGIN[1], password)
            if is_command:
                words[name] = await command(url)
            else:
                looks[name] = await look(camera, resolver, url)

    async with (
        VirtualCamera("Elsewhere", sound, host="127.0.0.2") as elsewhere,
        VirtualCamera("Silent elsewhere", sound, host="127.0.0.2") as mute,
    ):
        await mute.order(Silent())
        work: list[Awaitable[None]] = [
            one("works", sound),
            one("H.265", h265),
            one("rare keyframes", rare),
            one("wrong password", plain, password="wrong"),
            one("redirect", plain, Redirect(elsewhere.url)),
            one("redirect to silence", plain, Redirect(mute.url)),
            one("silent", plain, Silent()),
            one("refused", plain, Refuse()),
            one("will not end", plain, Garbage(), slow),
            one("works, as a command", sound, is_command=True),
            one("refused, as a command", plain, Refuse(), is_command=True),
        ]
        await asyncio.gather(*work)
        return Seen(looks, words, elsewhere.connected + mute.connected)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return asyncio.run(look_at_everything(tmp_path_factory.getbasetemp() / "media"))


def advice_of(report: Report) -> list[str]:
    return [str(each.code) for each in report.advice]


def test_a_camera_that_works_is_told_in_figures_and_shown(seen: Seen) -> None:
    report = seen.looks["works"].report
    assert report.failure is None
    media = report.media
    assert media is not None
    assert (media.codec, media.width, media.height, media.fps) == ("h264", 320, 180, 25.0)
    assert report.keyframe_interval == pytest.approx(1.0, abs=0.05)
    assert report.keyframe_gap is None
    assert report.audio == "pcm_alaw"
    assert report.picture is not None
    assert size_of(report.picture) == (320, 180)
    assert report.advice == ()


def test_h265_is_advised_against(seen: Seen) -> None:
    report = seen.looks["H.265"].report
    assert report.failure is None
    assert report.media is not None
    assert report.media.codec == "hevc"
    assert advice_of(report) == ["h265"]


def test_keyframes_too_rare_to_see_two_of_them_are_told_as_rare_as_was_seen(seen: Seen) -> None:
    report = seen.looks["rare keyframes"].report
    assert report.failure is None
    assert report.keyframe_interval is None
    assert report.keyframe_gap is not None
    assert 8 <= report.keyframe_gap <= 12
    (advice,) = report.advice
    assert advice.code == "keyframe_interval"
    assert f"at least {int(report.keyframe_gap)} s" in advice.message


@pytest.mark.parametrize(
    ("name", "code", "within"),
    [
        ("wrong password", "unauthorized", 8.0),
        ("refused", "refused", 8.0),
        ("silent", "timeout", LONGEST),
        ("will not end", "no_media", LONGEST),
    ],
)
def test_what_is_wrong_is_told_in_time(seen: Seen, name: str, code: str, within: float) -> None:
    found = seen.looks[name]
    assert found.report.failure is not None
    assert found.report.failure.code == code
    assert found.report.picture is None
    assert found.took < within
    assert LOGIN[1] not in str(found.report.failure)


def test_ffmpeg_that_does_not_end_and_a_slow_dns_leave_as_much_time_as_there_is(seen: Seen) -> None:
    assert seen.looks["will not end"].took > 9, "else nothing of this was slow"


@pytest.mark.parametrize("name", ["redirect", "redirect to silence"])
def test_a_redirect_is_told_at_once_and_nothing_of_where_it_leads(seen: Seen, name: str) -> None:
    found = seen.looks[name]
    assert found.report.failure is not None
    assert found.report == Report(found.report.failure)
    assert found.report.failure.code == "misconfigured"
    assert found.took < 4.5, "FFmpeg itself waits 5 s for the other host"
    assert seen.led_astray == 0


def test_the_command_ends_with_0_for_a_camera_that_works(seen: Seen) -> None:
    word = seen.words["works, as a command"]
    assert word.code == 0, word.complaints
    assert "video     h264 320x180, 25 frames a second" in word.output
    assert "keyframe  every 1 s" in word.output
    assert "audio     pcm_alaw" in word.output
    assert LOGIN[1] not in word.output + word.complaints


def test_the_command_ends_with_1_and_a_remedy_for_one_that_does_not(seen: Seen) -> None:
    word = seen.words["refused, as a command"]
    assert word.code == 1
    assert word.output.startswith("The camera refuses the connection (refused (")
    assert "is RTSP switched on?" in word.output
    assert LOGIN[1] not in word.output + word.complaints


NOTES_ITS_ORDERS = """#!/bin/sh
case "$*" in
  *-version*) echo "ffmpeg version 9.0" ;;
  *demuxer=rtsp*) printf '  -timeout x\\n  -tls_verify x\\n' ;;
  *"-h muxer"* | *"-h demuxer"* | *-bsfs*) ;;
  *) cat > "$0.orders" ;;
esac
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A program in FFmpeg's place that writes down what it was told on standard input."""
    program = tmp_path / "ffmpeg"
    program.write_text(NOTES_ITS_ORDERS)
    program.chmod(0o755)
    return program


def told(program: Path) -> list[str]:
    return Path(f"{program}.orders").read_text().splitlines()


URL = "rtsps://127.0.0.1:8554/live"


@pytest.mark.parametrize("verify", [True, False])
async def test_certificates_are_verified_as_the_settings_say(notes: Path, verify: bool) -> None:
    await look_at(encoder(notes), Resolver(ANY_ADDRESS), parse_source(URL), tls_verify=verify)
    assert f"option tls_verify {int(verify)}" in told(notes)


async def test_the_command_and_the_server_ask_the_settings(notes: Path, tmp_path: Path) -> None:
    settings = {"SOCSTREAM_FFMPEG": str(notes), "SOCSTREAM_CAMERAS_TLS_VERIFY": "false"}
    assert (await command(URL, **settings)).code == 1
    assert "option tls_verify 0" in told(notes)
    Path(f"{notes}.orders").unlink()
    async with served(tmp_path, settings) as server, client(server) as http:
        answer = await http.ask("POST", "cameras/probe", body={"stream_url": URL})
        assert answer.status == 200
    assert "option tls_verify 0" in told(notes)
