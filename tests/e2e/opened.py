"""The WebSockets that a page has opened."""

from typing import Any

from playwright.async_api import BrowserContext, Page

_NOTE = """(() => {
  window.opened = [];
  const Native = WebSocket;
  window.WebSocket = class extends Native {
    constructor(url) { super(url); window.opened.push(this); }
  };
})()"""

_HEAR = """([name, message]) => window.opened
  .findLast(({ url }) => url.endsWith(`/${name}`))
  .dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }))"""


async def note_sockets(context: BrowserContext) -> None:
    """From now on the pages of this window note what they open."""
    await context.add_init_script(_NOTE)


async def sockets(page: Page, name: str) -> int:
    """How many it has opened of those whose path ends so, from the beginning."""
    count = "name => window.opened.filter(({ url }) => url.endsWith(`/${name}`)).length"
    return int(await page.evaluate(count, name))


async def hears(page: Page, name: str, message: dict[str, Any]) -> None:
    """As if the server had said this on the newest of them."""
    await page.evaluate(_HEAR, [name, message])
