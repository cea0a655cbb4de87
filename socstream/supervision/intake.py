"""One camera's pictures on their way from FFmpeg's pipe to its live edge; HLS never depends on them."""

import logging
from collections.abc import Sequence
from typing import Protocol

from socstream.clock import Clock
from socstream.ffmpeg.command import LiveOutput
from socstream.ffmpeg.diagnosis import LiveTrouble
from socstream.live.flv import BrokenStream, FlvReader, OtherCodec
from socstream.live.unit import AccessUnit, Configuration
from socstream.model.stream import Media

log = logging.getLogger(__name__)

_CARRIED = "h264"
"""The one codec that FLV carries in every FFmpeg, and every browser shows."""


class LiveEdge(Protocol):
    """What is asked of a live edge (`live/edge.py`)."""

    @property
    def is_watched(self) -> bool: ...
    def begin(self, run: int) -> None: ...
    def take(self, items: Sequence[Configuration | AccessUnit]) -> None: ...
    def end(self) -> None: ...
    def refuse(self, reason: str | None, code: str) -> None: ...


class Edges(Protocol):
    """What is asked of all live edges (`live/edges.py`)."""

    def of(self, camera_id: str) -> LiveEdge: ...


class Writer(Protocol):
    """What is asked of the FFmpeg that writes."""

    media: Media | None
    live_trouble: LiveTrouble | None


class Intake:
    """Over all runs of one camera: what FFmpeg is to write for the live edge, and what came of it."""

    def __init__(self, name: str, edge: LiveEdge, clock: Clock) -> None:
        self.name = name
        """For the log."""
        self.output = LiveOutput.PROMPT
        """For the next run."""
        self.newest_at: float | None = None
        """Monotonic seconds; None when this run has brought no picture, or its pictures are not read."""
        self.longest_gap = 0.0
        """Seconds between two pictures of this run, at most."""
        self._edge = edge
        self._clock = clock
        self._reader: FlvReader | None = None
        self._unfit: str | None = None

    def begin(self, run: int) -> None:
        """FFmpeg starts, and writes what `output` says."""
        self.newest_at, self.longest_gap = None, 0.0
        if self.output is not LiveOutput.OFF:
            self._reader = FlvReader()
            self._edge.refuse(None, "")
            self._edge.begin(run)

    def take(self, piece: memoryview) -> bool:
        """What FFmpeg wrote; true when somebody waits for more. Whatever goes wrong here ends the edge of
        this run, and nothing else.
        """
        if self._reader is None:
            return False
        try:
            items = self._reader.feed(piece, self._clock.wall())
            if items:
                self._note_arrival()
                self._edge.take(items)
        except OtherCodec as error:
            self.end()
            self._refuse(str(error))
        except BrokenStream as error:
            log.warning("%s: its live edge is lost until FFmpeg starts again: %s", self.name, error)
            self.end()
        except Exception:
            log.exception("%s: a bug ended its live edge until FFmpeg starts again", self.name)
            self.end()
        return self._reader is not None and self._edge.is_watched

    def end(self) -> None:
        """The run is over, or its pictures are not read any more."""
        self.newest_at = None
        if self._reader is not None:
            self._reader = None
            self._edge.end()

    def wants_restart(self, ffmpeg: Writer) -> bool:
        """True when FFmpeg has to start again at once, to write more, or less, for the live edge."""
        codec = ffmpeg.media.codec if ffmpeg.media else None
        if self.output is LiveOutput.OFF:
            if codec != _CARRIED or self._unfit == _CARRIED:
                return False
            self.output = LiveOutput.PROMPT  # somebody has set the camera to another codec
            return True
        if ffmpeg.live_trouble is None:
            return False
        if ffmpeg.live_trouble is LiveTrouble.TIMES and self.output is LiveOutput.PROMPT:
            self.output = LiveOutput.MENDED
        else:
            self._refuse(codec or "unknown")
        return True

    def _note_arrival(self) -> None:
        now = self._clock.monotonic()
        if self.newest_at is not None:
            self.longest_gap = max(self.longest_gap, now - self.newest_at)
        self.newest_at = now

    def _refuse(self, codec: str) -> None:
        self.output, self._unfit = LiveOutput.OFF, codec
        if codec == _CARRIED:
            self._edge.refuse("The camera's time stamps have gaps: its pictures come with a delay.", "times")
        elif codec in ("hevc", "hvc1"):
            self._edge.refuse("The camera sends H.265: its pictures come with a delay.", "h265")
        else:
            self._edge.refuse("The camera does not send H.264: its pictures come with a delay.", "codec")
