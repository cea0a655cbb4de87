"""Whoever writes down cameras, and knows what was acknowledged."""

import random
from typing import Any

import aiohttp

from tests.rigs.client import Client

Book = dict[str, tuple[str, int]]
"""Camera name → its place and version."""


class Clerk:
    """Adds, edits and deletes cameras, all called after `label`, at random."""

    def __init__(self, http: Client, label: str) -> None:
        self.writes = 0
        """How many were acknowledged."""
        self._http = http
        self._label = label
        self._dice = random.Random()
        self._acknowledged: Book = {}
        self._asked: Book = {}
        self._ids: dict[str, str] = {}

    async def work(self) -> None:
        """Until the server is gone."""
        while True:
            try:
                await self._dice.choice([self._add, self._edit, self._edit, self._remove])()
            except (aiohttp.ClientError, OSError):
                return
            self._acknowledged = self._asked
            self.writes += 1

    def check(self, cameras: list[dict[str, Any]]) -> None:
        """Holds a list after a restart against the book: the write under way may have happened, or not."""
        own = [camera for camera in cameras if camera["name"].startswith(self._label)]
        book = {camera["name"]: (camera["location"]["label"], camera["version"]) for camera in own}
        assert book in (self._acknowledged, self._asked), "an acknowledged write is lost"
        self._acknowledged = self._asked = book
        self._ids = {camera["name"]: camera["camera_id"] for camera in own}

    async def clear(self) -> None:
        """Delete all that is left."""
        for name in self._acknowledged:
            await self._http.ask("DELETE", f"cameras/{self._ids[name]}")

    async def _add(self) -> None:
        name = f"{self._label} {self._dice.randrange(10**9)}"
        self._asked = self._acknowledged | {name: ("Lab", 1)}
        # in maintenance nothing is pulled: this is about writing
        body = {"name": name, "location": "Lab", "ip_address": "127.0.0.1", "status": "maintenance"}
        answer = await self._http.ask("POST", "cameras", body=body | {"stream_url": "rtsp://127.0.0.1/x"})
        assert answer.status == 201, answer.text
        self._ids[name] = answer.json["camera_id"]

    async def _edit(self) -> None:
        if not self._acknowledged:
            return
        name = self._dice.choice(list(self._acknowledged))
        place, version = f"Place {self._dice.randrange(10**6)}", self._acknowledged[name][1]
        self._asked = self._acknowledged | {name: (place, version + 1)}
        body = {"location": place, "version": version}
        answer = await self._http.ask("PATCH", f"cameras/{self._ids[name]}", body=body)
        assert answer.status == 200, answer.text

    async def _remove(self) -> None:
        if len(self._acknowledged) < 3:
            return
        name = self._dice.choice(list(self._acknowledged))
        self._asked = {other: value for other, value in self._acknowledged.items() if other != name}
        answer = await self._http.ask("DELETE", f"cameras/{self._ids[name]}")
        assert answer.status == 204, answer.text
