"""Why a stream is down: a closed set, each with a message and a remedy in plain words."""

from enum import StrEnum

from attrs import frozen


class FailureCode(StrEnum):
    """The closed set. A new member needs a text below and a lane in `backoff.py`."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    DNS = "dns"
    CONNECT_TIMEOUT = "connect_timeout"
    TIMEOUT = "timeout"
    NO_MEDIA = "no_media"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    TRANSPORT = "transport"
    BUSY = "busy"
    PROTOCOL = "protocol"
    UNSUPPORTED_CODEC = "unsupported_codec"
    SOURCE_ENDED = "source_ended"
    STALLED = "stalled"
    OUTPUT = "output"
    DISK_FULL = "disk_full"
    FFMPEG_MISSING = "ffmpeg_missing"
    MISCONFIGURED = "misconfigured"
    CRASHED = "crashed"
    UNEXPECTED = "unexpected"


@frozen
class _Words:
    message: str
    remedy: str


_WORDS: dict[FailureCode, _Words] = {
    FailureCode.REFUSED: _Words(
        "The camera refuses the connection",
        "Its port is closed: is the camera starting up, is the port right, is RTSP switched on?",
    ),
    FailureCode.UNREACHABLE: _Words(
        "The camera cannot be reached",
        "No way to its address: check power, cable, switch port and the network settings.",
    ),
    FailureCode.DNS: _Words(
        "The camera's name cannot be resolved",
        "Check the host name in the URL and this server's DNS, or use the camera's IP address.",
    ),
    FailureCode.CONNECT_TIMEOUT: _Words(
        "The camera does not answer",
        "Nothing answers at its address: check power, cable and firewall.",
    ),
    FailureCode.TIMEOUT: _Words(
        "The camera accepts the connection but does not speak",
        "Its RTSP service hangs: restart the camera if this goes on.",
    ),
    FailureCode.NO_MEDIA: _Words(
        "The camera answers but sends no picture",
        "Check the stream in the camera's settings; restart the camera if this goes on.",
    ),
    FailureCode.UNAUTHORIZED: _Words(
        "The camera refuses the password",
        "Check user and password. We try seldom, because cameras lock out whoever tries too often.",
    ),
    FailureCode.FORBIDDEN: _Words(
        "The camera does not let this user see the stream",
        "Give the user the right to live video in the camera's settings.",
    ),
    FailureCode.NOT_FOUND: _Words(
        "The camera has no such stream",
        "Check the path in the URL; makers and models differ.",
    ),
    FailureCode.TRANSPORT: _Words(
        "The camera does not offer RTSP over TCP",
        "Allow TCP (interleaved) transport in the camera's RTSP settings.",
    ),
    FailureCode.BUSY: _Words(
        "The camera has no room for another viewer",
        "Close other connections to it, or raise its limit of streams.",
    ),
    FailureCode.PROTOCOL: _Words(
        "The camera answers in a way that is not RTSP",
        "Check port and path; is this really the RTSP address?",
    ),
    FailureCode.UNSUPPORTED_CODEC: _Words(
        "The camera's video format cannot be shown",
        "Set the stream to H.264 in the camera, or use its H.264 sub-stream.",
    ),
    FailureCode.SOURCE_ENDED: _Words(
        "The camera ended the stream",
        "It is probably restarting; we reconnect by ourselves.",
    ),
    FailureCode.STALLED: _Words(
        "No new picture from the camera",
        "The connection is open but nothing usable arrives; we reconnect by ourselves.",
    ),
    FailureCode.OUTPUT: _Words(
        "The server cannot make the stream",
        "Check this server: may it write to its stream directory, may it start programs and open files?",
    ),
    FailureCode.DISK_FULL: _Words(
        "The server's disk is full",
        "Free space for the stream directory on this server.",
    ),
    FailureCode.FFMPEG_MISSING: _Words(
        "FFmpeg is missing on the server",
        "Install FFmpeg 5.0 or newer, or the extra socstream[ffmpeg]; “socstream doctor” tells more.",
    ),
    FailureCode.MISCONFIGURED: _Words(
        "The camera's address is not one that we may open",
        "Check the URL: it leads, or redirects, to an address that this server refuses.",
    ),
    FailureCode.CRASHED: _Words(
        "FFmpeg ended unexpectedly",
        "We restart it by ourselves; its last lines are in the stream's status.",
    ),
    FailureCode.UNEXPECTED: _Words(
        "An error in this server stopped the stream",
        "We restart it by ourselves; please report the traceback in the server's log.",
    ),
}


@frozen
class Failure:
    """One end of a run that was not asked for. `detail` is a redacted line for experts, or empty."""

    code: FailureCode
    detail: str = ""

    @property
    def message(self) -> str:
        """What happened, in plain words."""
        return _WORDS[self.code].message

    @property
    def remedy(self) -> str:
        """What the operator can do, in one line."""
        return _WORDS[self.code].remedy

    def __str__(self) -> str:
        return f"{self.code} ({self.detail})" if self.detail else str(self.code)
