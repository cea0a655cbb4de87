"""`socstream demo`: a server of its own over virtual cameras, for a machine without any camera."""

import asyncio
import secrets
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import platformdirs
from rich.console import Console
from rich.progress import Progress

from socstream.access import first
from socstream.app import Server, announce, running
from socstream.background import in_background
from socstream.config import Config, load
from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media, Spec
from socstream.demo.orders import help_text, obey
from socstream.demo.prepare import prepare
from socstream.ffmpeg import binary
from socstream.footing import run
from socstream.hls.root import discard
from socstream.model.camera import CameraDraft
from socstream.model.source import parse_source
from socstream.stopping import ignore_stop_signals, stop_signal
from socstream.store.secrets import KEY_SIZE

_LINK = "link"
_HELP = f"{help_text()}\n  {_LINK:8} a new address that logs in by itself, once, within a minute"

_PLACES = (
    ("North gate", "Yard"),
    ("Car park", "Level 0"),
    ("Corridor B", "Level 2"),
    ("Loading dock", "Yard"),
    ("Lobby", "Level 1"),
    ("Stairs", "Level 1"),
    ("Server room", "Level -1"),
    ("Roof", "Level 9"),
)


def demo(cameras: int, environ: Mapping[str, str], options: Mapping[str, str]) -> int:
    """Run a demo wall until SIGTERM or SIGINT; 0 then. Raises what `app.serve` does, and FFmpegMissing."""
    with tempfile.TemporaryDirectory(prefix="socstream-demo-") as scratch:
        own = {"SOCSTREAM_DATA_DIR": f"{scratch}/data", "SOCSTREAM_ALLOW_LOOPBACK_CAMERAS": "true"}
        own |= {"SOCSTREAM_STORE_KEY_FILE": f"{scratch}/master.key", "SOCSTREAM_STORE_CREDENTIALS_DIR": ""}
        own["HLS_STREAM_DIR"] = ""  # chosen anew: a real server's directory is none of ours
        own["SOCSTREAM_ADMIN_PASSWORD"] = secrets.token_urlsafe(9)  # nor is its password
        config = load({**environ, **own}, options)
        # Made here, and not by the start, which would ask for a copy of what is thrown away.
        Path(scratch, "master.key").write_text(f"{secrets.token_hex(KEY_SIZE)}\n")
        Path(scratch, "master.key").chmod(0o600)
        try:
            run(_demo(cameras, config), config.server.loop)
            ignore_stop_signals()
        finally:
            discard(config.data.directory)  # tmpfs is memory, and this data directory never comes back
    return 0


async def _demo(cameras: int, config: Config) -> None:
    stop = stop_signal()
    places = [_place(index) for index in range(cameras)]
    loops = await _loops(config, [name for name, _ in places])
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running(config))
        devices = []
        for (name, location), loop in zip(places, loops, strict=True):
            device = await stack.enter_async_context(VirtualCamera(name, loop, join="live"))
            devices.append(device)
            await server.cameras.add(
                CameraDraft(name, {"label": location}, "127.0.0.1", parse_source(device.url))
            )
        announce(server)
        print(_link(server), flush=True)
        if sys.stdout.isatty():
            # With a code of its own: the printed address is still good for whoever clicks on it.
            await asyncio.to_thread(webbrowser.open, _link(server))
        if sys.stderr.isatty():  # a log file is no place for a password; who reads one may type "link"
            print(_later(config), file=sys.stderr)
        await stack.enter_async_context(in_background(_take_orders(devices, server), "the demo's orders"))
        await stop.wait()


def _link(server: Server) -> str:
    """The address of the wall. It logs in whoever opens it first, within a minute."""
    admin = server.accounts.user_of_login(first.NAME)
    if admin is None:  # renamed or removed, by somebody who can log in himself
        return f"{server.url}/"
    # Behind the "#", which browsers keep to themselves: it stands in no request and in no log.
    return f"{server.url}/#code={server.accounts.make_code(admin.user_id)}"


def _later(config: Config) -> str:
    """How to come in when the address that was printed is used up."""
    return (
        "The address logs in once, within a minute. After that: "
        f"user “{first.NAME}”, password “{config.access.admin_password}” (of this demo only)."
    )


async def _take_orders(devices: Sequence[VirtualCamera], server: Server) -> None:
    """Order the faults that somebody types, and give out addresses, until there are no more lines."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin or ():
            loop.call_soon_threadsafe(lines.put_nowait, line)

    # A daemon: nobody can interrupt it, and the end must not wait for a line. Not the loop's own way to read,
    # which would take the terminal's blocking mode from standard output too.
    threading.Thread(target=read, name="orders", daemon=True).start()
    if sys.stdin is not None and sys.stdin.isatty():
        print(_HELP, file=sys.stderr)
    while True:
        line = await lines.get()
        if line.strip().lower() == _LINK:
            print(_link(server), flush=True)
            continue
        told = await obey(line, devices)
        print(_HELP if told == help_text() else told, file=sys.stderr, flush=True)


async def _loops(config: Config, names: Sequence[str]) -> list[Media]:
    """The pictures of each camera, with progress on a terminal; kept for the next demo."""
    ffmpeg = (await binary.find(config.ffmpeg.override)).path
    cache = Path(platformdirs.user_cache_path("socstream", appauthor=False)) / "demo"
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Drawing the cameras' pictures", total=len(names))

        async def draw(name: str) -> Media:
            loop = await prepare(ffmpeg, Spec(name.upper()), cache)
            progress.advance(task)
            return loop

        return await asyncio.gather(*map(draw, names))


def _place(index: int) -> tuple[str, str]:
    """Name and location of the camera with this index; names are told apart by a number."""
    name, location = _PLACES[index % len(_PLACES)]
    turn = index // len(_PLACES)
    return (f"{name} {turn + 1}" if turn else name), location
