"""Segments as the HLS muxer cuts them, out of test pictures."""

import asyncio
import importlib
import struct
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from attrs import frozen

from socstream.ffmpeg.binary import locate

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "5")
H265 = (
    *("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1"),
    "-x265-params",
    "log-level=error:keyint=5",
)
REFRESH = (*H264, "-x264-params", "intra-refresh=1:bframes=0")
B_FRAMES = ("-c:v", "libx264", "-preset", "veryfast", "-g", "5", "-bf", "2")

# Red in the first second, green in the second, blue in the third.
COLOURS = ("red", "lime", "blue")


def wheel() -> Path:
    """The FFmpeg of the wheel; `locate()` is the one of the box."""
    return Path(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())


@frozen
class Cut:
    """What the muxer made: an init file and segments, of one second if there is more than one frame in it."""

    init: bytes
    segments: tuple[bytes, ...]

    def movie(self, number: int) -> bytes:
        return self.init + self.segments[number]


async def cut(
    folder: Path,
    *,
    size: str = "320x180",
    rate: int = 5,
    encoder: tuple[str, ...] = H264,
    filters: str = "null",
) -> Cut:
    """Three seconds of one colour each."""
    sources = (f"color={colour}:s={size}:r={rate}:d=1[{colour}];" for colour in COLOURS)
    inputs = "".join((*sources, *(f"[{colour}]" for colour in COLOURS)))
    child = await asyncio.create_subprocess_exec(
        *(str(locate()), "-v", "error", "-f", "lavfi", "-i", f"{inputs}concat=n=3,{filters}", *encoder),
        *("-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "1", "-hls_list_size", "0"),
        *("-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", str(folder / "%d.m4s")),
        str(folder / "list.m3u8"),
        stdin=DEVNULL,
        stderr=PIPE,
    )
    _, complaints = await child.communicate()
    assert child.returncode == 0, complaints.decode()
    files = sorted(folder.glob("*.m4s"))
    return Cut((folder / "init.mp4").read_bytes(), tuple(file.read_bytes() for file in files))


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height, from the frame header."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack_from(">H", jpeg, at + 2)[0]
    height, width = struct.unpack_from(">HH", jpeg, at + 5)
    return width, height


async def colour_of(jpeg: bytes) -> str:
    """What most of the picture is, for which it has to be decodable: "red", "green" or "blue"."""
    child = await asyncio.create_subprocess_exec(
        *(str(locate()), "-v", "error", "-f", "mjpeg", "-i", "pipe:0", "-vf", "scale=1:1:flags=area"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"),
        stdin=PIPE,
        stdout=PIPE,
    )
    pixel, _ = await child.communicate(jpeg)
    assert len(pixel) == 3, "not one whole picture"
    return ("red", "green", "blue")[pixel.index(max(pixel))]
