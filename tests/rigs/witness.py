"""What a player was ever told of one camera, and that nothing of it is taken back."""

import hashlib
from datetime import datetime

import m3u8
from attrs import frozen

_GAP = 5.0
"""Seconds without a picture, or of a jump of our clock, after which a discontinuity may be in one run."""


@frozen
class Told:
    """One segment as a playlist showed it; `discontinuities` counted from the beginning of all time."""

    uri: str
    init_uri: str
    discontinuities: int
    duration: float
    began: datetime


class Witness:
    """Remembers every playlist and every file of one camera; AssertionError for the first contradiction."""

    def __init__(self) -> None:
        self.segments: dict[int, Told] = {}
        """By media sequence number."""
        self._numbers: dict[str, int] = {}
        self._digests: dict[str, str] = {}
        self._media_sequence = 0
        self._discontinuity_sequence = 0
        self._target_duration = 0

    @property
    def newest(self) -> int:
        """The highest media sequence number that was ever told; -1 before the first."""
        return max(self.segments, default=-1)

    @property
    def discontinuities(self) -> int:
        """The discontinuity number of the newest segment."""
        return self.segments[self.newest].discontinuities

    def hear(self, text: str) -> m3u8.M3U8:
        """A playlist, checked against all before."""
        playlist = m3u8.loads(text)
        assert not playlist.is_endlist, "a camera has no end"
        number = playlist.media_sequence or 0
        discontinuities = playlist.discontinuity_sequence or 0
        target = int(playlist.target_duration or 0)
        assert number >= self._media_sequence, "the media sequence went back"
        assert discontinuities >= self._discontinuity_sequence, "the discontinuity sequence went back"
        assert target >= self._target_duration, "the target duration fell"
        self._media_sequence, self._discontinuity_sequence = number, discontinuities
        self._target_duration = target
        assert playlist.segments, "an empty playlist"
        for segment in playlist.segments:
            discontinuities += bool(segment.discontinuity)
            assert segment.init_section is not None
            assert segment.program_date_time is not None
            assert segment.uri is not None
            assert segment.duration is not None
            assert max(1, round(segment.duration)) <= target, "a segment is longer than the target duration"
            self._told(
                number,
                Told(
                    segment.uri,
                    str(segment.init_section.uri),
                    discontinuities,
                    segment.duration,
                    segment.program_date_time,
                ),
            )
            number += 1
        return playlist

    def names(self, playlist: m3u8.M3U8) -> list[str]:
        """The files of a playlist that was heard, init files first."""
        first = playlist.media_sequence or 0
        told = [self.segments[number] for number in range(first, first + len(playlist.segments))]
        return [*dict.fromkeys(one.init_uri for one in told), *(one.uri for one in told)]

    def keep(self, name: str, body: bytes) -> None:
        """A file, checked against all that ever came under its name."""
        assert body, f"{name} is empty"
        digest = hashlib.sha256(body).hexdigest()
        assert self._digests.setdefault(name, digest) == digest, f"{name} stands for two contents"

    def _told(self, number: int, told: Told) -> None:
        is_known = number in self.segments
        assert self.segments.setdefault(number, told) == told, f"segment {number} became another one"
        assert self._numbers.setdefault(told.uri, number) == number, f"{told.uri} has two numbers"
        if is_known or len(self.segments) == 1:
            return
        before = max(earlier for earlier in self.segments if earlier < number)
        is_new_run = told.init_uri != self.segments[before].init_uri
        rise = told.discontinuities - self.segments[before].discontinuities
        lost = (told.began - self.segments[before].began).total_seconds() - self.segments[before].duration
        is_gap = number > before + 1 or abs(lost) > _GAP
        assert rise >= 1 or not is_new_run, f"segment {number}: a new run without a discontinuity"
        assert rise == 0 or is_new_run or is_gap, f"segment {number}: {rise} discontinuities counted"
        assert rise >= 1 or number == before + 1, f"segment {number} follows {before} in one run"
