"""A viewer that never leaves: it holds every playlist and every file against what it saw before."""

import asyncio

import aiohttp
import m3u8

from tests.rigs.client import Client
from tests.rigs.witness import Witness

_EVERY = 0.5
"""Seconds between two looks: segments last one, so none comes and goes unseen."""


class Viewer:
    """Watches one camera. `run` is its task; AssertionError when something told is taken back."""

    def __init__(self, http: Client, camera_id: str) -> None:
        self._http = http
        self._camera_id = camera_id
        self._kept: set[str] = set()
        self.witness = Witness()
        self.refusals: list[str] = []
        """The bodies of all 503, for who looks for secrets."""
        self.leaves = False
        """The camera is about to be deleted."""
        self.may_lose_files = False
        """Somebody deletes what was listed."""

    async def run(self) -> None:
        """Until it is to leave."""
        while not self.leaves:
            await self._look()
            await asyncio.sleep(_EVERY)

    async def _look(self) -> None:
        try:
            answer = await self._http.playlist(self._camera_id)
            if answer.status == 200:
                await self._fetch(self.witness.hear(answer.text))
        except (aiohttp.ClientError, OSError):
            return  # the server is away; what it said before still holds
        if answer.status == 503:
            self.refusals.append(answer.text)
        assert answer.status in (200, 503) or self.leaves, answer.text

    async def _fetch(self, playlist: m3u8.M3U8) -> None:
        """Every file of a playlist that was not fetched yet."""
        for name in self.witness.names(playlist):
            if name not in self._kept:
                self._kept.add(name)
                file = await self._http.media(self._camera_id, name)
                if self.leaves or (self.may_lose_files and file.status == 404):
                    continue
                assert file.status == 200, f"{name} was listed a moment ago, but: {file.text}"
                assert int(file.headers["Content-Length"]) == len(file.body), f"{name} was cut"
                self.witness.keep(name, file.body)
