"""What a browser has to fetch before there is a wall, and what only later."""

import gzip
import re
from pathlib import Path

import pytest

from socstream.ui.build import UI, build_page, is_fresh

BUDGET = 70_000
"""Bytes, compressed with gzip: page, styles and scripts that the wall needs when it starts."""

WHOLE = 175_000
"""Bytes, compressed with gzip, of all that an English page ever loads for cameras of its own server: the
start, the windows and named walls, and hls.js. The goal was 140 kB. Our own part takes half of that; hls.js
takes 97 kB, although it is its light build already, cut further by slim.mjs. It comes after the first
pictures, and nothing waits for it. Not counted, as hardly anybody loads them: German (14 kB), and the uncut
light build of hls.js (118 kB) for what foreign gateways may send."""

OURS = 85_000
"""The same without hls.js."""

_RARE = ("de-", "hls.light.min-")

_HASHED = re.compile(r"[\w.]+-[A-Z0-9]{8}\.(?:js|css|svg)|notices-[0-9a-f]{8}\.txt")
_IMPORTS = re.compile(r"""(?:\bfrom|\bimport)["']\./([\w.-]+)["']""")
_LATER = re.compile(r"""\bimport\(["']\./([\w.-]+)["']\)""")


@pytest.fixture(scope="module")
def dist() -> Path:
    """The page, built from the sources that lie here."""
    if not is_fresh():
        build_page()
    return UI / "dist"


def at_start(dist: Path) -> set[str]:
    """The scripts and styles that the page itself asks for."""
    page = (dist / "index.html").read_text()
    links: list[str] = re.findall(r'<(?:script|link rel="(?:stylesheet|modulepreload)")[^>]+>', page)
    return {name for link in links for name in re.findall(r'"/assets/([^"]+)"', link)}


def imported(dist: Path, script: str) -> set[str]:
    """A script, all that it imports, and all that these import."""
    found, left = set(), [script]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += _IMPORTS.findall((dist / "assets" / name).read_text())
    return found


def size(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_the_wall_starts_with_few_bytes(dist: Path) -> None:
    sizes = {name: size(dist / "assets" / name) for name in at_start(dist)}
    whole = sum(sizes.values()) + size(dist / "index.html")
    print(f"at start: {whole} bytes of gzip in {len(sizes) + 1} files")
    assert whole <= BUDGET, sizes


def test_the_whole_page_is_not_much_more(dist: Path) -> None:
    names, left = set(at_start(dist)), [name for name in at_start(dist) if name.endswith(".js")]
    while left:
        text = (dist / "assets" / left.pop()).read_text()
        found = {name for name in _IMPORTS.findall(text) + _LATER.findall(text) if not name.startswith(_RARE)}
        left += found - names
        names |= found
    sizes = {name: size(dist / "assets" / name) for name in names}
    whole = sum(sizes.values()) + size(dist / "index.html")
    (hls,) = (name for name in names if name.startswith("hls-"))
    print(f"whole: {whole} bytes of gzip in {len(sizes) + 1} files, {whole - sizes[hls]} without hls.js")
    assert {name.rpartition("-")[0] for name in names} >= {"main", "desk", "hung", "style"}
    assert whole <= WHOLE, sizes
    assert whole - sizes[hls] <= OURS, sizes


def test_all_that_the_start_imports_is_asked_for_with_it_and_nothing_else(dist: Path) -> None:
    scripts = {name for name in at_start(dist) if name.endswith(".js")}
    (main,) = (name for name in scripts if name.startswith("main-"))
    assert scripts == imported(dist, main)


def test_the_rest_comes_later_and_is_there(dist: Path) -> None:
    assets = {path.name for path in (dist / "assets").iterdir()}
    start = {name for name in at_start(dist) if name.endswith(".js")}
    later = {name for script in start for name in _LATER.findall((dist / "assets" / script).read_text())}
    assert {name.rpartition("-")[0] for name in later} >= {"desk", "hung", "hls"}
    assert later <= assets
    assert not later & start


def test_every_asset_is_named_after_its_content(dist: Path) -> None:
    names = [path.name for path in (dist / "assets").iterdir()]
    assert [name for name in names if not _HASHED.fullmatch(name)] == []


def test_whoever_wrote_what_is_inside_is_named(dist: Path) -> None:
    (notices,) = (dist / "assets").glob("notices-*.txt")
    text = notices.read_text()
    for name in ("hls.js", "preact", "@preact/signals", "eventemitter3", "url-toolkit"):
        assert re.search(rf"^{re.escape(name)}[ ,]", text, re.MULTILINE), name
    assert "slim.mjs" in text, "whoever changes hls.js says so"
