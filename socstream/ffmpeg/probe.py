"""One look at a camera before anybody relies on it: can it be reached, and what does it send?"""

import asyncio
import re
import tempfile
from collections import deque
from pathlib import Path

from socstream.ffmpeg import diagnosis
from socstream.ffmpeg.binary import Binary
from socstream.ffmpeg.command import LONG_PROBE, Order, look
from socstream.ffmpeg.process import Process, spawn
from socstream.model.failure import Failure, FailureCode
from socstream.model.report import Report
from socstream.model.source import Source

LONGEST = 15.0
"""Seconds that a probe may take, the end of FFmpeg included."""

_ENOUGH_KEYFRAMES = 3
_LOOK_FOR = 11.0
"""Seconds of packets: enough for two keyframes eight seconds apart."""

# "stream, dts, pts, duration, size, checksum", and for all but keyframes ", F=…" or side data behind it.
_PACKET = re.compile(rb"0, +-?\d+, +(-?\d+), +\d+, +\d+, +0x[0-9a-f]+(.*)")
_TIME_BASE = re.compile(rb"#tb 0: (\d+)/(\d+)")


async def probe(binary: Binary, setpriv: str | None, source: Source, address: str) -> Report:
    """Connect once, look for a few keyframes, and tell; never longer than LONGEST. FFmpegMissing, OSError."""
    order = Order("", source, address, 0, LONG_PROBE)
    lines: deque[str] = deque(maxlen=40)
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="socstream-probe-") as scratch:
        picture = Path(scratch) / "picture.jpg"
        command = look(binary, order, picture)
        began = loop.time()
        async with spawn(
            command,
            setpriv=setpriv,
            secrets=order.source.secrets(),
            log=lines,
            stdout=asyncio.subprocess.PIPE,
        ) as ffmpeg:
            keyframes = await _keyframes(ffmpeg, _LOOK_FOR)
            failure = None if keyframes else await _why(ffmpeg, loop.time() - began)
        return Report(
            failure=failure,
            media=ffmpeg.media,
            keyframe_interval=_interval(keyframes),
            audio=next(filter(None, map(diagnosis.audio_in, lines)), None),
            picture=await asyncio.to_thread(_read, picture),
        )


async def _keyframes(ffmpeg: Process, seconds: float) -> list[float]:
    """The times of the first keyframes, as many as come in that time."""
    times: list[float] = []
    tick = 0.0
    try:
        async with asyncio.timeout(seconds):
            while len(times) < _ENOUGH_KEYFRAMES and not ffmpeg.redirected:
                line = await ffmpeg.stdout.readline()
                if not line:
                    break
                base, packet = _TIME_BASE.match(line), _PACKET.match(line)
                if base is not None:
                    tick = int(base[1]) / int(base[2])
                elif packet is not None and b"F=" not in packet[2]:
                    times.append(int(packet[1]) * tick)
    except TimeoutError:
        pass  # what came until now is what there is to tell
    return times


async def _why(ffmpeg: Process, elapsed: float) -> Failure:
    """Why there was not one keyframe."""
    if not ffmpeg.exited:
        await asyncio.sleep(0.1)  # its last line may just be on the way
    if not ffmpeg.exited:
        return Failure(FailureCode.NO_MEDIA, "no keyframe came")
    return ffmpeg.failure(streaming=False, silent_for=elapsed, longer_probe=True)


def _interval(keyframes: list[float]) -> float | None:
    # Of the last two: FFmpeg may guess the time of the very first packet.
    return round(keyframes[-1] - keyframes[-2], 2) if len(keyframes) > 1 else None


def _read(picture: Path) -> bytes | None:
    try:
        return picture.read_bytes() or None
    except FileNotFoundError:
        return None
