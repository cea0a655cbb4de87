"""Faults as words."""

import asyncio

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Stall, Status
from socstream.demo.orders import CLEAR, ORDERS, obey
from tests.rigs.patience import until

from .support import handmade


@pytest.fixture
def cameras() -> list[VirtualCamera]:
    media = handmade()
    return [VirtualCamera(name, media) for name in ("Gate", "Yard")]


async def test_a_word_and_a_number_order_a_fault_of_one_camera(cameras: list[VirtualCamera]) -> None:
    assert await obey("stall 2\n", cameras) == "Yard: the picture stops, the connection stays"
    assert [camera.fault for camera in cameras] == [None, Stall()]


async def test_a_word_alone_is_for_all_cameras(cameras: list[VirtualCamera]) -> None:
    await obey(" 401 ", cameras)
    assert [camera.fault for camera in cameras] == [Status(401), Status(401)]


async def test_clear_heals(cameras: list[VirtualCamera]) -> None:
    await obey("503", cameras)
    assert await obey(f"{CLEAR} 1", cameras) == "Gate: all is well"
    assert [camera.fault for camera in cameras] == [None, Status(503)]


@pytest.mark.parametrize("line", ["", "explode 1", "\x00", "stall1"])
async def test_what_is_not_understood_gets_the_list_of_words(cameras: list[VirtualCamera], line: str) -> None:
    told = await obey(line, cameras)
    assert all(word in told for word in ORDERS)
    assert cameras[0].fault is None


@pytest.mark.parametrize("number", ["0", "3", "-1", "x", "1 2"])
async def test_a_camera_that_is_not_there_is_told(cameras: list[VirtualCamera], number: str) -> None:
    assert "from 1 to 2" in await obey(f"stall {number}", cameras)
    assert cameras[0].fault is None


@pytest.mark.parametrize(
    ("word", "stays"), [("401", False), ("silent", False), ("302", False), ("stall", True)]
)
async def test_who_plays_already_meets_a_fault_of_the_answers_when_he_comes_again(
    word: str, stays: bool
) -> None:
    async with VirtualCamera("Gate", handmade()) as camera:
        _, writer = await asyncio.open_connection("127.0.0.1", camera.port)
        await until("a connection", lambda: _is_connected(camera), within=5, every=0.01)
        await obey(f"{word} 1", [camera])
        assert bool(camera.connected) is stays
        writer.close()


async def _is_connected(camera: VirtualCamera) -> bool:
    return camera.connected == 1
