"""The page in the language of the browser or of one's choice, and in the colours of one's choice."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from playwright.async_api import Browser, Page

from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import sign_in
from tests.rigs.browser import Tab, chromium
from tests.rigs.client import Client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = pytest.mark.page


@pytest.fixture(scope="module", autouse=True)
def page_built() -> None:
    """The page that is tested is the one whose sources lie here."""
    if not is_fresh():
        build_page()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def test_the_browser_wishes_a_language_and_whoever_is_there_may_choose_another(
    server: ServerProcess, browser: Browser
) -> None:
    context = await browser.new_context(locale="de-AT", viewport={"width": 1200, "height": 700})
    try:
        page = await context.new_page()
        tab = Tab(page)
        await page.goto(f"{server.url}/")
        await page.wait_for_selector("[data-sign-in]")
        await until("German words", partial(_says, page, "Anmelden"), within=5)
        assert await page.get_attribute("html", "lang") == "de"
        await sign_in(page, server)
        await until("German words", partial(_says, page, "Noch keine Kameras"), within=5)

        await page.click(".user")
        await page.select_option("[data-language]", "en")
        await until("English words", partial(_says, page, "No cameras yet"), within=5)
        await page.reload()
        await until("English words", partial(_says, page, "No cameras yet"), within=5)
        assert await page.get_attribute("html", "lang") == "en"
        assert tab.complaints == []
    finally:
        await context.close()


async def test_an_account_may_say_the_language_and_refusals_are_told_in_it(
    http: Client, server: ServerProcess, browser: Browser
) -> None:
    eva = {"username": "eva", "password": "a good long password"}
    wish = {**eva, "roles": ["SECURITY_MANAGER"], "preferred_language": "de-AT"}
    assert (await http.ask("POST", "/api/users", body=wish)).status == 201
    context = await browser.new_context(locale="en-GB", viewport={"width": 1200, "height": 700})
    try:
        page = await context.new_page()
        await page.goto(f"{server.url}/")
        await page.wait_for_selector("[data-sign-in]")
        assert await _says(page, "Sign in")
        await page.fill("[name=username]", "eva")
        await page.fill("[name=password]", eva["password"])
        await page.press("[name=password]", "Enter")
        await until("German words", partial(_says, page, "Noch keine Kameras"), within=5)
        await page.click("[data-empty] button")
        await page.fill("[data-camera-form] [name=name]", "Tor")
        await page.fill("[name=stream_url]", "ftp://192.0.2.10/")
        await page.click("[data-submit]")
        problem = await page.wait_for_selector("[name=stream_url][aria-invalid=true] + .problem")
        assert problem is not None
        assert (await problem.inner_text()).startswith("Muss mit rtsp://")
    finally:
        await context.close()


async def test_it_is_dark_unless_somebody_chose_otherwise(server: ServerProcess, browser: Browser) -> None:
    page = await browser.new_page(color_scheme="light")
    try:
        await page.goto(f"{server.url}/")
        await page.wait_for_selector("[data-sign-in]")
        assert await _ground(page) < 50
        for theme, is_light in (("light", True), ("system", True), ("dark", False)):
            await page.evaluate(
                "theme => localStorage.setItem('socstream-looks', JSON.stringify({ theme }))", theme
            )
            await page.reload()
            await page.wait_for_selector("[data-sign-in]")
            assert (await _ground(page) > 200) is is_light, theme
    finally:
        await page.close()


async def _says(page: Page, words: str) -> bool:
    return words in await page.inner_text("body")


async def _ground(page: Page) -> int:
    """How bright the page is behind everything, from 0 to 255."""
    colour = str(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
    return int(colour.removeprefix("rgb(").split(",")[0])
