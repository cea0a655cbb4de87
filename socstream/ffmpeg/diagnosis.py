"""What FFmpeg's lines mean: secrets out, chatter out, and why a run ended.

The exit code says nothing: a lost camera and a stall both end with 0.
"""

import re
from collections.abc import Iterable, Sequence
from enum import Enum

from socstream import redaction
from socstream.model.failure import Failure, FailureCode
from socstream.model.stream import Media

LONGEST_LINE = 500
"""Characters of a line that we keep."""

SOCKET_SILENCE = 4.5
"""Seconds: whoever ended after so long without a byte ended by FFmpeg's own 5 s timeout."""

_NOTHING_PLAYED = (9.5, 12.0)
"""Seconds: FFmpeg waits out two such timeouts, in RTSP and in the concat demuxer, before it gives up a
camera that plays nothing; from 12 s on it may as well have looked at what the longer probe allows.
"""


REDIRECTED = Failure(FailureCode.MISCONFIGURED, "the camera redirects to another address")


class Phase(Enum):
    """How far a run came: FFmpeg asks the camera, knows the stream, has made a segment."""

    CONNECTING = "connecting"
    OPENED = "opened"
    STREAMING = "streaming"


class LiveTrouble(Enum):
    """Why FFmpeg could not write its second output; it gives up the segments, too."""

    CODEC = "FLV does not carry the camera's codec"
    TIMES = "the camera leaves out time stamps"


_POINTER = re.compile(r" @ 0x[0-9a-f]+")
_LEVEL = re.compile(r"\[(?:panic|fatal|error|warning)\]|^setpriv: ")

_VIDEO = re.compile(r"Stream #0:\d+.*: Video: (\w+).*?, (\d{2,5})x(\d{2,5})\b(?:.*?, (\d+(?:\.\d+)?) fps)?")
_AUDIO = re.compile(r"Stream #0:\d+.*: Audio: (\w+)")
_OPENED = re.compile(r"^\[info\] Input #0,")
# Of the first packet, at every start of nearly every camera: the live output takes it as it is.
_CHATTER = re.compile(r"Timestamps are unset in a packet")
_CUT = re.compile(r"Opening '[^']*' for writing")
_REDIRECT = re.compile(r"Redirecting to ")
_OTHER_CODEC = re.compile(r"codec .*not compatible with flv", re.IGNORECASE)
_MISSING_TIMES = re.compile(r"Packet is missing PTS")
_OUT_OF_MEMORY = re.compile(r"Cannot allocate memory")
_NO_PROGRAM = re.compile(r"setpriv: failed to execute")

# Tried in this order on everything that a run wrote at warning or above; the first that is found wins.
_SIGNS: tuple[tuple[re.Pattern[str], FailureCode], ...] = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (rf"^{_NO_PROGRAM.pattern}", FailureCode.FFMPEG_MISSING),
        (r"No space left on device|Disk quota exceeded", FailureCode.DISK_FULL),
        (r"Failed to resolve hostname", FailureCode.DNS),
        (r"failed: Connection refused", FailureCode.REFUSED),
        (r"failed: (?:No route to host|Network is unreachable|Host is down)", FailureCode.UNREACHABLE),
        (r"failed: (?:Connection|Operation) timed out", FailureCode.CONNECT_TIMEOUT),
        (r"failed: 401\b|Server returned 401", FailureCode.UNAUTHORIZED),
        (r"failed: 403\b|Server returned 403", FailureCode.FORBIDDEN),
        (r"failed: 404\b|Server returned 404", FailureCode.NOT_FOUND),
        (r"failed: 461\b|Nonmatching transport", FailureCode.TRANSPORT),
        (r"failed: (?:453|503)\b", FailureCode.BUSY),
        (r"failed: [1-6]\d\d\b|Server returned [45]", FailureCode.PROTOCOL),
        (r"\((?:Video: none, none|Unknown: none)\): unknown codec", FailureCode.UNSUPPORTED_CODEC),
        (r"matches no streams", FailureCode.NO_MEDIA),
        (r"Could not find tag for codec|codec not currently supported", FailureCode.UNSUPPORTED_CODEC),
        (r"Failed to open (?:file|segment)|Could not write header|Read-only file system", FailureCode.OUTPUT),
    )
)

# FFmpeg looked too briefly: it did not see a keyframe or the parameter sets. More patience may help.
_TOO_BRIEF = re.compile(r"dimensions not set|Could not find codec parameters")
_KNOWN_ENOUGH = re.compile(r": unknown codec$|Could not find tag for codec")


