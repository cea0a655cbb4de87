"""What may change for all streams while they run: how long they wait, and how much room they take."""

from attrs import define

from socstream.model.backoff import Backoff

SHORT_LIST = 4
"""Segments in a playlist when room is short: players start three from the end."""

SHORT_AFTERWARDS = 1
"""Segments that may still be read after they left such a list."""

UNWATCHED_AFTER = 15.0
"""Seconds without a request after which a stream gives way when there is no room left."""


@define
class Policy:
    """One for all workers, who look at it whenever they decide something."""

    backoff: Backoff
    is_short: bool = False
    """Keep less of every stream."""
    is_scarce: bool = False
    """Keep only the streams that somebody watches."""
