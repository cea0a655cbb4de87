"""Our own page in a real browser: the pictures move, the words are true, and nobody has to reload."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from functools import partial

import pytest
from playwright.async_api import Browser, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Refuse
from socstream.demo.media import Media
from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import sign_in
from tests.rigs.browser import Tab, chromium, clock_in, tab
from tests.rigs.client import Client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = pytest.mark.page

SIZES = ((390, 844), (800, 600), (1920, 1080), (1000, 600))
"""Of windows: phone, tablet, screen, and the one that the tests have."""

BEHIND = 8.0
"""Seconds that a live picture may be old: three segments, and what a busy box adds."""


@pytest.fixture(scope="module", autouse=True)
def page_built() -> None:
    """The page that is tested is the one whose sources lie here."""
    if not is_fresh():
        build_page()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def test_a_camera_goes_and_comes_and_the_page_tells(
    http: Client, server: ServerProcess, media: Media, browser: Browser
) -> None:
    async with (
        VirtualCamera("Gate", media, join="live") as gate,
        VirtualCamera("Yard", media, join="live") as yard,
        VirtualCamera("Roof", media, join="live") as roof,
    ):
        gate_id, yard_id = await http.add(gate), await http.add(yard)
        async with tab(browser, f"{server.url}/") as wall:
            await sign_in(wall.page, server)
            await wall.page.evaluate("window.loadedOnce = true")
            for camera_id in (gate_id, yard_id):
                await until("moving pictures", partial(_is_live, wall.page, camera_id), within=20)

            roof_id = await http.add(roof)
            _, shown = await until("the new camera", partial(_is_live, wall.page, roof_id), within=15)

            await gate.order(Refuse())
            _, admitted = await until("no LIVE", partial(_admits, wall.page, gate_id), within=12)
            words, told = await until("the reason", partial(_reason, wall.page, gate_id), within=12)
            assert await _is_live(wall.page, yard_id), "no other tile is touched"
            await gate.clear()
            _, back = await until("pictures again", partial(_is_live, wall.page, gate_id), within=20)
            assert await wall.page.evaluate("window.loadedOnce"), "without a reload"
            assert wall.complaints == []
    print(f"new camera moves after {shown:.1f} s; gone: not LIVE after {admitted:.1f} s, ", end="")
    print(f"told after {told:.1f} s ({words!r}); moves again {back:.1f} s after it is back")


async def test_whoever_comes_while_a_camera_is_down_sees_its_last_picture_dated(
    http: Client, server: ServerProcess, media: Media, browser: Browser
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate:
        gate_id = await http.add(gate)
        await until("a live camera", partial(_has_status, http, gate_id, "online"), within=20)
        await asyncio.sleep(2)
        await gate.order(Refuse())
        await until("a camera that is down", partial(_has_status, http, gate_id, "offline"), within=15)
        async with tab(browser, f"{server.url}/") as wall:
            await sign_in(wall.page, server)
            tile = f'[data-camera="{gate_id}"]'
            await wall.page.wait_for_selector(f"{tile} canvas", state="visible", timeout=12_000)
            assert "picture of" in await wall.page.inner_text(tile)
            assert await _admits(wall.page, gate_id)
            size = await wall.page.eval_on_selector(
                f"{tile} canvas", "({ width, height }) => [width, height]"
            )
            assert size == [320, 180]
            await wall.page.press(tile, "Enter")
            view = f'[data-view="{gate_id}"]'
            await wall.page.wait_for_selector(f"{view} canvas", state="visible", timeout=12_000)
            await wall.page.wait_for_selector(f"{view} .caption >> text=picture of")
            await wall.page.keyboard.press("Escape")
            await gate.clear()
            await until("moving pictures", partial(_is_live, wall.page, gate_id), within=25)
            assert await wall.page.is_hidden(f"{tile} canvas")
            assert wall.complaints == []


async def test_a_picture_in_a_window_of_its_own_plays_on_while_its_tile_is_out_of_view(
    http: Client, server: ServerProcess, media: Media, browser: Browser
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate:
        gate_id = await http.add(gate)
        async with tab(browser, f"{server.url}/") as wall:
            await sign_in(wall.page, server)
            await until("moving pictures", partial(_is_live, wall.page, gate_id), within=20)
            tile = f'[data-camera="{gate_id}"]'
            await wall.page.press(tile, "p")
            floats = "document.pictureInPictureElement?.closest('[data-camera]')?.dataset.camera"
            await wall.page.wait_for_function(f"{floats} === '{gate_id}'")
            await wall.page.eval_on_selector(tile, "tile => { tile.style.translate = '0 300vh'; }")
            await asyncio.sleep(13)
            assert await _is_live(wall.page, gate_id)
            await wall.page.evaluate("document.exitPictureInPicture()")
            gone = partial(_admits, wall.page, gate_id)
            _, ended = await until("its player has let go", gone, within=14)
            assert ended > 8
            assert wall.complaints == []


async def _has_status(http: Client, camera_id: str, status: str) -> bool:
    return str((await http.get(f"cameras/{camera_id}")).json["status"]) == status


async def test_a_list_that_fails_takes_no_tile_away(
    http: Client, server: ServerProcess, media: Media, browser: Browser
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate, VirtualCamera("Yard", media) as yard:
        gate_id, _ = await http.add(gate), await http.add(yard)
        async with tab(browser, f"{server.url}/") as wall:
            await sign_in(wall.page, server)
            await until("moving pictures", partial(_is_live, wall.page, gate_id), within=20)
            names = await _watch_tiles(wall)

            server.signal(signal.SIGSTOP)
            _, admitted = await until("no LIVE", partial(_admits, wall.page, gate_id), within=15)
            server.signal(signal.SIGCONT)
            _, back = await until("pictures again", partial(_is_live, wall.page, gate_id), within=20)

            await server.kill()
            await asyncio.sleep(2)
            await server.start()
            restarted = time.monotonic()
            await until("pictures again", partial(_is_live, wall.page, gate_id, after=time.time()), within=20)
            again = time.monotonic() - restarted
            assert await wall.page.evaluate("window.fewestTiles") == names == 2
            # Chromium's own line for each connection that fails, and here they have to
            own = [text for text in wall.complaints if not text.startswith("WebSocket connection to")]
            assert own == []
    print(
        f"server stopped: not LIVE after {admitted:.1f} s, moves again {back:.1f} s after it goes on; ",
        end="",
    )
    print(f"server killed: moves again {again:.1f} s after the restart")


async def test_a_server_that_is_away_is_told_counted_down_and_welcomed_back(
    http: Client, server: ServerProcess, media: Media, browser: Browser
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate:
        gate_id = await http.add(gate)
        async with tab(browser, f"{server.url}/") as wall:
            page = wall.page
            await sign_in(page, server)
            await until("moving pictures", partial(_is_live, page, gate_id), within=20)
            await page.evaluate("window.loadedOnce = true")
            before = [await _layout(page, *size) for size in SIZES]
            asked: list[str] = []
            page.on("request", lambda sent: asked.append(sent.url) if sent.url.endswith("/cameras") else None)
            await server.kill()
            killed = time.monotonic()
            banner = page.locator("[data-offline]")
            await banner.wait_for(timeout=12_000)
            told = time.monotonic() - killed
            assert "The server does not answer" in await banner.inner_text()
            for size, (tiles, main, _) in zip(SIZES, before, strict=True):
                now, _, end = await _layout(page, *size)
                assert now == tiles, f"a picture moved at {size}"
                assert end <= main, f"the banner lies over pictures at {size}"
            await page.wait_for_selector("[data-offline] >> text=next try in 1 s")  # or a little more
            asked.clear()
            await page.click("[data-offline] button", force=True)
            await asyncio.sleep(0.5)
            assert asked, "the click sent no question"
            await server.start()
            started = time.time()
            await banner.wait_for(state="detached", timeout=10_000)
            gone = time.time() - started
            await until("pictures again", partial(_is_live, page, gate_id, after=started), within=20)
            assert await page.evaluate("window.loadedOnce"), "without a reload"
    print(f"server away: told after {told:.1f} s; the banner goes {gone:.1f} s after the start")


async def _layout(page: Page, width: int, height: int) -> tuple[list[list[float]], float, float]:
    """In a window of this size: where each tile lies, where their room begins, where the banner ends."""
    await page.set_viewport_size({"width": width, "height": height})
    await asyncio.sleep(0.5)  # the tiles follow their room
    tiles, main, end = await page.evaluate("""() => {
      const box = (element) => element?.getBoundingClientRect();
      const tiles = [...document.querySelectorAll('[data-camera]')].map(box);
      return [
        tiles.map(({ x, y, width, height }) => [x, y, width, height]),
        box(document.querySelector('main')).top,
        box(document.querySelector('[data-offline]'))?.bottom ?? 0,
      ];
    }""")
    return tiles, main, end


async def _watch_tiles(wall: Tab) -> int:
    """Counts the tiles now and from now on, at every change of the page."""
    return int(
        await wall.page.evaluate("""() => {
          const count = () => document.querySelectorAll('[data-camera]').length;
          window.fewestTiles = count();
          new MutationObserver(() => { window.fewestTiles = Math.min(window.fewestTiles, count()); })
            .observe(document.body, { childList: true, subtree: true });
          return window.fewestTiles;
        }""")
    )


async def _is_live(page: Page, camera_id: str, after: float = 0.0) -> bool:
    """Whether the tile says LIVE, its picture moves, and its digits say that it is of now."""
    tile = await page.query_selector(f'[data-camera="{camera_id}"]')
    video = tile and await tile.query_selector("video")
    if tile is None or video is None or "LIVE" not in await tile.inner_text():
        return False
    before = await clock_in(video)
    await asyncio.sleep(0.3)
    now = await clock_in(video)
    moves = before is not None and now is not None and now != before
    return moves and now is not None and (time.time() - now) % 60 < min(BEHIND, time.time() - after)


async def _admits(page: Page, camera_id: str) -> bool:
    """Whether the tile does not say LIVE."""
    return "LIVE" not in await page.inner_text(f'[data-camera="{camera_id}"]')


async def _reason(page: Page, camera_id: str) -> str | None:
    """What the tile says, once it says more than that it is not live."""
    text = await page.inner_text(f'[data-camera="{camera_id}"]')
    return text if "DOWN" in text and "The camera refuses the connection" in text else None
