"""Chromium, as a person would have it open; screenshots of what failed go to tests/output."""

import base64
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, ConsoleMessage, ElementHandle, Page, async_playwright

from socstream.demo.picture import Layout, read_clock

OUTPUT = Path(__file__).parent.parent / "output"

_FLAGS = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)

_LUMA = """video => {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0) return null;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let luma = '';
  for (let at = 0; at < data.length; at += 4) luma += String.fromCharCode(data[at + 1]);
  return [width, height, btoa(luma)];
}"""
"""Size and brightness (green tells it well enough) of the picture that a video shows now, if any."""


class Tab:
    """A page, and what it complained of on its console."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        # Chromium itself writes a line for each request that fails; those are looked at elsewhere.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path is not None, "no Chromium: install it (Debian: apt install chromium)"
    sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *sandbox])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def tab(browser: Browser, url: str) -> AsyncIterator[Tab]:
    """A window of its own that shows this page."""
    page = await browser.new_page(viewport={"width": 1000, "height": 600})
    tab = Tab(page)
    try:
        await page.goto(url)
        yield tab
    except BaseException:
        OUTPUT.mkdir(exist_ok=True)
        test = os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].partition(" ")[0]
        name = re.sub(r"[^\w.-]", "-", test)
        await page.screenshot(path=OUTPUT / f"{name}.png")
        raise
    finally:
        await page.close()


async def clock_in(video: ElementHandle) -> float | None:
    """The second that the digits in the picture show; None when there are none to be read."""
    picture = await video.evaluate(_LUMA)
    if picture is None:
        return None
    width, height, luma = picture
    text = read_clock(base64.b64decode(luma), Layout(width, height))
    return None if text is None else int(text[:2]) + int(text[3:]) / 25
