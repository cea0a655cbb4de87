"""Cameras that mean harm: their FFmpeg ends with a reason or waits for its end, and memory stays bounded."""

import asyncio
import base64
import re
import shutil
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from socstream.ffmpeg.binary import Binary, find
from socstream.ffmpeg.command import Order
from socstream.ffmpeg.encoder import Encoder
from socstream.hls.layout import StreamLayout
from socstream.model.failure import FailureCode
from socstream.model.source import Credentials, parse_source

pytestmark = pytest.mark.engine

PASSWORD = "hunter2-0x77"
WATCHED = 6.0
"""Seconds; FFmpeg's own patience with silence is 5."""
MEMORY = 256 * 1024
"""KiB resident; an honest 4K camera takes 86 MB."""

Speech = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n{more}"
)


class Bits:
    """Bits and Exp-Golomb numbers, as parameter sets have them."""

    def __init__(self) -> None:
        self.text = ""

    def u(self, number: int, width: int) -> "Bits":
        self.text += f"{number:0{width}b}"
        return self

    def ue(self, *numbers: int) -> "Bits":
        for number in numbers:
            code = f"{number + 1:b}"
            self.text += "0" * (len(code) - 1) + code
        return self

    def bytes(self) -> bytes:
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def huge_sps(edge: int) -> bytes:
    """A baseline SPS of so many pixels in each direction, with sixteen reference frames."""
    bits = Bits().u(66, 8).u(0, 8).u(62, 8).ue(0, 0, 2, 16).u(0, 1).ue(edge // 16 - 1, edge // 16 - 1)
    return b"\x67" + bits.u(1, 1).u(1, 1).u(0, 1).u(0, 1).bytes()


def parameter_sets(edge: int) -> str:
    """The line of an SDP."""
    sets = (huge_sps(edge), b"\x68\xce\x3c\x80")
    texts = ",".join(base64.b64encode(each).decode() for each in sets)
    return f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={texts}\r\n"


async def heads(reader: asyncio.StreamReader) -> AsyncIterator[tuple[str, str]]:
    """Method and CSeq of each request."""
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        sequence = re.search(r"CSeq: (\d+)", head)
        assert sequence is not None
        yield head.split()[0], sequence[1]


def plays(sdp: str, media: bytes) -> Speech:
    """Answers as a camera does, and then sends these bytes again and again."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for method, sequence in heads(reader):
            body = sdp if method == "DESCRIBE" else ""
            answer = (
                f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\nSession: 1\r\nContent-Type: application/sdp\r\n"
                "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            )
            writer.write(answer.encode())
            await writer.drain()
            if method == "PLAY":
                while True:
                    writer.write(media)
                    await writer.drain()
                    await asyncio.sleep(0.01)

    return speak


def says(first: str, then: bytes = b"") -> Speech:
    """Answers everything with one head, and then with bytes without end, if there are any."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for _, sequence in heads(reader):
            writer.write(first.format(sequence=sequence).encode())
            while then:
                writer.write(then)
                await writer.drain()

    return speak


def rtp(payload: bytes, channel: int = 0, sequence: int = 1) -> bytes:
    packet = struct.pack("!BBHII", 0x80, 0xE0, sequence, 3600, 7) + payload
    return struct.pack("!cBH", b"$", channel, len(packet)) + packet


OK = "RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n"
CAMERAS: dict[str, Speech] = {
    "an SDP of 10 MB": plays(SDP.format(more="a=x:" + "y" * 10_000_000 + "\r\n"), b""),
    "an SDP of 100 000 streams": plays(SDP.format(more="m=video 0 RTP/AVP 96\r\n" * 100_000), b""),
    "a head without end": says(OK, b"X-A: " + b"a" * 60_000 + b"\r\n"),
    "a head of one endless line": says(OK + "X-A: ", b"a" * 65536),
    "a body of 1 GB": says(OK + "Content-Length: 1000000000\r\n\r\n", b"v=0\r\n" * 10_000),
    "a body of less than nothing": says(OK + "Content-Length: -1\r\n\r\n"),
    "a body of 2^63": says(OK + "Content-Length: 9223372036854775808\r\n\r\n"),
    "the interleaved channel 255": plays(SDP.format(more=""), rtp(b"\x65" + b"x" * 900, channel=255)),
    "interleaved packets of nothing": plays(SDP.format(more=""), b"$\0\0\0" * 1000),
    "RTP packets of nothing": plays(SDP.format(more=""), rtp(b"") * 100),
    "pictures of 16384 x 16384": plays(
        SDP.format(more=parameter_sets(16384)), rtp(huge_sps(16384)) + rtp(b"\x65\x88\x84" + b"x" * 900)
    ),
    "pictures of 16000 x 16000": plays(
        SDP.format(more=parameter_sets(16000)), rtp(huge_sps(16000)) + rtp(b"\x65\x88\x84" + b"x" * 900)
    ),
    "fragments that never end": plays(
        SDP.format(more=parameter_sets(640)), b"".join(rtp(b"\x7c\x05" + b"x" * 1400) for _ in range(40))
    ),
    "a realm of 100 kB": says(
        'RTSP/1.0 401 Unauthorized\r\nCSeq: {sequence}\r\nWWW-Authenticate: Basic realm="'
        + "r" * 100_000
        + '"\r\n\r\n'
    ),
    "a redirect to SSH on this box": says(
        "RTSP/1.0 302 Found\r\nCSeq: {sequence}\r\nLocation: rtsp://127.0.0.1:22/\r\n\r\n"
    ),
    "no RTSP at all": says("SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 4096),
}


@asynccontextmanager
async def listening(speech: Speech) -> AsyncIterator[int]:
    """The port of a camera that speaks so."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await speech(reader, writer)
        finally:
            writer.transport.abort()
            talks.discard(task)

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in tuple(talks):
                task.cancel()
            await asyncio.gather(*talks, return_exceptions=True)


def resident(pid: int) -> int:
    """The most KiB that a process ever had; 0 when it is gone."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) if found else 0
    return 0


@pytest.fixture(scope="module")
def binary() -> Binary:
    return asyncio.run(find())


@pytest.mark.timeout(30)
@pytest.mark.parametrize("speech", CAMERAS.values(), ids=CAMERAS.keys())
async def test_a_hostile_camera_harms_nobody(tmp_path: Path, binary: Binary, speech: Speech) -> None:
    async def found() -> Binary:
        return binary

    layout = StreamLayout(tmp_path)
    layout.path("cam", "x").parent.mkdir(parents=True)
    encoder = Encoder(found, layout, setpriv=shutil.which("setpriv"), segment_seconds=0.9)
    log: deque[str] = deque(maxlen=60)
    loop = asyncio.get_running_loop()
    ours, most = resident_of_ourselves(), 0
    async with listening(speech) as port:
        source = parse_source(f"rtsp://127.0.0.1:{port}/live", Credentials("viewer", PASSWORD))
        async with encoder.run(Order("cam", source, "127.0.0.1", 1), log) as ffmpeg:
            until = loop.time() + WATCHED
            while loop.time() < until and not ffmpeg.exited and not ffmpeg.redirected:
                await asyncio.sleep(0.02)
                most = max(most, resident(ffmpeg.pid))
            ended_by_itself = ffmpeg.exited or ffmpeg.redirected
            failure = ffmpeg.failure(streaming=False, silent_for=WATCHED, longer_probe=True)
    print(f"{most // 1024} MB, {'ended' if ended_by_itself else 'was ended'}, {failure}")
    assert most < MEMORY
    assert resident_of_ourselves() - ours < 64 * 1024
    assert not list(layout.path("cam", "x").parent.glob("*.m4s")), "nothing of it is shown"
    assert failure.code is not FailureCode.UNEXPECTED
    if ffmpeg.redirected:
        assert failure.code is FailureCode.MISCONFIGURED
    assert PASSWORD not in f"{failure} {' '.join(log)}"
    assert all(len(line) <= 500 for line in (*log, failure.detail))


def resident_of_ourselves() -> int:
    """KiB now."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0
