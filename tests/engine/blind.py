"""A server whose reader of live pictures gives up after a few of them, as if FFmpeg wrote nonsense."""

import sys

from socstream.live.flv import BrokenStream, FlvReader
from socstream.live.unit import AccessUnit, Configuration

MODULE = "tests.engine.blind"

_PIECES = 30


def feed_for_a_while(
    self: FlvReader, piece: bytes | memoryview, arrived: float
) -> list[Configuration | AccessUnit]:
    """As the real one does, so many times."""
    seen[self] = seen.get(self, 0) + 1
    if seen[self] > _PIECES:
        raise BrokenStream("as ordered")
    return feed(self, piece, arrived)


if __name__ == "__main__":
    seen: dict[FlvReader, int] = {}
    feed = FlvReader.feed
    FlvReader.feed = feed_for_a_while  # type: ignore[method-assign]  # the bug
    from socstream.__main__ import main

    sys.exit(main())
