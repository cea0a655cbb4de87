"""What FFmpeg writes on its second output (FLV, one tag for each access unit), read as it comes."""

import struct

from socstream.live.sps import BadParameterSet, read_sps, record_of, sets_in
from socstream.live.unit import AccessUnit, Configuration

LARGEST_TAG = 8 << 20
"""Bytes. A keyframe of a 4K camera has one or two million."""

_FILE_HEAD = b"FLV\1"
_FILE_HEAD_SIZE = 13
_TAG_HEAD = struct.Struct(">IIHB")
"""Kind and 24 bits of length; 24 bits of time and its highest 8; the number of the stream, always 0."""
_TAG_TAIL = struct.Struct(">I")
"""The size of the tag before it."""
_AROUND = _TAG_HEAD.size + _TAG_TAIL.size

_AUDIO, _VIDEO, _SCRIPT = 8, 9, 18
_KINDS = frozenset({_AUDIO, _VIDEO, _SCRIPT})
_VIDEO_HEAD = 5
_H264 = 7
_KEYFRAME, _COMMAND = 1, 5
_RECORD, _UNIT = 0, 1

_TIMES = 1 << 31
"""FFmpeg writes so many different times (ms), and begins anew after 24.8 days."""

_LARGEST_SHIFT = 10_000
"""Milliseconds; an offset beyond it stands for a time that FFmpeg did not know."""

_HELD = 0.5
"""Seconds that a picture may come later, after the one before it, than it was taken: more, and it was held
back. FFmpeg does so with the last one of a camera that falls silent, until it gives up.
"""

_LONGEST_HELD = 20.0
"""Seconds. Nobody waits so long for a picture: our clock has jumped, or we stood still ourselves."""

_SPS, _PPS = 7, 8
_SLICES = range(1, 6)
_MOST_BEFORE_SLICES = 64
"""NAL units that may stand before the picture itself; more are not looked at."""

_Sets = tuple[tuple[bytes, ...], tuple[bytes, ...]]
"""NAL units: sequence parameter sets, picture parameter sets."""


class BrokenStream(Exception):
    """This is not what our FFmpeg writes; no more can be read of this run."""


class OtherCodec(Exception):
    """The stream is whole, but not H.264; its name is the argument."""


