"""Whether what one FFmpeg makes can follow what it made before: it does not notice a camera that changes."""

import math

from attrs import define

from socstream.hls.disk import NewSegment


@define
class Continuity:
    """The segments of one run so far, as far as the next ones have to fit to them.

    `jump`: seconds by which a segment may have lasted longer than we waited for it, or the longest one
    longer: less is jitter, or a camera that sends its past at first.
    """

    jump: float
    slept_for: float = 0.0
    """Seconds for which we stood still, and FFmpeg with us once its pipe was full: the camera has dropped
    so much at most. The one segment that has this gap in it is left out, and nothing is restarted.
    """
    broken: str = ""
    """Why the run has to end; empty while all fits."""
    _longest: float = 0.0
    _newest_at: float | None = None
    _format: bytes = b""
    _stood: int = 0
    _other: bytes = b""

    def following(self, fresh: tuple[NewSegment, ...], now: float) -> tuple[NewSegment, ...]:
        """Those of the new segments that may be listed; `broken` says why not all."""
        waited = math.inf if self._newest_at is None else now - self._newest_at
        fitting: list[NewSegment] = []
        for segment in fresh:
            jumped = segment.duration - waited
            waited = math.inf if self._newest_at is None else 0.0
            if max(self.jump, self._longest) < jumped <= self.slept_for:
                self.slept_for = 0.0
                continue
            if jumped > max(self.jump, self._longest):
                self.broken = f"the camera's time stamps jumped by {jumped:.0f} s"
            elif self._is_other(segment.format):
                self.broken = "the format of the camera's pictures changed"
            if self.broken:
                return tuple(fitting)
            self._longest = max(self._longest, segment.duration)
            fitting.append(segment)
        self._newest_at = now if fresh else self._newest_at
        return tuple(fitting)

    def _is_other(self, format_: bytes) -> bool:
        """True when the pictures need another init file than the run's.

        After two segments of the format that the run began with, or at the second one of the other: an
        encoder that writes its parameter sets a little different each time must not be restarted each time.
        """
        if not self._format:
            self._format = format_
        if format_ in (self._format, b""):
            self._stood, self._other = self._stood + 1, b""
            return False
        is_proven = self._stood >= 2 or format_ == self._other
        self._stood, self._other = 0, format_
        return is_proven
