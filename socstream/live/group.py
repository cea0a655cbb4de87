"""The current group of pictures of one camera: all since the newest keyframe, within bounds."""

from enum import StrEnum

from attrs import define

from socstream.live import fmp4, wire
from socstream.live.unit import AccessUnit, Configuration

_MOST_BYTES = 6 * 1024 * 1024
"""Ten seconds of 4.8 Mbit/s. Each form that is watched takes as much again."""

_MOST_PICTURES = 4096

_SHORTEST_DURATION, _LONGEST_DURATION = 100, 2000  # ms
_FORGOTTEN = 0.98  # of the longest interval remains after each picture: half of it after 34


class Form(StrEnum):
    """What is inside of a binary message."""

    UNITS = "units"
    """As decoders take them: the decoder configuration record; NAL units behind their lengths."""
    FMP4 = "fmp4"
    """As MediaSource takes them: an init segment; one fragment."""

    def configuration(self, configuration: Configuration) -> bytes:
        """The payload that says how to decode."""
        return configuration.record if self is Form.UNITS else fmp4.init_segment(configuration)


@define(eq=False)
class Picture:
    """One access unit, and each frame that was made of it: only when somebody wants it, and once for all."""

    unit: AccessUnit
    number: int
    """Counts the units of a run."""
    duration: int
    """Milliseconds; rather too long than too short."""
    is_first: bool
    """True right after a run's beginning and after another configuration."""
    frames: dict[Form, bytes] | None = None

    def frame(self, form: Form, stream: int) -> bytes:
        """The whole WebSocket frame; `stream` is always the same for this camera and form."""
        made = self.frames
        if made is None:
            made = self.frames = {}
        frame = made.get(form)
        if frame is None:
            frame = made[form] = self._made(form, stream)
        return frame

    def _made(self, form: Form, stream: int) -> bytes:
        unit = self.unit
        payload = unit.data if form is Form.UNITS else fmp4.fragment(unit, self.number, self.duration)
        return wire.binary_frame(
            stream,
            wire.KEYFRAME if unit.is_key else wire.OTHER_UNIT,
            unit.arrived,
            unit.decode_at + unit.shift,
            payload,
            is_first=self.is_first,
        )


class Group:
    """Pictures by their place since the keyframe. Beyond its bounds it goes on counting and keeps none."""

    def __init__(self) -> None:
        self.count = 0
        """Pictures since the keyframe, kept or not; 0: there was no keyframe yet."""
        self.pictures: list[Picture] = []
        """All of them, or none: part of a group is of no use to a decoder."""
        self._bytes = 0

    def add(self, picture: Picture) -> None:
        """The next one; a keyframe begins anew, anything before the first keyframe is not for this."""
        size = len(picture.unit.data)
        if picture.unit.is_key:
            self.clear()
        if self.count and not self.pictures:
            pass  # out of bounds already
        elif self._bytes + size > _MOST_BYTES or self.count >= _MOST_PICTURES:
            self.pictures = []
        else:
            self.pictures.append(picture)
            self._bytes += size
        self.count += 1

    def clear(self) -> None:
        """Keep nothing, and wait for a keyframe."""
        self.count, self._bytes = 0, 0
        self.pictures = []


class Pace:
    """How long a picture of this run may be shown: it has to leave before that is known.

    Too long does no harm, as each fragment says when it begins. Too short does: after more than twice the
    duration that the picture before was said to have, MediaSource throws everything away until the next
    keyframe. So a camera may leave out three pictures, or slow down from 25 a second to five.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._longest = 0.0

    def duration(self, decode_at: int) -> int:
        """Milliseconds for the picture with this decode time."""
        interval = 0 if self._last is None else decode_at - self._last
        self._last = decode_at
        self._longest = max(interval, self._longest * _FORGOTTEN)
        return int(min(max(2 * interval, self._longest, _SHORTEST_DURATION), _LONGEST_DURATION))
