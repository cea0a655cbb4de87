"""What one look at a camera showed."""

from attrs import field, frozen

from socstream.model.failure import Failure
from socstream.model.stream import Media


@frozen
class Report:
    """What a camera showed. `failure` is None when it plays; times in seconds, `picture` is a JPEG."""

    failure: Failure | None = None
    media: Media | None = None
    keyframe_interval: float | None = None
    audio: str | None = None
    picture: bytes | None = field(default=None, repr=False)
