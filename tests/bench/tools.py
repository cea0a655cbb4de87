"""Programs that the measuring needs and Python has not: by apt where we may, compiled where they are ours."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

_PACKAGES = {"nginx": "nginx-light", "wrk": "wrk", "cc": "gcc", "taskset": "util-linux"}
_FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror")


def tool(name: str) -> str:
    """The path of a program; installed first if need be. Ends this program when that cannot be."""
    # Servers lie where only root looks.
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    found = shutil.which(name, path=path)
    if found is None:
        _install(_PACKAGES[name])
        found = shutil.which(name, path=path)
    if found is None:
        sys.exit(f"{name} is missing: install it, as in `apt install {_PACKAGES[name]}`")
    return found


def compiled(name: str, directory: Path) -> Path:
    """The program that `name`.c beside this module becomes, in `directory`."""
    program = directory / name
    source = Path(__file__).with_name(f"{name}.c")
    subprocess.run([tool("cc"), *_FLAGS, "-o", str(program), str(source)], check=True)
    return program


def let_open_many() -> None:
    """This process and all that it starts from now on may open as many files as the box allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _install(package: str) -> None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update",), ("install", "--yes", "--no-install-recommends", package)):
        subprocess.run([apt, "--quiet", "--quiet", *words], check=False, env=environ, stdout=sys.stderr)
