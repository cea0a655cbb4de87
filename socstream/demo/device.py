"""What all sessions of one virtual camera share: what it is, what was ordered, what was counted."""

from collections import Counter
from typing import Literal

from attrs import define, field

from socstream.demo.auth import Guard
from socstream.demo.faults import Fault, Switch
from socstream.demo.media import Media

Join = Literal["key", "live"]
"""A session begins with the newest keyframe as if it came now, or wherever the clock is."""
ParameterSets = Literal["both", "band", "sdp"]
"""Where a client finds SPS and PPS."""


@define
class Counts:
    """What clients did since the camera was made."""

    accepted: int = 0
    """Connections."""
    requests: Counter[str] = field(factory=Counter)
    """By method."""
    answers: Counter[int] = field(factory=Counter)
    """By status."""
    wrong_logins: int = 0
    """Requests with credentials that are not ours."""


@define
class Device:
    """The camera as its sessions see it."""

    path: str
    media: Media
    guard: Guard | None
    join: Join
    parameter_sets: ParameterSets
    fault: Fault | None = None
    counts: Counts = field(factory=Counts)

    @property
    def described(self) -> Media:
        """What a new session is promised."""
        return self.fault.media if isinstance(self.fault, Switch) and self.fault.after <= 0 else self.media
