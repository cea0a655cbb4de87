"""`socstream probe`: one look at a camera, told on the terminal."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from socstream.config import Config
from socstream.engine import look_at
from socstream.ffmpeg import binary
from socstream.ffmpeg.encoder import Encoder
from socstream.hls.layout import StreamLayout
from socstream.model.address import AddressPolicy
from socstream.model.errors import FieldError, InvalidInput
from socstream.model.report import Report
from socstream.model.source import Source, parse_source
from socstream.supervision.address import Resolver


def probe(config: Config, url: str) -> int:
    """Print what a camera shows; 0 when it plays, 1 when not, 2 for what is no URL. FFmpegMissing."""
    console = Console(highlight=False)
    try:
        source = _rtsp_source(url)
    except InvalidInput as error:
        Console(stderr=True, highlight=False).print(f"socstream: {error}", markup=False)
        return 2
    # Whoever types the command may look at this very machine.
    policy = AddressPolicy(allow_loopback=True)
    with console.status(escape(f"Looking at {source.url} for up to 15 s")):
        report = asyncio.run(_look(config, source, policy))
    for line in _lines(report):
        console.print(line, markup=False, soft_wrap=True)
    return 0 if report.failure is None else 1


def _rtsp_source(url: str) -> Source:
    source = parse_source(url, name="URL")
    if not source.is_rtsp:
        raise InvalidInput(FieldError("URL", "can be probed for rtsp and rtsps only"))
    return source


async def _look(config: Config, source: Source, policy: AddressPolicy) -> Report:
    encoder = Encoder(
        partial(binary.find, config.ffmpeg.override),
        StreamLayout(Path()),  # no segment is made
        setpriv=await binary.find_setpriv(),
        segment_seconds=config.streams.segment_seconds,
    )
    return await look_at(encoder, Resolver(policy), source, tls_verify=config.cameras.tls_verify)


def _lines(report: Report) -> Iterator[str]:
    if report.failure is not None:
        yield f"{report.failure.message} ({report.failure})."
        yield report.failure.remedy
        return
    media = report.media
    if media is not None:
        rate = f", {media.fps:g} frames a second" if media.fps else ""
        yield f"video     {media.codec} {media.width}x{media.height}{rate}"
    if report.keyframe_interval is not None:
        yield f"keyframe  every {report.keyframe_interval:g} s"
    yield f"audio     {report.audio or 'none'}"
    for advice in report.advice:
        yield f"advice    {advice.message} {advice.remedy}"
