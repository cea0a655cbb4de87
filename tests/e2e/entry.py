"""How somebody gets into the page: by typing the administrator's password, or with a cookie at once."""

from playwright.async_api import BrowserContext, Page

from tests.rigs.server import ADMIN, ServerProcess


async def sign_in(page: Page, server: ServerProcess) -> None:
    """Types name and password, as a person does; returns when the wall, or what stands for it, is there."""
    await page.fill("[data-sign-in] [name=username]", ADMIN)
    await page.fill("[data-sign-in] [name=password]", server.password)
    async with server.entrance:
        await page.press("[data-sign-in] [name=password]", "Enter")
        await page.wait_for_selector("[data-list-age]")


async def let_in(context: BrowserContext, server: ServerProcess, url: str) -> None:
    """Gives all pages of this window the cookie of a session; `url`: where the page will be."""
    body = {"username": ADMIN, "password": server.password}
    async with server.entrance:
        answer = await context.request.post(f"{url}/api/auth/session", data=body)
    assert answer.ok, await answer.text()
