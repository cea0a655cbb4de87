"""A server all of whose streams publish a segment each second, as their workers would: on its board.

A thousand FFmpegs are more than the machine of a bench has room for; what the API tells of cameras comes from
the board alone, so only what writes there is stood in for. Started in the place of `socstream`, it waits for
SIGUSR1 before the streams begin, spread over the second.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence

from socstream import app
from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.config import Config, load
from socstream.footing import run
from socstream.frugality import keep_little
from socstream.model.stream import Media, PlaylistAdvanced, Spawned, StreamState, StreamStatus
from socstream.stopping import stop_signal

_TICK = 0.02

_MEDIA = Media("h264", 1920, 1080, 25.0)


class _KnownBoard(StreamBoard):
    """The server's own board, where it can be found."""

    made: "_KnownBoard"

    def __init__(self) -> None:
        super().__init__()
        _KnownBoard.made = self


async def _publish(board: StreamBoard, cameras: Cameras, begin: asyncio.Event) -> None:
    """A segment of every camera each second."""
    await begin.wait()
    ids = [camera.camera_id for camera in cameras.all()]
    for camera_id in ids:
        status = board.get(camera_id) or StreamStatus(StreamState.STOPPED, time.monotonic())
        board.put(camera_id, status.after(Spawned(0), time.monotonic()))
    began, done = time.monotonic(), 0
    while True:
        await asyncio.sleep(_TICK)
        for number in range(done, done := round((time.monotonic() - began) * len(ids))):
            camera_id, now = ids[number % len(ids)], time.monotonic()
            # No two segments are of the same size.
            event = PlaylistAdvanced(1, 4_000_000 + 997 * number % 100_000, _MEDIA, stable=True)
            board.put(camera_id, board.statuses[camera_id].after(event, now))


async def _serve(config: Config) -> None:
    """As `socstream.app.serve`, with the streams in the loop."""
    stop, begin = stop_signal(), asyncio.Event()
    vars(app)[StreamBoard.__name__] = _KnownBoard
    async with app.running(config) as server:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, begin.set)
        publishing = asyncio.create_task(_publish(_KnownBoard.made, server.cameras, begin))
        app.announce(server)
        await stop.wait()
        publishing.cancel()


def _main(words: Sequence[str]) -> None:
    options = dict(zip(words[::2], words[1::2], strict=True))
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    keep_little()  # as `socstream.app.serve` does
    config = load(os.environ, options)
    run(_serve(config), config.server.loop)


if __name__ == "__main__":
    _main(sys.argv[1:])
