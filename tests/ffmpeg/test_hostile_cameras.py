"""Cameras that mean harm: their FFmpeg ends with a reason or waits for its end, and memory stays bounded."""

import asyncio
import base64
import re
import shutil
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import frozen

from socstream.ffmpeg.binary import Binary, find
from socstream.ffmpeg.command import LiveOutput, Order
from socstream.ffmpeg.encoder import Encoder
from socstream.hls.layout import StreamLayout
from socstream.model.failure import Failure
from socstream.model.source import Credentials, parse_source
from tests.ffmpeg.cameras import SDP, Speech, listening, plays, rtp, says

pytestmark = pytest.mark.engine

PASSWORD = "hunter2-0x77"
WATCHED = 6.0
"""Seconds; FFmpeg's own patience with silence is 5."""
AT_ONCE = 8
"""They wait most of the time."""
MEMORY = 256 * 1024
"""KiB resident; an honest 4K camera takes 86 MB."""

WAITS = "waits for its end"
"""The server ends it in time, and says `no_media` as of whoever sends nothing."""
LOOKS_LONGER = "looks longer"
"""It saw too little to begin, and is let to look once more."""
PLAYS = "plays"
"""It makes a stream of what it does not look into."""


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


OK = "RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n"
CAMERAS: dict[str, tuple[Speech, str]] = {
    "an SDP of 10 MB": (plays(SDP.format(more="a=x:" + "y" * 10_000_000 + "\r\n"), b""), WAITS),
    "an SDP of 100 000 streams": (plays(SDP.format(more="m=video 0 RTP/AVP 96\r\n" * 100_000), b""), WAITS),
    "a head without end": (says(OK, b"X-A: " + b"a" * 60_000 + b"\r\n"), WAITS),
    "a head of one endless line": (says(OK + "X-A: ", b"a" * 65536), WAITS),
    "a body of 1 GB": (says(OK + "Content-Length: 1000000000\r\n\r\n", b"v=0\r\n" * 10_000), WAITS),
    "a body of less than nothing": (says(OK + "Content-Length: -1\r\n\r\n"), "protocol"),
    "a body of 2^63": (says(OK + "Content-Length: 9223372036854775808\r\n\r\n"), "protocol"),
    "the interleaved channel 255": (
        plays(SDP.format(more=""), rtp(b"\x65" + b"x" * 900, channel=255)),
        WAITS,
    ),
    "interleaved packets of nothing": (plays(SDP.format(more=""), b"$\0\0\0" * 1000), WAITS),
    "RTP packets of nothing": (plays(SDP.format(more=""), rtp(b"") * 100), WAITS),
    "pictures of 16384 x 16384": (
        plays(
            SDP.format(more=parameter_sets(16384)), rtp(huge_sps(16384)) + rtp(b"\x65\x88\x84" + b"x" * 900)
        ),
        LOOKS_LONGER,
    ),
    "pictures of 16000 x 16000": (
        plays(
            SDP.format(more=parameter_sets(16000)), rtp(huge_sps(16000)) + rtp(b"\x65\x88\x84" + b"x" * 900)
        ),
        LOOKS_LONGER,
    ),
    "fragments that never end": (
        plays(
            SDP.format(more=parameter_sets(640)), b"".join(rtp(b"\x7c\x05" + b"x" * 1400) for _ in range(40))
        ),
        WAITS,
    ),
    "a realm of 100 kB": (
        says(
            'RTSP/1.0 401 Unauthorized\r\nCSeq: {sequence}\r\nWWW-Authenticate: Basic realm="'
            + "r" * 100_000
            + '"\r\n\r\n'
        ),
        "unauthorized",
    ),
    "a redirect to SSH on this box": (
        says("RTSP/1.0 302 Found\r\nCSeq: {sequence}\r\nLocation: rtsp://127.0.0.1:22/\r\n\r\n"),
        "misconfigured",
    ),
    "no RTSP at all": (says("SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 4096), WAITS),
}
"""Speeches, and what becomes of their FFmpeg."""

PLAYED_BY_NEWER = "pictures of 16000 x 16000"
"""FFmpeg 5 takes no such size. Newer ones copy it: whatever decodes takes 40 million pixels at most."""


def resident(pid: int) -> int:
    """The most KiB that a process ever had; 0 when it is gone."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) if found else 0
    return 0


@frozen
class Outcome:
    """What became of one FFmpeg. `memory`: the most KiB that it had."""

    verdict: str
    failure: Failure
    log: tuple[str, ...]
    memory: int


async def outcome(binary: Binary, folder: Path, speech: Speech, live: LiveOutput) -> Outcome:
    """Of a camera that speaks so, pulled as the server does it."""

    async def found() -> Binary:
        return binary

    layout = StreamLayout(folder)
    layout.path("cam", "x").parent.mkdir(parents=True)
    encoder = Encoder(found, layout, setpriv=shutil.which("setpriv"), segment_seconds=0.9)
    log: deque[str] = deque(maxlen=60)
    most = 0
    async with listening(speech) as port:
        source = parse_source(f"rtsp://127.0.0.1:{port}/live", Credentials("viewer", PASSWORD))
        order = Order("cam", source, "127.0.0.1", 1, live=live)
        async with encoder.run(order, log, lambda _: False) as ffmpeg:
            began = time.monotonic()
            while time.monotonic() - began < WATCHED and not ffmpeg.exited and not ffmpeg.redirected:
                await asyncio.sleep(0.02)
                most = max(most, resident(ffmpeg.pid))
            ran_for = time.monotonic() - began
            failure = ffmpeg.failure(streaming=False, silent_for=ran_for, longer_probe=False)
            verdict: str = WAITS
            if ffmpeg.exited or ffmpeg.redirected:
                verdict = LOOKS_LONGER if ffmpeg.wants_longer_probe(ran_for) else failure.code
    shown = [*layout.path("cam", "x").parent.glob("*.m4s")]
    return Outcome(PLAYS if shown else verdict, failure, tuple(log), most)


RUNS = [
    *((name, LiveOutput.PROMPT) for name in CAMERAS),
    # Whom the live output cannot carry, the server pulls without: all that is said before is the same.
    *((name, LiveOutput.OFF) for name in ("pictures of 16384 x 16384", "fragments that never end")),
]


@pytest.fixture(scope="module")
def binary() -> Binary:
    return asyncio.run(find())


@pytest.fixture(scope="module")
def outcomes(
    tmp_path_factory: pytest.TempPathFactory, binary: Binary
) -> Mapping[tuple[str, LiveOutput], Outcome]:
    """Of every run, several at once. This process, which is the cameras, too, keeps nothing of them."""

    async def one(places: asyncio.Semaphore, run: tuple[str, LiveOutput]) -> Outcome:
        name, live = run
        async with places:
            return await outcome(binary, tmp_path_factory.mktemp("streams") / "root", CAMERAS[name][0], live)

    async def all_of_them() -> list[Outcome]:
        places = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(*(one(places, run) for run in RUNS))

    before = resident_of_ourselves()
    found = asyncio.run(all_of_them())
    assert resident_of_ourselves() - before < 64 * 1024
    return dict(zip(RUNS, found, strict=True))


@pytest.mark.timeout(90)
@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run[0]}, live output {run[1].value}")
def test_a_hostile_camera_harms_nobody(
    binary: Binary, outcomes: Mapping[tuple[str, LiveOutput], Outcome], run: tuple[str, LiveOutput]
) -> None:
    found, expected = outcomes[run], CAMERAS[run[0]][1]
    if run[0] == PLAYED_BY_NEWER and binary.version_number >= (6, 0):
        expected = PLAYS
    print(f"{found.memory // 1024} MB, {found.verdict}, {found.failure}")
    assert found.verdict == expected
    assert found.memory < MEMORY
    assert PASSWORD not in f"{found.failure} {' '.join(found.log)}"
    assert all(len(line) <= 500 for line in (*found.log, found.failure.detail))


def resident_of_ourselves() -> int:
    """KiB now."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0
