"""What could be better about a camera's stream: facts in, advice in plain words out."""

from enum import StrEnum

from attrs import frozen

LONG_INTERVAL = 3
"""Seconds between keyframes from which on it is worth a word: segments cannot be shorter."""


class AdviceCode(StrEnum):
    """The closed set."""

    H265 = "h265"
    CODEC = "codec"
    KEYFRAME_INTERVAL = "keyframe_interval"


@frozen
class Advice:
    """One thing that could be better, and what to do about it."""

    code: AdviceCode
    message: str
    remedy: str


def advice_on(codec: str | None, keyframe_interval: float | None) -> tuple[Advice, ...]:
    """Advice on a stream; None for what is not known. `keyframe_interval` in seconds."""
    found = []
    if codec in ("hevc", "h265"):
        found.append(
            Advice(
                AdviceCode.H265,
                "The camera sends H.265, which most browsers cannot play.",
                "Use the camera's H.264 sub-stream, or set the stream to H.264.",
            )
        )
    elif codec is not None and codec != "h264":
        found.append(
            Advice(
                AdviceCode.CODEC,
                f"The camera sends {codec}, which browsers cannot play.",
                "Set the stream to H.264 in the camera.",
            )
        )
    if keyframe_interval is not None and keyframe_interval >= LONG_INTERVAL:
        seconds = f"{keyframe_interval:.0f}"
        found.append(
            Advice(
                AdviceCode.KEYFRAME_INTERVAL,
                f"A keyframe comes every {seconds} s only: segments are as long, the picture comes late.",
                "Set a keyframe (I-frame) interval of 1 s in the camera.",
            )
        )
    return tuple(found)
