"""Puts what a real FFmpeg writes into `lines.json`: python -m tests.ffmpeg.record FFMPEG VERSION

Takes the place of what was recorded of this version. As root: some cases want a network without a way out,
and a directory that nobody may write to.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from attrs import frozen
from yarl import URL

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Fault, Fin, NoAnswer, NoKeyframes, Silent, Stall, Status, UnknownCodec
from socstream.demo.media import Media, Spec
from socstream.demo.prepare import prepare
from socstream.ffmpeg.binary import inspect, locate
from socstream.ffmpeg.command import LONG_PROBE, SHORT_PROBE, Order, Probe, pull
from socstream.hls.layout import StreamLayout
from socstream.model.source import Credentials, parse_source
from tests.ffmpeg.cameras import SDP, Speech, heads, listening, plays, rtp, says

LINES = Path(__file__).parent / "lines.json"
LOGIN = ("u", "hunter2")
AT_ONCE = 6
LONGEST = 30.0
"""Seconds until a run is given up that does not end by itself."""

NOWHERE = ("unshare", "--net")
NO_ROUTE = (
    *(*NOWHERE, "sh", "-c"),
    'ip link set lo up && ip route add unreachable 192.0.2.0/24 && exec "$0" "$@"',
)
READ_ONLY = (
    *("unshare", "--mount", "sh", "-c"),
    'mount -t tmpfs -o ro none "$(dirname "$(for last; do :; done; echo "$last")")" && exec "$0" "$@"',
)

Entry = dict[str, object]
Place = AbstractAsyncContextManager[str]
"""A camera for as long as it is entered: its URL."""


@frozen
class Case:
    """One way in which a run ends. `around`: what stands before the command; `folder`: where it writes."""

    camera: Place
    probe: Probe = SHORT_PROBE
    around: tuple[str, ...] = ()
    streaming: bool = False
    folder: str = "cam"


@asynccontextmanager
async def nobody(url: str) -> AsyncIterator[str]:
    yield url


@asynccontextmanager
async def speaking(speech: Speech, scheme: str = "rtsp") -> AsyncIterator[str]:
    async with listening(speech) as port:
        yield f"{scheme}://127.0.0.1:{port}/x"


@asynccontextmanager
async def virtual(media: Media, fault: Fault | None = None, **options: object) -> AsyncIterator[str]:
    async with VirtualCamera("Recorded", media, path="/x", **options) as camera:  # type: ignore[arg-type]
        if fault is not None:
            await camera.order(fault)
        yield camera.url


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Not a word."""


async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\nContent-Length: 4\r\n\r\nno\r\n")
    await writer.drain()
    await asyncio.sleep(1)


async def speak_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async for _ in heads(reader):
        writer.write(b"220 mail.example ESMTP\r\n\r\n")
        await writer.drain()
        return


def answers(status: int, reason: str, more: str = "") -> Speech:
    """This to every request."""
    return says(f"RTSP/1.0 {status} {reason}\r\nCSeq: {{sequence}}\r\n{more}\r\n")


async def vp8() -> Speech:
    """A camera that sends VP8, a packet for each picture."""
    child = await asyncio.create_subprocess_exec(
        *(str(locate()), "-v", "error", "-f", "lavfi", "-i", "testsrc=s=128x96:r=25:d=10"),
        *("-c:v", "libvpx", "-g", "25", "-f", "ivf", "pipe:1"),
        stdout=asyncio.subprocess.PIPE,
    )
    ivf, _ = await child.communicate()
    pictures, at = [], 32
    while at < len(ivf):
        size = int.from_bytes(ivf[at : at + 4], "little")
        pictures.append(ivf[at + 12 : at + 12 + size])
        at += 12 + size
    setting_up = plays(SDP.format(more="").replace("H264", "VP8"), b"")

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun = asyncio.ensure_future(setting_up(reader, writer))
        try:
            await asyncio.sleep(0.5)
            number = 0
            for index, picture in enumerate(pictures):
                pieces = [picture[at : at + 1200] for at in range(0, len(picture), 1200)]
                for place, piece in enumerate(pieces):
                    number += 1
                    payload = (b"\x00" if place else b"\x10") + piece
                    is_last = place == len(pieces) - 1
                    writer.write(rtp(payload, sequence=number, ticks=3600 * index, marker=is_last))
                await writer.drain()
                await asyncio.sleep(0.04)
        finally:
            begun.cancel()

    return speak


