"""What could be better about a camera's stream: facts in, advice in plain words out."""

import math
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


def advice_on(
    codec: str | None, keyframe_interval: float | None, keyframe_gap: float | None = None
) -> tuple[Advice, ...]:
    """Advice on a stream; None for what is not known.

    `keyframe_interval` in seconds; where it is not known, `keyframe_gap`: what it is at least.
    """
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
    how_often = _how_often(keyframe_interval, keyframe_gap)
    if how_often is not None:
        found.append(
            Advice(
                AdviceCode.KEYFRAME_INTERVAL,
                f"{how_often}: segments are as long, the picture comes late.",
                "Set a keyframe (I-frame) interval of 1 s in the camera.",
            )
        )
    return tuple(found)


def _how_often(interval: float | None, gap: float | None) -> str | None:
    """How seldom keyframes come; None when that is no trouble, or not known."""
    if interval is not None:
        return f"A keyframe comes every {interval:.0f} s only" if interval >= LONG_INTERVAL else None
    if gap is not None and gap >= LONG_INTERVAL:
        return f"There are at least {math.floor(gap)} s from one keyframe to the next"
    return None
