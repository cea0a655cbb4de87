"""Asked to stop, or not able to start: the server ends soon, says why, and leaves nothing behind."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Silent
from socstream.demo.media import Media
from tests.rigs.client import Client
from tests.rigs.server import ServerProcess
from tests.rigs.witness import Witness

pytestmark = pytest.mark.engine


async def test_sigterm_ends_everything_and_the_next_start_goes_on(
    http: Client, server: ServerProcess, media: Media
) -> None:
    witness = Witness()
    async with VirtualCamera("Gate", media) as camera, VirtualCamera("Yard", media) as mute:
        await mute.order(Silent())
        camera_id, mute_id = await http.add(camera), await http.add(mute)
        await http.meet(camera_id, witness, 3, within=15)
        held = asyncio.create_task(http.playlist(mute_id))
        await asyncio.sleep(0.1)
        assert len(server.ffmpegs()) == 2
        asked = time.monotonic()
        ended = await server.stop()
        took = time.monotonic() - asked
        assert server.ffmpegs() == []
        await asyncio.gather(held, return_exceptions=True)
        playlists = [path.read_text() for path in server.stream_dir.rglob("*.m3u8")]
        await server.start()
        await http.meet(camera_id, witness, len(witness.segments) + 1, within=10)
    print(f"stopped after {took:.2f} s")
    assert (ended.code, ended.output) == (0, ""), "one line on standard output, and no other"
    assert took <= 3, "nobody waits for a held request"
    assert playlists
    assert not any("ENDLIST" in text for text in playlists)
    assert list(witness.segments) == list(range(witness.newest + 1)), "the media sequence goes on"


async def test_a_second_sigterm_does_not_wait_for_an_ffmpeg_that_hangs(
    http: Client, server: ServerProcess, media: Media
) -> None:
    async with VirtualCamera("Gate", media) as camera:
        await http.playlist(await http.add(camera))
        [ffmpeg] = server.ffmpegs()
        os.kill(ffmpeg, signal.SIGSTOP)
        server.signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        assert server.ffmpegs() == [ffmpeg]
        ended = await server.stop(within=1)
        await server.gone(within=1)
    assert ended.code == 0


@pytest.mark.parametrize("shared", ["data", "streams"])
async def test_a_second_server_in_the_same_directory_names_the_lock(
    server: ServerProcess, tmp_path: Path, shared: str
) -> None:
    second = ServerProcess(tmp_path / "second")
    (tmp_path / "second").mkdir()
    if shared == "data":
        second.data_dir = server.data_dir
    else:
        second.environ["HLS_STREAM_DIR"] = str(server.stream_dir)
    ended = await second.run()
    assert (ended.code, ended.output) == (1, "")
    assert ended.log.splitlines()[-1].endswith(f"it holds the lock {tmp_path / shared / 'lock'}")
    assert "Traceback" not in ended.log


async def test_a_port_in_use_is_one_line(server: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    second = ServerProcess(tmp_path / "second")
    second.port = server.port
    ended = await second.run()
    assert (ended.code, ended.output) == (1, "")
    assert "Traceback" not in ended.log
    [line] = [line for line in ended.log.splitlines() if line.startswith("socstream: ")]
    assert str(server.port) in line
    assert "in use" in line
