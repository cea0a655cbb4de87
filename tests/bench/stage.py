"""Our server on a core of its own, with cameras that are always live: their segments are exactly 1 MiB."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import m3u8
from attrs import frozen

from tests.bench import cores
from tests.bench.encoder import write_stand_in
from tests.bench.serving import PREFIX
from tests.bench.ways import Way
from tests.rigs.client import API, bearer, client, new_token
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

SHARED_MEMORY = Path("/dev/shm")

# Nothing that is measured here is what these are for.
_NO_LIMITS = {
    "SOCSTREAM_SERVER_MAX_CONNECTIONS": "20000",
    "SOCSTREAM_SERVER_MAX_CONNECTIONS_PER_ADDRESS": "20000",
    "SOCSTREAM_SERVER_REQUESTS_PER_SECOND": "100000",
    "SOCSTREAM_SERVER_REQUEST_BURST": "100000",
}

_LIVE_WITHIN = 60.0


@frozen
class Stage:
    """A server with live cameras, and a token for all of them."""

    process: ServerProcess
    origin: str
    token: str
    ids: tuple[str, ...]

    def playlist(self, number: int = 0) -> str:
        """The path of a camera's playlist."""
        return f"{API}/cameras/{self.ids[number]}/hls/index.m3u8"

    async def newest(self, number: int = 0) -> str:
        """The path of its newest segment."""
        text = (await self.get(self.playlist(number)))[1]
        name = m3u8.loads(text.decode()).segments[-1].uri
        return f"{API}/cameras/{self.ids[number]}/hls/{name}"

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes, str]:
        """Status, body and ETag of an answer to who shows the token."""
        return await get(f"{self.origin}{path}", {**bearer(self.token), **(headers or {})})


async def get(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes, str]:
    """Status, body and ETag of an answer, whoever has signed the certificate of its server."""
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(url, ssl=_anybody()) as answer,
    ):
        return answer.status, await answer.read(), answer.headers.get("ETag", "")


@asynccontextmanager
async def stage(
    way: Way,
    ffmpeg: Path,
    *,
    cameras: int,
    seconds: float,
    tls: tuple[Path, Path] | None = None,
) -> AsyncIterator[Stage]:
    """A server until the block is left; each camera has a new segment every so many `seconds`.

    `tls`: the files of certificate and key, with which it speaks HTTPS.
    """
    in_memory = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with (
        TemporaryDirectory(prefix=PREFIX) as home,
        TemporaryDirectory(prefix=PREFIX, dir=in_memory) as streams,
    ):
        stand_in = write_stand_in(Path(home) / "ffmpeg", ffmpeg, seconds)
        given = {"SOCSTREAM_FFMPEG": str(stand_in), "HLS_STREAM_DIR": streams, **_NO_LIMITS}
        process = ServerProcess(Path(home), {**given, **way.environ})
        process.stream_dir = Path(streams)
        try:
            await process.start()
            token = await new_token(process)
            ids = await _added(process, cameras)
            if tls is not None:  # only now: who added the cameras speaks HTTP
                await process.stop()
                files = zip(("CERTIFICATE", "KEY"), tls, strict=True)
                process.environ |= {f"SOCSTREAM_SERVER_TLS_{what}": str(file) for what, file in files}
                await process.start()
            ours = Stage(process, process.url, token, ids)
            for number in range(cameras):
                await until("it is live", partial(_is_full, ours, number), _LIVE_WITHIN)
            _keep_apart(process)
            yield ours
        finally:
            await process.close()


async def _added(process: ServerProcess, count: int) -> tuple[str, ...]:
    ids = []
    async with client(process) as http:
        for number in range(count):
            body = {
                "name": f"bench {number}",
                "location": "Bench",
                "ip_address": "127.0.0.1",
                "stream_url": f"rtsp://127.0.0.1:554/{number}",
            }
            answer = await http.ask("POST", "cameras", body=body)
            assert answer.status == 201, answer.text
            ids.append(str(answer.json["camera_id"]))
    return tuple(ids)


async def _is_full(ours: Stage, number: int) -> bool:
    """Whether its playlist is as long as it will ever be."""
    status, text, _ = await ours.get(ours.playlist(number))
    return status == 200 and text.count(b"#EXTINF") == 6


def _keep_apart(process: ServerProcess) -> None:
    """What stands in for the cameras is no part of what is measured."""
    cores.pin(process.pid, cores.SERVER)
    for pid in (*process.ffmpegs(), *process.watchers()):
        cores.pin(pid, cores.CLIENT)


def _anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
