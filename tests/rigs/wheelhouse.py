"""An installation without a network, as the README has it."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CONSTRAINTS = ROOT / "conf" / "constraints.txt"

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")


def run(*words: str | Path, environ: dict[str, str] | None = None) -> str:
    """What a program writes to standard output; AssertionError with all of it when it fails."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=400, env=environ, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def gather(house: Path) -> None:
    """All the wheels, ours too; this needs the package index."""
    hashed = ("--require-hashes", "--only-binary", ":all:", "--requirement", CONSTRAINTS)
    run(*_PIP, "download", "--dest", house, *hashed)
    run(*_PIP, "wheel", "--no-deps", "--wheel-dir", house, ".")


def offline(home: Path) -> dict[str, str]:
    """The environment of a box that knows no index, and no way to one."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "HTTPS_PROXY": "http://127.0.0.1:9"}


def install(house: Path, box: Path) -> float:
    """Make a virtual environment in `box`/venv and install there; the seconds that the installation took."""
    run(sys.executable, "-m", "venv", box / "venv")
    words = ("install", "--no-index", "--find-links", house, "socstream[fast]")
    began = time.monotonic()
    run(box / "venv" / "bin" / "python", "-m", "pip", "-q", *words, environ=offline(box))
    return time.monotonic() - began