def redacted(line: str, secrets: Iterable[str]) -> str:
    """The line without `secrets`, whatever looks like a credential, pointers and excess length."""
    return _POINTER.sub("", redaction.without(redaction.redacted(line), secrets))[:LONGEST_LINE]


def is_telling(line: str) -> bool:
    """True for a line worth keeping: a warning or worse, a redirect, what FFmpeg says of the video."""
    is_chatter = bool(_CHATTER.search(line))
    return not is_chatter and any(sign.search(line) for sign in (_LEVEL, _REDIRECT, _VIDEO, _AUDIO))


def is_opened(line: str) -> bool:
    """True for the line that says that FFmpeg knows the stream."""
    return bool(_OPENED.match(line))


def is_cut(line: str) -> bool:
    """True for the muxer's line on opening a file: a hint that a segment was just finished."""
    return bool(_CUT.search(line))


def is_redirect(line: str) -> bool:
    """True when the camera sends FFmpeg elsewhere; it would take the camera's password there."""
    return bool(_REDIRECT.search(line))


def live_trouble_in(line: str) -> LiveTrouble | None:
    """What the line says of the second output; None when it is about something else."""
    if _OTHER_CODEC.search(line):
        return LiveTrouble.CODEC
    return LiveTrouble.TIMES if _MISSING_TIMES.search(line) else None


def is_out_of_memory(line: str) -> bool:
    """True when FFmpeg got no more memory."""
    return bool(_OUT_OF_MEMORY.search(line))


def is_no_program(line: str) -> bool:
    """True when setpriv could not start FFmpeg at all."""
    return bool(_NO_PROGRAM.match(line))


def media_in(line: str) -> Media | None:
    """What the line says of the video; None when it says nothing."""
    found = _VIDEO.search(line)
    if found is None:
        return None
    codec, width, height, fps = found.groups()
    return Media(codec, int(width), int(height), float(fps) if fps else None)


def audio_in(line: str) -> str | None:
    """The audio codec that the line tells; None when it tells none."""
    found = _AUDIO.search(line)
    return found[1] if found else None


def wants_longer_probe(lines: Iterable[str], ran_for: float) -> bool:
    """True when the run ended, after `ran_for` seconds, because FFmpeg had looked at too little media."""
    return _is_too_brief(lines) and not _played_nothing(ran_for)


def _is_too_brief(lines: Iterable[str]) -> bool:
    return any(_TOO_BRIEF.search(line) and not _KNOWN_ENOUGH.search(line) for line in lines)


def _played_nothing(ran_for: float) -> bool:
    return _NOTHING_PLAYED[0] <= ran_for < _NOTHING_PLAYED[1]


def diagnose(
    lines: Sequence[str], *, phase: Phase, silent_for: float, signalled: bool, longer_probe: bool
) -> Failure:
    """Why a run ended by itself. `silent_for`: seconds since the spawn or the last segment.

    `signalled`: a signal that we did not send ended it; `longer_probe`: it had looked long enough.
    """
    bad = [line for line in lines if _LEVEL.search(line)]
    detail = bad[-1] if bad else ""
    if any(_REDIRECT.search(line) for line in lines):
        return REDIRECTED
    if signalled:
        return Failure(FailureCode.CRASHED, detail)
    if _is_too_brief(lines) and _played_nothing(silent_for):
        return Failure(FailureCode.NO_MEDIA, detail)
    if longer_probe and _is_too_brief(lines):
        # A stream that ends at once shows no parameters either; that says nothing about its codec.
        is_over = silent_for < SOCKET_SILENCE
        return Failure(FailureCode.SOURCE_ENDED if is_over else FailureCode.UNSUPPORTED_CODEC, detail)
    for sign, code in _SIGNS:
        found = next((line for line in bad if sign.search(line)), None)
        if found is not None:
            return Failure(code, found)
    return Failure(_by_time(phase, silent_for), detail)


def _by_time(phase: Phase, silent_for: float) -> FailureCode:
    """What no line told: FFmpeg 5 says the same of silence and of nonsense."""
    is_silence = silent_for >= SOCKET_SILENCE
    match phase:
        case Phase.CONNECTING:
            return FailureCode.TIMEOUT if is_silence else FailureCode.PROTOCOL
        case Phase.OPENED:
            return FailureCode.NO_MEDIA if is_silence else FailureCode.SOURCE_ENDED
        case Phase.STREAMING:
            return FailureCode.STALLED if is_silence else FailureCode.SOURCE_ENDED
