"""Row 13: all cameras of a site come back at once."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import field, frozen

from tests.bench.report import percentile
from tests.faults import observed
from tests.faults.crowd import Crowd, crowd
from tests.faults.site import Lab, Site
from tests.rigs import processes
from tests.rigs.client import Client
from tests.rigs.patience import until

OUTAGE = 15.0
"""Seconds that all are away: by then the waits are 4 to 8 s long, if no port is seen to open."""

ALL_LIVE = 12.0
LOOP_LAG = 0.05
API_P99 = 0.25

THREE_STARTS = 0.05
"""Seconds from a start to the next but one, at least; 20 a second are 0.1."""


@frozen
class Return:
    """Seconds: until all were live; the worst lag of the server's loop; the 99th of 100 answers; the shortest
    time from a start to the next but one.
    """

    all_live: float
    loop_lag: float
    api_p99: float
    three_starts: float


@frozen
class Crowded:
    """A server with a crowd of cameras."""

    site: Site
    crowd: Crowd
    ids: list[str] = field(factory=list)

    async def live(self, since: float) -> int:
        """How many have had a segment since then (wall)."""
        seen = [self.site.monitor.now(camera_id) for camera_id in self.ids]
        return sum(
            stream is not None and stream.state == "live" and (stream.last_segment_at or 0) > since
            for stream in seen
        )

    async def all_come_back(self) -> Return:
        """An outage of all, and its end."""
        await self.crowd.refuse()
        await asyncio.sleep(OUTAGE)
        assert await self.live(time.time() - 5) == 0
        await observed.figures(self.site.server)  # forgets what was before
        took: list[float] = []
        asking = asyncio.create_task(_ask(self.site.http, took))
        began, wall = time.monotonic(), time.time()
        await self.crowd.clear()
        await self.all_live(since=wall, within=60)
        all_live = time.monotonic() - began
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        lags = (await observed.figures(self.site.server)).lags
        starts = sorted(processes.started(pid) for pid in self.site.server.ffmpegs())
        three = min(third - first for first, third in zip(starts, starts[2:], strict=False))
        return Return(all_live, max(lags), percentile(took, 0.99), three)

    async def all_live(self, since: float, within: float) -> None:
        async def look() -> bool:
            return await self.live(since) == len(self.ids)

        await until(f"{len(self.ids)} cameras live", look, within)


@asynccontextmanager
async def crowded(lab: Lab, count: int) -> AsyncIterator[Crowded]:
    """A server with so many cameras, all live, and nobody who watches."""
    async with crowd(lab, count) as cameras, lab.site(module=observed.__name__) as site:
        full = Crowded(site, cameras)
        for number, url in enumerate(cameras.urls):
            body = {
                "name": f"Crowd {number}",
                "location": "Lab",
                "ip_address": "127.0.0.1",
                "stream_url": url,
            }
            answer = await site.http.ask("POST", "cameras", body=body)
            assert answer.status == 201, answer.text
            full.ids.append(answer.json["camera_id"])
        await full.all_live(since=0, within=60)
        yield full


async def _ask(http: Client, took: list[float]) -> None:
    """The list and the health in turn, as fast as a wall with many viewers; the seconds of each answer."""
    while True:
        for path in ("cameras", "/healthz"):
            took.append(await _one(http, path))
            await asyncio.sleep(0.02)


async def _one(http: Client, path: str) -> float:
    began = time.monotonic()
    assert (await http.get(path)).status == 200
    return time.monotonic() - began
