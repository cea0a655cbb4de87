"""Does this machine have all that we need? One line for each thing, with a remedy where it has not."""

import asyncio
import os
import platform
import socket
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from socstream.config import Config
from socstream.ffmpeg import binary
from socstream.hls.root import MEBIBYTE, SEGMENT_BYTES, SEGMENTS_ON_DISK, choose_root, is_claimed
from socstream.model.errors import FFmpegMissing
from socstream.ops import box, unit
from socstream.ops.finding import Finding, Verdict, bad, lines, note, ok, table

_OLDEST_PYTHON = (3, 11)


def doctor(config: Config, cameras: int) -> int:
    """Print what was found on standard output; 0 when so many cameras can run, else 1."""
    with Console(stderr=True).status("Looking at FFmpeg, the directories, the port and the machine"):
        findings = asyncio.run(look(config, cameras))
    if sys.stdout.isatty():
        Console(highlight=False).print(table(findings))
    else:
        print("\n".join(lines(findings)))
    return 1 if any(each.verdict is Verdict.BAD for each in findings) else 0


async def look(config: Config, cameras: int) -> list[Finding]:
    """Look at everything; nothing is changed or left behind."""
    data, place = config.data.directory, unit.read_place()
    return [
        platform_found(platform.system(), platform.release()),
        python_found(sys.version_info[:3]),
        loop_found(config.server.loop, find_spec("uvloop") is not None),
        await ffmpeg_found(config.ffmpeg.override),
        await setpriv_found(),
        streams_found(config.streams.directory, data, cameras),
        data_found(data),
        key_found(config.store.key),
        *ports_found(config.server.host, config.server.port, place, is_running=is_claimed(data)),
        box.memory_found(box.memory_free(), cameras),
        box.processors_found(len(os.sched_getaffinity(0)), cameras),
        box.files_found(box.most_files(), config.server.max_connections, cameras),
        box.clock_found(box.clock_is_kept()),
        *unit.unit_found(place),
    ]


def platform_found(system: str, release: str) -> Finding:
    """Linux, because of its process groups, its /proc and its tmpfs."""
    name, found = "platform", f"{system} {release}"
    return ok(name, found) if system == "Linux" else bad(name, found, "run socstream on Linux")


def python_found(version: tuple[int, ...]) -> Finding:
    """New enough for us."""
    needed = ".".join(map(str, _OLDEST_PYTHON))
    name, found = "Python", ".".join(map(str, version))
    if version < _OLDEST_PYTHON:
        return bad(name, found, f"install Python {needed} or newer")
    return ok(name, found)


def loop_found(wanted: str, has_uvloop: bool) -> Finding:
    """The event loop that the settings ask for."""
    name = "event loop"
    if wanted == "uvloop" and not has_uvloop:
        return bad(
            name, "uvloop is not installed", '`pip install socstream[fast]`, or [server] loop = "auto"'
        )
    if wanted == "asyncio" or not has_uvloop:
        return ok(name, "asyncio" if has_uvloop else "asyncio (uvloop, of socstream[fast], needs less CPU)")
    return ok(name, "uvloop")


async def ffmpeg_found(override: Path | None) -> Finding:
    """One that runs, is new enough and has every feature that we use."""
    try:
        found = await binary.find(override)
    except FFmpegMissing as error:
        return bad("FFmpeg", str(error).removesuffix(f"; {binary.REMEDY}"), binary.REMEDY)
    text = f"{found.version}, {found.path}"
    if found.version_number < binary.OLDEST:
        return bad("FFmpeg", f"{text}: too old", binary.REMEDY)
    if found.missing:
        return bad("FFmpeg", f"{text}: lacks {', '.join(found.missing)}", binary.REMEDY)
    return ok("FFmpeg", text)


