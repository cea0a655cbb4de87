"""The public playlist of one camera over all FFmpeg runs and server lives: numbers that only rise.

A `Window` is a value: what is listed now, and what left the list so lately that it may still be read.
A `Timeline` holds the newest window and its rendered bytes. Whoever publishes saves the window first
(`disk.py`), so that a number that a player has seen can never be given to another segment.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

from attrs import evolve, frozen

from socstream.hls.layout import init_name, segment_name
from socstream.hls.media import MediaFile
from socstream.hls.playlist import Line, render_playlist
from socstream.model.ceiling import Ceiling

LISTED = 6
"""Segments in the playlist: players start three from the end, and need room to fall behind."""

READABLE_AFTERWARDS = 4
"""Segments that may still be read after they left the list: a slow player asks for them late."""

FRESH_FOR = 8.0
"""Seconds that a playlist without a new segment is still served; see `Timeline.is_fresh`. Nor is a segment
listed before one that began so much later: players join three from the end, and would show it as live.
"""


@frozen
class Segment:
    """One published media file. `began`: wall seconds of its first picture; `run`: its run's first number."""

    number: int
    run: int
    duration: float
    size: int
    began: float
    discontinuity: bool

    def precedes(self, other: "Segment") -> bool:
        """True when `other` may be listed after this: numbers are implied by position, so it has the next
        one, and no gap in time lets this one look newer than it is.
        """
        is_close = abs(other.began - self.began - self.duration) < FRESH_FOR
        return other.number == self.number + 1 and is_close


@frozen
class Window:
    """The newest segments, oldest first: those that may still be read, then the listed ones.

    `listed` counts the latter; `discontinuity_sequence` counts the discontinuities before them.
    """

    segments: tuple[Segment, ...] = ()
    listed: int = 0
    discontinuity_sequence: int = 0
    target_duration: int | None = None

    @property
    def listing(self) -> tuple[Segment, ...]:
        """The listed segments."""
        return self.segments[len(self.segments) - self.listed :]

    @property
    def discontinuities(self) -> int:
        """The discontinuity sequence number of the newest segment."""
        return self.discontinuity_sequence + sum(segment.discontinuity for segment in self.listing)

    def extended(self, segment: Segment) -> "Window":
        """The window with one more segment. A number that does not follow empties the list first."""
        follows = not self.segments or self.segments[-1].precedes(segment)
        # A gap cannot be listed, only begun after.
        segment = segment if follows else evolve(segment, discontinuity=True)
        stays = min(self.listed, LISTED - 1) if follows else 0
        left = self.listing[: self.listed - stays]
        return Window(
            segments=(*self.segments, segment)[-(LISTED + READABLE_AFTERWARDS) :],
            listed=stays + 1,
            discontinuity_sequence=self.discontinuity_sequence + sum(gone.discontinuity for gone in left),
            target_duration=max(_rounded(segment.duration), self.target_duration or 0),
        )

    def shortened(self, listed: int, afterwards: int) -> "Window":
        """The window with at most so many listed (one at least), and so many more that may be read."""
        left = self.listing[: max(0, self.listed - listed)]
        stays = self.listed - len(left)
        return evolve(
            self,
            segments=self.segments[len(self.segments) - min(len(self.segments), stays + afterwards) :],
            listed=stays,
            discontinuity_sequence=self.discontinuity_sequence + sum(gone.discontinuity for gone in left),
        )

    def files(self) -> frozenset[str]:
        """The names of all files that the window needs."""
        names = {segment_name(segment.number) for segment in self.segments}
        return frozenset(names | {init_name(segment.run) for segment in self.segments})

    def readable(self, present: Mapping[str, int]) -> "Window | None":
        """What is left of the window with only these files (name → bytes); None without its newest."""
        kept = 0
        for segment in reversed(self.segments):
            is_whole = present.get(segment_name(segment.number)) == segment.size
            if not is_whole or not present.get(init_name(segment.run)):
                break
            kept += 1
        if not kept:
            return None
        lost = self.listing[: max(0, self.listed - kept)]
        return evolve(
            self,
            segments=self.segments[-kept:],
            listed=min(self.listed, kept),
            discontinuity_sequence=self.discontinuity_sequence + sum(gone.discontinuity for gone in lost),
        )

    def render(self) -> bytes:
        """The playlist; there is at least one segment."""
        assert self.target_duration is not None
        lines = (
            Line(
                uri=segment_name(segment.number),
                init_uri=init_name(segment.run),
                duration=segment.duration,
                began=segment.began,
                discontinuity=segment.discontinuity,
            )
            for segment in self.listing
        )
        return render_playlist(
            lines,
            media_sequence=self.listing[0].number,
            discontinuity_sequence=self.discontinuity_sequence,
            target_duration=self.target_duration,
        )


