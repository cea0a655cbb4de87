"""The whole server on each event loop: it plays, replaces what dies, and stops."""

import os
import signal
from pathlib import Path

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from tests.rigs.client import client
from tests.rigs.server import served
from tests.rigs.witness import Witness

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_a_server_lives_on_either_loop(tmp_path: Path, media: Media, loop: str) -> None:
    witness = Witness()
    async with (
        served(tmp_path, {"SOCSTREAM_SERVER_LOOP": loop}) as server,
        client(server) as http,
        VirtualCamera("Gate", media) as camera,
    ):
        loaded = Path(f"/proc/{server.pid}/maps").read_text()
        assert ("/uvloop/" in loaded) == (loop == "uvloop")
        camera_id = await http.add(camera)
        await http.meet(camera_id, witness, 3, within=15)
        [before] = server.ffmpegs()
        os.kill(before, signal.SIGKILL)
        await http.meet(camera_id, witness, len(witness.segments) + 2, within=15)
        [after] = server.ffmpegs()
        assert after != before
        files = list((server.stream_dir / camera_id).iterdir())
        assert files
        assert not any(path.stat().st_mode & 0o077 for path in files), "nobody else may read them"
        ended = await server.stop()
        assert (ended.code, server.ffmpegs()) == (0, [])
