"""Pictures of the page as it is: `python -m tests.portraits` takes those of the README.

With a folder it takes many, to be looked at: every size, theme and language. The page is that of `socstream
demo`, with one camera that refuses the connection and one that refuses the password.
"""

import argparse
import asyncio
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from socstream.ui.build import build_page, is_fresh
from tests.rigs.browser import chromium
from tests.rigs.patience import until

README = Path(__file__).parent.parent / ".readme"
CAMERAS = 9
FAULTS = ("refuse 4", "refuse 5", "401 5")  # a camera asks for the password when it is connected to anew
DOWN = 2
SETTLED = 25.0
"""Seconds until everything that is to fail has failed, and the rest plays again."""

LARGEST = 400_000
"""Bytes of a picture in the README."""

SIZES = {"phone": (390, 844), "laptop": (1366, 768), "wall": (2560, 1440)}
THEMES = ("dark", "light")
LANGUAGES = ("en", "de")

Scene = Callable[[Page], Awaitable[None]]


async def wall(page: Page) -> None:
    pass


async def figures(page: Page) -> None:
    await page.keyboard.press("o")


async def walls(page: Page) -> None:
    await page.keyboard.press("w")
    await page.wait_for_selector("#wall-menu:popover-open")


async def menu(page: Page) -> None:
    await page.click(".user")
    await page.wait_for_selector("#user-menu:popover-open")


async def keys(page: Page) -> None:
    await page.keyboard.press("?")
    await page.wait_for_selector("[data-keys]")


async def camera(page: Page) -> None:
    await page.focus("[data-state=live]")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-view][data-state=live]")
    await page.wait_for_selector("[data-health] svg.strip")


async def camera_down(page: Page) -> None:
    await page.focus("[data-state=backoff]")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-health] svg.strip")


async def form(page: Page) -> None:
    await page.click(".add")
    await page.fill("[data-camera-form] [name=name]", "North gate")
    await page.select_option("[name=make]", "axis")
    await page.fill("[name=ip_address]", "192.0.2.10")


async def down(page: Page) -> None:
    await page.click("[data-count=down] button")
    await page.wait_for_selector("[data-camera-list]")


SCENES: tuple[Scene, ...] = (wall, figures, walls, menu, keys, camera, camera_down, form, down)


@frozen
class Demo:
    """`socstream demo`, that obeys."""

    process: Process

    async def order(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n".encode())
        await self.process.stdin.drain()

    async def link(self) -> str:
        """An address that signs in."""
        assert self.process.stdout is not None
        while b"#code=" not in (line := await self.process.stdout.readline()):
            assert line, "the demo ended"
        return line.decode().strip()


@asynccontextmanager
async def demo() -> AsyncIterator[Demo]:
    command = (sys.executable, "-m", "socstream", "demo", "--cameras", str(CAMERAS), "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        yield Demo(process)
    finally:
        process.terminate()
        await process.wait()


async def signed_in(browser: Browser, link: str) -> BrowserContext:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(link)
    await until("every camera", partial(_play, page, CAMERAS), within=60)
    await asyncio.sleep(2)
    await page.close()
    return context


@asynccontextmanager
async def seen(
    browser: Browser, state: str, url: str, size: str, theme: str, language: str
) -> AsyncIterator[Page]:
    """The page as somebody has it."""
    width, height = SIZES[size]
    is_phone = size == "phone"
    context = await browser.new_context(
        storage_state=state,
        viewport=ViewportSize(width=width, height=height),
        device_scale_factor=2 if is_phone else 1,
        has_touch=is_phone,
        is_mobile=is_phone,
    )
    looks = f'{{"theme": "{theme}", "language": "{language}"}}'
    await context.add_init_script(f"localStorage.setItem('socstream-looks', '{looks}')")
    page = await context.new_page()
    await page.goto(url)
    await until("live pictures", partial(_play, page, 1 if is_phone else CAMERAS - DOWN), within=30)
    await asyncio.sleep(3)
    try:
        yield page
    finally:
        await context.close()


async def _play(page: Page, count: int) -> bool:
    """Whether so many tiles are live; on a phone the others are out of sight."""
    return await page.locator("[data-state=live]").count() >= count


async def take_all(browser: Browser, state: str, url: str, folder: Path, only: str) -> None:
    for size in SIZES:
        for theme in THEMES:
            for language in LANGUAGES:
                for scene in SCENES:
                    name = f"{scene.__name__}-{size}-{theme}-{language}"
                    if only not in name:
                        continue
                    async with seen(browser, state, url, size, theme, language) as page:
                        await scene(page)
                        await asyncio.sleep(1)
                        await page.screenshot(path=folder / f"{name}.png")
                        print(name, flush=True)


async def take_readme(browser: Browser, state: str, url: str, scratch: Path) -> None:
    """The page on a desk, in a hand and on a large screen, with pictures of now."""
    SIZES.update({"wall": (1440, 900), "wall-4k": (3840, 2160)})
    for name in ("wall", "phone", "wall-4k"):
        async with seen(browser, state, f"{url}?transport=webcodecs", name, "dark", "en") as page:
            await until("pictures of now", partial(_are_of_now, page), within=30)
            await page.screenshot(path=scratch / f"{name}.png")
        await asyncio.to_thread(reduced, scratch / f"{name}.png", README / f"{name}.png")


def reduced(taken: Path, kept: Path) -> None:
    """The same with 128 colours, and at most 1920 pixels wide: small enough to be kept for ever."""
    palette = (
        "scale='min(1920,iw)':-2:flags=lanczos,split[a][b];[a]palettegen=128[p];[b][p]paletteuse=dither=none"
    )
    command = ("ffmpeg", "-v", "error", "-y", "-i", str(taken), "-vf", palette, str(kept))
    subprocess.run(command, check=True)
    assert kept.stat().st_size <= LARGEST, f"{kept}: {kept.stat().st_size} bytes"


async def _are_of_now(page: Page) -> bool:
    """Whether every picture that comes comes over the live edge; of what is out of sight, none does."""
    late = await page.locator("[data-state=live]:is([data-way=hls], [data-way=mse])").count()
    return late == 0 and await page.locator("[data-state=live][data-way=webcodecs]").count() > 0


async def _main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.portraits", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="for pictures of everything, to be looked at")
    parser.add_argument("--only", default="", help="those with this in their name, such as “camera-phone”")
    asked = parser.parse_args(words)
    if not is_fresh():
        build_page()
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="socstream-portraits-")))
        played = await stack.enter_async_context(demo())
        browser = await stack.enter_async_context(chromium())
        link = await played.link()
        context = await signed_in(browser, link)
        state = str(home / "state.json")
        await context.storage_state(path=state)
        await context.close()
        for fault in FAULTS:
            await played.order(fault)
            await asyncio.sleep(2)
        await asyncio.sleep(SETTLED)
        url = link.partition("#")[0]
        if asked.folder is None:
            await take_readme(browser, state, url, home)
        else:
            asked.folder.mkdir(parents=True, exist_ok=True)
            await take_all(browser, state, url, asked.folder, asked.only)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
