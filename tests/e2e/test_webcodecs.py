"""Pictures through the browser's own decoder: they move, and when it fails they come another way."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, ElementHandle, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import let_in
from tests.rigs.browser import chromium, clock_in
from tests.rigs.client import Client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = [pytest.mark.page, pytest.mark.timeout(120)]

BY_DECODER = "video => video.srcObject !== null"
"""Whether it shows frames that a script has decoded."""

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
