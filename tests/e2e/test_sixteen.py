"""A wall of sixteen cameras over the six connections that a browser has, or over one."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial

import pytest
from playwright.async_api import Browser, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import let_in
from tests.e2e.opened import note_sockets, sockets
from tests.rigs.browser import chromium
from tests.rigs.client import Client
from tests.rigs.first_pictures import first_pictures, note
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = [pytest.mark.page, pytest.mark.timeout(150)]

WAIT = 1.0
"""Seconds that a request may wait until one of the six connections is free; a busy box adds its own."""

_WAITS = """performance.getEntriesByType('resource').filter(({ name }) => name.includes('/hls/'))
  .map(({ name, startTime, requestStart }) => [name, Math.max(0, requestStart - startTime)])"""
HLS = "?transport=hls"
"""Without the live edge, which needs one connection for all."""

GONE = "rtsp://127.0.0.1:9998/gone"


@pytest.fixture(scope="module", autouse=True)
def page_built() -> None:
    """The page that is tested is the one whose sources lie here."""
    if not is_fresh():
        build_page()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def asked(page: Page) -> dict[str, float]:
    """The cameras whose media a page asked for, and how long such a request waited for a connection."""
    waits: dict[str, float] = {}
    for url, wait in await page.evaluate(_WAITS):
        camera_id = url.partition("/hls/")[0].rpartition("/")[2]
        waits[camera_id] = max(waits.get(camera_id, 0.0), wait / 1000)
    return waits


async def test_eight_live_cameras_play_beside_eight_that_are_down(
    http: Client, server: ServerProcess, media: Media, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        live, down = await _cameras(stack, http, media, 8), set()
        for index in range(8):
            camera = await stack.enter_async_context(VirtualCamera(f"Attic {index}", media))
            down.add(await http.add(camera, stream_url=GONE))
        await until("eight live ones", partial(_are_live, http, live), within=30)
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        await note(context)
        await let_in(context, server, server.url)
        page = await context.new_page()
        await page.goto(f"{server.url}/{HLS}")
        await first_pictures(page, 8, within=20)
        await asyncio.sleep(10)
        states = "tiles => tiles.map(tile => [tile.dataset.camera, tile.dataset.state])"
        told = dict(await page.eval_on_selector_all("[data-camera]", states))
        assert {camera_id for camera_id, state in told.items() if state == "live"} == live
        assert {camera_id for camera_id, state in told.items() if state in ("backoff", "starting")} == down
        waits = await asked(page)
        assert set(waits) == live, "nobody asks for pictures of a camera that is down"
        assert max(waits.values()) <= WAIT
    print(f"a request waited {max(waits.values()):.2f} s for a connection at most")


async def test_sixteen_cameras_show_their_first_pictures_at_once_over_six_connections_or_one(
    http: Client, server: ServerProcess, media: Media, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        live = await _cameras(stack, http, media, 16)
        await until("sixteen live ones", partial(_are_live, http, live), within=40)
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        await note(context)
        await note_sockets(context)
        await let_in(context, server, server.url)
        page = await context.new_page()
        await page.goto(f"{server.url}/{HLS}")
        seconds = sorted((await first_pictures(page, 16, within=20)).values())
        wait = max((await asked(page)).values())
        await page.close()

        page = await context.new_page()
        await page.goto(f"{server.url}/")
        at_the_edge = sorted((await first_pictures(page, 16, within=20)).values())
        ways = await page.eval_on_selector_all(
            "[data-camera]", "tiles => tiles.map(tile => tile.dataset.way)"
        )
        assert "hls" not in ways
        assert len(ways) == 16
        assert await sockets(page, "live") == 1
        assert await asked(page) == {}, "all come over that one"
    print(f"first pictures: median {statistics.median(seconds):.2f} s, last {seconds[-1]:.2f} s, ", end="")
    print(f"a request waited {wait:.2f} s for a connection at most")
    print(f"at the live edge: median {statistics.median(at_the_edge):.2f} s, last {at_the_edge[-1]:.2f} s")
    assert seconds[-1] < 6, "a busy box may be slow; tests.bench.page measures"
    assert at_the_edge[-1] < 6, "a busy box may be slow; tests.bench.edge measures"


async def _cameras(stack: AsyncExitStack, http: Client, media: Media, count: int) -> set[str]:
    devices = [
        await stack.enter_async_context(VirtualCamera(f"Gate {index}", media, join="live"))
        for index in range(count)
    ]
    return {await http.add(device) for device in devices}


async def _are_live(http: Client, wanted: set[str]) -> bool:
    cameras = (await http.get("cameras")).json
    return {camera["camera_id"] for camera in cameras if camera["status"] == "online"} >= wanted
