"""Pictures of real cameras: real JPEGs, kept over the camera's end and the server's, gone with the camera."""

import asyncio
import time
from pathlib import Path

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from socstream.ffmpeg.binary import locate
from tests.ffmpeg.movies import size_of
from tests.rigs import processes
from tests.rigs.client import Answer, Client, client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess, served
from tests.rigs.witness import Witness

pytestmark = pytest.mark.engine


async def picture(http: Client, camera_id: str) -> Answer | None:
    """The camera's picture; None while there is a sign in its place."""
    answer = await http.get(f"cameras/{camera_id}/last-image")
    assert answer.status == 200
    return answer if answer.headers["Content-Type"] == "image/jpeg" else None


async def live(http: Client, camera_id: str) -> bool:
    return bool((await http.stream(camera_id))["state"] == "live")


async def down(http: Client, camera_id: str) -> bool:
    return not await live(http, camera_id)


async def test_a_picture_is_new_while_the_camera_is_live_and_tells_its_age_afterwards(
    http: Client, media: Media
) -> None:
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await http.add(camera)
        await until("live", lambda: live(http, camera_id), 20)
        first, _ = await until("a picture", lambda: picture(http, camera_id), 5)
        assert size_of(first.body) == (320, 180)
        await asyncio.sleep(3)
        second = await picture(http, camera_id)
        assert second is not None
        assert second.body != first.body, "the clock in the picture went on"
        assert int(second.headers["Age"]) <= 6
    await until("down", lambda: down(http, camera_id), 20)
    asked = time.monotonic()
    last = await picture(http, camera_id)
    assert time.monotonic() - asked < 3
    assert last is not None
    await asyncio.sleep(1.1)
    later = await picture(http, camera_id)
    assert later is not None
    assert later.body == last.body
    assert int(later.headers["Age"]) > int(last.headers["Age"])


async def test_a_camera_that_nobody_looked_at_leaves_a_picture_over_a_kill_and_an_empty_stream_directory(
    http: Client, server: ServerProcess, media: Media
) -> None:
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await http.add(camera)
        await until("live", lambda: live(http, camera_id), 20)
    file = server.data_dir / "pictures" / f"{camera_id}.jpg"

    async def kept() -> bool:
        return file.exists()

    await until("a picture on disk", kept, 20)
    await until("down", lambda: down(http, camera_id), 20)
    await server.kill()
    await server.gone(5)
    for path in server.stream_dir.rglob("*.m4s"):
        path.unlink()
    await server.start()
    last = await picture(http, camera_id)
    assert last is not None
    assert last.body == file.read_bytes()
    assert (await http.ask("DELETE", f"cameras/{camera_id}")).status == 204

    async def gone() -> bool:
        return not file.exists()

    await until("the picture is deleted", gone, 5)
    assert await picture(http, camera_id) is None


async def test_the_picture_that_somebody_saw_last_outlives_a_stop(
    http: Client, server: ServerProcess, media: Media
) -> None:
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await http.add(camera)
        await until("live", lambda: live(http, camera_id), 20)
        first, _ = await until("a picture", lambda: picture(http, camera_id), 5)
        file = server.data_dir / "pictures" / f"{camera_id}.jpg"

        async def newer() -> Answer | None:
            answer = await picture(http, camera_id)
            return answer if answer is not None and answer.body != first.body else None

        last, _ = await until("a newer picture", newer, 5)
        assert file.read_bytes() == first.body, "not every picture of a live camera goes to the disk"
        assert (await server.stop()).code == 0
    assert file.read_bytes() == last.body


async def test_a_stop_in_the_midst_of_pictures_leaves_no_child(
    http: Client, server: ServerProcess, media: Media
) -> None:
    async with VirtualCamera("Gate", media) as camera:
        camera_id = await http.add(camera)
        await until("live", lambda: live(http, camera_id), 20)
        asking = asyncio.create_task(http.get(f"cameras/{camera_id}/last-image"))

        async def two() -> list[int] | None:
            return children if len(children := processes.children(server.pid)) > 1 else None

        children, _ = await until("an FFmpeg for the picture", two, 5, every=0.005)
        began = time.monotonic()
        assert (await server.stop()).code == 0
        assert time.monotonic() - began < 6
        assert not any(processes.arguments(child) for child in children)
        await asyncio.wait({asking})


async def test_an_ffmpeg_that_makes_no_pictures_costs_the_stream_nothing(
    tmp_path: Path, media: Media
) -> None:
    ffmpeg = tmp_path / "ffmpeg"
    ffmpeg.write_text(
        '#!/bin/sh\ncase "$*" in *mjpeg*) echo "[error] no such encoder" >&2; exit 1;; esac\n'
        f'exec {locate()} "$@"\n'
    )
    ffmpeg.chmod(0o755)
    async with (
        served(tmp_path, {"SOCSTREAM_FFMPEG": str(ffmpeg)}) as server,
        client(server) as http,
        VirtualCamera("Gate", media) as camera,
    ):
        camera_id = await http.add(camera)
        await until("live", lambda: live(http, camera_id), 20)
        witness = Witness()
        while witness.newest < 4:
            await http.look(camera_id, witness)
            assert await picture(http, camera_id) is None
            await asyncio.sleep(0.3)
        assert server.log.count("no picture could be made") == 1
        assert "[error] no such encoder" in server.log
