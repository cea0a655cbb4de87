"""The page's files: those that were built, with headers that let nothing else in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from socstream.api.keys import Settings
from tests.api.rig import Rig, rigged


@pytest.fixture
async def paged(tmp_path: Path) -> AsyncIterator[Rig]:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>socstream</title>")
    (dist / "assets" / "page-ABC.js").write_text("export {}")
    (dist / "assets" / "page-ABC.css").write_text("body {}")
    (dist / "hook.py").write_text("secret")
    (tmp_path / "secret.js").write_text("secret")
    (dist / "assets" / "link.js").symlink_to(tmp_path / "secret.js")
    async with rigged(tmp_path, settings=Settings(page=dist)) as rig:
        yield rig


async def test_the_page_and_its_assets_are_served(paged: Rig) -> None:
    page = await paged.get("/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-cache"
    assert "socstream" in await page.text()
    script = await paged.get("/assets/page-ABC.js")
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "immutable" in script.headers["Cache-Control"]
    assert (await paged.get("/assets/page-ABC.css")).headers["Content-Type"] == "text/css; charset=utf-8"


async def test_nothing_but_our_own_files_may_run_in_the_page(paged: Rig) -> None:
    headers = (await paged.get("/")).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["media-src"] == "'self' blob:"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_a_browser_that_has_it_already_gets_304(paged: Rig) -> None:
    for path in ("/", "/assets/page-ABC.js"):
        first = await paged.get(path)
        again = await paged.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")
        policy = "Content-Security-Policy"
        assert again.headers[policy] == first.headers[policy], "else a reload shows an empty page"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/missing.js",
        "/assets/link.js",
        "/assets/../hook.py",
        "/assets/..%2fhook.py",
        "/assets/../../secret.js",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/index.html",
        "/hook.py",
    ],
)
async def test_nothing_else_is_to_be_had(paged: Rig, path: str) -> None:
    response = await paged.ask_verbatim("GET", path)
    assert response.status == 404
    assert "secret" not in await response.text()


async def test_without_a_build_it_says_how_to_build(rig: Rig) -> None:
    for path in ("/", "/assets/page.js"):
        response = await rig.get(path)
        assert response.status == 404
        assert "socstream.ui" in (await response.json())["detail"]
