"""FFmpeg alone, with exactly the flags that the server gives it, into a directory of its own."""

import asyncio
import shutil
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import frozen

from socstream.config import Config
from socstream.ffmpeg.binary import Binary
from socstream.ffmpeg.command import Order, pull
from socstream.ffmpeg.process import spawn
from socstream.hls.layout import StreamLayout, init_name, segment_name
from socstream.hls.playlist import BadPlaylist, parse_playlist
from socstream.model.source import parse_source

POLL = 0.005
"""Seconds between two looks at a playlist: what a delay may be too long by."""


@frozen
class RawFFmpeg:
    """One that runs."""

    pid: int
    directory: Path
    playlist: Path

    async def first_segment(self, within: float) -> None:
        """Return once its playlist lists a segment, and init file and segment were read whole."""
        async with asyncio.timeout(within):
            while (number := self._listed()) is None:  # noqa: ASYNC110 (a file tells only when asked)
                await asyncio.sleep(POLL)
        assert (self.directory / init_name(0)).read_bytes()
        assert (self.directory / segment_name(number)).read_bytes()

    def _listed(self) -> int | None:
        """The first number in its playlist; None while there is none."""
        try:
            entries = parse_playlist(self.playlist.read_text())
        except (FileNotFoundError, BadPlaylist):
            return None
        return entries[0].number if entries else None


@asynccontextmanager
async def raw_ffmpeg(binary: Binary, root: Path, name: str, url: str) -> AsyncIterator[RawFFmpeg]:
    """FFmpeg pulls `url` into the new directory `root/name`, which goes with it, until the block is left."""
    layout = StreamLayout(root)
    directory = layout.directory(name)
    directory.mkdir(parents=True)
    source = parse_source(url)
    order = Order(name, source, source.host, start_number=0)
    command = pull(binary, layout, order, Config().streams.segment_seconds)
    try:
        async with spawn(command, setpriv=shutil.which("setpriv"), secrets=(), log=deque(maxlen=9)) as child:
            yield RawFFmpeg(child.pid, directory, layout.encoder_playlist(name))
    finally:
        shutil.rmtree(directory)
