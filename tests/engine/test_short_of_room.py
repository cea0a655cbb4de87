"""A small stream directory fills up: what is watched goes on, the rest gives way and comes back."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from tests.engine.impatient import MODULE
from tests.rigs.client import client
from tests.rigs.patience import until
from tests.rigs.server import served
from tests.rigs.witness import Witness

pytestmark = pytest.mark.engine

MIB = 1024 * 1024


@contextmanager
def small(place: Path) -> Iterator[None]:
    """A directory with 32 MiB: the marks are at 4.8, 3.2 and 1.6 MiB."""
    if os.getuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "none", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """With little room for the streams."""
    with small(tmp_path / "streams"):
        yield tmp_path


def leave(place: Path, free: int) -> None:
    """Somebody else uses all but so many bytes."""
    filler = place / "lost+found"
    filler.unlink(missing_ok=True)
    status = os.statvfs(place)
    with filler.open("wb") as file:
        file.write(bytes(max(0, status.f_bavail * status.f_frsize - free)))


async def test_what_nobody_watches_gives_way_and_comes_back(home: Path, media: Media) -> None:
    witness = Witness()
    async with (
        VirtualCamera("Gate", media) as gate,
        VirtualCamera("Yard", media) as yard,
        served(home, module=MODULE) as server,
        client(server) as http,
    ):
        gate_id, yard_id = await http.add(gate), await http.add(yard)
        await http.meet(gate_id, witness, 4, within=20)

        async def yard_is(state: str) -> bool:
            await http.look(gate_id, witness)  # often enough to hear of every segment
            return bool((await http.stream(yard_id))["state"] == state)

        await until("the yard is live", lambda: yard_is("live"), 20, every=0.2)
        leave(server.stream_dir, MIB)
        await until("the yard has given way", lambda: yard_is("stopped"), 25, every=0.2)
        count = len(witness.segments)
        await http.meet(gate_id, witness, count + 4, within=10)
        playlist = await http.look(gate_id, witness)
        assert len(playlist.segments) == 4
        assert (await http.stream(yard_id))["failure"] is None
        assert len(list((server.stream_dir / yard_id).glob("*.m4s"))) == 1
        (server.stream_dir / "lost+found").unlink()
        await until("the yard is back", lambda: yard_is("live"), 25, every=0.2)
        count = len(witness.segments)
        await http.meet(gate_id, witness, count + 3, within=10)
        assert (await http.stream(gate_id))["run"] == 1, "who is watched notices nothing"

        async def all_is_well() -> bool:
            return "(space_low_over)" in server.log

        await until("the end is told", all_is_well, 20, every=0.2)
        assert server.log.count("(space_low)") == 1
        assert "failed to delete" not in " ".join(
            (await http.get(f"cameras/{gate_id}/stream-status")).json["log"]
        )


async def test_that_the_disk_of_the_data_fills_up_is_told_and_stops_nothing(tmp_path: Path) -> None:
    with small(tmp_path / "data"):
        async with served(tmp_path, module=MODULE) as server, client(server) as http:

            async def says(text: str) -> bool:
                return text in server.log

            leave(server.data_dir, 3 * MIB)
            await until("it is told", lambda: says("(data_space_low)"), 10, every=0.1)
            assert "are free for the database and the pictures: no pictures are made" in server.log
            assert "(space_low)" not in server.log, "the streams have a disk of their own"
            assert (await http.get("cameras")).status == 200
            (server.data_dir / "lost+found").unlink()
            await until("the end is told", lambda: says("(data_space_low_over)"), 20, every=0.1)
            await server.stop()
