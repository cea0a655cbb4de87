"""The live edge in Chromium: how old the pictures on the screen are, how soon they come, what they cost."""

import asyncio
import os
import signal
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen
from playwright.async_api import BrowserContext, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Refuse
from socstream.demo.media import Spec
from socstream.demo.prepare import prepare
from tests.bench.cameras import FULL, SMALL
from tests.bench.edge_server import CACHE, NO_LIMITS, Edge, edge
from tests.bench.page import Cost, lab, window
from tests.bench.pixels import ages, forget_ages, moving_since, read_clocks, readings
from tests.bench.report import Figure, percentile, spread
from tests.bench.serving import PREFIX
from tests.e2e.entry import let_in
from tests.rigs.client import Client, client
from tests.rigs.first_pictures import first_pictures, note
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

RUNGS = ("webcodecs", "mse", "hls")
"""As `?transport=` names them."""

ONE_GOALS = {"webcodecs": 0.08, "mse": 0.18, "hls": 2.7}
WALL_GOALS = {"webcodecs": 0.09, "mse": 0.18}
"""Seconds from the camera to the pixel, the median."""

OLDEST_GOAL = 0.4
FIRST_GOALS = {1: 0.15, 16: 0.4}
"""Seconds from the subscription to the first picture, by tiles: the median of all tiles."""

POST_GOAL = 1.0
OUTAGE, OUTAGE_GOAL = 10.0, 1.5
KILL_GOAL = 1.5
"""Seconds until pictures move again, the median."""

CPU_RATIO = 0.85

_SETTLE = 8.0


async def pixel_ages(ffmpeg: Path, seconds: float) -> list[Figure]:
    """One tile of 1080p and sixteen small ones, on each rung."""
    figures = []
    async with edge(ffmpeg, 1, FULL) as ours:
        for rung in RUNGS:
            found, cost = await _ages(ours, rung, 1, seconds)
            name = f"camera → pixel, one 1080p tile, {rung}, s"
            figures.append(_age_figure(name, found, cost, ONE_GOALS[rung]))
    async with edge(ffmpeg, 16, SMALL) as ours:
        for rung, goal in WALL_GOALS.items():
            found, cost = await _ages(ours, rung, 16, seconds)
            name = f"camera → pixel, 16 tiles of 640x360, {rung}, s"
            figures.append(_age_figure(name, found, cost, goal))
            oldest = max(found)
            name = f"the oldest of them, {rung}, s"
            figures.append(Figure(name, f"{oldest:.2f}", goal=f"≤ {OLDEST_GOAL}", met=oldest <= OLDEST_GOAL))
    return figures


def _age_figure(name: str, found: Sequence[float], cost: float, goal: float) -> Figure:
    told = f"{spread(found)}, p99 {percentile(found, 0.99):.2f}"
    beside = f"{len(found)} looks of {cost:.0f} ms"
    return Figure(name, told, beside, goal=f"median ≤ {goal}", met=statistics.median(found) <= goal)


async def _ages(ours: Edge, rung: str, tiles: int, seconds: float) -> tuple[Sequence[float], float]:
    """All that were seen, and what the median look cost the page, in milliseconds."""
    async with window() as context:
        page = await _opened(context, ours.process, rung)
        await first_pictures(page, tiles, within=60)
        await read_clocks(page, FULL, SMALL)
        await asyncio.sleep(_SETTLE)
        await forget_ages(page)
        await asyncio.sleep(seconds)
        found, cost = await ages(page), statistics.median(await readings(page))
    assert len(found) == tiles, found.keys()
    return [age for each in found.values() for age in each], cost


async def _opened(context: BrowserContext, server: ServerProcess, rung: str = "") -> Page:
    """Our page; as a person opens it, or on one rung only."""
    await note(context)
    await let_in(context, server, server.url)
    page = await context.new_page()
    await page.goto(f"{server.url}/{f'?transport={rung}' if rung else ''}")
    return page


_NOTE_FIRSTS = """
  window.asked = {};
  window.shown = {};
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (text) {
    const told = String(text).startsWith('{') ? JSON.parse(text) : {};
    if (told.type === 'sub') window.asked[told.camera_id] ??= performance.now();
    return send.call(this, text);
  };
  const seen = new WeakSet();
  new MutationObserver(() => {
    for (const tile of document.querySelectorAll('[data-camera]')) {
      const video = tile.querySelector('video');
      if (video === null || seen.has(video)) continue;
      seen.add(video);
      video.requestVideoFrameCallback((now) => { window.shown[tile.dataset.camera] ??= now; });
    }
  }).observe(document, { childList: true, subtree: true });
"""


async def firsts(ffmpeg: Path, rounds: int) -> list[Figure]:
    """From the command, which all tiles send at once, to the first picture on the screen."""
    figures = []
    for tiles, goal in FIRST_GOALS.items():
        found, lasts = list[float](), list[float]()
        async with edge(ffmpeg, tiles, SMALL) as ours:
            for _ in range(rounds):
                async with window() as context:
                    await context.add_init_script(_NOTE_FIRSTS)
                    page = await _opened(context, ours.process)
                    await first_pictures(page, tiles, within=60)
                    asked, shown = await page.evaluate("[window.asked, window.shown]")
                    took = [(shown[camera_id] - asked[camera_id]) / 1000 for camera_id in ours.ids]
                    found += took
                    lasts.append(max(took))
        name = f"subscription → first picture, running cameras, {tiles} tile{'s' if tiles > 1 else ''}, s"
        middle, told = statistics.median(found), f"{spread(found)}; the last tile of a page {spread(lasts)}"
        figures.append(Figure(name, told, goal=f"median of all tiles ≤ {goal}", met=middle <= goal))
    return figures