def _rounded(duration: float) -> int:
    """Whole seconds as a player rounds what EXTINF says: halves go up."""
    return max(1, math.floor(round(duration, 3) + 0.5))


class Timeline:
    """What players see of one camera, in memory: no method waits for anything."""

    def __init__(self, ceiling: Ceiling, restored: Window | None, now: float) -> None:
        self._started_at = now
        self._restored = restored is not None
        self._first_number = ceiling.media_sequence
        self.newest_at: float | None = None
        """Monotonic seconds at which the newest segment arrived; None before this server's first."""
        self.playlist: bytes | None = None
        """The rendered playlist; None before the first segment ever."""
        self.published = 0
        """Segments that were published in this server's life."""
        self.published_bytes = 0
        self.etag = ""
        self._open: dict[str, MediaFile] = {}
        self._files: frozenset[str] = frozenset()
        begin = Window(
            discontinuity_sequence=ceiling.discontinuity_sequence, target_duration=ceiling.target_duration
        )
        self.window: Window = begin if restored is None else restored
        """What is shown; `publish` puts a newer one."""
        self._show(self.window)

    @property
    def next_number(self) -> int:
        """The number of the next segment: one that no player has seen."""
        return self.window.segments[-1].number + 1 if self.window.segments else self._first_number

    @property
    def media_sequence(self) -> int:
        """The number of the first listed segment, or of the first to come."""
        return self.window.listing[0].number if self.window.listed else self.next_number

    @property
    def discontinuity_sequence(self) -> int:
        """The discontinuity sequence number of the first listed segment."""
        return self.window.discontinuity_sequence

    @property
    def segments(self) -> int:
        """How many segments are listed."""
        return self.window.listed

    def is_fresh(self, now: float) -> bool:
        """True while the playlist may be served in any state: the newest segment is young enough, or our
        own start is, with a list from before. A player must not die of a restart, nor a tile lie for long.
        """
        since = self._started_at if self.newest_at is None and self._restored else self.newest_at
        return since is not None and now - since < max(FRESH_FOR, 3 * (self.window.target_duration or 0))

    def holds(self, name: str) -> bool:
        """True for the name of a file that may be read now."""
        return name in self._files

    def file(self, name: str) -> MediaFile | None:
        """The open file of this name; None when it may not be read, or nobody has opened it yet."""
        return self._open.get(name)

    def keep(self, name: str, file: MediaFile) -> None:
        """Hold a file open for whoever asks next, as long as it may be read."""
        if name in self._files:
            self._open[name] = file

    def let_go(self) -> None:
        """Close the files that nobody reads just now; the next one who asks opens them again."""
        self._open = {}

    def end(self) -> None:
        """None of its files may be read any more."""
        self._files = frozenset()
        self._open = {}

    def publish(self, window: Window, now: float) -> None:
        """Show a window that has been saved."""
        first = self.next_number
        for segment in reversed(window.segments):
            if segment.number < first:
                break
            self.published += 1
            self.published_bytes += segment.size
        self.newest_at = now
        self._show(window)

    def shorten(self, window: Window) -> None:
        """Show less of the same: nothing new has arrived."""
        self._show(window)

    def forget_target_duration(self) -> None:
        """The source is another one: its first segment decides anew."""
        self.window = evolve(self.window, target_duration=None)

    def _show(self, window: Window) -> None:
        self.window = window
        self._files = window.files()
        self._open = {name: file for name, file in self._open.items() if name in self._files}
        if window.segments:
            self.playlist = window.render()
            # The first number too: what was restored may have lost its oldest segments.
            self.etag = f'"{self.media_sequence}-{window.segments[-1].number}-{window.discontinuities}"'


class Timelines:
    """Camera id → Timeline."""

    def __init__(self) -> None:
        self._timelines: dict[str, Timeline] = {}

    def get(self, camera_id: str) -> Timeline | None:
        """The timeline of one camera; None for one that makes no HLS here."""
        return self._timelines.get(camera_id)

    def put(self, camera_id: str, timeline: Timeline) -> None:
        """Show a camera's timeline."""
        self._timelines[camera_id] = timeline

    def drop(self, camera_id: str) -> None:
        """Forget a camera that is gone; nothing of it stays open, whoever still knows its timeline."""
        timeline = self._timelines.pop(camera_id, None)
        if timeline is not None:
            timeline.end()

    def let_go(self) -> None:
        """Close all files that nobody reads just now."""
        for timeline in self._timelines.values():
            timeline.let_go()

    @property
    def all(self) -> Mapping[str, Timeline]:
        """A live, read-only view."""
        return MappingProxyType(self._timelines)
