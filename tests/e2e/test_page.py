"""The page as somebody uses it: coming in and going, layouts, pages, search, lists, keys, saved pictures."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import let_in, sign_in
from tests.rigs.browser import Tab, chromium
from tests.rigs.client import Client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = pytest.mark.page

TILES = "[data-camera]"
LATER = "**/assets/desk-*"
NEWER = '<!doctype html><script type="module" src="/assets/main-NEWER123.js"></script>'


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
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    yield context
    await context.close()


async def names(page: Page) -> list[str]:
    """The names of the tiles, in their order."""
    texts = "all => all.map(one => one.textContent)"
    found: list[str] = await page.eval_on_selector_all(f"{TILES} .name", texts)
    return found


async def shown(page: Page, *wanted: str) -> None:
    """Returns when exactly these tiles are there."""

    async def look() -> bool:
        return await names(page) == list(wanted)

    await until(f"the tiles {wanted}", look, within=10)


async def test_who_signs_in_sees_the_wall_and_keeps_it_when_the_session_ends(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate:
        await http.add(gate)
        page = await context.new_page()
        await page.goto(f"{server.url}/")
        assert await page.locator(TILES).count() == 0
        await sign_in(page, server)
        await page.wait_for_selector(TILES)
        assert await page.evaluate("document.cookie") == "", "no script sees the session"
        kept = json.loads(await page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })"))
        assert set(kept) == {"socstream-looks"}
        await page.reload()
        await page.wait_for_selector(TILES)

        other = await context.new_page()
        await other.goto(f"{server.url}/")
        await other.wait_for_selector(TILES)
        await context.clear_cookies()
        await page.wait_for_selector("[data-signed-out]", timeout=15_000)
        assert await page.locator(TILES).count() == 1, "the wall stays"
        await let_in(context, server, server.url)
        await page.wait_for_selector("[data-signed-out]", state="detached", timeout=15_000)

        await page.click(".user")
        await page.click("text=Sign out")
        for tab in (page, other):
            await tab.wait_for_selector("[data-sign-in]")
            assert await tab.locator(TILES).count() == 0


async def test_a_code_in_the_address_is_used_and_gone(
    http: Client, server: ServerProcess, context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.goto(f"{server.url}/?wall=Yard#code=never-given")
    await page.wait_for_selector(".notice")
    assert urlsplit(page.url)[2:] == ("/", "wall=Yard", "")


async def test_a_wrong_password_is_told_at_its_field(server: ServerProcess, context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto(f"{server.url}/")
    await page.fill("[name=username]", "nobody")
    await page.fill("[name=password]", "wrong")
    await page.press("[name=password]", "Enter")
    await page.wait_for_selector("[name=password][aria-invalid=true] + .problem")


async def test_the_wall_is_laid_out_searched_and_left_by_keys(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        gate = await stack.enter_async_context(VirtualCamera("Gate", media, join="live"))
        yard = await stack.enter_async_context(VirtualCamera("Yard", media, join="live"))
        gate_id, _ = await http.add(gate), await http.add(yard, location="Level 2")
        await http.add(yard, name="Attic", stream_url="rtsp://127.0.0.1:9998/gone")
        await let_in(context, server, server.url)
        page = await context.new_page()
        complaints = Tab(page).complaints
        await page.goto(f"{server.url}/")
        await shown(page, "Attic", "Gate", "Yard")

        await page.click("text=Online only")
        await shown(page, "Gate", "Yard")
        await page.click('.choice button:text-is("All")')
        await page.click('.choice button:text-is("2")')
        await shown(page, "Attic", "Gate")
        await page.keyboard.press("]")
        await shown(page, "Yard")
        await page.keyboard.press("/")
        await page.keyboard.type("level 2")
        await shown(page, "Yard")
        await page.keyboard.press("Escape")
        await page.keyboard.press("[")
        await page.wait_for_selector("[data-count=down] b:text-is('1')")
        await page.click("[data-count=down] button")
        await page.click("[data-camera-list] button")
        await page.wait_for_selector("dialog", state="detached")

        tile = page.locator(f'[data-camera="{gate_id}"]')
        await until("a live picture", partial(_is_live, page, gate_id), within=20)
        await tile.focus()
        async with page.expect_download() as saving:
            await page.keyboard.press("s")
        picture = await saving.value
        assert picture.suggested_filename.startswith("Gate 20")
        await picture.save_as(tmp_path / "picture.jpg")
        assert (tmp_path / "picture.jpg").read_bytes().startswith(b"\xff\xd8\xff")
        await page.keyboard.press("Enter")
        details = await page.inner_text("[data-details]")
        assert "320 \u00d7 180" in details
        await page.keyboard.press("Escape")
        await page.reload()
        await shown(page, "Attic", "Gate")
        assert complaints == []


async def test_a_page_whose_server_was_updated_says_so_and_is_mended_by_a_reload(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate:
        gate_id = await http.add(gate)
        await let_in(context, server, server.url)
        page = await context.new_page()
        await page.route(LATER, lambda route: route.fulfill(status=404))
        await page.goto(f"{server.url}/")
        await until("a live picture", partial(_is_live, page, gate_id), within=20)
        await page.route(f"{server.url}/", lambda route: route.fulfill(body=NEWER, content_type="text/html"))
        await page.click("text=Add camera")
        await page.wait_for_selector("dialog [data-missing=older]")
        assert "The page is of an older version: reload" in await page.inner_text("dialog")
        assert await _is_live(page, gate_id), "the picture plays on"
        await page.unroute(f"{server.url}/")
        await page.unroute(LATER)
        await page.click("dialog button:text-is('Reload')")
        await page.click("text=Add camera")
        await page.wait_for_selector("dialog [name=name]")


async def test_a_part_that_did_not_come_is_asked_for_again(
    http: Client, server: ServerProcess, context: BrowserContext
) -> None:
    await let_in(context, server, server.url)
    page = await context.new_page()
    await page.route(LATER, lambda route: route.abort())
    await page.goto(f"{server.url}/")
    await page.wait_for_selector("[data-empty]")
    await page.route(f"{server.url}/", lambda route: route.abort())
    await page.click("header >> text=Add camera")
    await page.wait_for_selector("dialog [data-missing=offline]")
    await page.unroute(f"{server.url}/")
    await page.unroute(LATER)
    await page.click("dialog button:text-is('Try again')")
    await page.wait_for_selector("dialog [name=name]")


async def _is_live(page: Page, camera_id: str) -> bool:
    return await page.get_attribute(f'[data-camera="{camera_id}"]', "data-state") == "live"