class FlvReader:
    """One run's stream. It holds at most one unfinished tag, and copies each picture once."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._wanted = _FILE_HEAD_SIZE
        self._is_open = False
        self._sets: _Sets = ((), ())
        self._time: int | None = None
        self._decode_at = 0
        self._before: tuple[float, int] | None = None
        """When the last picture came, and its decode time."""

    def feed(self, piece: bytes | memoryview, arrived: float) -> list[Configuration | AccessUnit]:
        """What is complete with this piece, in order; `arrived` in seconds since 1970. The piece may be
        overwritten afterwards. Raises BrokenStream or OtherCodec, and is of no use after that.
        """
        items: list[Configuration | AccessUnit] = []
        if self._rest:
            self._rest += piece
            if len(self._rest) < self._wanted:
                return items  # not looked at again for each piece: a large keyframe comes in many
        with memoryview(self._rest or piece) as whole:
            at = 0 if self._is_open else self._opened(whole)
            at = self._tags(whole, at, arrived, items)
            rest = bytearray(whole[at:])
        self._rest = rest
        return items

    def _opened(self, whole: memoryview) -> int:
        """Where the tags begin, once enough of the beginning is there to know it."""
        if whole[: len(_FILE_HEAD)] != _FILE_HEAD[: len(whole)]:
            raise BrokenStream("it does not begin like FLV")
        self._is_open = len(whole) >= _FILE_HEAD_SIZE
        return _FILE_HEAD_SIZE if self._is_open else 0

    def _tags(
        self, whole: memoryview, at: int, arrived: float, items: list[Configuration | AccessUnit]
    ) -> int:
        """Read all whole tags; where the first one begins that is not."""
        size = len(whole)
        while self._is_open and size - at >= _AROUND:
            first, second, stream, still_stream = _TAG_HEAD.unpack_from(whole, at)
            kind, length = first >> 24, first & 0xFFFFFF
            if kind not in _KINDS or stream or still_stream or length > LARGEST_TAG:
                raise BrokenStream("there is no tag where one should be")
            end = at + _AROUND + length
            if end > size:
                self._wanted = end - at
                return at
            if _TAG_TAIL.unpack_from(whole, end - _TAG_TAIL.size)[0] != length + _TAG_HEAD.size:
                raise BrokenStream("a tag does not end where it should")
            if kind == _VIDEO and length:
                time = second >> 8 | (second & 0x7F) << 24
                self._video(whole, at + _TAG_HEAD.size, end - _TAG_TAIL.size, time, arrived, items)
            at = end
        self._wanted = _AROUND if self._is_open else _FILE_HEAD_SIZE
        return at

    def _video(
        self,
        whole: memoryview,
        at: int,
        end: int,
        time: int,
        arrived: float,
        items: list[Configuration | AccessUnit],
    ) -> None:
        """Read the tag from `at` to `end`. It comes for every picture: no slice but the data."""
        kind, codec = whole[at] >> 4, whole[at] & 0xF
        if kind & 8:
            name = bytes(whole[at + 1 : min(at + 5, end)])
            raise OtherCodec(name.decode() if name.isalnum() else "unknown")
        if codec != _H264:
            raise OtherCodec(f"number {codec}")
        if end - at < _VIDEO_HEAD:
            raise BrokenStream("a tag ends too early")
        if kind == _COMMAND:
            return
        what = whole[at + 1]
        data = bytes(whole[at + _VIDEO_HEAD : end])
        if what == _RECORD:
            items += self._configured(data)
        elif what == _UNIT:
            decode_at = self._moment(time)
            arrived = self._arrived(arrived, decode_at)
            is_key = kind == _KEYFRAME
            if is_key:
                items += self._reconfigured(data)
            if self._sets[0]:  # before, nobody could decode it
                shift = int.from_bytes(whole[at + 2 : at + _VIDEO_HEAD], "big", signed=True)
                shift = shift if abs(shift) <= _LARGEST_SHIFT else 0
                items.append(AccessUnit(arrived, decode_at, shift, is_key, data))

    def _arrived(self, now: float, decode_at: int) -> float:
        """When it would have come if nobody had held it back: an old picture must not count as one of now."""
        if self._before is not None:
            came, decoded = self._before
            if now - came < _LONGEST_HELD:
                now = min(now, came + (decode_at - decoded) / 1000 + _HELD)
        self._before = (now, decode_at)
        return now

    def _moment(self, time: int) -> int:
        """The time on an axis without an end, which always rises: MediaSource takes two at one time for one.

        So would the first two of a run be, of which FFmpeg does not know the time of the first.
        """
        if self._time is None:
            # The upper half: before zero, or a first time that FFmpeg did not know.
            self._decode_at = time = time if time < _TIMES // 2 else 0
        else:
            step = (time - self._time + _TIMES // 2) % _TIMES - _TIMES // 2
            self._decode_at += max(1, step)
        self._time = time
        return self._decode_at

    def _configured(self, record: bytes) -> list[Configuration]:
        """What FFmpeg says before the first picture."""
        if not record:
            return []  # it does not know; the first keyframe will tell
        try:
            return self._new(sets_in(record))
        except BadParameterSet as error:
            raise BrokenStream(f"its parameter set: {error}") from error

    def _reconfigured(self, data: bytes) -> list[Configuration]:
        """What a keyframe itself says: FFmpeg does not notice a camera that changes its picture."""
        sps, pps = sets_before_slices(data)
        try:
            return self._new((sps, pps or self._sets[1])) if sps else []
        except BadParameterSet:
            return []  # the decoder will find out, and for this camera only

    def _new(self, sets: _Sets) -> list[Configuration]:
        if sets == self._sets:
            return []
        record = record_of(*sets)
        facts = read_sps(sets[0][0])
        self._sets = sets
        return [Configuration(facts.codec, record, facts.width, facts.height)]


def sets_before_slices(data: bytes) -> _Sets:
    """The parameter sets in an access unit."""
    sps: list[bytes] = []
    pps: list[bytes] = []
    at = 0
    for _ in range(_MOST_BEFORE_SLICES):
        size, nal = int.from_bytes(data[at : at + 4], "big"), at + 4
        if nal >= len(data) or data[nal] & 0x1F in _SLICES:
            break
        kind, at = data[nal] & 0x1F, nal + size
        if kind == _SPS:
            sps.append(data[nal:at])
        elif kind == _PPS:
            pps.append(data[nal:at])
    return tuple(sps), tuple(pps)
