"""Pictures through the browser's own decoder: they move, and when it fails they come another way."""

import re
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ElementHandle, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media, Spec
from socstream.demo.prepare import prepare
from socstream.ffmpeg.binary import locate
from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import let_in
from tests.rigs.browser import chromium, clock_in
from tests.rigs.client import Client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = [pytest.mark.page, pytest.mark.timeout(120)]

REORDERED = Spec("B-FRAMES", width=320, height=180, b_frames=2, loop_seconds=10)
"""What it sends next may have to be shown before what it sent last."""

BY_DECODER = "video => video.srcObject !== null"
"""Whether it shows frames that a script has decoded."""

FRAMES = "video => video.getVideoPlaybackQuality().totalVideoFrames"

GARBAGE = """
globalThis.VideoDecoder = class extends VideoDecoder {
  decode({ type, timestamp }) {
    super.decode(new EncodedVideoChunk({ type, timestamp, data: new Uint8Array(64).fill(255) }));
  }
};
"""
"""What the decoder gets is no video."""


@pytest.fixture(scope="module", autouse=True)
def page_built() -> None:
    """The page that is tested is the one whose sources lie here."""
    if not is_fresh():
        build_page()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def context(browser: Browser, server: ServerProcess) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    await let_in(context, server, server.url)
    yield context
    await context.close()


async def view_of(page: Page, server: ServerProcess, camera_id: str) -> ElementHandle:
    """The video of the camera's own view, opened by key; it is live."""
    await page.goto(f"{server.url}/")
    await page.wait_for_selector(f'[data-camera="{camera_id}"]')
    await page.focus(f'[data-camera="{camera_id}"]')
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-view][data-state=live]", timeout=30_000)
    video = await page.query_selector("[data-view] video")
    assert video is not None
    return video


async def moves(video: ElementHandle) -> None:
    """Returns when the digits in the picture have changed."""
    first, _ = await until("digits", lambda: clock_in(video), within=10)

    async def has_changed() -> bool:
        return await clock_in(video) not in (None, first)

    await until("other digits", has_changed, within=10)


async def test_the_view_of_a_camera_shows_what_the_browser_decodes(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate:
        camera_id = await http.add(gate)
        page = await context.new_page()
        video = await view_of(page, server, camera_id)
        assert await video.evaluate(BY_DECODER)
        await page.wait_for_selector("[data-view] [data-way=webcodecs]")
        await moves(video)
        behind = await page.text_content("[data-view] .caption .end")
        age = re.search(r"([\d.]+) s", behind or "")
        assert age is not None
        assert float(age[1]) < 2, "HLS is older than that"

        await page.keyboard.press("Escape")
        await page.wait_for_selector("[data-view]", state="detached")
        tile = await page.query_selector(f'[data-camera="{camera_id}"] video')
        assert tile is not None
        await moves(tile)


async def test_when_the_decoder_fails_the_pictures_come_another_way(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate:
        camera_id = await http.add(gate)
        page = await context.new_page()
        await page.add_init_script(GARBAGE)
        video = await view_of(page, server, camera_id)

        async def has_fallen() -> bool:
            return not await video.evaluate(BY_DECODER)

        await until("another way", has_fallen, within=20)
        await page.wait_for_selector("[data-view] [data-way=mse]")
        await moves(video)


async def test_pictures_that_come_in_another_order_are_shown_as_they_were_taken(
    http: Client, server: ServerProcess, tmp_path: Path, context: BrowserContext
) -> None:
    media = await prepare(locate(), REORDERED, tmp_path / "media")
    async with VirtualCamera("Gate", media, join="live") as gate:
        page = await context.new_page()
        video = await view_of(page, server, await http.add(gate))
        await page.wait_for_selector("[data-view] [data-way=webcodecs]")
        await moves(video)
        count, began, seen = await video.evaluate(FRAMES), time.monotonic(), []
        while time.monotonic() - began < 3:
            seen.append(await clock_in(video))
        rate = (await video.evaluate(FRAMES) - count) / (time.monotonic() - began)
    times = [second for second in seen if second is not None]
    steps = [(after - before) % REORDERED.loop_seconds for before, after in pairwise(times)]
    assert max(steps) < 1, "none is older than the one before"
    assert len(set(times)) > 20
    assert rate > 0.7 * REORDERED.fps, "not only those of which the others are made, a third of all"
