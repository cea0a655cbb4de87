"""How a stream was over a time: what it did, and how much it sent."""

from enum import StrEnum

from attrs import frozen


class PastState(StrEnum):
    """A state of the stream, or as much of it as is known afterwards."""

    STOPPED = "stopped"
    STARTING = "starting"
    LIVE = "live"
    STALLED = "stalled"
    BACKOFF = "backoff"
    DOWN = "down"
    """An outage of which only the ledger tells: any state but live."""
    UNKNOWN = "unknown"
    """Nobody watched, or wanted it."""


@frozen
class Phase:
    """What a stream was from `since` (wall seconds) on."""

    state: PastState
    since: float


@frozen
class Bitrates:
    """Means of `step` seconds each, from these wall times on, in bits/s; None: nothing came."""

    step: int
    points: tuple[tuple[float, int | None], ...]
