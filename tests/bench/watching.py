"""Viewers of playlists and segments who ask when it is time, however slow the answers: `wall.c`."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

from tests.bench import cores

WARM_UP = 1.0
"""Seconds before those that count."""


@frozen
class Delays:
    """Milliseconds from the moment at which a request was due to the end of its answer."""

    count: int
    p50: float
    p99: float
    most: float

    def __str__(self) -> str:
        return f"{self.p50:.1f}, {self.p99:.1f}"


@frozen
class Seen:
    """What the viewers met. `late`: how late the generator itself was."""

    playlists: Delays
    segments: Delays
    late: Delays
    errors: int
    first_error: str

    @property
    def p99(self) -> float:
        """The larger one of playlists and segments, in milliseconds."""
        return max(self.playlists.p99, self.segments.p99)


async def look_on(
    program: Path, origin: str, token: str, playlists: Sequence[str], viewers: int, seconds: float
) -> Seen:
    """So many viewers, spread over the playlists, for so many seconds."""
    parts = urlsplit(origin)
    words = (parts.hostname, parts.port, viewers, WARM_UP, seconds, token, *playlists)
    child = await asyncio.create_subprocess_exec(
        *cores.on(cores.CLIENT, str(program), *map(str, words)), stdout=asyncio.subprocess.PIPE
    )
    try:
        told = json.loads((await child.communicate())[0])
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    delays = {name: Delays(**told[name]) for name in ("playlists", "segments", "late")}
    return Seen(**delays, errors=told["errors"], first_error=told["first_error"])
