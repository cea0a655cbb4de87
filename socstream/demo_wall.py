"""`socstream demo`: a server of its own over virtual cameras, for a machine without any camera."""

import asyncio
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

from socstream.app import announce, running
from socstream.background import in_background
from socstream.config import Config, load
from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media, Spec
from socstream.demo.orders import help_text, obey
from socstream.demo.prepare import prepare
from socstream.ffmpeg import binary
from socstream.hls.root import discard
from socstream.model.camera import CameraDraft
from socstream.model.source import parse_source
from socstream.stopping import ignore_stop_signals, stop_signal

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
        config = load({**environ, **own}, options)
        try:
            asyncio.run(_demo(cameras, config))
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
        print(f"{server.url}/", flush=True)
        if sys.stdout.isatty():
            await asyncio.to_thread(webbrowser.open, f"{server.url}/")
        await stack.enter_async_context(in_background(_take_orders(devices), "the demo's orders"))
        await stop.wait()


async def _take_orders(devices: Sequence[VirtualCamera]) -> None:
    """Order the faults that somebody types, until there are no more lines."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin or ():
            loop.call_soon_threadsafe(lines.put_nowait, line)

    # A daemon: nobody can interrupt it, and the end must not wait for a line. Not the loop's own way to read,
    # which would take the terminal's blocking mode from standard output too.
    threading.Thread(target=read, name="orders", daemon=True).start()
    if sys.stdin is not None and sys.stdin.isatty():
        print(help_text(), file=sys.stderr)
    while True:
        print(await obey(await lines.get(), devices), file=sys.stderr, flush=True)


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
