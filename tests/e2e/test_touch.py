"""The page in one hand: fingers instead of a pointer, on a screen as wide as a phone's."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from playwright.async_api import Browser, CDPSession, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import let_in
from tests.rigs.browser import Tab, chromium
from tests.rigs.client import Client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = [pytest.mark.page, pytest.mark.timeout(120)]

FINGER = 40
"""Pixels that a finger needs, each way."""

Point = tuple[float, float]


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
async def phone(browser: Browser, server: ServerProcess) -> AsyncIterator[Page]:
    """The page of the administrator on a phone; it complains of nothing."""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2
    )
    context.set_default_timeout(15_000)
    await let_in(context, server, server.url)
    page = await context.new_page()
    complaints = Tab(page).complaints
    await page.goto(f"{server.url}/")
    yield page
    await context.close()
    assert complaints == []


async def test_a_tile_shows_what_can_be_done_with_it_when_it_is_touched(
    http: Client, phone: Page, media: Media
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate, VirtualCamera("Yard", media) as yard:
        gate_id, _ = await http.add(gate), await http.add(yard)
        tile = phone.locator(f'[data-camera="{gate_id}"]')
        await until("a live picture", partial(_says, phone, gate_id, "live"), within=20)
        assert await _is_as_wide_as_the_screen(phone)
        details = tile.locator("[data-key=Enter]")
        assert not await _can_be_hit(phone, gate_id)
        await tile.tap()
        await until("its controls", partial(_can_be_hit, phone, gate_id), within=5)
        box = await details.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= FINGER
        await details.tap()
        await phone.wait_for_selector("[data-view][data-state=live]")
        await phone.locator("dialog header button").tap()
        await phone.wait_for_selector("dialog", state="detached")


async def test_a_picture_is_zoomed_and_moved_by_fingers(http: Client, phone: Page, media: Media) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate:
        gate_id = await http.add(gate)
        await until("a live picture", partial(_says, phone, gate_id, "live"), within=20)
        await phone.locator(f'[data-camera="{gate_id}"]').tap()
        await phone.locator("[data-key=Enter]").tap()
        await phone.wait_for_selector("[data-view][data-state=live]")
        view = await phone.locator("[data-view]").bounding_box()
        assert view is not None
        x, y = view["x"] + view["width"] / 2, view["y"] + view["height"] / 2
        fingers = await phone.context.new_cdp_session(phone)

        await _drag(fingers, [((x - 20, y), (x - 60, y)), ((x + 20, y), (x + 60, y))])
        await phone.wait_for_selector("[data-view][data-zoom='3.00']")
        before = await _corner(phone)
        await _drag(fingers, [((x, y), (x + 50, y + 20))])
        after = await _corner(phone)
        assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((50, 20), abs=2)
        await _drag(fingers, [((x, y), (x + 5000, y + 5000))])
        assert await _corner(phone) == pytest.approx((view["x"], view["y"]), abs=1), (
            "no further than its edge"
        )
        await _drag(fingers, [((x - 60, y), (x - 10, y)), ((x + 60, y), (x + 10, y))])
        await phone.wait_for_selector("[data-view][data-zoom='1.00']")
        assert await phone.evaluate("visualViewport.scale") == 1, "the page itself stays as it is"

        await _drag(fingers, [((x, y), (x, y))])
        await _drag(fingers, [((x, y), (x, y))])
        await phone.wait_for_selector("[data-view][data-zoom='2.50']")


async def test_windows_fit_on_a_phone_and_ask_before_they_lose_what_was_typed(
    http: Client, phone: Page, media: Media
) -> None:
    async with VirtualCamera("Gate", media) as gate:
        await http.add(gate)
        await phone.locator(".add").tap()
        await phone.wait_for_selector("[data-camera-form]")
        assert await _is_as_wide_as_the_screen(phone)
        close = phone.locator("dialog header button")
        await close.tap()
        await phone.wait_for_selector("dialog", state="detached")  # nothing was typed

        await phone.locator(".add").tap()
        await phone.fill("[data-camera-form] [name=name]", "Roof")
        for _ in range(3):  # browsers let a page hold up only the first
            await phone.keyboard.press("Escape")
        await phone.wait_for_selector("[data-discard] button:focus")
        await phone.keyboard.press("Enter")
        await phone.wait_for_selector("[data-discard]", state="detached")
        assert await phone.input_value("[data-camera-form] [name=name]") == "Roof"
        await close.tap()
        await phone.locator("[data-discard] button >> nth=1").tap()
        await phone.wait_for_selector("dialog", state="detached")


async def test_a_finger_that_goes_to_the_side_turns_pages(http: Client, phone: Page, media: Media) -> None:
    async with VirtualCamera("Gate", media) as gate, VirtualCamera("Yard", media) as yard:
        await http.add(gate)
        await http.add(yard)
        await phone.evaluate("localStorage.setItem('socstream-looks', JSON.stringify({ layout: '1' }))")
        await phone.reload()
        await phone.wait_for_selector("[data-page]:text-is('1 of 2')")
        fingers = await phone.context.new_cdp_session(phone)
        await _drag(fingers, [((300, 400), (100, 420))])
        await phone.wait_for_selector("[data-page]:text-is('2 of 2')")
        await _drag(fingers, [((200, 600), (190, 300))])  # that scrolls
        await _drag(fingers, [((100, 420), (300, 400))])
        await phone.wait_for_selector("[data-page]:text-is('1 of 2')")


async def _drag(fingers: CDPSession, ways: list[tuple[Point, Point]]) -> None:
    """All fingers at once, each from a point to another one."""
    steps = 8
    for step in range(steps + 1):
        points = [
            {"x": x0 + (x1 - x0) * step / steps, "y": y0 + (y1 - y0) * step / steps, "id": number}
            for number, ((x0, y0), (x1, y1)) in enumerate(ways)
        ]
        kind = "touchStart" if step == 0 else "touchMove"
        await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    await fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


async def _corner(page: Page) -> Point:
    """Where the picture begins."""
    rect = await page.evaluate(
        "(({ x, y }) => [x, y])(document.querySelector('.layer').getBoundingClientRect())"
    )
    return float(rect[0]), float(rect[1])


async def _can_be_hit(page: Page, camera_id: str) -> bool:
    """Whether a finger at the place of the tile's last control would touch that."""
    hit = """tile => {
      const control = tile.querySelector('[data-key=Enter]');
      const { x, y, width, height } = control.getBoundingClientRect();
      return control.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    }"""
    return bool(await page.eval_on_selector(f'[data-camera="{camera_id}"]', hit))


async def _is_as_wide_as_the_screen(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= 390"))


async def _says(page: Page, camera_id: str, state: str) -> bool:
    tile = await page.query_selector(f'[data-camera="{camera_id}"]')
    return tile is not None and await tile.get_attribute("data-state") == state
