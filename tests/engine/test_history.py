"""What happened to a camera, told as it happens and remembered over a crash of the server."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Refuse
from socstream.demo.media import Media
from tests.rigs.client import API, Client, client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess, served

pytestmark = pytest.mark.engine

OPERATIONS = "security-operations."


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with served(tmp_path, {"SOCSTREAM_ALERTS_HOLD_OFF": "1.5"}) as server:
        yield server


@pytest.fixture
async def http(server: ServerProcess) -> AsyncIterator[Client]:
    async with client(server) as http:
        yield http


class Ear:
    """Hears all messages of one WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[tuple[str, Any]] = []

    async def listen(self) -> None:
        async for message in self.socket:
            told = message.json()
            self.heard.append((told["type"].removeprefix(OPERATIONS), told["data"]))

    def all(self, kind: str, name: str) -> list[Any]:
        """One field of every message of this type so far."""
        return [data[name] for heard, data in self.heard if heard == kind]

    async def hear(self, kind: str, name: str, value: object, within: float) -> None:
        """Returns when a message of this type has said so."""

        async def look() -> bool:
            return value in self.all(kind, name)

        await until(f"{kind} with {name} = {value}", look, within)


@asynccontextmanager
async def ear(http: Client, path: str) -> AsyncIterator[Ear]:
    async with http.socket(path) as socket:
        hearing = Ear(socket)
        listening = asyncio.create_task(hearing.listen())
        yield hearing
        await socket.close()
        await listening


async def outages(http: Client, camera_id: str) -> list[dict[str, Any]]:
    answer = await http.get(f"cameras/{camera_id}/outages")
    assert answer.status == 200, answer.text
    told: list[dict[str, Any]] = answer.json
    return told


async def live(http: Client, camera_id: str, within: float = 15) -> None:
    async def look() -> bool:
        return bool((await http.stream(camera_id))["state"] == "live")

    await until("live", look, within)


def seconds_of(time_text: str) -> float:
    return datetime.fromisoformat(time_text).timestamp()


async def test_an_outage_is_told_as_it_happens_and_remembered_when_the_server_is_killed_in_the_next(
    http: Client, server: ServerProcess, media: Media
) -> None:
    async with VirtualCamera("Gate", media) as camera, ear(http, "/ws/somebody") as hearing:
        camera_id = await http.add(camera)
        await hearing.hear("camera.status-changed", "status", "online", within=15)
        await camera.order(Refuse())
        await hearing.hear("camera.status-changed", "status", "offline", within=5)
        (open_one,) = await outages(http, camera_id)
        await hearing.hear("alert.triggered", "alertType", "camera_down", within=5)
        await camera.clear()
        await hearing.hear("alert.triggered", "alertType", "camera_recovered", within=15)
        (closed_one,) = await outages(http, camera_id)
        assert hearing.all("camera.status-changed", "status") == ["online", "offline", "online"]
        assert set(hearing.all("alert.triggered", "cameraId")) == {camera_id}

        await asyncio.sleep(3)
        await camera.order(Refuse())
        await asyncio.sleep(2.5)
        killed_at = time.time()
        await server.kill()
        await server.start()
        shown = (await http.get(f"cameras/{camera_id}")).json
        gap, first = await outages(http, camera_id)

        async def look() -> list[dict[str, Any]] | None:
            told = await outages(http, camera_id)
            return told if len(told) == 3 else None

        (again, *_), _ = await until("the outage is noticed again", look, within=10)
    assert (open_one["ended"], open_one["run"]) == (None, 1)
    assert closed_one["seconds"] >= open_one["seconds"]
    assert closed_one["seconds"] == pytest.approx(
        seconds_of(closed_one["ended"]) - seconds_of(closed_one["began"]), abs=0.01
    )
    assert first == closed_one
    assert seconds_of(gap["began"]) <= seconds_of(gap["ended"]) <= killed_at, "nobody watched after it"
    assert seconds_of(again["began"]) > killed_at
    assert shown["uptime"] is not None, "uptime is known before the camera is back"
    assert 0.2 < shown["uptime"] < 0.9


async def test_a_stop_tells_the_listeners_and_leaves_no_outage_open(
    http: Client, server: ServerProcess, media: Media
) -> None:
    async with (
        VirtualCamera("Gate", media) as camera,
        VirtualCamera("Yard", media) as dead,
        ear(http, f"{API}/events") as hearing,
    ):
        await dead.order(Refuse())
        gate, yard = await http.add(camera), await http.add(dead)
        await live(http, gate)
        await hearing.hear("camera.status-changed", "status", "online", within=5)
        asked = time.monotonic()
        ended = await server.stop()
        took = time.monotonic() - asked
        stopped_at = time.time()
        assert hearing.socket.close_code == aiohttp.WSCloseCode.GOING_AWAY
        await server.start()
        (outage,) = await outages(http, yard)
        assert await outages(http, gate) == []
        metrics = (await http.get("metrics")).json
    assert ended.code == 0
    assert took <= 5
    assert outage["code"] == "refused"
    assert stopped_at - took - 0.5 <= seconds_of(outage["ended"]) <= stopped_at
    assert metrics["avg_uptime"] == "50%"
    print(f"stopped after {took:.2f} s with a listener")
