"""The live edge of a real camera, to its end: how soon, how complete, and beside one who does not read."""

import asyncio
import json
import os
import socket
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import aiohttp
import pytest
from aiohttp import AddrInfoType

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Refuse
from socstream.demo.media import Media, Spec
from socstream.demo.prepare import prepare
from socstream.ffmpeg.binary import locate
from tests.live.client import Binary, take_apart
from tests.rigs import processes
from tests.rigs.browser import chromium, clock_in, tab
from tests.rigs.client import API, Client, bearer, client, new_token
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess, served

pytestmark = pytest.mark.engine

EXAMPLES = Path(__file__).parents[2] / "conf" / "examples"
LIVE = f"{API}/live"

BRISK = Spec("BRISK", bitrate=8_000_000, noise=True, loop_seconds=2)
"""More in a second than the kernel keeps for a client that does not read."""


class Reader:
    """One socket that has subscribed to one camera."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.told: list[dict[str, Any]] = []
        self.pictures: list[Binary] = []
        self.init = b""

    async def take(self) -> Binary | None:
        """The next message; None for a text."""
        message = await self.socket.receive(timeout=10)
        if message.type is aiohttp.WSMsgType.TEXT:
            self.told.append(json.loads(message.data))
            return None
        assert message.type is aiohttp.WSMsgType.BINARY, message
        binary = take_apart(message.data)
        if binary.kind == 0:
            self.init = binary.payload
        else:
            self.pictures.append(binary)
        return binary

    async def read_for(self, seconds: float) -> None:
        """Takes everything in this time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    await self.take()

    async def first_picture(self) -> Binary:
        while not self.pictures:
            await self.take()
        return self.pictures[0]

    def missing(self) -> list[float]:
        """Where more than one interval lies between two pictures."""
        times = [picture.presentation for picture in self.pictures]
        return [after for before, after in pairwise(times) if after - before > 60]


@asynccontextmanager
async def reading(http: Client, camera_id: str, form: str = "units") -> AsyncIterator[Reader]:
    async with http.socket(LIVE) as opened:
        await opened.send_json({"type": "sub", "camera_id": camera_id, "form": form})
        yield Reader(opened)


async def live(http: Client, camera: VirtualCamera) -> str:
    """Adds a camera; its id when its pictures come."""
    camera_id = await http.add(camera)
    async with reading(http, camera_id) as reader:
        await reader.first_picture()
    return camera_id


async def watched(http: Client) -> int:
    """How many subscriptions there are, as Prometheus is told."""
    lines = (await http.get("/metrics")).text.splitlines()
    (told,) = (line for line in lines if line.startswith("socstream_live_subscriptions "))
    return int(float(told.split()[1]))


async def test_who_subscribes_has_a_picture_at_once_and_then_every_one_as_it_comes(
    http: Client, media: Media
) -> None:
    async def unwatched() -> bool:
        return await watched(http) == 0

    async with VirtualCamera("Gate", media) as camera:
        camera_id = await live(http, camera)
        async with http.socket(LIVE) as opened:
            reader, began = Reader(opened), time.monotonic()
            await opened.send_json({"type": "sub", "camera_id": camera_id, "form": "units"})
            first = await reader.first_picture()
            assert time.monotonic() - began < 0.5  # 0.15 on a machine that does nothing else
            assert first.kind == 1
            assert await watched(http) == 1
            await reader.read_for(5)
        await until("nobody watches", unwatched, within=5)
    assert 115 <= len([each for each in reader.pictures if each.arrived >= first.arrived + 1000 / 25]) <= 155
    assert reader.missing() == []
    assert [told["type"] for told in reader.told] == ["subscribed", "configuration"]


async def test_fragments_are_a_file_that_ffmpeg_plays(http: Client, media: Media, tmp_path: Path) -> None:
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await live(http, camera)
        async with reading(http, camera_id, "fmp4") as reader:
            await reader.read_for(2)
    path = tmp_path / "live.mp4"
    path.write_bytes(reader.init + b"".join(picture.payload for picture in reader.pictures))
    child = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-v", "warning", "-i", str(path), "-fps_mode", "passthrough", "-f", "framemd5", "-"),
        stdout=PIPE,
        stderr=PIPE,
    )
    frames, complaints = await child.communicate()
    assert not complaints
    assert sum(line[:1] != b"#" for line in frames.splitlines()) == len(reader.pictures) > 40


async def test_the_end_of_a_camera_and_its_return_are_told_on_the_same_socket(
    http: Client, media: Media
) -> None:
    camera = VirtualCamera("Gate", media)
    async with camera:
        camera_id = await live(http, camera)
        async with reading(http, camera_id) as reader:
            await reader.first_picture()
            await camera.order(Refuse())
            await camera.clear()

            async def is_back() -> bool:
                await reader.take()
                return [told["type"] for told in reader.told].count("configuration") == 2

            await until("the second run", is_back, within=15, every=0)
            await reader.take()
            await reader.take()
    kinds = [told["type"] for told in reader.told]
    assert kinds == ["subscribed", "configuration", "ended", "configuration"]
    assert reader.told[-1]["run"] > reader.told[1]["run"]
    assert reader.pictures[-1].flags == 1


