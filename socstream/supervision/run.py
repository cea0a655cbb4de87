"""The facts of one FFmpeg life that decide whether it is healthy: what it made, and when."""

from attrs import Factory, define, field, frozen

from socstream.hls.disk import Look, NewSegment


@frozen
class Timing:
    """The patience of a worker, in seconds."""

    poll: float = 1.5
    """Between two looks when nobody hints at a new segment: FFmpeg itself does, so this costs CPU only."""
    settle: float = 0.02
    """From FFmpeg's hint to the rename that it announces: 10 ms as measured, and as much again."""
    first_media: float = 20.0
    """To the first and to the second segment of a run: a camera may need two long groups of pictures."""
    stall_floor: float = 6.0
    stall_factor: float = 3.0
    """`stall_after` is the floor, or so many times the longest segment."""
    gap: float = 1.0
    """A look that comes so much too late means that we slept, not the camera."""
    jump: float = 3.0
    """Of the camera's clock, at least, that end a run; see `Continuity`."""


@define
class Run:
    """One FFmpeg life, first to be watched at `last_news` (monotonic seconds)."""

    start_number: int
    last_news: float
    timing: Timing
    seen: Look | None = None
    segments: int = 0
    longest: float = 0.0
    first_segment_at: float | None = None
    _last_look: float = field(default=Factory(lambda self: self.last_news, takes_self=True))
    _awake_since: float = 0.0

    @property
    def stall_after(self) -> float:
        """Seconds of silence after which this run is given up."""
        if self.segments < 2:
            return max(self.timing.first_media, self.timing.stall_factor * self.longest)
        return max(self.timing.stall_floor, self.timing.stall_factor * self.longest)

    def patience(self, now: float) -> float:
        """Seconds until this run is given up if nothing comes."""
        # At least a millisecond: for what rounding leaves, no time would pass from look to look.
        return max(0.001, self.stall_after - self.silent_for(now))

    def looked(self, now: float) -> float:
        """Note that we are awake; the seconds for which we were not (suspend, SIGSTOP): that silence is not
        FFmpeg's.
        """
        slept = now - self._last_look
        self._last_look = now
        if slept <= self.timing.poll + self.timing.gap:
            return 0.0
        self.last_news = self._awake_since = now
        return slept

    def advanced(self, fresh: tuple[NewSegment, ...], now: float) -> None:
        """Note new segments."""
        self.segments += len(fresh)
        self.longest = max(self.longest, *(segment.duration for segment in fresh))
        self.last_news = now
        if self.first_segment_at is None:
            self.first_segment_at = now

    def silent_for(self, now: float) -> float:
        """Seconds since the spawn or the last new segment."""
        return now - self.last_news

    def frozen_for(self, newest_at: float | None, now: float) -> float:
        """Seconds since the newest single picture came at `newest_at`; 0 when nobody saw any."""
        return 0.0 if newest_at is None else now - max(newest_at, self._awake_since)

    def frozen_after(self, longest_gap: float) -> float:
        """Seconds without a single picture after which this run is given up. Earlier than `stall_after` when
        segments are long; never instead of it: pictures may come that make no segment.
        """
        return max(self.timing.stall_floor, self.timing.stall_factor * longest_gap)

    def is_stable(self, now: float, stable_after: float) -> bool:
        """True when segments have been arriving for long enough."""
        return self.first_segment_at is not None and now - self.first_segment_at >= stable_after
