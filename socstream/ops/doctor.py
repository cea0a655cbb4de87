"""Does this machine have all that we need? One line for each thing, with a remedy where it has not."""

import asyncio
import os
import platform
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen
from rich.console import Console
from rich.table import Table
from rich.text import Text

from socstream.config import Config
from socstream.ffmpeg import binary
from socstream.hls.root import MEBIBYTE, SEGMENT_BYTES, SEGMENTS_ON_DISK, choose_root
from socstream.model.errors import FFmpegMissing

_OLDEST_PYTHON = (3, 11)


@frozen
class Check:
    """One thing that was looked at: what was found, and what to do if that is not right."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


def doctor(config: Config) -> int:
    """Print what was found on standard output; 0 when all is well, else 1."""
    with Console(stderr=True).status("Looking at FFmpeg, the directories and the port"):
        results = asyncio.run(checks(config))
    if sys.stdout.isatty():
        Console(highlight=False).print(_table(results))
    else:
        print("\n".join(_lines(results)))
    return 0 if all(check.ok for check in results) else 1


async def checks(config: Config) -> list[Check]:
    """Look at everything; nothing is changed or left behind."""
    data = config.data.directory
    return [
        platform_check(platform.system(), platform.release()),
        python_check(sys.version_info[:3]),
        await ffmpeg_check(config.ffmpeg.override),
        await setpriv_check(),
        streams_check(config.streams.directory, data),
        data_check(data),
        port_check(config.server.host, config.server.port),
    ]


def platform_check(system: str, release: str) -> Check:
    """Linux, because of its process groups, its /proc and its tmpfs."""
    return Check("platform", system == "Linux", f"{system} {release}", "run socstream on Linux")


def python_check(version: tuple[int, ...]) -> Check:
    """New enough for us."""
    needed = ".".join(map(str, _OLDEST_PYTHON))
    found = ".".join(map(str, version))
    return Check("Python", version >= _OLDEST_PYTHON, found, f"install Python {needed} or newer")


async def ffmpeg_check(override: Path | None) -> Check:
    """One that runs, is new enough and has every feature that we use."""
    try:
        found = await binary.find(override)
    except FFmpegMissing as error:
        return Check("FFmpeg", False, str(error).removesuffix(f"; {binary.REMEDY}"), binary.REMEDY)
    text = f"{found.version}, {found.path}"
    if found.version_number < binary.OLDEST:
        return Check("FFmpeg", False, f"{text}: too old", binary.REMEDY)
    if found.missing:
        return Check("FFmpeg", False, f"{text}: lacks {', '.join(found.missing)}", binary.REMEDY)
    return Check("FFmpeg", True, text)


async def setpriv_check() -> Check:
    """Without it FFmpeg would outlive a server that was killed. BusyBox has one that cannot do it."""
    remedy = "install util-linux (for example `apt install util-linux`)"
    found = await binary.find_setpriv()
    if found is None:
        return Check("setpriv", False, "none that knows --pdeathsig on PATH", remedy)
    return Check("setpriv", True, found)


def streams_check(configured: Path | None, data: Path) -> Check:
    """Where the segments would go, and whether at least one camera's fit there."""
    remedy = "set [streams] dir (HLS_STREAM_DIR) to a directory of this user, best on a tmpfs"
    try:
        root = choose_root(configured, data)
    except OSError as error:
        return Check("stream directory", False, f"{configured or data}: {error.strerror}", remedy)
    found = f"{root.path} ({root.reason})"
    trouble = _not_writable(root.path)
    if trouble is None and root.free_bytes < SEGMENTS_ON_DISK * SEGMENT_BYTES:
        trouble = f"{root.free_bytes // MEBIBYTE} MiB free, no room for a single camera"
    if trouble is not None:
        return Check("stream directory", False, f"{found}: {trouble}", remedy)
    return Check("stream directory", True, found)


def data_check(directory: Path) -> Check:
    """Whether the database can be written."""
    remedy = "give this user the right to write there, or choose another with --data-dir"
    trouble = _not_writable(directory)
    if trouble is not None:
        return Check("data directory", False, f"{directory}: {trouble}", remedy)
    return Check("data directory", True, f"{directory}{'' if directory.exists() else ' (will be made)'}")


def port_check(host: str, port: int) -> Check:
    """Whether we could listen there now."""
    name = f"port {port}"
    remedy = "stop what listens there (a running socstream is fine), or choose another with --port"
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(address)
    except OSError as error:
        return Check(name, False, f"{host}: {error.strerror}", remedy)
    return Check(name, True, f"free on {host}" if port else f"any free one on {host}")


def _not_writable(directory: Path) -> str | None:
    """Why no file can be made in a directory, or the directory itself; None when it can."""
    try:
        place = next(place for place in (directory, *directory.parents) if place.exists())
        if not place.is_dir():
            return f"{place} is not a directory"
        if place != directory:
            return None if os.access(place, os.W_OK | os.X_OK) else f"{place} may not be written to"
        with tempfile.TemporaryFile(dir=directory):
            return None
    except OSError as error:
        return error.strerror or str(error)


def _table(results: Sequence[Check]) -> Table:
    table = Table("", "", "found")
    for check in results:
        mark = Text("ok", "green") if check.ok else Text("no", "bold red")
        # Text, because rich would take the brackets of "socstream[ffmpeg]" for a colour.
        found = Text(check.found) if check.ok else Text(f"{check.found}\nRemedy: {check.remedy}")
        table.add_row(mark, Text(check.name), found)
    return table


def _lines(results: Sequence[Check]) -> list[str]:
    """The same for a pipe: one line for each thing, and one more for a remedy."""
    lines = []
    for check in results:
        lines.append(f"{'ok' if check.ok else 'no'}  {check.name:<16}  {check.found}")
        if not check.ok:
            lines.append(f"    {'':<16}  remedy: {check.remedy}")
    return lines
