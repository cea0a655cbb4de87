"""One look at a camera before anybody relies on it: can it be reached, and what does it send?"""

import asyncio
import re
import tempfile
from collections import deque
from pathlib import Path

from attrs import Factory, define

from socstream.ffmpeg import diagnosis
from socstream.ffmpeg.binary import Binary
from socstream.ffmpeg.command import LONG_PROBE, Order, look
from socstream.ffmpeg.process import TERMINATE_GRACE, Process, spawn
from socstream.model.failure import Failure, FailureCode
from socstream.model.report import Report
from socstream.model.source import Source

LONGEST = 15.0
"""Seconds that a look may take, the camera's name at its beginning and the end of FFmpeg included."""

_ENDING = TERMINATE_GRACE + 0.5
"""Seconds of them for an FFmpeg that does not want to end."""

_ENOUGH_KEYFRAMES = 3

# "stream, dts, pts, duration, size, checksum", and for all but keyframes ", F=…" or side data behind it.
_PACKET = re.compile(rb"0, +(-?\d+), +-?\d+, +\d+, +\d+, +0x[0-9a-f]+(.*)")
_TIME_BASE = re.compile(rb"#tb 0: (\d+)/(\d+)")


def deadline() -> float:
    """When a look that begins now has to be over, by the loop's clock."""
    return asyncio.get_running_loop().time() + LONGEST


async def probe(
    binary: Binary, setpriv: str | None, source: Source, address: str, *, tls_verify: bool, until: float
) -> Report:
    """Connect once, look for a few keyframes, and tell, all of it before `until`. FFmpegMissing, OSError."""
    order = Order("", source, address, 0, LONG_PROBE, tls_verify)
    lines: deque[str] = deque(maxlen=40)
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="socstream-probe-") as scratch:
        picture = Path(scratch) / "picture.jpg"
        command = look(binary, order, picture)
        began, seen = loop.time(), _Packets()
        async with spawn(
            command,
            setpriv=setpriv,
            secrets=order.source.secrets(),
            log=lines,
            stdout=asyncio.subprocess.PIPE,
        ) as ffmpeg:
            await _watch(ffmpeg, seen, until - _ENDING)
            elapsed = loop.time() - began
            failure = None if seen.keyframes else await _why(ffmpeg, elapsed)
        if ffmpeg.redirected:
            # Asked once all that it wrote was read. What it saw is another host's, and none of the user's.
            return Report(diagnosis.REDIRECTED)
        interval = seen.interval
        return Report(
            failure=failure,
            media=ffmpeg.media,
            keyframe_interval=interval,
            audio=next(filter(None, map(diagnosis.audio_in, lines)), None),
            picture=await asyncio.to_thread(_read, picture),
            # A camera's clock may jump; that it sent no keyframe for longer than we looked, we cannot know.
            keyframe_gap=min(seen.gap, round(elapsed, 2)) if interval is None and seen.gap else None,
        )


@define
class _Packets:
    """What was seen of the video; times in seconds, as the camera tells them."""

    keyframes: list[float] = Factory(list)
    gap: float = 0.0
    """The longest time without a keyframe, from and to the ends of the look, too."""
    _since: float | None = None
    """When the last keyframe was, or else the first packet."""

    async def read(self, listing: asyncio.StreamReader) -> None:
        """Note the packets until there are enough keyframes, or no more packets."""
        tick = 0.0
        while len(self.keyframes) < _ENOUGH_KEYFRAMES and (line := await listing.readline()):
            base, packet = _TIME_BASE.match(line), _PACKET.match(line)
            if base is not None:
                tick = int(base[1]) / int(base[2])
            elif packet is not None:
                self._note(int(packet[1]) * tick, is_key=b"F=" not in packet[2])

    def _note(self, at: float, *, is_key: bool) -> None:
        if self._since is None:
            self._since = at
        self.gap = max(self.gap, round(at - self._since, 2))
        if is_key:
            self._since = at
            self.keyframes.append(at)

    @property
    def interval(self) -> float | None:
        """From keyframe to keyframe; None when there were not two of them, or their times make no sense."""
        if len(self.keyframes) < 2:
            return None
        # Of the last two: FFmpeg may guess the time of the very first packet.
        between = round(self.keyframes[-1] - self.keyframes[-2], 2)
        return between if between > 0 else None


async def _watch(ffmpeg: Process, seen: _Packets, until: float) -> None:
    """Let it look until enough was seen, it ends, the time is over, or the camera sends it elsewhere."""
    reading = asyncio.create_task(seen.read(ffmpeg.stdout))
    leaving = asyncio.create_task(_redirected(ffmpeg))
    both = {reading, leaving}
    try:
        left = max(0.0, until - asyncio.get_running_loop().time())
        await asyncio.wait(both, timeout=left, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.wait(both)
    if not reading.cancelled():
        reading.result()


async def _redirected(ffmpeg: Process) -> None:
    """Return once the camera sends it elsewhere: FFmpeg follows, with the camera's password."""
    while not ffmpeg.redirected:
        await ffmpeg.attention.wait()
        ffmpeg.attention.clear()


async def _why(ffmpeg: Process, elapsed: float) -> Failure:
    """Why there was not one keyframe."""
    if not ffmpeg.exited:
        await asyncio.sleep(0.1)  # its last line may just be on the way
    if not ffmpeg.exited:
        return Failure(FailureCode.NO_MEDIA, "no keyframe came")
    return ffmpeg.failure(streaming=False, silent_for=elapsed, longer_probe=True)


def _read(picture: Path) -> bytes | None:
    try:
        return picture.read_bytes() or None
    except FileNotFoundError:
        return None
