"""What one look at a camera showed."""

from attrs import field, frozen

from socstream.model.advice import Advice, advice_on
from socstream.model.failure import Failure
from socstream.model.stream import Media


@frozen
class Report:
    """What a camera showed. `failure` is None when it plays; times in seconds, `picture` is a JPEG.

    `keyframe_interval` is None when the look was too short for two keyframes. `keyframe_gap` then says what
    it is at least: for so long there was none.
    """

    failure: Failure | None = None
    media: Media | None = None
    keyframe_interval: float | None = None
    audio: str | None = None
    picture: bytes | None = field(default=None, repr=False)
    keyframe_gap: float | None = None

    @property
    def advice(self) -> tuple[Advice, ...]:
        """What could be better."""
        codec = self.media.codec if self.media else None
        return advice_on(codec, self.keyframe_interval, self.keyframe_gap)