async def test_a_camera_on_demand_runs_for_who_subscribes_and_no_longer(http: Client, media: Media) -> None:
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await http.add(camera, mode="on_demand", idle_after=5)
        assert (await http.stream(camera_id))["state"] == "stopped"
        async with reading(http, camera_id) as reader:
            await reader.first_picture()
            await reader.read_for(7)  # longer than it runs for nobody

        async def is_stopped() -> bool:
            return bool((await http.stream(camera_id))["state"] == "stopped")

        _, ran_on = await until("it stopped", is_stopped, within=12)
    assert reader.missing() == []
    assert [told["type"] for told in reader.told] == ["subscribed", "configuration"], "one run, to the end"
    assert ran_on > 3, "who comes back soon finds it running"


async def test_one_that_does_not_read_costs_the_others_nothing_and_the_server_little(
    server: ServerProcess, http: Client, tmp_path: Path
) -> None:
    media = await prepare(locate(), BRISK, tmp_path / "media")
    headers = bearer(await new_token(server))
    connector = aiohttp.TCPConnector(socket_factory=_with_little_room)
    async with (
        VirtualCamera("Gate", media) as camera,
        aiohttp.ClientSession(headers=headers, connector=connector) as session,
        AsyncExitStack() as stack,
    ):
        camera_id = await live(http, camera)
        others = [await stack.enter_async_context(reading(http, camera_id)) for _ in range(5)]
        async with session.ws_connect(server.url + LIVE) as slow:
            stopped = Reader(slow)
            await slow.send_json({"type": "sub", "camera_id": camera_id, "form": "units"})
            await asyncio.gather(*(reader.read_for(2) for reader in (stopped, *others)))
            before = processes.resident_memory(server.pid)
            await asyncio.gather(*(reader.read_for(6) for reader in others))
            grown = processes.resident_memory(server.pid) - before
            await stopped.read_for(2)
    assert {"skipped", "reduced"} <= {told["type"] for told in stopped.told}
    assert grown < 2_000_000
    assert [reader.missing() for reader in others] == [[]] * 5
    assert all(len(reader.pictures) > 7 * 25 for reader in others)


async def test_the_example_counts_every_frame(server: ServerProcess, http: Client, media: Media) -> None:
    async with VirtualCamera("Gate", media) as camera:
        child = await _counter(server, await live(http, camera), 4)
        output, complaints = await child.communicate()
    assert child.returncode == 0, complaints.decode()
    counted = output.decode().splitlines()[-2].split()
    assert (int(counted[0]), int(counted[5])) == (100, 4)


async def test_the_example_says_when_there_is_no_such_camera(server: ServerProcess) -> None:
    child = await _counter(server, "no-such-camera", 4)
    output, _ = await child.communicate()
    assert child.returncode == 1
    assert output.decode().startswith("refused There is no camera")


@pytest.mark.page
async def test_the_example_page_shows_pictures_that_move(tmp_path: Path, media: Media) -> None:
    pages = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(EXAMPLES)))
    Thread(target=pages.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{pages.server_port}"
    try:
        async with (
            served(tmp_path, {"CORS_ORIGINS": origin}) as server,
            client(server) as http,
            VirtualCamera("Gate", media) as camera,
            chromium() as browser,
        ):
            asked = f"server={server.url}&camera={await live(http, camera)}&token={await new_token(server)}"
            async with tab(browser, f"{origin}/live.html#{asked}") as window:
                video = await window.page.wait_for_selector("video")
                assert video is not None
                seen: set[float] = set()

                async def moves() -> bool:
                    shown = await clock_in(video)
                    seen.update(() if shown is None else {shown})
                    return len(seen) >= 5

                await until("five different pictures", moves, within=20)
                assert window.complaints == []
    finally:
        pages.shutdown()
        pages.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        pass


def _with_little_room(info: AddrInfoType) -> socket.socket:
    """A socket for which the kernel keeps so little that the server notices who does not read."""
    family, kind, protocol, _, _ = info
    sock = socket.socket(family, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    return sock


async def _counter(server: ServerProcess, camera_id: str, seconds: int) -> asyncio.subprocess.Process:
    """The example, on its way."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLES / "count_frames.py"), server.url, camera_id, str(seconds)),
        env={"SOCSTREAM_TOKEN": await new_token(server), "PATH": os.environ["PATH"]},
        stdout=PIPE,
        stderr=PIPE,
    )
