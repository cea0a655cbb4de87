"""What the faults of page_faults.py are played on: a page, a proxy, and a server with virtual cameras."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from attrs import frozen
from playwright.async_api import Browser, BrowserContext, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media, Spec
from tests.e2e.entry import let_in
from tests.e2e.fault_proxy import FaultProxy, fault_proxy
from tests.e2e.page_watch import watch
from tests.rigs.patience import until
from tests.rigs.server import served

OTHER = Spec("OTHER", width=480, height=360)
"""A picture of another size and shape."""

_CAMERAS = "/api/security-operations/cameras"


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


async def staged(
    stack: AsyncExitStack, home: Path, media: Media, other: Media, browser: Browser, count: int
) -> Stage:
    """A server with so many cameras, a proxy, and a browser that is signed in, until the stack is left."""
    server = await stack.enter_async_context(served(home))
    proxy = await stack.enter_async_context(fault_proxy(server.url))
    context = await browser.new_context(viewport={"width": 1200, "height": 700})
    stack.push_async_callback(context.close)
    await let_in(context, server, proxy.url)
    cameras = {}
    for index in range(count):
        camera = await stack.enter_async_context(VirtualCamera(f"Camera {index}", media, join="live"))
        wish = {"name": camera.name, "location": "Lab", "ip_address": "127.0.0.1", "stream_url": camera.url}
        cameras[(await _post(context, proxy.url + _CAMERAS, wish))["camera_id"]] = camera
    return Stage(proxy, await context.new_page(), cameras, other)


async def _post(context: BrowserContext, url: str, body: dict[str, str]) -> dict[str, str]:
    answer = await context.request.post(url, data=body, headers={"X-CSRF": "1"})
    assert answer.ok, await answer.text()
    found: dict[str, str] = await answer.json()
    return found
