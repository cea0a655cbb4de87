"""Nothing that the server does all day makes its event loop wait for a disk."""

import asyncio
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from tests.rigs import unblocked
from tests.rigs.client import API, Client, client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess, served
from tests.rigs.witness import Witness

BITES = """
import asyncio, concurrent.futures.thread, pathlib, sys
from tests.rigs.unblocked import guard

async def main():
    pathlib.Path(sys.argv[1]).read_bytes()
    pathlib.Path("/proc/self/stat").read_bytes()
    await asyncio.to_thread(pathlib.Path(sys.argv[1]).read_bytes)

pathlib.Path(sys.argv[1]).read_bytes()
guard(print)
asyncio.run(main())
"""


async def test_the_guard_tells_of_a_file_that_is_opened_in_the_loop_and_of_nothing_else(
    tmp_path: Path,
) -> None:
    file = tmp_path / "file"
    file.touch()
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BITES, str(file)), stdout=asyncio.subprocess.PIPE
    )
    lines = (await child.communicate())[0].decode().splitlines()
    assert [line.split(" at ")[0] for line in lines] == [f"{unblocked.SIGN} open {file}"]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with served(tmp_path, module=unblocked.MODULE) as server:
        yield server


async def test_the_loop_of_a_working_server_never_waits(server: ServerProcess, media: Media) -> None:
    async with (
        client(server) as http,
        VirtualCamera("Gate", media) as gate,
        VirtualCamera("Hall", media) as hall,
    ):
        ids = [await http.add(gate), await http.add(hall)]
        for camera_id in ids:
            await until("a playlist", partial(_plays, http, camera_id), within=20)
        server.signal(unblocked.ARM)
        await _work(http, ids)
        assert unblocked.SIGN not in server.log


async def _plays(http: Client, camera_id: str) -> bool:
    return (await http.playlist(camera_id)).status == 200


async def _work(http: Client, ids: list[str]) -> None:
    """What users do, while segments come."""
    for _ in range(5):
        for camera_id in ids:
            await http.look(camera_id, Witness())
        for path in (
            "cameras",
            f"cameras/{ids[0]}",
            "/healthz",
            "/readyz",
            "/metrics",
            f"cameras/{ids[0]}/last-image",
        ):
            assert (await http.get(path)).status == 200, path
        await asyncio.sleep(0.5)
    async with http.socket(f"{API}/events") as socket:
        await socket.receive_json(timeout=5)
        answer = await http.ask("PATCH", f"cameras/{ids[0]}", body={"location": "Elsewhere"})
        assert answer.status == 200, answer.text
        await socket.receive_json(timeout=5)
    answer = await http.ask("PATCH", f"cameras/{ids[0]}", body={"status": "maintenance"})
    assert answer.status == 200, answer.text
    assert (await http.ask("DELETE", f"cameras/{ids[1]}")).status == 204
    await asyncio.sleep(2.0)
