"""The live edge in the page: every rung of the ladder, falls from it, and the way back."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial

import pytest
from attrs import frozen
from playwright.async_api import Browser, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from socstream.ui.build import build_page, is_fresh
from tests.bench.pixels import ages, read_clocks
from tests.e2e.entry import let_in
from tests.e2e.fault_proxy import FaultProxy, fault_proxy
from tests.e2e.opened import hears, note_sockets, sockets
from tests.e2e.page_watch import story, watch
from tests.rigs.browser import chromium
from tests.rigs.client import Client
from tests.rigs.fixtures import SMALL
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = [pytest.mark.page, pytest.mark.timeout(150)]

LIE = 3.0
"""Seconds that a tile may say LIVE on a still picture."""

WALL = "webcodecs"
"""The rung on which tiles begin."""

FORMS = {"webcodecs": "units", "mse": "fmp4"}

BADGE = 0.15
"""Seconds by which the age on a tile may differ from that of its pixels."""

_NO_DECODER = "delete globalThis.VideoDecoder"
_NO_HTTPS = f"{_NO_DECODER}; Object.defineProperty(globalThis, 'isSecureContext', {{ value: false }})"
"""As in a page that did not come by HTTPS."""
_NO_GENERATOR = "delete globalThis.MediaStreamTrackGenerator"
"""As in Firefox."""

_AGES = """tiles => tiles.map(tile =>
  [tile.dataset.camera, parseFloat(tile.querySelector('.caption .end').lastChild.textContent)])"""


@frozen
class Stage:
    """A page with one tile of each camera, behind a proxy that can refuse the live edge."""

    proxy: FaultProxy
    page: Page
    cameras: list[str]

    async def open(self, search: str = "") -> None:
        await self.page.goto(f"{self.proxy.url}/{search}")
        await self.page.wait_for_selector("[data-camera]")
        await watch(self.page)

    async def comes_by(self, rung: str, within: float = 20) -> None:
        """Every tile is live, and gets its pictures by this rung."""
        look = "tiles => tiles.map(tile => `${tile.dataset.state} ${tile.dataset.way}`)"

        async def found() -> bool:
            told = await self.page.eval_on_selector_all("[data-camera]", look)
            return set(told) == {f"live {rung}"} and len(told) == len(self.cameras)

        await until(f"live pictures by {rung}", found, within=within)

    async def badges(self) -> dict[str, float]:
        """The ages in seconds that the tiles tell, by camera."""
        return dict(await self.page.eval_on_selector_all("[data-camera]", _AGES))

    async def figures(self) -> str:
        """What stands over the picture of the first camera."""
        tile = self.page.locator(f"[data-camera='{self.cameras[0]}']")
        figures = tile.locator(".figures")
        if not await figures.is_visible():
            await tile.press("o")
        return await figures.inner_text()

    async def lied(self) -> float:
        """The longest time in seconds that a tile said LIVE on a still picture."""
        return max([(await story(self.page, camera_id)).longest_lie() for camera_id in self.cameras])


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
async def stage(http: Client, server: ServerProcess, media: Media, browser: Browser) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        devices = [
            await stack.enter_async_context(VirtualCamera(f"Gate {index}", media, join="live"))
            for index in range(3)
        ]
        cameras = [await http.add(device) for device in devices]
        await until("live cameras", partial(_are_live, http), within=30)
        proxy = await stack.enter_async_context(fault_proxy(server.url))
        context = await browser.new_context(viewport={"width": 1200, "height": 700})
        stack.push_async_callback(context.close)
        await let_in(context, server, proxy.url)
        await note_sockets(context)
        yield Stage(proxy, await context.new_page(), cameras)


async def _are_live(http: Client) -> bool:
    return all(camera["status"] == "online" for camera in (await http.get("cameras")).json)


@pytest.mark.parametrize("rung", ["webcodecs", "mse"])
async def test_all_tiles_play_pictures_of_now_over_one_connection(stage: Stage, rung: str) -> None:
    if rung == "mse":
        await stage.page.add_init_script(_NO_DECODER)
    await stage.open()
    await stage.comes_by(rung)
    await asyncio.sleep(5)
    assert await sockets(stage.page, "live") == 1
    fetched = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/hls/')).length"
    assert await stage.page.evaluate(fetched) == 0
    told = (await stage.badges()).values()
    assert max(told) < 1.0, "a busy box may be slow; tests.bench.edge measures"
    assert await stage.lied() <= LIE


@pytest.mark.parametrize("rung", ["webcodecs", "mse", "hls"])
async def test_the_address_holds_a_page_on_one_rung_where_tiles_tell_the_age_of_their_pixels(
    stage: Stage, rung: str
) -> None:
    await stage.open(f"?transport={rung}")
    await stage.comes_by(rung)
    await asyncio.sleep(2)
    await read_clocks(stage.page, SMALL)
    told: dict[str, list[float]] = {camera_id: [] for camera_id in stage.cameras}
    for _ in range(10):
        await asyncio.sleep(0.5)
        for camera_id, age in (await stage.badges()).items():
            told[camera_id].append(age)
    shown = await ages(stage.page)
    for camera_id in stage.cameras:
        badge, pixels = statistics.median(told[camera_id]), statistics.median(shown[camera_id])
        print(f"{rung}: the badge says {badge:.2f} s, the pixels {pixels:.2f} s")
        assert abs(badge - pixels) <= BADGE


@pytest.mark.parametrize(
    ("without", "why"),
    [(_NO_HTTPS, "WebCodecs only by HTTPS"), (_NO_GENERATOR, "This browser cannot show decoded frames")],
)
async def test_where_the_best_rung_is_missing_the_camera_s_own_window_says_why(
    stage: Stage, without: str, why: str
) -> None:
    await stage.page.add_init_script(without)
    await stage.open()
    await stage.comes_by("mse")
    await stage.page.locator("[data-camera]").first.press("Enter")
    await stage.page.wait_for_selector("[data-view][data-state=live] [data-way=mse]")
    assert f"Live edge (MSE) ({why})" in await stage.page.inner_text("[data-view] .caption .end")


async def test_a_tile_of_which_only_keyframes_come_says_why(stage: Stage) -> None:
    await stage.open()
    await stage.comes_by(WALL)
    words = {"camera_id": stage.cameras[0], "form": FORMS[WALL]}
    await hears(stage.page, "live", {"type": "reduced", "to": "keyframes", **words})

    async def says(is_told: bool) -> bool:
        text = await stage.figures()
        return is_told is ("(Only some pictures come: the connection is too slow for all)" in text)

    await until("the reason", partial(says, True), within=3)
    await hears(stage.page, "live", {"type": "restored", **words})
    await until("no reason", partial(says, False), within=3)


async def test_without_the_socket_pictures_come_as_hls_and_say_why(stage: Stage) -> None:
    await stage.proxy.refuse_live()
    began = time.monotonic()
    await stage.open()
    await stage.comes_by("hls")
    assert time.monotonic() - began < 12
    assert "HLS (No connection for live pictures)" in await stage.figures()


async def test_a_wall_whose_socket_breaks_falls_to_hls_and_climbs_back(stage: Stage) -> None:
    await stage.open()
    await stage.comes_by("webcodecs")
    await asyncio.sleep(3)
    await stage.proxy.refuse_live()
    await stage.comes_by("hls")
    stage.proxy.allow_live()
    await stage.comes_by("webcodecs", within=60)
    await asyncio.sleep(2)
    assert await stage.lied() <= LIE


async def test_a_short_break_of_the_socket_leads_nowhere_else(stage: Stage) -> None:
    await stage.open()
    await stage.comes_by("webcodecs")
    await asyncio.sleep(3)
    await stage.proxy.refuse_live()
    stage.proxy.allow_live()
    await asyncio.sleep(6)
    await stage.comes_by("webcodecs", within=3)
    fetched = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/hls/')).length"
    assert await stage.page.evaluate(fetched) == 0
    assert await stage.lied() <= LIE
