"""What the ledger remembers of a camera. All times here are wall seconds since 1970 UTC."""

from attrs import frozen


@frozen
class Outage:
    """A time without pictures of a camera that was to stream; `ended` is None while it lasts.

    `code` and `message` are those of its last failure, as they were called then. `run` is the FFmpeg life
    in which it began.
    """

    camera_id: str
    began: float
    ended: float | None
    code: str
    message: str
    run: int

    def seconds(self, now: float) -> float:
        """How long it lasted, or has lasted up to `now`; never negative, whatever was done to the clock."""
        return max(0.0, (now if self.ended is None else self.ended) - self.began)


@frozen
class Wanted:
    """A time in which a camera was to stream and was known to be live or down; `ended` None: it goes on."""

    camera_id: str
    began: float
    ended: float | None


@frozen
class Stretch:
    """`seconds` of one camera between `began` and `ended`: one span, or several short ones together."""

    camera_id: str
    began: float
    ended: float
    seconds: float
