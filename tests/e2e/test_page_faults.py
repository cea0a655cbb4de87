"""The page between a server and a network that fail in every way of the table of faults, P1 to P23.

Each row: pictures move again by themselves, and no tile says LIVE on a still picture for more than 3 s. What
is a fault of playlists and segments is seen on HLS; all else on the whole ladder, and on MSE alone.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from attrs import frozen
from playwright.async_api import Browser, BrowserContext, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Refuse, Switch
from socstream.demo.media import Media, Spec
from socstream.demo.prepare import prepare
from socstream.ffmpeg.binary import locate
from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import let_in
from tests.e2e.fault_proxy import Cut, EndList, Fault, FaultProxy, Garbage, Hang, Old, Status, fault_proxy
from tests.e2e.page_watch import story, watch
from tests.rigs.browser import chromium
from tests.rigs.patience import until
from tests.rigs.server import served

pytestmark = [pytest.mark.page, pytest.mark.timeout(240)]

CAMERAS = "/api/security-operations/cameras"
BACK = 7.0
"""Seconds from the end of a fault to moving pictures; a busy box adds its own."""
LIE = 3.0
AFTER = 14.0
"""Seconds that are watched after the end of a fault."""


@frozen
class Stage:
    """A page with one tile of each camera, behind a proxy that does as it is told."""

    proxy: FaultProxy
    page: Page
    cameras: dict[str, VirtualCamera]
    other: Media

    async def open(self, rung: str) -> None:
        """`rung`: the only one that the page may use; empty: all of the ladder."""
        await self.page.goto(f"{self.proxy.url}/{f'?transport={rung}' if rung else ''}")
        await self.page.wait_for_selector("[data-camera]")
        await watch(self.page)

    async def live(self) -> None:
        async def look() -> bool:
            states = "tiles => tiles.map(tile => tile.dataset.state)"
            return set(await self.page.eval_on_selector_all("[data-camera]", states)) == {"live"}

        await until("moving pictures in every tile", look, within=30)
        await asyncio.sleep(3)


@pytest.fixture(scope="module", autouse=True)
def page_built() -> None:
    """The page that is tested is the one whose sources lie here."""
    if not is_fresh():
        build_page()


@pytest.fixture(scope="session")
def other_media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """A picture of another size and shape."""
    spec = Spec("OTHER", width=480, height=360)
    return asyncio.run(prepare(locate(), spec, tmp_path_factory.getbasetemp() / "media"))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def staged(
    stack: AsyncExitStack, tmp_path: Path, media: Media, other: Media, browser: Browser, count: int
) -> Stage:
    """A server with so many cameras, a proxy, and a browser that is signed in."""
    server = await stack.enter_async_context(served(tmp_path))
    proxy = await stack.enter_async_context(fault_proxy(server.url))
    context = await browser.new_context(viewport={"width": 1200, "height": 700})
    stack.push_async_callback(context.close)
    await let_in(context, server, proxy.url)
    cameras = {}
    for index in range(count):
        camera = await stack.enter_async_context(VirtualCamera(f"Camera {index}", media, join="live"))
        wish = {"name": camera.name, "location": "Lab", "ip_address": "127.0.0.1", "stream_url": camera.url}
        cameras[(await _post(context, proxy.url + CAMERAS, wish))["camera_id"]] = camera
    return Stage(proxy, await context.new_page(), cameras, other)


async def _post(context: BrowserContext, url: str, body: dict[str, str]) -> dict[str, str]:
    answer = await context.request.post(url, data=body, headers={"X-CSRF": "1"})
    assert answer.ok, await answer.text()
    found: dict[str, str] = await answer.json()
    return found


Act = Callable[[Stage, str], Awaitable[None]]


def for_a_while(fault: Fault, seconds: float) -> Act:
    async def act(stage: Stage, camera_id: str) -> None:
        stage.proxy.order(fault, camera_id)
        await asyncio.sleep(seconds)
        stage.proxy.order(None, camera_id)

    return act


async def gone(stage: Stage, camera_id: str) -> None:
    await stage.cameras[camera_id].order(Refuse())
    await asyncio.sleep(5)
    await stage.cameras[camera_id].clear()


async def gone_and_other(stage: Stage, camera_id: str) -> None:
    await stage.cameras[camera_id].order(Refuse())
    await asyncio.sleep(5)
    await stage.cameras[camera_id].order(Switch(stage.other))


async def gone_and_alike(stage: Stage, camera_id: str) -> None:
    stage.proxy.name_every_init_alike(camera_id)
    await gone(stage, camera_id)


async def overwritten(stage: Stage, camera_id: str) -> None:
    stage.proxy.begin_anew(camera_id, wiped=False)


async def wiped(stage: Stage, camera_id: str, pause: float) -> None:
    stage.proxy.order(Status(404, "everything"), camera_id)
    await asyncio.sleep(pause)
    stage.proxy.begin_anew(camera_id, wiped=True)
    stage.proxy.order(None, camera_id)


async def skipped(stage: Stage, camera_id: str) -> None:
    stage.proxy.skip(camera_id, 1000)


async def paused(stage: Stage, camera_id: str) -> None:
    tile = f'[data-camera="{camera_id}"] video'
    for _ in range(125):
        await stage.page.eval_on_selector(tile, "video => video.pause()")
        await asyncio.sleep(0.2)


AT_OPENING: dict[str, Fault] = {
    "P1 playlist 503": Status(503, "playlist"),
    "P2 playlist 404": Status(404, "playlist"),
    "P3 segments 503": Status(503, "segment"),
}

WALLS: dict[str, dict[str, Act]] = {
    "answers": {
        "P4 playlist 503, 10 s": for_a_while(Status(503, "playlist"), 10),
        "P5 playlist 404, 10 s": for_a_while(Status(404, "playlist"), 10),
        "P7 segments 503, 10 s": for_a_while(Status(503, "segment"), 10),
        "P8 segments 404, 10 s": for_a_while(Status(404, "segment"), 10),
    },
    "hanging": {"P11 playlist hangs 30 s, for 10 s": for_a_while(Hang(), 10)},
    "runs": {
        "P12 camera gone 5 s": gone,
        "P13 and another resolution": gone_and_other,
        "P14 and the same init name": gone_and_alike,
        "P15 nothing new, 20 s": for_a_while(Old(), 20),
    },
    "playlists": {
        "P16 sequence back, overwritten": overwritten,
        "P17 wiped, 3 s": partial(wiped, pause=3.0),
        "P18 wiped at once": partial(wiped, pause=0.0),
        "P19 sequence jumps": skipped,
        "P20 ENDLIST, 3 s": for_a_while(EndList(), 3),
    },
    "media": {
        "P21 garbage, 3 s": for_a_while(Garbage(), 3),
        "P22 truncated, 3 s": for_a_while(Cut(), 3),
        "P23 paused 25 s": paused,
    },
}


LONG = {"P15 nothing new, 60 s": for_a_while(Old(), 60)}

ON_THE_EDGE: dict[str, Act] = {
    "P12 camera gone 5 s": gone,
    "P13 and another resolution": gone_and_other,
    "P15 nothing new, 20 s": for_a_while(Old(), 20),
    "P21 garbage, 3 s": for_a_while(Garbage(), 3),
    "P22 truncated, 3 s": for_a_while(Cut(), 3),
    "P23 paused 25 s": paused,
}


@pytest.mark.parametrize(
    ("rung", "rows"),
    [
        *(pytest.param("hls", rows, id=name) for name, rows in WALLS.items()),
        pytest.param("hls", LONG, marks=pytest.mark.long, id="long"),
        pytest.param("", ON_THE_EDGE, id="ladder"),
        pytest.param("mse", ON_THE_EDGE, id="mse"),
    ],
)
async def test_a_fault_of_one_stream_ends_with_moving_pictures(
    rung: str, rows: dict[str, Act], tmp_path: Path, media: Media, other_media: Media, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        stage = await staged(stack, tmp_path, media, other_media, browser, len(rows) + 1)
        await stage.open(rung)
        await stage.live()
        *faulty, healthy = stage.cameras
        ends = await asyncio.gather(
            *(_ended(act, stage, camera_id) for act, camera_id in zip(rows.values(), faulty, strict=True))
        )
        await asyncio.sleep(AFTER)
        for row, camera_id, end in zip(rows, faulty, ends, strict=True):
            await _judge(row, stage, camera_id, end)
        spared = await story(stage.page, healthy)
        assert all(look.state == "live" for look in spared.looks if look.at >= min(ends) - 1), "the neighbour"


async def test_faults_at_the_opening_end_with_moving_pictures(
    tmp_path: Path, media: Media, other_media: Media, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        stage = await staged(stack, tmp_path, media, other_media, browser, len(AT_OPENING))
        await asyncio.sleep(4)  # the cameras themselves are live
        for camera_id, fault in zip(stage.cameras, AT_OPENING.values(), strict=True):
            stage.proxy.order(fault, camera_id)
        await stage.open("hls")
        await asyncio.sleep(8)
        end = time.time()
        for camera_id in stage.cameras:
            stage.proxy.order(None, camera_id)
        await asyncio.sleep(AFTER)
        for row, camera_id in zip(AT_OPENING, stage.cameras, strict=True):
            await _judge(row, stage, camera_id, end)


async def everything_503(stage: Stage, seconds: float) -> None:
    stage.proxy.order(Status(503, "everything"))
    await asyncio.sleep(seconds)
    stage.proxy.order(None)


async def everything_401(stage: Stage) -> None:
    stage.proxy.order(Status(401, "everything"))
    await asyncio.sleep(10)
    stage.proxy.order(None)


async def refused(stage: Stage) -> None:
    await stage.proxy.refuse()
    await asyncio.sleep(10)
    await stage.proxy.start()


@pytest.mark.parametrize("rung", ["hls", ""], ids=["hls", "ladder"])
@pytest.mark.parametrize(
    ("row", "act"),
    [
        ("P6 everything 503, 20 s", partial(everything_503, seconds=20)),
        pytest.param("P6 everything 503, 60 s", partial(everything_503, seconds=60), marks=pytest.mark.long),
        ("P9 401, 10 s", everything_401),
        ("P10 refused, 10 s", refused),
    ],
)
async def test_a_fault_of_the_whole_server_ends_with_moving_pictures(
    rung: str,
    row: str,
    act: Callable[[Stage], Awaitable[None]],
    tmp_path: Path,
    media: Media,
    other_media: Media,
    browser: Browser,
) -> None:
    async with AsyncExitStack() as stack:
        stage = await staged(stack, tmp_path, media, other_media, browser, 2)
        await stage.open(rung)
        await stage.live()
        await act(stage)
        end = time.time()
        await asyncio.sleep(AFTER)
        for camera_id in stage.cameras:
            await _judge(row, stage, camera_id, end)
        assert await stage.page.locator("[data-camera]").count() == 2
        assert await stage.page.locator("[data-signed-out]").count() == 0


async def _ended(act: Act, stage: Stage, camera_id: str) -> float:
    await act(stage, camera_id)
    return time.time()


async def _judge(row: str, stage: Stage, camera_id: str, end: float) -> None:
    told = await story(stage.page, camera_id)
    back, lie = told.back(end, end + AFTER), told.longest_lie()
    print(
        f"{row}: back after {'never' if back is None else f'{back:.1f} s'}, said LIVE on a still {lie:.1f} s"
    )
    assert back is not None, f"{row}: never again"
    assert back <= BACK, row
    assert lie <= LIE, row
