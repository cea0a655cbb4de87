"""Faults as words that a person types: "stall 2", "refuse 1", "clear"."""

from collections.abc import Mapping, Sequence

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import (
    Bye,
    Drip,
    EndlessHeader,
    Fault,
    Fin,
    Garbage,
    HugeSdp,
    InStream,
    Jump,
    NoAnswer,
    NoKeyframes,
    Redirect,
    Refuse,
    Reset,
    Silent,
    Stall,
    Status,
    UnknownCodec,
)

ORDERS: Mapping[str, tuple[Fault, str]] = {
    "refuse": (Refuse(), "the port is closed"),
    "gone": (NoAnswer(), "the host does not answer"),
    "silent": (Silent(), "connections are accepted and never answered"),
    "stall": (Stall(), "the picture stops, the connection stays"),
    "fin": (Fin(), "the connection is closed, again and again"),
    "reset": (Reset(), "the connection is reset, again and again"),
    "bye": (Bye(), "the camera says good-bye (RTCP BYE)"),
    "garbage": (Garbage(), "random bytes instead of pictures"),
    "nokey": (NoKeyframes(), "no more keyframes"),
    "drip": (Drip(), "one byte a second"),
    "jump": (Jump(), "the time stamps jump by 100 s"),
    "codec": (UnknownCodec(), "a codec that nobody knows"),
    "huge": (HugeSdp(), "a description of 64 MB"),
    "endless": (EndlessHeader(), "a header without an end"),
    "302": (Redirect("rtsp://127.0.0.1:1/elsewhere"), "a redirect to another address"),
    "401": (Status(401), "the password is refused"),
    "403": (Status(403), "the user may not see the stream"),
    "404": (Status(404), "there is no such stream"),
    "453": (Status(453), "no room for another viewer"),
    "503": (Status(503), "the service is not available"),
}
CLEAR = "clear"


def help_text() -> str:
    """What can be ordered, a line each."""
    lines = [f"  {word:8} {text}" for word, (_, text) in ORDERS.items()]
    return "\n".join(
        [
            "Order a fault with a word and a camera's number (none: all cameras):",
            *lines,
            f"  {CLEAR:8} all is well",
        ]
    )


async def obey(line: str, cameras: Sequence[VirtualCamera]) -> str:
    """Do what a line orders; what was done, or what was not understood."""
    word, _, number = line.strip().lower().partition(" ")
    if word not in ORDERS and word != CLEAR:
        return help_text()
    if number and not (number.isdecimal() and 1 <= int(number) <= len(cameras)):
        return f"There is no camera {number}; they are numbered from 1 to {len(cameras)}."
    chosen = [cameras[int(number) - 1]] if number else list(cameras)
    for camera in chosen:
        if word == CLEAR:
            await camera.clear()
        else:
            fault = ORDERS[word][0]
            await camera.order(fault)
            if not isinstance(fault, InStream | Refuse | NoAnswer):
                await camera.hang_up()  # a fault of the answers: whoever plays already would never meet it
    text = "all is well" if word == CLEAR else ORDERS[word][1]
    return f"{', '.join(camera.name for camera in chosen)}: {text}"