async def setpriv_found() -> Finding:
    """Without it FFmpeg would outlive a server that was killed. BusyBox has one that cannot do it."""
    remedy = "install util-linux (for example `apt install util-linux`)"
    found = await binary.find_setpriv()
    if found is None:
        return bad("setpriv", "none that knows --pdeathsig on PATH", remedy)
    return ok("setpriv", found)


def streams_found(configured: Path | None, data: Path, cameras: int) -> Finding:
    """Where the segments would go, and whether those of so many cameras fit there."""
    name = "stream directory"
    remedy = "set [streams] dir (HLS_STREAM_DIR) to a directory of this user, best on a tmpfs"
    try:
        root = choose_root(configured, data, cameras)
    except OSError as error:
        return bad(name, f"{configured or data}: {error.strerror}", remedy)
    found = f"{root.path} ({root.reason})"
    trouble = _not_writable(root.path)
    room = root.free_bytes // (SEGMENTS_ON_DISK * SEGMENT_BYTES)
    if trouble is None and room < 1:
        trouble = f"{root.free_bytes // MEBIBYTE} MiB free, no room for a single camera"
    if trouble is not None:
        return bad(name, f"{found}: {trouble}", remedy)
    if room < cameras:
        return note(name, f"{found}: room for {room} of {cameras} cameras", remedy)
    return ok(name, found)


def data_found(directory: Path) -> Finding:
    """Whether the database can be written."""
    trouble = _not_writable(directory)
    if trouble is not None:
        remedy = "give this user the right to write there, or choose another with --data-dir"
        return bad("data directory", f"{directory}: {trouble}", remedy)
    return ok("data directory", f"{directory}{'' if directory.exists() else ' (will be made)'}")


def key_found(file: Path) -> Finding:
    """The master key, or that it can be made."""
    name, remedy = "master key", "see “The master key” in the README; [store] key_file names another file"
    try:
        if file.exists():
            file.open("rb").close()
            return ok(name, str(file))
    except OSError as error:
        return bad(name, f"{file}: {error.strerror}", remedy)
    trouble = _not_writable(file.parent)
    return bad(name, f"{file}: {trouble}", remedy) if trouble else ok(name, f"{file} (will be made)")


def ports_found(host: str, port: int, place: unit.Place, *, is_running: bool) -> list[Finding]:
    """Where we would listen, or do: an installed socket unit has its own mind about that.

    `is_running`: a server runs on this data.
    """
    listens = place.listens() or [(host, port)]
    return [_ours(port_found(*each), each, place, is_running=is_running) for each in listens]


def port_found(host: str, port: int) -> Finding:
    """Whether we could listen there now."""
    name = f"port {port}"
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(address)
    except OSError as error:
        return bad(
            name, f"{host}: {error.strerror}", "stop what listens there, or choose another with --port"
        )
    return ok(name, f"free on {host}" if port else f"any free one on {host}")


def _ours(found: Finding, where: tuple[str, int], place: unit.Place, *, is_running: bool) -> Finding:
    """What was found of a port, seen by whoever knows that we may be the ones who have it."""
    if found.verdict is not Verdict.BAD:
        return found
    if is_running:
        return ok(found.name, f"taken on {where[0]}, and a socstream runs on this data")
    if where not in place.listens() or place.socket not in ("active", ""):
        return found
    if place.socket:
        return ok(found.name, f"taken on {where[0]} by socstream.socket")
    remedy = "`systemctl status socstream.socket` says whether it runs"
    return note(found.name, f"taken on {where[0]}, by socstream.socket as it seems", remedy)


def _not_writable(directory: Path) -> str | None:
    """Why no file can be made in a directory, or the directory itself; None when it can."""
    try:
        place = next(place for place in (directory, *directory.parents) if place.exists())
        if not place.is_dir():
            return f"{place} is not a directory"
        if place != directory:
            return (
                None
                if os.access(place, os.W_OK | os.X_OK, effective_ids=True)
                else f"{place} may not be written to"
            )
        with tempfile.TemporaryFile(dir=directory):
            return None
    except OSError as error:
        return error.strerror or str(error)
