"""What a virtual camera plays: a loop of access units, payloaded once and shared by all who send it."""

import hashlib
from typing import Literal

from attrs import evolve, field, frozen
from attrs.validators import ge, in_, le

from socstream.demo import rtp

Codec = Literal["h264", "h265"]
AudioCodec = Literal["aac", "pcma", "pcmu"]

DRAWING = 1  # raise it when the same Spec gives other pictures: old ones in a cache are no longer found
AUDIO_RATES = {"aac": 16_000, "pcma": 8_000, "pcmu": 8_000}  # samples per second
AUDIO_FRAMES = {"aac": 1024, "pcma": 160, "pcmu": 160}  # samples
SETS = {"h264": (7, 8), "h265": (32, 33, 34)}  # NAL unit types of parameter sets
KEYS = {"h264": range(5, 6), "h265": range(16, 22)}  # NAL unit types of a keyframe


@frozen
class Spec:
    """What to draw and how to encode it; the same Spec is prepared once."""

    name: str
    codec: Codec = field(default="h264", validator=in_(SETS))
    width: int = 640
    height: int = 360
    fps: int = field(default=25, validator=[ge(1), le(100)])
    gop: float = 1.0
    """Seconds from keyframe to keyframe."""
    b_frames: int = field(default=0, validator=[ge(0), le(8)])
    bitrate: int | None = None
    """Bits per second; None: constant quality."""
    noise: bool = False
    """A band of noise, for a bit rate that a real scene has."""
    loop_seconds: int = 60
    audio: AudioCodec | None = None

    def __attrs_post_init__(self) -> None:
        """Raises ValueError when the loop would not meet the minute or its keyframes."""
        if self.loop_seconds < 1 or 60 % self.loop_seconds:
            raise ValueError(f"loop_seconds must divide 60, not {self.loop_seconds}")
        if self.gop_frames < 1 or self.frames % self.gop_frames:
            raise ValueError(
                f"{self.frames} frames of the loop are no multiple of a GOP of {self.gop_frames}"
            )
        if self.width % 4 or self.height % 2 or self.width < 64 or self.height < 48:
            raise ValueError(f"{self.width}x{self.height} cannot be drawn")

    @property
    def frames(self) -> int:
        """Frames in the loop."""
        return self.fps * self.loop_seconds

    @property
    def gop_frames(self) -> int:
        """Frames from keyframe to keyframe."""
        return round(self.gop * self.fps)

    @property
    def key(self) -> str:
        """A file name that stands for exactly this Spec."""
        return hashlib.sha256(f"{DRAWING} {self!r}".encode()).hexdigest()[:32]


def bench(name: str = "BENCH") -> Spec:
    """1080p, 25 fps, 4 Mbit/s: what an IP camera sends. Prepared once, it serves any number of cameras."""
    return Spec(name, width=1920, height=1080, bitrate=4_000_000, noise=True, loop_seconds=10)


@frozen
class Unit:
    """One access unit of the loop."""

    pts: int
    """When it is shown, in frames from the beginning of the loop."""
    key: bool
    nals: tuple[bytes, ...]
    packets: rtp.Packets


@frozen
class Audio:
    """A loop of audio frames."""

    codec: AudioCodec
    config: str
    """AudioSpecificConfig in hexadecimal digits; empty for G.711."""
    packets: tuple[rtp.Packets, ...]

    @property
    def rate(self) -> int:
        """Samples, and ticks of RTP time, per second."""
        return AUDIO_RATES[self.codec]

    @property
    def samples(self) -> int:
        """Samples, and ticks of RTP time, per frame."""
        return AUDIO_FRAMES[self.codec]


@frozen(eq=False)
class Media:
    """A prepared loop; its units stand in the order in which they are sent."""

    spec: Spec
    units: tuple[Unit, ...]
    parameter_sets: tuple[bytes, ...]
    audio: Audio | None = None
    lag: int = field(init=False)
    """How many frames late a unit is sent, so that none is sent before it could have been seen."""

    @lag.default
    def _most_frames_ahead(self) -> int:
        return max(unit.pts - index for index, unit in enumerate(self.units))

    def without_parameter_sets(self) -> "Media":
        """The same pictures with no parameter sets in band."""
        kinds = SETS[self.spec.codec]
        kept = (tuple(n for n in u.nals if nal_type(self.spec.codec, n) not in kinds) for u in self.units)
        units = tuple(
            evolve(unit, nals=nals, packets=rtp.video(self.spec.codec, nals))
            for unit, nals in zip(self.units, kept, strict=True)
        )
        return evolve(self, units=units)


def cut_video(spec: Spec, stream: bytes, index: str) -> Media:
    """Media out of an Annex B stream and FFmpeg's framecrc of it (time and size of each unit)."""
    units, at = [], 0
    for line in index.splitlines():
        if line.startswith("#"):
            continue
        pts, size = int(line.split(",")[2]), int(line.split(",")[4])
        nals = split_nals(stream[at : at + size])
        key = any(nal_type(spec.codec, nal) in KEYS[spec.codec] for nal in nals)
        units.append(Unit(pts, key, nals, rtp.video(spec.codec, nals)))
        at += size
    sets = tuple(nal for nal in units[0].nals if nal_type(spec.codec, nal) in SETS[spec.codec])
    return Media(spec, tuple(units), sets)


def cut_audio(codec: AudioCodec, stream: bytes) -> Audio:
    """Audio out of ADTS (aac) or plain G.711."""
    if codec != "aac":
        size = AUDIO_FRAMES[codec]
        frames = [stream[at : at + size] for at in range(0, len(stream) - size + 1, size)]
        return Audio(codec, "", tuple(rtp.audio(codec, frame) for frame in frames))
    frames, at = [], 0
    while at < len(stream):
        size = (stream[at + 3] & 3) << 11 | stream[at + 4] << 3 | stream[at + 5] >> 5
        frames.append(stream[at + 7 : at + size])
        at += size
    kind, rate = (stream[2] >> 6) + 1, stream[2] >> 2 & 15
    channels = (stream[2] & 1) << 2 | stream[3] >> 6
    config = f"{kind << 11 | rate << 7 | channels << 3:04x}"
    return Audio(codec, config, tuple(rtp.audio(codec, frame) for frame in frames))


def split_nals(unit: bytes) -> tuple[bytes, ...]:
    """The NAL units between the start codes, without them."""
    starts, at = [], unit.find(b"\0\0\1")
    while at >= 0:
        starts.append(at)
        at = unit.find(b"\0\0\1", at + 3)
    ends = [*starts[1:], len(unit)]
    return tuple(unit[start + 3 : end].rstrip(b"\0") for start, end in zip(starts, ends, strict=True))


def nal_type(codec: Codec, nal: bytes) -> int:
    """nal_unit_type of a NAL unit."""
    return nal[0] >> 1 & 0x3F if codec == "h265" else nal[0] & 0x1F
