"""What was acknowledged is there after `kill -9`, whenever that comes."""

import asyncio
import random

import aiohttp
import pytest

from tests.rigs.client import Client
from tests.rigs.server import ServerProcess

pytestmark = pytest.mark.engine

ROUNDS = 3
CLERKS = 4

Book = dict[str, tuple[str, int]]
"""Camera name → its place and version."""


class Clerk:
    """Writes down one camera after the other, and knows what was acknowledged and what was only asked."""

    def __init__(self, http: Client, label: str, dice: random.Random) -> None:
        self.label = label
        self.acknowledged: Book = {}
        self.asked: Book = {}
        self.writes = 0
        self._http = http
        self._dice = dice
        self._ids: dict[str, str] = {}

    async def work(self) -> None:
        """Until the server is gone."""
        while True:
            try:
                await self._dice.choice([self._add, self._edit, self._edit, self._remove])()
            except (aiohttp.ClientError, OSError):
                return
            self.acknowledged = self.asked
            self.writes += 1

    def learn(self, book: Book, ids: dict[str, str]) -> None:
        """What is the case after a restart."""
        self.acknowledged = self.asked = book
        self._ids = ids

    async def _add(self) -> None:
        name = f"{self.label} {self._dice.randrange(10**9)}"
        self.asked = self.acknowledged | {name: ("Lab", 1)}
        # in maintenance nothing is pulled: this is about writing
        body = {"name": name, "location": "Lab", "ip_address": "127.0.0.1", "status": "maintenance"}
        answer = await self._http.ask("POST", "cameras", body=body | {"stream_url": "rtsp://127.0.0.1:9/x"})
        assert answer.status == 201, answer.text
        self._ids[name] = answer.json["camera_id"]

    async def _edit(self) -> None:
        if not self.acknowledged:
            return
        name = self._dice.choice(list(self.acknowledged))
        place, version = f"Place {self._dice.randrange(10**6)}", self.acknowledged[name][1]
        self.asked = self.acknowledged | {name: (place, version + 1)}
        body = {"location": place, "version": version}
        answer = await self._http.ask("PATCH", f"cameras/{self._ids[name]}", body=body)
        assert answer.status == 200, answer.text

    async def _remove(self) -> None:
        if len(self.acknowledged) < 3:
            return
        name = self._dice.choice(list(self.acknowledged))
        self.asked = {other: value for other, value in self.acknowledged.items() if other != name}
        answer = await self._http.ask("DELETE", f"cameras/{self._ids[name]}")
        assert answer.status == 204, answer.text


async def test_nothing_acknowledged_is_lost(http: Client, server: ServerProcess) -> None:
    dice = random.Random()
    clerks = [Clerk(http, f"Clerk {number}", dice) for number in range(CLERKS)]
    for _ in range(ROUNDS):
        work = [asyncio.create_task(clerk.work()) for clerk in clerks]
        await asyncio.sleep(dice.uniform(0.3, 0.9))
        await server.kill()
        await asyncio.gather(*work)
        await server.start()
        cameras = (await http.get("cameras")).json
        for clerk in clerks:
            own = [camera for camera in cameras if camera["name"].startswith(clerk.label)]
            book = {camera["name"]: (camera["location"]["label"], camera["version"]) for camera in own}
            assert book in (clerk.acknowledged, clerk.asked)
            clerk.learn(book, {camera["name"]: camera["camera_id"] for camera in own})
    writes = sum(clerk.writes for clerk in clerks)
    print(f"{writes} acknowledged writes, {ROUNDS} times kill -9")
    assert writes > 20
