"""A client that speaks RTSP on the socket, and media made by hand: most tests of a camera need no FFmpeg."""

import asyncio
import re
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Literal, Self

from attrs import frozen

from socstream.demo import rtp
from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Audio, Codec, Media, Spec, Unit

SPS, PPS, SLICE_TYPE, IDR_TYPE = b"\x67\x42\xc0\x1e" + bytes(8), b"\x68\xce", 1, 5


def handmade(*, fps: int = 50, gop: float = 0.2, size: int = 200, sound: bool = False) -> Media:
    """A loop of one second that looks like H.264; each unit tells its number."""
    spec = Spec("HAND", fps=fps, gop=gop, loop_seconds=1)
    units = []
    for number in range(spec.frames):
        key = number % spec.gop_frames == 0
        picture = bytes([0x60 | (IDR_TYPE if key else SLICE_TYPE), 0x80 | number]) + bytes([0xAA]) * size
        nals = (SPS, PPS, picture) if key else (picture,)
        units.append(Unit(number, key, nals, rtp.video("h264", nals)))
    audio = (
        Audio("pcma", "", tuple(rtp.audio("pcma", bytes([n]) * 160) for n in range(50))) if sound else None
    )
    return Media(spec, tuple(units), (SPS, PPS), audio)


def codec_only(codec: Codec) -> Media:
    """Media of this codec, only to be described."""
    nals = (b"\x40\x01\x0c", b"\x42\x01\x01", b"\x44\x01\xc0") if codec == "h265" else (SPS, PPS)
    key = b"\x26\x01\xaf" if codec == "h265" else b"\x65\x88"
    unit = Unit(0, True, (*nals, key), rtp.video(codec, (*nals, key)))
    return Media(Spec("HAND", codec=codec, fps=1, loop_seconds=1), (unit,), nals)


@frozen
class Answer:
    """What a camera answered."""

    status: int
    headers: dict[str, str]
    body: bytes


@frozen
class Packet:
    """One interleaved packet."""

    channel: int
    data: bytes

    @property
    def sequence(self) -> int:
        return int(struct.unpack_from(">H", self.data, 2)[0])

    @property
    def ticks(self) -> int:
        return int(struct.unpack_from(">I", self.data, 4)[0])

    @property
    def marker(self) -> bool:
        return bool(self.data[1] & 0x80)

    @property
    def nal_type(self) -> int:
        """Of H.264, also of what is in fragments."""
        kind = self.data[12] & 0x1F
        return self.data[13] & 0x1F if kind == rtp.H264_FRAGMENT else kind

    @property
    def number(self) -> int:
        """The number that a picture of `handmade` tells, when it is not in fragments."""
        return self.data[13] & 0x7F


class Client:
    """One RTSP connection; every read has a deadline."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: str) -> None:
        self.reader = reader
        self.writer = writer
        self.url = url
        self._asked = 0

    async def ask(self, method: str, suffix: str = "", **headers: str) -> Answer:
        """One request and its answer within 2 s, RTP between them thrown away."""
        await self.say(method, suffix, **headers)
        async with asyncio.timeout(2):
            return await self._answer()

    async def say(self, method: str, suffix: str = "", **headers: str) -> None:
        self._asked += 1
        lines = [f"{method} {self.url}{suffix} RTSP/1.0", f"CSeq: {self._asked}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        await self.writer.drain()

    async def play(self, *, audio: bool = False, **headers: str) -> Self:
        """DESCRIBE, SETUP and PLAY."""
        described = await self.ask("DESCRIBE", **headers)
        assert described.status == 200
        for number in range(1 + audio):
            wish = f"RTP/AVP/TCP;unicast;interleaved={2 * number}-{2 * number + 1}"
            assert (await self.ask("SETUP", f"/track{number + 1}", Transport=wish, **headers)).status == 200
        assert (await self.ask("PLAY", **headers)).status == 200
        return self

    async def packet(self, within: float = 2.0) -> Packet:
        """The next interleaved packet, RTCP too."""
        async with asyncio.timeout(within):
            sign, channel, length = struct.unpack(">cBH", await self.reader.readexactly(4))
            assert sign == b"$"
            return Packet(channel, await self.reader.readexactly(length))

    async def video(self, within: float = 2.0) -> Packet:
        """The next packet of the video track."""
        while (packet := await self.packet(within)).channel:
            pass
        return packet

    async def units(self, count: int) -> list[list[Packet]]:
        """So many whole access units."""
        units: list[list[Packet]] = []
        while len(units) < count:
            unit = [await self.video()]
            while not unit[-1].marker:
                unit.append(await self.video())
            units.append(unit)
        return units

    async def silent_for(self, seconds: float) -> bool:
        """Whether nothing comes for so long, after what was under way, and the connection stays open."""
        for _ in range(20):
            try:
                async with asyncio.timeout(seconds):
                    if not await self.reader.read(1 << 16):
                        return False
            except TimeoutError:
                return True
        return False

    async def end(self, within: float = 2.0) -> Literal["FIN", "RST", "open"]:
        """How the camera ends the connection, if it does."""
        try:
            async with asyncio.timeout(within):
                while await self.reader.read(1 << 16):
                    pass
        except TimeoutError:
            return "open"
        except ConnectionResetError:
            return "RST"
        return "FIN"

    async def _answer(self) -> Answer:
        while (first := await self.reader.readexactly(1)) == b"$":
            await self.reader.readexactly(struct.unpack(">xH", await self.reader.readexactly(3))[0])
        head = (first + await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        assert headers["cseq"] == str(self._asked)
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(head[0].split(" ")[1]), headers, body)


@asynccontextmanager
async def client(camera: VirtualCamera) -> AsyncIterator[Client]:
    """A connection to the camera."""
    reader, writer = await asyncio.open_connection("127.0.0.1", camera.port)
    try:
        yield Client(reader, writer, camera.url)
    finally:
        writer.transport.abort()


def steps(packets: Iterable[Packet], what: str) -> set[int]:
    """The differences of "sequence" or "ticks" from packet to packet."""
    numbers = [getattr(packet, what) for packet in packets]
    size = 2**16 if what == "sequence" else 2**32
    return {(after - before + size // 2) % size - size // 2 for before, after in pairwise(numbers)}


def quoted(challenge: str, name: str) -> str:
    """A field of a challenge."""
    found = re.search(rf'{name}="([^"]*)"', challenge)
    assert found is not None
    return found[1]
