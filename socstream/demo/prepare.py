"""FFmpeg encodes what we draw, once for each Spec; the result stays in a directory."""

import asyncio
import fcntl
import math
import os
import shutil
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path

from attrs import evolve

from socstream.demo.media import AUDIO_RATES, AudioCodec, Media, Spec, cut_audio, cut_video
from socstream.demo.picture import Layout, Painter

PIPE_SIZE = 1 << 20  # bytes; with the usual 64 KiB the two processes wait for each other half of the time
BEEP = 880, 0.1  # Hz; seconds in each second
CONTAINERS = {"aac": "adts", "pcma": "alaw", "pcmu": "mulaw"}


class PrepareError(Exception):
    """FFmpeg could not encode the pictures; the text is what it said."""


async def prepare(ffmpeg: Path, spec: Spec, cache: Path) -> Media:
    """The media of this Spec, from `cache` or made now; raises PrepareError and OSError.

    Several may be prepared at the same time, also in several processes over one cache.
    """
    folder = cache / spec.key
    if not await asyncio.to_thread(folder.is_dir):
        await _make(ffmpeg, spec, folder)
    return await asyncio.to_thread(_load, spec, folder)


async def _make(ffmpeg: Path, spec: Spec, folder: Path) -> None:
    """The files of a Spec, in `folder` all at once."""
    await asyncio.to_thread(folder.parent.mkdir, parents=True, exist_ok=True)
    work = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=f"{spec.key}.", dir=folder.parent))
    try:
        await _run(ffmpeg, _video_arguments(spec), _pictures(spec), work)
        if spec.audio is not None:
            await _run(ffmpeg, _audio_arguments(spec.audio), _sound(spec, spec.audio), work)
        await asyncio.to_thread(_publish, work, folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)


def _publish(work: Path, folder: Path) -> None:
    try:
        work.rename(folder)
    except OSError:
        if not folder.is_dir():  # else somebody was faster, with the same content
            raise


def _load(spec: Spec, folder: Path) -> Media:
    media = cut_video(spec, (folder / "video").read_bytes(), (folder / "index").read_text())
    if spec.audio is None:
        return media
    return evolve(media, audio=cut_audio(spec.audio, (folder / "audio").read_bytes()))


def _video_arguments(spec: Spec) -> list[str]:
    """Raw frames in; one encoder, whose packets go to an Annex B file and to a list of times and sizes."""
    encoder, container = ("libx264", "h264") if spec.codec == "h264" else ("libx265", "hevc")
    options = (
        f"keyint={spec.gop_frames}:min-keyint={spec.gop_frames}:scenecut=0:bframes={spec.b_frames}:b-adapt=0"
    )
    if spec.codec == "h265":
        options += ":open-gop=0:pools=none:log-level=error"
    if spec.bitrate is None:
        options += ":qp=24"
    rate = [] if spec.bitrate is None else ["-b:v", str(spec.bitrate), "-maxrate:v", str(spec.bitrate)]
    return [
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{spec.width}x{spec.height}"),
        *(
            "-framerate",
            str(spec.fps),
            "-i",
            "pipe:0",
            "-map",
            "0:v",
            "-c:v",
            encoder,
            "-preset",
            "ultrafast",
        ),
        *(() if spec.b_frames else ("-tune", "zerolatency")),  # it saves a third of the time
        *("-threads", "1", f"-{encoder[3:]}-params", options),
        *rate,
        *(() if spec.bitrate is None else ("-bufsize:v", str(spec.bitrate // 2))),
        *("-f", "tee", f"[f={container}]video|[f=framecrc]index"),
    ]


def _audio_arguments(codec: AudioCodec) -> list[str]:
    encoder = {"aac": "aac", "pcma": "pcm_alaw", "pcmu": "pcm_mulaw"}[codec]
    return [
        *("-f", "s16le", "-ar", str(AUDIO_RATES[codec]), "-i", "pipe:0", "-c:a", encoder, "-b:a", "32000"),
        *("-f", CONTAINERS[codec], "audio"),
    ]


def _pictures(spec: Spec) -> Iterator[bytearray]:
    painter = Painter(Layout(spec.width, spec.height), spec.name, spec.fps, noise=spec.noise)
    return (painter.frame(number) for number in range(spec.frames))


def _sound(spec: Spec, codec: AudioCodec) -> Iterator[bytes]:
    """A short beep in each second, one channel."""
    rate = AUDIO_RATES[codec]
    pitch, length = BEEP
    wave = [int(8000 * math.sin(2 * math.pi * pitch * n / rate)) for n in range(int(length * rate))]
    second = array("h", [*wave, *[0] * (rate - len(wave))]).tobytes()
    return (second for _ in range(spec.loop_seconds))


async def _run(ffmpeg: Path, arguments: list[str], parts: Iterable[bytes | bytearray], folder: Path) -> None:
    """FFmpeg in `folder`, fed with the parts; raises PrepareError. It is gone when this returns."""
    child, pipe = await _spawn(ffmpeg, arguments, folder)
    feeding = asyncio.get_running_loop().run_in_executor(None, _feed, pipe, parts)
    try:
        _, (_, said) = await asyncio.gather(feeding, child.communicate())
    finally:
        if child.returncode is None:
            child.kill()  # and the thread that feeds it ends by a broken pipe
            await child.wait()
    if child.returncode:
        raise PrepareError(said.decode(errors="replace").strip() or f"FFmpeg ended with {child.returncode}")


async def _spawn(
    ffmpeg: Path, arguments: list[str], folder: Path
) -> tuple[asyncio.subprocess.Process, FileIO]:
    """FFmpeg, and the pipe into it."""
    outlet, inlet = os.pipe()
    pipe = FileIO(inlet, "w")
    try:
        with suppress(OSError):  # a box may forbid the larger size
            fcntl.fcntl(inlet, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        child = await asyncio.create_subprocess_exec(
            ffmpeg,
            *("-nostdin", "-v", "error", *arguments),
            cwd=folder,
            stdin=outlet,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except BaseException:
        pipe.close()
        raise
    finally:
        os.close(outlet)
    return child, pipe


def _feed(pipe: FileIO, parts: Iterable[bytes | bytearray]) -> None:
    """All parts, then the end of file."""
    with pipe, suppress(BrokenPipeError):  # a child that is gone says why itself
        for part in parts:
            rest = memoryview(part)
            while rest:
                rest = rest[pipe.write(rest) :]
