"""One picture out of a segment: a brief FFmpeg that gets bytes, gives a JPEG and can reach nothing else."""

import asyncio
import contextlib
import os
import resource
from collections import deque

from socstream.ffmpeg.binary import Binary
from socstream.ffmpeg.command import MOST_PIXELS, Command
from socstream.ffmpeg.process import Process, spawn
from socstream.hls.album import LARGEST_PICTURE, is_whole_jpeg
from socstream.model.errors import FFmpegMissing

LONGEST = 5.0
"""Seconds until it is ended; it takes 0.1 to 0.3 s, longer only on a busy box."""

_LONGEST_EDGE = 1280
_MEMORY = 1024 * 1024 * 1024
"""Bytes of address space: libraries and a 1080p picture take 350 MiB, an 8K one 900 MiB."""

_NICE = 10

_PIECE = 65536

# What a camera sends is hostile: the bytes are nothing but MP4, name no other file, and reach no decoder but
# those of cameras. Not -skip_frame nokey, though cheaper: with intra refresh there is no key picture at all.
_INPUT = (
    *("-protocol_whitelist", "pipe", "-codec_whitelist", "h264,hevc,mpeg4,mjpeg"),
    *(*MOST_PIXELS, "-flags", "low_delay", "-threads", "1"),
    *("-f", "mov", "-i", "pipe:0"),
)

# Square pixels, as a player shows them; never larger than it came.
_WIDTH = f"max(2,trunc(min({_LONGEST_EDGE},min(iw*sar,{_LONGEST_EDGE}*dar))/2)*2)"
_HEIGHT = f"max(2,min({_LONGEST_EDGE},trunc(ow/dar/2)*2))"
_OUTPUT = (
    *("-map", "0:v:0", "-frames:v", "1", "-filter_threads", "1"),
    *("-vf", f"scale=w='{_WIDTH}':h='{_HEIGHT}':out_range=full"),
    *("-c:v", "mjpeg", "-q:v", "5", "-threads", "1", "-f", "mjpeg", "pipe:1"),
)


class NoStill(Exception):
    """No picture could be made; the text says why, for experts."""


async def still(binary: Binary, setpriv: str | None, movie: bytes) -> bytes:
    """The first picture of an MP4 (which may be cut) as a JPEG of at most 1280 pixels in each direction.

    NoStill when there is none to be had within LONGEST, FFmpegMissing, or an OSError of the box.
    """
    quiet = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+error")
    command = Command((str(binary.path), *quiet, *_INPUT, *_OUTPUT), movie)
    lines: deque[str] = deque(maxlen=10)
    output = asyncio.subprocess.PIPE
    async with spawn(command, setpriv=setpriv, secrets=(), log=lines, stdout=output) as ffmpeg:
        _restrain(ffmpeg.pid)
        jpeg = await _read(ffmpeg)
    if ffmpeg.never_ran:
        raise FFmpegMissing(f"{binary.path} cannot be executed")
    if len(jpeg) > LARGEST_PICTURE:
        raise NoStill("FFmpeg wrote too much")
    if not is_whole_jpeg(jpeg):
        raise NoStill(lines[0] if lines else "FFmpeg made no picture")
    return jpeg


def _restrain(pid: int) -> None:
    """Let streams go first, and let no picture have more memory than it can need."""
    with contextlib.suppress(OSError):  # it has ended already, or the box forbids it
        os.setpriority(os.PRIO_PGRP, pid, _NICE)
        resource.prlimit(pid, resource.RLIMIT_AS, (_MEMORY, _MEMORY))


async def _read(ffmpeg: Process) -> bytes:
    """What it writes until its end, or until it is too much; NoStill when it takes too long."""
    written = bytearray()
    try:
        async with asyncio.timeout(LONGEST):
            while len(written) <= LARGEST_PICTURE and (piece := await ffmpeg.stdout.read(_PIECE)):
                written += piece
    except TimeoutError:
        raise NoStill(f"FFmpeg took longer than {LONGEST:.0f} s") from None
    return bytes(written)
