"""The windows of the page: a camera looked at closely, added, changed and deleted; users, tokens, tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from socstream.ui.build import build_page, is_fresh
from tests.e2e.entry import let_in
from tests.rigs.browser import Tab, chromium
from tests.rigs.client import Client, stranger
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

pytestmark = [pytest.mark.page, pytest.mark.timeout(120)]

NOWHERE = "rtsp://127.0.0.1:9998/gone"
HOSTILE = "<img src=x onerror=alert(1)>"


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
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    yield context
    await context.close()


@asynccontextmanager
async def opened(context: BrowserContext, server: ServerProcess) -> AsyncIterator[Page]:
    """The page of the administrator; it complains of nothing."""
    await let_in(context, server, server.url)
    page = await context.new_page()
    complaints = Tab(page).complaints
    await page.goto(f"{server.url}/")
    await page.wait_for_selector(".user")
    yield page
    assert complaints == []


async def enter(page: Page, room: str) -> None:
    """Opens a window by the menu of the user."""
    await page.click(".user")
    await page.click(f'.menu >> text="{room}"')


async def state_of(page: Page, camera_id: str, wanted: str) -> bool:
    return await page.get_attribute(f'[data-camera="{camera_id}"]', "data-state") == wanted


async def test_a_camera_is_tested_added_changed_and_deleted(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate, opened(context, server) as page:
        await page.click("[data-empty] button")
        await page.wait_for_selector("[name=name]:focus")  # the form comes when it is asked for
        await page.keyboard.type("Gate")
        await page.fill("[name=location]", "Yard")
        await page.fill("[name=stream_url]", gate.url.replace("rtsp://", "rtsp://viewer:secret@"))
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[data-test=done] img", timeout=25_000)  # a look may take 15 s
        assert await page.input_value("[name=stream_url]") == gate.url, "without the secrets"
        assert await page.input_value("[name=username]") == "viewer"
        assert await page.input_value("[name=password]") == "secret"
        told = await page.inner_text("[data-test=done]")
        assert "The camera works." in told
        assert "320 \u00d7 180" in told
        assert (await http.get("cameras")).json == [], "a test stores nothing"
        await page.click("[data-submit]")
        await page.wait_for_selector("[data-camera-form]", state="detached")
        camera_id = await page.get_attribute("[data-camera]", "data-camera")
        assert camera_id is not None
        await until("a live picture", partial(state_of, page, camera_id, "live"), within=20)
        camera = (await http.get(f"cameras/{camera_id}")).json
        assert (camera["name"], camera["ip_address"]) == ("Gate", "127.0.0.1")
        assert (camera["source_username"], camera["source_password_set"]) == ("viewer", True)

        await page.focus("[data-camera]")
        await page.keyboard.press("Enter")
        await page.click(".actions >> text=Change")
        await page.fill("[data-camera-form] [name=name]", HOSTILE)
        await page.click("[data-submit]")
        await page.wait_for_selector("[data-camera-form]", state="detached")
        await page.wait_for_selector(f"dialog h2:text-is('{HOSTILE}')")
        changed = (await http.get(f"cameras/{camera_id}")).json
        assert (changed["name"], changed["location"]) == (HOSTILE, {"label": "Yard"})
        assert changed["source_password_set"], "what was not said stays"

        await page.click("[data-maintenance=false]")
        await page.click("[data-maintenance=true]")
        await page.wait_for_selector("[data-maintenance=false]")
        await page.click(".actions > .danger")
        await page.wait_for_selector("[data-confirmation] button:focus")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[data-confirmation]", state="detached")
        assert len((await http.get("cameras")).json) == 1, "Enter keeps it"
        await page.click(".actions > .danger")
        await page.click("[data-confirmation] .danger")
        await page.wait_for_selector("[data-empty]")
        assert (await http.get("cameras")).json == []


async def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext
) -> None:
    async with VirtualCamera("Gate", media) as gate, opened(context, server) as page:
        await http.add(gate)
        await page.click(".add")
        await page.fill("[name=name]", "gate")
        await page.select_option("[name=make]", "hikvision")
        await page.fill("[name=ip_address]", "192.0.2.10")
        assert await page.input_value("[name=stream_url]") == "rtsp://192.0.2.10/Streaming/Channels/101"
        await page.fill("[name=stream_url]", "ftp://127.0.0.1/x")
        await page.click("[data-submit]")
        await page.wait_for_selector("[name=stream_url][aria-invalid=true] + .problem")
        await page.fill("[name=stream_url]", NOWHERE)
        await page.click("[data-submit]")
        await page.wait_for_selector("[data-test=done] [data-code=refused]")
        await page.click("text=Save all the same")
        await page.wait_for_selector("[name=name][aria-invalid=true] + .problem")
        assert await page.input_value("[name=stream_url]") == NOWHERE
        await page.fill("[name=name]", "Roof")
        await page.click("text=Save all the same")
        await page.wait_for_selector("[data-camera-form]", state="detached")
        assert [each["name"] for each in (await http.get("cameras")).json] == ["Gate", "Roof"]


async def test_two_who_change_a_camera_lose_nothing_of_one_another(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext
) -> None:
    async with VirtualCamera("Gate", media) as gate:
        camera_id = await http.add(gate)
        async with opened(context, server) as page:
            await page.focus("[data-camera]")
            await page.keyboard.press("Enter")
            await page.click(".actions >> text=Change")
            await page.fill("[data-camera-form] [name=name]", "North gate")
            other = await http.ask("PATCH", f"cameras/{camera_id}", body={"location": "Roof"})
            assert other.status == 200, other.text
            await page.click("[data-submit]")
            await page.click("text=Save my changes over it")
            await page.wait_for_selector("[data-camera-form]", state="detached")
        camera = (await http.get(f"cameras/{camera_id}")).json
        assert (camera["name"], camera["location"]) == ("North gate", {"label": "Roof"})


async def test_a_camera_is_looked_at_closely_by_keys(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate:
        camera_id = await http.add(gate)
        async with opened(context, server) as page:
            await page.wait_for_selector(f'[data-camera="{camera_id}"]')
            await until("a live picture", partial(state_of, page, camera_id, "live"), within=20)
            await page.focus("[data-camera]")
            await page.keyboard.press("Enter")
            view = page.locator("[data-view]")
            await page.wait_for_selector("[data-view][data-state=live]")
            await page.wait_for_selector("[data-health] svg.strip")
            await page.wait_for_selector("[data-log]:has-text('Stream')")
            await page.keyboard.press("+")
            await page.keyboard.press("+")
            await page.wait_for_selector("[data-view][data-zoom='2.25']")
            await page.keyboard.press("0")
            await page.wait_for_selector("[data-view][data-zoom='1.00']")
            await view.hover()
            await page.mouse.wheel(0, -400)
            await page.wait_for_selector("[data-view][data-zoom='2.72']")
            await page.set_viewport_size({"width": 390, "height": 844})
            outside = "view => view.querySelector('.layer').getBoundingClientRect().right < innerWidth - 1"
            assert not await view.evaluate(outside), "the picture fills its frame in any size"
            for _ in range(25):
                await page.keyboard.press("Tab")
                # past the last one the focus is the browser's own for a moment, never the wall's
                at = "document.activeElement"
                on_wall = f"{at} !== document.body && !{at}.closest('dialog')"
                assert not await page.evaluate(on_wall)
            await page.keyboard.press("Escape")
            await page.wait_for_selector("dialog", state="detached")
            focused = "document.activeElement.dataset.camera"
            assert await page.evaluate(focused) == camera_id, "the tile has the focus again"
            await until("still live", partial(state_of, page, camera_id, "live"), within=5)


async def test_cameras_come_from_a_table_and_go_into_one(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext, tmp_path: Path
) -> None:
    async with VirtualCamera("Gate", media) as gate, opened(context, server) as page:
        await http.add(gate)
        rows = (
            "name,location,ip_address,stream_url,username,password",
            f"Roof,Level 9,127.0.0.1,{NOWHERE},viewer,secret",
            f"GATE,,127.0.0.1,{NOWHERE},,",
            f"{HOSTILE},,127.0.0.1,ftp://127.0.0.1/,,",
        )
        file = tmp_path / "cameras.csv"
        file.write_text("\n".join(rows))
        await enter(page, "Many cameras, from a file")
        await page.set_input_files("[data-import] input", file)
        await page.wait_for_selector("[data-outcome]")
        outcomes = "all => all.map(one => one.dataset.outcome)"
        fates = await page.eval_on_selector_all("[data-outcome]", outcomes)
        assert fates == ["would_be_added", "exists", "invalid"]
        assert "stream_url" in await page.inner_text("[data-outcome=invalid]")
        assert len((await http.get("cameras")).json) == 1, "a preview adds nothing"
        await page.click("text=Add 1 camera")
        await page.wait_for_selector("[data-outcome=added]")
        assert [each["name"] for each in (await http.get("cameras")).json] == ["Gate", "Roof"]
        async with page.expect_download() as saving:
            await page.click("text=Save all present cameras")
        table = tmp_path / "export.csv"
        await (await saving.value).save_as(table)
        text = table.read_text()
        assert "Roof" in text
        assert "secret" not in text


async def test_a_table_in_the_letters_of_windows_is_refused_and_not_mangled(
    http: Client, server: ServerProcess, context: BrowserContext, tmp_path: Path
) -> None:
    async with opened(context, server) as page:
        table = f"name,stream_url\nTür Süd,{NOWHERE}\n"
        file = tmp_path / "cameras.csv"
        file.write_bytes(table.encode("cp1252"))
        await enter(page, "Many cameras, from a file")
        await page.set_input_files("[data-import] input", file)
        problem = await page.wait_for_selector("[data-import] .problem")
        assert problem is not None
        assert (await problem.inner_text()).startswith("The file is not UTF-8 (byte 17); save the table")
        assert await page.locator("[data-outcome]").count() == 0
        file.write_bytes(table.encode("utf-8-sig"))
        async with page.expect_file_chooser() as choosing:  # the same file again, as somebody would choose it
            await page.click("[data-import] input")
        await (await choosing.value).set_files(file)
        await page.click("text=Add 1 camera")
        await page.wait_for_selector("[data-outcome=added]")
        assert await page.locator("[data-import] .problem").count() == 0
        assert [each["name"] for each in (await http.get("cameras")).json] == ["Tür Süd"]


async def test_a_camera_that_is_there_is_tested_and_tried_again(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext, browser: Browser
) -> None:
    async with VirtualCamera("Gate", media, join="live") as gate:
        camera_id = await http.add(gate)
        async with opened(context, server) as page:
            await until("a live picture", partial(state_of, page, camera_id, "live"), within=20)
            await page.focus("[data-camera]")
            await page.keyboard.press("Enter")
            await page.click("[data-look]")
            await page.wait_for_selector("[data-health] [data-test=done] img", timeout=25_000)
            told = await page.inner_text("[data-test=done]")
            assert "The camera works." in told
            assert "320 \u00d7 180" in told
            await page.click("[data-retry]")
            await page.wait_for_selector(".actions [role=status]:has-text('It is live already.')")
            await page.click("[data-maintenance=false]")
            await page.wait_for_selector("[data-retry]:disabled")
            await page.click("[data-maintenance=true]")
            await page.wait_for_selector("[data-retry]:enabled")

        ann = {"username": "ann", "password": "a good long password"}
        made = await http.ask("POST", "/api/users", body=ann | {"roles": ["OPERATOR"]})
        assert made.status == 201, made.text
        hers = await browser.new_context()
        page = await hers.new_page()
        await page.goto(f"{server.url}/")
        await page.fill("[name=username]", "ann")
        await page.fill("[name=password]", ann["password"])
        await page.press("[name=password]", "Enter")
        await page.focus("[data-camera]")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[data-retry]")
        assert await page.locator(".actions button").count() == 1, "an operator has it tried, and no more"
        await hers.close()


async def test_a_user_is_made_and_signs_in_with_what_he_may(
    http: Client, server: ServerProcess, media: Media, context: BrowserContext, browser: Browser
) -> None:
    async with VirtualCamera("Gate", media) as gate, VirtualCamera("Yard", media) as yard:
        await http.add(gate)
        await http.add(yard)
        async with opened(context, server) as page:
            await page.wait_for_selector("[data-camera]")
            await enter(page, "Users")
            await page.click("text=Add a user")
            await page.wait_for_selector("[role=dialog] input:focus, dialog input:focus")
            await page.keyboard.type("eve")
            await page.fill("[name=password]", "short")
            await page.click("[data-submit]")
            await page.wait_for_selector("[name=password][aria-invalid=true] + .problem")
            await page.fill("[data-user-form] [name=password]", "a good long password")
            await page.select_option("[name=scope]", "some")
            await page.click(".scope label:has-text('Gate')")
            await page.click("[data-submit]")
            await page.wait_for_selector("[data-user=eve]")

            hers = await browser.new_context(viewport={"width": 1280, "height": 800})
            eve = await hers.new_page()
            await eve.goto(f"{server.url}/")
            await eve.fill("[name=username]", "eve")
            await eve.fill("[name=password]", "a good long password")
            await eve.press("[name=password]", "Enter")
            await eve.wait_for_selector("[data-camera]")
            assert await eve.locator("[data-camera]").count() == 1, "only the camera of her scope"
            assert await eve.locator(".add").count() == 0
            await eve.focus("[data-camera]")
            await eve.keyboard.press("Enter")
            await eve.wait_for_selector("[data-details]")
            assert await eve.locator(".actions").count() == 0, "a viewer looks"
            await eve.keyboard.press("Escape")
            await eve.click(".user")
            assert "Users" not in await eve.inner_text(".menu:popover-open")
            await hers.close()

            await page.click("[data-user=eve] button")
            await page.select_option("[name=status]", "disabled")
            await page.click("[data-submit]")
            await page.wait_for_selector("[data-user=eve].off")
            await page.click("[data-user=eve] button")
            await page.click("[data-user-form] .danger")
            await page.click("[data-confirmation] .danger")
            await page.wait_for_selector("[data-user=eve]", state="detached")
            await page.keyboard.press("Escape")
            await enter(page, "Audit log")
            await page.wait_for_selector("[data-action='user.delete']")
            async with page.expect_download() as saving:
                await page.click("text=Save as a file")
            assert (await saving.value).suggested_filename == "audit.csv"


async def test_a_token_is_made_shown_once_used_and_revoked(
    http: Client, server: ServerProcess, context: BrowserContext
) -> None:
    async with opened(context, server) as page:
        await enter(page, "API tokens")
        await page.click("text=Make a token")
        await page.wait_for_selector("[role=dialog] input:focus, dialog input:focus")
        await page.keyboard.type("Grafana")
        await page.keyboard.press("Enter")
        token = await page.input_value("[data-new-token] input")
        await page.click('[data-new-token] button:text-is("Copy")')
        await page.wait_for_selector("[data-new-token] [role=status]:has-text('Copied.')")
        await page.keyboard.press("Escape")
        await page.wait_for_selector("[data-new-token]", state="detached")
        assert token not in await page.content()

        async with stranger(server, token) as program:
            assert (await program.get("cameras")).status == 200
            await page.click("[data-token=Grafana] button")
            await page.click("text=Revoke for good")
            await page.wait_for_selector("[data-token=Grafana]", state="detached")
            assert (await program.get("cameras")).status == 401
