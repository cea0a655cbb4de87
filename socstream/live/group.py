"""The current group of pictures of one camera: all since the newest keyframe, within bounds."""

from enum import StrEnum

from attrs import define

from socstream.live import fmp4, wire
from socstream.live.unit import AccessUnit, Configuration

_MOST_BYTES = 6 * 1024 * 1024
"""Ten seconds of 4.8 Mbit/s. Each form that is watched takes as much again."""

_MOST_PICTURES = 4096

_FIRST_DURATION = 40  # ms, of 25 pictures a second
_LONGEST_DURATION = 2000


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
    """Milliseconds; what is likely, as the next one's time is not known yet."""
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
    """How long the pictures of a run are likely to be shown."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._interval = _FIRST_DURATION

    def duration(self, decode_at: int) -> int:
        """Milliseconds for the picture with this decode time: as long as the one before it."""
        if self._last is not None and decode_at > self._last:
            self._interval = min(decode_at - self._last, _LONGEST_DURATION)
        self._last = decode_at
        return self._interval