async def cases(cache: Path) -> Mapping[str, Case]:
    """All of them, by their names in `lines.json`."""
    small = await prepare(locate(), Spec("R", width=128, height=96, loop_seconds=2), cache)
    speech_of_vp8 = await vp8()
    audio = SDP.format(more="").replace(
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000", "m=audio 0 RTP/AVP 0"
    )
    sound = rtp(b"\xd5" * 160, kind=0)
    empty = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
    basic = 'WWW-Authenticate: Basic realm="x"\r\n'

    def refusing(code: int, method: str) -> Case:
        return Case(virtual(small, Status(code, method)))

    statuses = [
        *((code, "DESCRIBE") for code in (400, 403, 404, 405, 453, 454, 500, 503)),
        *((401, "SETUP"), (453, "SETUP"), (461, "SETUP"), (503, "PLAY"), (454, "PLAY"), (404, "OPTIONS")),
    ]
    other = ("u", "another")
    late = {"parameter_sets": "band"}
    return {
        "port closed": Case(nobody("rtsp://127.0.0.1:1/x")),
        "connection never made": Case(virtual(small, NoAnswer())),
        "no network": Case(nobody("rtsp://192.0.2.7/x"), around=NOWHERE),
        "no route": Case(nobody("rtsp://192.0.2.7/x"), around=NO_ROUTE),
        "unknown name": Case(nobody("rtsp://no-such-host.invalid/x")),
        "accepts and is silent": Case(virtual(small, Silent())),
        "hangs up at once": Case(speaking(hang_up)),
        "speaks HTTP": Case(speaking(speak_http)),
        "speaks nonsense": Case(speaking(speak_nonsense)),
        "TLS to one that speaks none": Case(speaking(speak_http, "rtsps")),
        "no SDP": Case(speaking(plays("", b""))),
        "401 Basic": Case(virtual(small, credentials=other, auth="basic")),
        "401 Digest": Case(virtual(small, credentials=other, auth="digest-qop")),
        "401 in the camera's own words": Case(speaking(answers(401, "hunter2 is wrong", basic))),
        **{f"{method} {code}": refusing(code, method) for code, method in statuses},
        **{
            f"{code} elsewhere": Case(
                speaking(answers(code, "Elsewhere", "Location: rtsp://127.0.0.1:2/evil\r\n"))
            )
            for code in (301, 302)
        },
        "SDP without streams": Case(speaking(plays(empty, b""))),
        "audio only": Case(speaking(plays(audio, sound))),
        "plays nothing": Case(speaking(plays(SDP.format(more=""), b""))),
        "plays nothing, longer probe": Case(speaking(plays(SDP.format(more=""), b"")), LONG_PROBE),
        "unknown codec": Case(virtual(small, UnknownCodec())),
        "a codec that MP4 cannot hold": Case(speaking(speech_of_vp8)),
        "a codec that MP4 cannot hold, longer probe": Case(speaking(speech_of_vp8), LONG_PROBE),
        "keyframe beyond the short probe": Case(virtual(small, NoKeyframes(), **late)),
        "keyframe beyond the longer probe": Case(virtual(small, NoKeyframes(), **late), LONG_PROBE),
        "read-only directory": Case(virtual(small), around=READ_ONLY),
        "no directory": Case(virtual(small), folder="gone"),
        "mid-stream: hangs up": Case(virtual(small, Fin(after=2.5)), streaming=True),
        "mid-stream: falls silent": Case(virtual(small, Stall(after=2.5)), streaming=True),
    }


async def recorded(ffmpeg: Path, version: str, name: str, case: Case, root: Path) -> Entry | None:
    """The entry of `lines.json`; None of a run that a signal had to end, or that crashed."""
    layout = StreamLayout(root)
    layout.path("cam", "x").parent.mkdir(parents=True)
    async with case.camera as url:
        source = parse_source(url, Credentials(*LOGIN))
        host = URL(url).host
        assert host is not None
        order = Order(case.folder, source, host, 7, case.probe)
        command = pull(await inspect(ffmpeg), layout, order, 0.9)
        child = await asyncio.create_subprocess_exec(
            *(*case.around, *command.arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert child.stdin is not None
        assert child.stderr is not None
        child.stdin.write(command.script)
        child.stdin.close()
        lines, news = [], [time.monotonic()]
        try:
            async with asyncio.timeout(LONGEST):
                while line := (await child.stderr.readline()).decode(errors="replace").rstrip():
                    lines.append(line.replace(str(root), "/streams"))
                    if ".m4s.tmp' for writing" in line:
                        news.append(time.monotonic())
        except TimeoutError:
            child.kill()
        code = await child.wait()
        if code < 0:
            print(f"{name}: not recorded, signal {-code}", file=sys.stderr)
            return None
    # The last file that it opened is of its end.
    since = news[-2] if case.streaming else news[0]
    return {
        "case": name,
        "ffmpeg": version,
        "silent_for": round(time.monotonic() - since, 1),
        "streaming": case.streaming,
        "longer_probe": case.probe is LONG_PROBE,
        "lines": lines,
    }


async def main(ffmpeg: Path, version: str) -> None:
    """Record all, and print how each run ended."""
    with tempfile.TemporaryDirectory() as scratch:
        every = await cases(Path(scratch) / "media")
        places = asyncio.Semaphore(AT_ONCE)

        async def one(number: int, name: str, case: Case) -> Entry | None:
            async with places:
                return await recorded(ffmpeg, version, name, case, Path(scratch) / str(number))

        found = await asyncio.gather(*(one(n, name, case) for n, (name, case) in enumerate(every.items())))
    kept = [each for each in json.loads(LINES.read_text()) if each["ffmpeg"] != version]
    LINES.write_text(json.dumps([*kept, *filter(None, found)], indent=1) + "\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
