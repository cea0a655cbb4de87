"""Our page with sixteen cameras in Chromium, beside a page with nothing but sixteen hls.js players.

Each is opened in a browser of its own, turn by turn. Server and cameras are the same, and small, so that the
browsers get what the machine has.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import evolve, frozen
from playwright.async_api import BrowserContext, Page, ViewportSize

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Spec
from socstream.demo.prepare import prepare
from socstream.ffmpeg.binary import find
from socstream.ui.build import UI, build_page, is_fresh
from tests.bench.machine import Others, cpu_seconds, description, load_average, proportional_memory
from tests.bench.report import Figure, Section, spread, write
from tests.bench.serving import PREFIX
from tests.e2e.entry import let_in
from tests.rigs import processes
from tests.rigs.browser import chromium
from tests.rigs.client import Client, client
from tests.rigs.first_pictures import first_pictures, note
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess, served

SMALL = Spec("BENCH", width=320, height=180)

# Goals.
FIRST = 1.0  # seconds from the list to the first picture
AGE = 2.7  # seconds
RATIO = 1.1  # of what bare players cost

BARE = """<!doctype html><title>bare</title>
<style>body { margin: 0; display: grid; grid-template-columns: repeat(4, 1fr); gap: 6px; background: #111 }
video { width: 100%% }</style>
<body><script src="/hls.js"></script>
<script>
  for (const url of %s) {
    const video = document.createElement('video');
    Object.assign(video, { muted: true, autoplay: true, crossOrigin: 'anonymous' });
    document.body.append(video);
    const hls = new Hls();
    hls.loadSource(url);
    hls.attachMedia(video);
  }
</script>"""


@frozen
class Cost:
    """What one page costs: CPU seconds per second, and bytes; `ways`: how the pictures of our tiles came."""

    cpu: float
    memory: float
    ways: frozenset[str] = frozenset()


@frozen
class Lab:
    """A server whose cameras are live, and who may look at them."""

    server: ServerProcess
    http: Client
    site: str
    count: int

    async def ours(self, seconds: float, firsts: list[float], ages: list[float], rung: str = "") -> Cost:
        """Our page, on one rung if told; notes the seconds to each first picture, and the ages it tells."""
        async with window() as context:
            await note(context)
            await let_in(context, self.server, self.server.url)
            page = await context.new_page()
            await page.goto(f"{self.server.url}/{f'?transport={rung}' if rung else ''}")
            firsts += (await first_pictures(page, self.count, within=60)).values()
            cost = await _cost(seconds)
            ages += await page.eval_on_selector_all(".tile .caption .end span:last-child", _AGES)
            ways = await page.eval_on_selector_all("[data-camera]", _WAYS)
            return evolve(cost, ways=frozenset(ways))

    async def bare(self, seconds: float) -> Cost:
        """The page with nothing but players."""
        async with window() as context:
            page = await context.new_page()
            await page.goto(f"{self.site}/")
            await until("all players play", partial(_play, page, self.count), within=60)
            return await _cost(seconds)


_AGES = "all => all.map(({ textContent }) => parseFloat(textContent))"
_WAYS = "all => all.map(({ dataset }) => dataset.way)"
_SETTLE = 10.0
"""Seconds until a page costs what it always does."""


async def _play(page: Page, count: int) -> bool:
    moving = "all => all.filter((video) => video.getVideoPlaybackQuality().totalVideoFrames > 5).length"
    return int(await page.eval_on_selector_all("video", moving)) == count


@asynccontextmanager
async def window() -> AsyncIterator[BrowserContext]:
    """The only window of a new browser."""
    async with chromium() as browser:
        yield await browser.new_context(viewport=ViewportSize(width=1280, height=720))


async def _cost(seconds: float) -> Cost:
    await asyncio.sleep(_SETTLE)
    loop = asyncio.get_running_loop()
    before, began = _browser_cpu(), loop.time()
    await asyncio.sleep(seconds)
    after, took = _browser_cpu(), loop.time() - began
    cpu = sum(after[pid] - before[pid] for pid in before.keys() & after.keys()) / took
    return Cost(cpu, sum(map(proportional_memory, before.keys() & after.keys())))


def _browser_cpu() -> dict[int, float]:
    """CPU seconds of each process of the browser that we have open."""
    return {pid: cpu_seconds(pid) for pid in _descendants(os.getpid()) if _is_browser(pid)}


def _is_browser(pid: int) -> bool:
    words = processes.arguments(pid)
    return bool(words) and "chrom" in Path(words[0].split()[0]).name


def _descendants(pid: int) -> list[int]:
    found = []
    for child in processes.children(pid):
        found += [child, *_descendants(child)]
    return found


@asynccontextmanager
async def lab(count: int, spec: Spec = SMALL) -> AsyncIterator[Lab]:
    """So many cameras that are live, and a page with nothing but players beside ours."""
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix=PREFIX)))
        media = await prepare((await find()).path, spec, home / "media")
        playlists: list[str] = []
        app = web.Application()
        app.router.add_get("/", partial(_bare_page, playlists))
        app.router.add_get("/hls.js", _whole_hls)
        site = await stack.enter_async_context(TestServer(app, host="127.0.0.1"))
        origin = str(site.make_url("")).rstrip("/")
        devices = [
            await stack.enter_async_context(VirtualCamera(f"Camera {number}", media, join="live"))
            for number in range(count)
        ]
        server = await stack.enter_async_context(served(home, {"CORS_ORIGINS": origin}))
        http = await stack.enter_async_context(client(server))
        ids = [await http.add(device) for device in devices]
        await until("all cameras are live", partial(_all_live, http, count), within=60)
        playlists += [await http.granted(camera_id) for camera_id in ids]
        yield Lab(server, http, origin, count)


async def _bare_page(playlists: Sequence[str], _request: web.Request) -> web.Response:
    return web.Response(text=BARE % json.dumps(playlists), content_type="text/html")


async def _whole_hls(_request: web.Request) -> web.FileResponse:
    path = UI / "node_modules" / "hls.js" / "dist" / "hls.min.js"
    assert path.is_file(), f"no {path}: run `python -m socstream.ui.build check` first"
    return web.FileResponse(path)


async def _all_live(http: Client, count: int) -> bool:
    states = [camera["status"] for camera in (await http.get("cameras")).json]
    return states == ["online"] * count


async def measure(count: int, rounds: int, seconds: float) -> Section:
    """Both pages, turn by turn."""
    if not is_fresh():
        build_page()
    others, firsts, ages = Others(), list[float](), list[float]()
    ours, bare = list[Cost](), list[Cost]()
    async with lab(count) as site:
        for number in range(rounds):
            turns = [(ours, partial(site.ours, seconds, firsts, ages)), (bare, partial(site.bare, seconds))]
            # who goes first changes: the machine may have its moods
            for costs, turn in turns[:: 1 if number % 2 == 0 else -1]:
                costs.append(await turn())
    conditions = (
        description((await find()).version),
        f"{count} cameras of 320 x 180, {rounds} rounds of {seconds:.0f} s each, in Chromium without a GPU",
        f"load {load_average()}; busy with all else meanwhile: {100 * others.share():.0f} % of all cores",
        "bare: hls.js as published, with its own settings, and nothing else on the page",
    )
    return Section("page", conditions, (*_times(firsts, ages), *_costs(ours, bare)), beside="bare hls.js")


def _times(firsts: Sequence[float], ages: Sequence[float]) -> list[Figure]:
    first, age = statistics.median(firsts), statistics.median(ages)
    return [
        Figure("list → first picture, s", spread(firsts), goal=f"median ≤ {FIRST}", met=first <= FIRST),
        Figure("age of the pictures, s", spread(ages, 1), goal=f"median ≤ {AGE}", met=age <= AGE),
    ]


def _costs(ours: Sequence[Cost], bare: Sequence[Cost]) -> list[Figure]:
    figures = []
    for name, here, there in (
        ("CPU time, % of a core", [100 * cost.cpu for cost in ours], [100 * cost.cpu for cost in bare]),
        ("memory (PSS), MB", [cost.memory / 1e6 for cost in ours], [cost.memory / 1e6 for cost in bare]),
    ):
        ratio = statistics.median(here) / statistics.median(there)
        told = f"{spread(here, 0)}: {ratio:.2f} times"
        figures.append(Figure(name, told, spread(there, 0), f"≤ {RATIO} times", ratio <= RATIO))
    return figures


async def _main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.page", description=__doc__)
    parser.add_argument("--cameras", type=int, default=16, help="on the page (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of each page (%(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each round (%(default)s)")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args(words)
    section = await measure(asked.cameras, asked.rounds, asked.seconds)
    print(section.render())
    if asked.write:
        write(section)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
