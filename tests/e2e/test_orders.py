"""Every fault that a demo can be ordered to have, on the page: the reason, what to do, when the next try is,
and a picture that moves again when it is over.
"""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from socstream.demo.orders import CLEAR, ORDERS, obey
from socstream.model.failure import Failure, FailureCode
from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import let_in
from tests.rigs.browser import chromium
from tests.rigs.client import Client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = [pytest.mark.page, pytest.mark.timeout(150)]

TOLD = 25.0
"""Seconds: the table of faults grants 20 to the slowest, and the server adds up what it sees."""

BACK = 20.0

# What may be told: a fault that goes on is met again at the next try, in another phase of it.
CODES: dict[str, set[FailureCode]] = {
    "refuse": {FailureCode.REFUSED},
    "gone": {FailureCode.STALLED, FailureCode.CONNECT_TIMEOUT},
    "silent": {FailureCode.TIMEOUT},
    "stall": {FailureCode.STALLED, FailureCode.NO_MEDIA},
    "fin": {FailureCode.SOURCE_ENDED},
    "reset": {FailureCode.SOURCE_ENDED},
    "bye": {FailureCode.SOURCE_ENDED},
    "garbage": {FailureCode.STALLED, FailureCode.NO_MEDIA, FailureCode.SOURCE_ENDED, FailureCode.PROTOCOL},
    "nokey": {FailureCode.STALLED, FailureCode.NO_MEDIA},
    "drip": {FailureCode.STALLED, FailureCode.NO_MEDIA},
    "codec": {FailureCode.UNSUPPORTED_CODEC},
    "endless": {FailureCode.NO_MEDIA, FailureCode.TIMEOUT},
    "302": {FailureCode.MISCONFIGURED},
    "401": {FailureCode.UNAUTHORIZED},
    "403": {FailureCode.FORBIDDEN},
    "404": {FailureCode.NOT_FOUND},
    "453": {FailureCode.BUSY},
    "503": {FailureCode.BUSY},
}

_TILES = """tiles => tiles.map((tile) => {
  const said = (name) => tile.querySelector(name)?.textContent.trim() ?? '';
  return [tile.dataset.camera, tile.dataset.state, said('.why'), said('.remedy'), said('.next')];
})"""


@pytest.fixture(scope="module", autouse=True)
def page_built() -> None:
    """The page that is tested is the one whose sources lie here."""
    if not is_fresh():
        build_page()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


def test_every_order_is_here() -> None:
    assert set(CODES) == set(ORDERS) - {"jump", "huge"}, "these two play on"


async def _states(page: Page) -> dict[str, str]:
    return {tile[0]: tile[1] for tile in await page.eval_on_selector_all("[data-camera]", _TILES)}


@pytest.mark.parametrize("words", [tuple(CODES)[:9], tuple(CODES)[9:]], ids=["streams", "answers"])
async def test_what_was_ordered_is_told_and_passes(
    http: Client, server: ServerProcess, media: Media, browser: Browser, words: tuple[str, ...]
) -> None:
    async with AsyncExitStack() as stack:
        devices = [await stack.enter_async_context(VirtualCamera(word, media, join="live")) for word in words]
        ids = {await http.add(device): device.name for device in devices}
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        await let_in(context, server, server.url)
        page = await context.new_page()
        await page.goto(f"{server.url}/")

        async def are_live() -> bool:
            return await _states(page) == dict.fromkeys(ids, "live")

        await until("moving pictures in every tile", are_live, within=30)
        began, told = time.monotonic(), dict[str, float]()
        for number, word in enumerate(words, 1):
            await obey(f"{word} {number}", devices)

        async def are_told() -> bool:
            for camera_id, _, why, remedy, then in await page.eval_on_selector_all("[data-camera]", _TILES):
                word = ids[camera_id]
                if then and _is_said(CODES[word], why, remedy):
                    told.setdefault(word, time.monotonic() - began)
            return set(told) == set(words)

        try:
            await until("every reason", are_told, within=TOLD)
        except AssertionError as error:
            missing = set(words) - set(told)
            shown = await page.eval_on_selector_all("[data-camera]", _TILES)
            raise AssertionError(f"not told: {missing}; {shown}") from error
        await obey(CLEAR, devices)
        for camera_id in ids:  # who waits for minutes is told by a person that all is well
            await http.ask("POST", f"cameras/{camera_id}/retry")
        _, back = await until("moving pictures again", are_live, within=BACK)
    print({word: round(seconds, 1) for word, seconds in told.items()}, f"back after {back:.1f} s")


def _is_said(codes: Iterable[FailureCode], why: str, remedy: str) -> bool:
    failures = [Failure(code) for code in codes]
    return any((failure.message, failure.remedy) == (why.rstrip("."), remedy) for failure in failures)