@frozen
class Scene:
    """A server without cameras yet, one camera that is there, and our page."""

    server: ServerProcess
    http: Client
    camera: VirtualCamera
    page: Page


@asynccontextmanager
async def _scene(ffmpeg: Path, spec: Spec) -> AsyncIterator[Scene]:
    with TemporaryDirectory(prefix=PREFIX) as home:
        server = ServerProcess(Path(home), NO_LIMITS)
        media = await prepare(ffmpeg, spec, CACHE)
        try:
            await server.start()
            async with (
                VirtualCamera("bench", media, join="live") as camera,
                client(server) as http,
                window() as context,
            ):
                page = await _opened(context, server)
                await read_clocks(page, spec, is_each=True)
                yield Scene(server, http, camera, page)
        finally:
            await server.close()


async def joins(ffmpeg: Path, rounds: int) -> list[Figure]:
    """From POST to the first picture that moves on an open page."""
    found = []
    async with _scene(ffmpeg, SMALL) as scene:
        for number in range(rounds):
            await asyncio.sleep(1.0 + 0.37 * number % 1.0)
            began = await scene.page.evaluate("performance.now()")
            camera_id = await scene.http.add(scene.camera)

            async def at(camera_id: str = camera_id) -> float | None:
                return (await moving_since(scene.page)).get(camera_id)

            moved, _ = await until("it moves", at, 30, 0.05)
            found.append((moved - began) / 1000)
            assert (await scene.http.ask("DELETE", f"cameras/{camera_id}")).status == 204
    name, middle = "POST camera → first moving pixel on an open page, s", statistics.median(found)
    return [Figure(name, spread(found), goal=f"median ≤ {POST_GOAL}", met=middle <= POST_GOAL)]


async def comebacks(ffmpeg: Path, rounds: int) -> list[Figure]:
    """After an outage of the camera, and after the death of its FFmpeg."""
    outages, kills = [], []
    async with _scene(ffmpeg, SMALL) as scene:
        camera_id = await scene.http.add(scene.camera)
        await _moves(scene.page, camera_id)
        for _ in range(rounds):
            await asyncio.sleep(12)  # stable again
            await scene.camera.order(Refuse())
            await asyncio.sleep(OUTAGE)
            await scene.camera.clear()
            outages.append(await _moves(scene.page, camera_id))
            await asyncio.sleep(12)
            (pid,) = scene.server.ffmpegs()
            os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.3)  # what was on its way
            kills.append(0.3 + await _moves(scene.page, camera_id))
    return [
        Figure(
            f"camera back after {OUTAGE:.0f} s → moving again, s",
            spread(outages),
            goal=f"all ≤ {OUTAGE_GOAL}",
            met=max(outages) <= OUTAGE_GOAL,
        ),
        Figure(
            "FFmpeg killed → moving again, s",
            spread(kills),
            goal=f"median ≤ {KILL_GOAL}",
            met=statistics.median(kills) <= KILL_GOAL,
        ),
    ]


async def _moves(page: Page, camera_id: str) -> float:
    """Seconds until the picture moves, from now on."""
    await page.evaluate("id => { delete window.firstClocks[id] }", camera_id)
    began = await page.evaluate("performance.now()")

    async def at() -> float | None:
        return (await moving_since(page)).get(camera_id)

    moved, _ = await until("it moves", at, 60, 0.05)
    return float(moved - began) / 1000


async def browser_costs(rounds: int, seconds: float) -> list[Figure]:
    """Our page with sixteen tiles beside a page with nothing but hls.js players, of the same pictures.

    As a person opens it, which has the goal, and held on MSE: here is seen on which a wall is to start.
    """
    ours, mse, bare = list[Cost](), list[Cost](), list[Cost]()
    async with lab(16, SMALL) as site:
        for number in range(rounds):
            turns = [
                (ours, partial(site.ours, seconds, [], [])),
                (mse, partial(site.ours, seconds, [], [], "mse")),
                (bare, partial(site.bare, seconds)),
            ]
            for costs, turn in turns[:: 1 if number % 2 == 0 else -1]:
                costs.append(await turn())
    beside = f"hls.js {spread([100 * each.cpu for each in bare], 0)}"
    return [
        _cost_figure("as it opens", ours, bare, beside, CPU_RATIO),
        _cost_figure("held on MSE", mse, bare, beside, None),
    ]


def _cost_figure(
    how: str, costs: Sequence[Cost], bare: Sequence[Cost], beside: str, goal: float | None
) -> Figure:
    ratio = statistics.median(each.cpu for each in costs) / statistics.median(each.cpu for each in bare)
    ways = ", ".join(sorted(frozenset[str]().union(*(each.ways for each in costs))))
    name = f"browser CPU, 16 tiles of 640x360, {how} ({ways}), % of a core"
    told = f"{spread([100 * each.cpu for each in costs], 0)}: {ratio:.2f} times"
    if goal is None:
        return Figure(name, told, beside)
    return Figure(name, told, beside, f"≤ {goal} times", ratio <= goal)
