"""What comes from a camera's FFmpeg one by one: how to decode, and what to show."""

from attrs import frozen


@frozen
class Configuration:
    """What a decoder must know before the first access unit."""

    codec: str
    """As browsers are told it (RFC 6381): "avc1.64001f"."""

    record: bytes
    """AVCDecoderConfigurationRecord or its HEVC sister: the content of the box avcC or hvcC."""

    width: int
    height: int


@frozen
class AccessUnit:
    """One coded picture. Times of one run only: the next FFmpeg starts anew."""

    arrived: float
    """Seconds since 1970 on this machine's clock."""

    decode_at: int
    """Milliseconds, unwrapped."""

    shift: int
    """Milliseconds from decoding to presentation; more than nothing only with B-frames."""

    is_key: bool
    """True when decoding may start here."""

    data: bytes
    """NAL units, each behind its length, as the configuration's record has it."""
