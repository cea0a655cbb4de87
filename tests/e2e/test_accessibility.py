"""What axe-core finds in the page and all its windows, dark and light: nothing serious."""

import json
from collections.abc import AsyncIterator
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import sign_in
from tests.rigs.browser import chromium, tab
from tests.rigs.client import Client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = [pytest.mark.page, pytest.mark.timeout(240)]

THEMES = ("dark", "light")
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
_RUN = """async () => (await axe.run(document)).violations.map(({ id, impact, help, nodes }) =>
  [impact, id, help, nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)}: ${failureSummary}`)])"""
BAD = ("serious", "critical")


@pytest.fixture(scope="module", autouse=True)
def page_built() -> None:
    """The page that is tested is the one whose sources lie here."""
    if not is_fresh():
        build_page()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def found(page: Page, what: str) -> list[str]:
    """The serious and critical violations of what is shown, in both themes."""
    await page.evaluate(AXE)
    lines = []
    for theme in THEMES:
        await page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        for impact, rule, words, nodes in await page.evaluate(_RUN):
            if impact in BAD:
                lines.append(f"{what}, {theme}: {impact} {rule} ({words}): {json.dumps(nodes, indent=1)}")
            else:
                print(f"{what}, {theme}: {impact} {rule} in {len(nodes)} places")
    return lines


async def test_axe_finds_nothing_serious(
    http: Client, server: ServerProcess, media: Media, browser: Browser, tmp_path: Path
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate, VirtualCamera("Yard", media) as yard:
        gate_id = await http.add(gate)
        await http.add(yard, status="maintenance")
        down_id = await http.add(yard, name="Attic", stream_url="rtsp://127.0.0.1:9998/gone")
        async with tab(browser, f"{server.url}/") as wall:
            page = wall.page
            await page.wait_for_selector("[data-sign-in]")
            bad = await found(page, "sign-in")
            await sign_in(page, server)
            for camera_id, state in ((gate_id, "live"), (down_id, "backoff")):
                await until(state, partial(_says, page, camera_id, state), within=20)
            await page.wait_for_selector("[data-state=maintenance]")
            bad += await found(page, "wall")

            await page.click("[data-chooser]")
            await page.wait_for_selector("#wall-menu:popover-open")
            bad += await found(page, "menu of walls")
            await page.keyboard.press("Escape")
            await page.click(".user")
            bad += await found(page, "menu of the user")
            await page.keyboard.press("Escape")

            await page.focus(f'[data-camera="{gate_id}"]')
            await page.keyboard.press("Enter")
            await page.wait_for_selector("[data-view]")
            bad += await found(page, "camera view")
            await page.keyboard.press("Escape")
            await page.click("button.add")
            await page.wait_for_selector("[data-camera-form]")
            bad += await found(page, "form of a camera")
            await page.keyboard.press("Escape")

            await page.keyboard.press("o")
            await page.wait_for_selector(".figures")
            bad += await found(page, "figures over the pictures")
            await page.keyboard.press("o")
            await page.keyboard.press("?")
            await page.wait_for_selector("[data-keys]")
            bad += await found(page, "help on keys")
            await page.keyboard.press("Escape")
            await page.click("[data-count=down] button")
            await page.wait_for_selector("[data-camera-list]")
            bad += await found(page, "list behind a count")
            await page.keyboard.press("Escape")

            table = tmp_path / "cameras.csv"
            table.write_text(
                "name,stream_url\nGate,rtsp://127.0.0.1/\nRoof,rtsp://127.0.0.1/\nDoor,ftp://x/\n"
            )
            await _enter(page, "Many cameras, from a file")
            await page.set_input_files("[data-import] input", table)
            await page.wait_for_selector("[data-outcome=invalid]")
            bad += await found(page, "import of a table")
            await page.keyboard.press("Escape")
            for room, there in (
                ("API tokens", "Make a token"),
                ("Users", "Add a user"),
                ("Audit log", "Save as"),
            ):
                await _enter(page, room)
                await page.wait_for_selector(f"dialog >> text={there}")
                bad += await found(page, room)
                await page.keyboard.press("Escape")

            await page.click("[data-chooser]")
            await page.click("#wall-menu >> text=New wall")
            await page.wait_for_selector("[data-wall-settings]")
            bad += await found(page, "settings of a wall")
            await page.keyboard.type("Night")
            await page.keyboard.press("Enter")
            await page.wait_for_selector("[data-piece]")
            await page.focus("[data-piece]")
            await page.keyboard.press("Delete")
            await page.keyboard.press("Escape")
            await page.wait_for_selector("[data-discard]")
            bad += await found(page, "a wall that is arranged, and a question")
            await page.keyboard.press("Escape")
            await page.click("[data-arranger] .main:text-is('Save')")
            await page.wait_for_selector("[data-wall-name]")
            bad += await found(page, "a wall of somebody's own")

            await page.set_viewport_size({"width": 390, "height": 844})
            await page.evaluate("localStorage.setItem('socstream-looks', JSON.stringify({ language: 'de' }))")
            await page.goto(f"{server.url}/")
            await page.wait_for_selector("html[lang=de] [data-state=maintenance]")
            bad += await found(page, "wall on a phone, in German")
            await page.focus(f'[data-camera="{down_id}"]')
            await page.keyboard.press("Enter")
            await page.wait_for_selector("[data-health] svg.strip")
            bad += await found(page, "camera view on a phone, in German")
            await page.goto(f"{server.url}/?wall=Night&kiosk=1")
            await page.wait_for_selector("[data-kiosk] .tile")
            bad += await found(page, "kiosk")
            await page.set_viewport_size({"width": 1000, "height": 600})
            await page.goto(f"{server.url}/")
            await page.wait_for_selector("[data-state=maintenance]")

            await server.kill()
            await page.wait_for_selector("[data-offline]")
            bad += await found(page, "wall without a server")
    assert bad == [], "\n".join(bad)


async def _enter(page: Page, room: str) -> None:
    """Opens a window by the menu of the user."""
    await page.click(".user")
    await page.click(f'.menu >> text="{room}"')


async def _says(page: Page, camera_id: str, state: str) -> bool:
    return await page.get_attribute(f'[data-camera="{camera_id}"]', "data-state") == state
