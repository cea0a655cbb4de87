"""An installation without a network, as the README has it, of the files that a release was tested with."""

import os
import re
import subprocess
import sys
import time
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
CONSTRAINTS = ROOT / "conf" / "constraints.txt"


def pinned() -> dict[str, str]:
    """Name → version."""
    lines = re.findall(r"^([a-z0-9-]+)==(\S+) \\$", CONSTRAINTS.read_text(), re.MULTILINE)
    return dict(lines)


def required() -> list[Requirement]:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    text = setup["options"]["install_requires"] + setup["options.extras_require"]["ffmpeg"]
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


def run(*words: str | Path, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=400, env=environ, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(600)
def test_a_box_without_a_network_is_installed_from_a_wheelhouse(tmp_path: Path) -> None:
    house, pip = tmp_path / "wheelhouse", (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
    hashed = ("--require-hashes", "--only-binary", ":all:", "--requirement", CONSTRAINTS)
    run(*pip, "download", "--dest", house, *hashed)
    run(*pip, "wheel", "--no-deps", "--wheel-dir", house, ".")
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    # No index, and no way to one either.
    offline = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HTTPS_PROXY": "http://127.0.0.1:9"}
    began = time.monotonic()
    run(
        python,
        "-m",
        "pip",
        "-q",
        "install",
        "--no-index",
        "--find-links",
        house,
        "socstream",
        environ=offline,
    )
    print(f"installed in {time.monotonic() - began:.1f} s")
    assert run(python, "-m", "socstream", "version", environ=offline).startswith("socstream ")
    page = (
        "import pathlib, socstream; "
        "print((pathlib.Path(socstream.__file__).parent / 'ui/dist/index.html').exists())"
    )
    assert run(python, "-I", "-c", page, environ=offline) == "True\n"
