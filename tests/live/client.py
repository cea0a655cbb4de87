"""A client of the live edge as the server sees it: a transport that takes as much as the test lets it."""

import json
import struct
from collections.abc import Callable, Iterator

from attrs import frozen

from socstream.live.edges import Edges
from socstream.live.outlet import Outlet
from socstream.live.unit import AccessUnit, Configuration
from tests.api.rig import FakeClock

HD = Configuration("avc1.64001f", b"\1\x64\0\x1f", 1280, 720)


@frozen
class Binary:
    """A binary message, taken apart."""

    stream: int
    kind: int
    flags: int
    arrived: float
    presentation: float
    payload: bytes


def take_apart(message: bytes) -> Binary:
    """What the header says, by the document and not by our code."""
    stream, kind, flags, arrived, presentation = struct.unpack(">HBBdd", message[:20])
    return Binary(stream, kind, flags, arrived, presentation, message[20:])


def messages_in(sent: bytes) -> Iterator[dict[str, object] | Binary]:
    """The messages of whole WebSocket frames, none of them masked or in parts."""
    at = 0
    while at < len(sent):
        first, length = sent[at], sent[at + 1]
        at += 2
        if length == 126:
            (length,) = struct.unpack(">H", sent[at : at + 2])
            at += 2
        elif length == 127:
            (length,) = struct.unpack(">Q", sent[at : at + 8])
            at += 8
        payload = sent[at : at + length]
        assert len(payload) == length, "a part of a frame"
        at += length
        yield json.loads(payload) if first == 0x81 else take_apart(payload)


class Client:
    """Takes everything at once, until it is `stuck`."""

    def __init__(self, clock: FakeClock) -> None:
        self.is_stuck = False
        self.is_open = True
        self.waiting = bytearray()
        """What is kept for it in our memory."""
        self.taken = bytearray()
        self._due: list[Callable[[], None]] = []
        self.outlet = Outlet(self, lambda: self.is_open, self._later, clock)

    def write(self, data: bytes) -> None:
        (self.waiting if self.is_stuck else self.taken).extend(data)

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

    def take(self) -> None:
        """Take what waits, and everything from now on."""
        self.is_stuck = False
        self.taken += self.waiting
        self.waiting.clear()

    def _later(self, delay: float, call: Callable[[], None]) -> None:
        self._due.append(call)

    def work(self) -> None:
        """Let what was put off happen, as often as it puts itself off and can do something."""
        for _ in range(100):
            due, self._due = self._due, []
            for call in due:
                call()

    def told(self) -> list[dict[str, object] | Binary]:
        """Everything since the last time."""
        self.work()
        messages = list(messages_in(bytes(self.taken)))
        self.taken.clear()
        return messages

    def kinds(self) -> list[object]:
        """The same in short: the type of a text, the kind of a binary message."""
        return [each.kind if isinstance(each, Binary) else each["type"] for each in self.told()]

    def pictures(self) -> list[bytes]:
        """The payloads of pictures since the last time."""
        return [each.payload for each in self.told() if isinstance(each, Binary) and each.kind]


class Camera:
    """An edge, and the pictures that come to it: 25 a second, each begins with its number."""

    def __init__(self, clock: FakeClock, edges: Edges, camera_id: str = "c1") -> None:
        self.edge = edges.of(camera_id)
        self.clock = clock
        self.count = 0

    def begin(self, run: int = 1, configuration: Configuration = HD) -> None:
        self.edge.begin(run)
        self.edge.take([configuration])

    def send(self, *, key: bool = False, size: int = 1000) -> bytes:
        """One picture, 40 ms after the one before it; its bytes."""
        self.clock.advance(0.04)
        data = struct.pack(">I", self.count).ljust(size, b".")
        unit = AccessUnit(self.clock.wall(), 40 * self.count, 0, key, data)
        self.edge.take([unit])
        self.count += 1
        return data

    def send_group(self, length: int = 25, size: int = 1000) -> list[bytes]:
        return [self.send(key=place == 0, size=size) for place in range(length)]
