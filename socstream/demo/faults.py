"""Everything that can be ordered from a virtual camera; a fault stands until another one or none is ordered.

Faults of the port and of the answers meet every client. Faults in the stream meet each session that has
played for `after` seconds; some can come `early`, in place of the first answer.
"""

from attrs import field, frozen

from socstream.demo.media import Media


@frozen
class Refuse:
    """The port is closed, and every connection with it; the number stays ours."""


@frozen
class NoAnswer:
    """The host is gone: connecting hangs, and running sessions fall silent with their sockets open."""


@frozen
class Silent:
    """Connections are accepted, but this method (None: any) is never answered."""

    method: str | None = None


@frozen
class Status:
    """This method (None: any) is answered with a status instead: 401 for ever, 404, 453, 503 …"""

    code: int
    method: str | None = "DESCRIBE"


@frozen
class Redirect:
    """DESCRIBE is answered with 302 to another URL."""

    url: str


@frozen
class UnknownCodec:
    """The SDP names a codec that nobody knows."""

    codec: str = "X-UNHEARD-OF"


@frozen
class HugeSdp:
    """The SDP is this many bytes long; all of them are sent, as fast as they are read."""

    size: int = 64 << 20


@frozen
class EndlessHeader:
    """The answer to DESCRIBE has a header line that never ends, at this many bytes a second."""

    rate: int = 1 << 20


@frozen
class InStream:
    """A fault of the media."""

    after: float = field(default=0.0, kw_only=True)
    """Seconds of good media before it, in each session."""


@frozen
class OnTheWire(InStream):
    """A fault of the connection that carries the media."""

    early: bool = field(default=False, kw_only=True)
    """Already in place of the first answer."""


@frozen
class Stall(InStream):
    """Nothing is sent, and the socket stays open."""


@frozen
class Fin(OnTheWire):
    """The connection is closed."""


@frozen
class Reset(OnTheWire):
    """The connection is reset."""


@frozen
class Bye(InStream):
    """RTCP BYE of every track, then silence."""


@frozen
class Garbage(OnTheWire):
    """Random bytes, where interleaved packets should be.

    As a rule without a line end or a "$": measured, FFmpeg 5.1 and 9.0 then wait for the end of the line for
    ever and ignore SIGTERM; among bytes of `any_kind` they soon find something to end by.
    """

    any_kind: bool = False


@frozen
class NoKeyframes(InStream):
    """All but the keyframes."""


@frozen
class Drip(OnTheWire):
    """What should be sent is sent byte by byte, one each `every` seconds, so no socket times out."""

    every: float = 1.0


@frozen
class Jump(InStream):
    """The time stamps jump once by so many seconds, forward or back."""

    seconds: float = 100.0


@frozen
class Switch(InStream):
    """Other media from the next keyframe on: another resolution; another codec ends the session first."""

    media: Media


Fault = Refuse | NoAnswer | Silent | Status | Redirect | UnknownCodec | HugeSdp | EndlessHeader | InStream
