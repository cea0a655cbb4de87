"""Our server in a process of its own, and a player of one of its cameras."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import m3u8
from attrs import frozen

from tests.rigs.client import Client, client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

PREFIX = "socstream-bench-"
"""What every directory of ours is called."""

_PAUSE = 0.02
"""Seconds between two requests of a player that waits: what a delay may be too long by."""


@frozen
class Serving:
    """A server that is ready, and a client of it."""

    process: ServerProcess
    http: Client

    async def add(self, name: str, url: str) -> "Player":
        """POST a camera."""
        body = {"name": name, "location": "Bench", "ip_address": "127.0.0.1", "stream_url": url}
        answer = await self.http.ask("POST", "cameras", body=body)
        assert answer.status == 201, answer.text
        return Player(self.http, str(answer.json["camera_id"]))

    async def remove(self, player: "Player", within: float) -> None:
        """DELETE a camera; returns when every FFmpeg has ended."""

        async def are_gone() -> bool:
            return not self.process.ffmpegs()

        assert (await self.http.ask("DELETE", f"cameras/{player.camera_id}")).status == 204
        await until("no FFmpeg", are_gone, within)

    async def online(self) -> int:
        """How many cameras are live."""
        answer = await self.http.get("cameras")
        assert answer.status == 200, answer.text
        return sum(camera["status"] == "online" for camera in answer.json)


@frozen
class Player:
    """What a player asks for a camera."""

    http: Client
    camera_id: str

    async def play(self, within: float) -> None:
        """Return once it could show a picture: it has read playlist, init file and first segment."""
        playlist, _ = await until("a playlist", self._playlist, within, _PAUSE)
        segment = playlist.segments[0]
        assert segment.init_section is not None
        for name in (segment.init_section.uri, segment.uri):
            file = await self.http.media(self.camera_id, str(name))
            assert file.status == 200, file.text
            assert file.body

    async def runs(self) -> frozenset[str]:
        """The init files that the playlist names now, one for each life of FFmpeg; none while it is down."""
        playlist = await self._playlist()
        listed = playlist.segments if playlist is not None else ()
        return frozenset(str(segment.init_section.uri) for segment in listed if segment.init_section)

    async def next_run(self, before: frozenset[str], within: float) -> None:
        """Return once the playlist lists a segment of a run that is not in `before`."""

        async def has_begun() -> bool:
            return not await self.runs() <= before

        await until("a new run", has_begun, within, _PAUSE)

    async def _playlist(self) -> m3u8.M3U8 | None:
        """None while the stream is down."""
        answer = await self.http.playlist(self.camera_id)
        assert answer.status in (200, 503), answer.text
        return m3u8.loads(answer.text) if answer.status == 200 else None


@asynccontextmanager
async def serving(scratch: Path, ffmpeg: Path, module: str = "socstream") -> AsyncIterator[Serving]:
    """A server with an empty store, whose segments go below `scratch`, until the block is left.

    `module`: another program that starts one.
    """
    # The store is on a disk, where a durable write takes its time, the segments are where there is memory.
    with TemporaryDirectory(prefix=PREFIX) as home, TemporaryDirectory(dir=scratch) as stream_dir:
        environ = {"SOCSTREAM_FFMPEG": str(ffmpeg), "HLS_STREAM_DIR": stream_dir}
        process = ServerProcess(Path(home), environ, module)
        process.stream_dir = Path(stream_dir)
        try:
            await process.start()
            async with client(process) as http:
                yield Serving(process, http)
            # Asked to stop, it waits for its FFmpegs, so that their CPU time counts as ours.
            await process.stop()
        finally:
            await process.close()
