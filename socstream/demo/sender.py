"""Media into one connection, in step with the clock, with the faults that were ordered."""

import asyncio
import random
import socket
import struct
import time
from collections.abc import Iterator

from socstream.demo.device import Device
from socstream.demo.faults import (
    Bye,
    Drip,
    Fault,
    Fin,
    Garbage,
    InStream,
    Jump,
    NoAnswer,
    NoKeyframes,
    Reset,
    Stall,
    Switch,
)
from socstream.demo.media import Media
from socstream.demo.pace import Pace
from socstream.demo.rtp import RtpStream

VIDEO_RATE = 90_000  # Hz
REPORT_EVERY = 5.0  # seconds
LATE = 2.0  # seconds; a camera that was itself stopped goes on with now
UNREAD = 1 << 20  # bytes; a client that does not read loses whole units, up to the next keyframe
GARBAGE = 4096  # bytes in place of each unit
NO_LINE_END = bytes(0 if value in b"\r\n$" else value for value in range(256))


class Sender:
    """Plays to one client until the connection or the task ends."""

    def __init__(
        self,
        device: Device,
        media: Media,
        writer: asyncio.StreamWriter,
        video: RtpStream,
        audio: RtpStream | None,
    ) -> None:
        self.ordered: Fault | None = None
        """A fault of this session only; it goes before the camera's."""
        self._device = device
        self._writer = writer
        self._video = video
        self._audio = audio
        self._sound = media.audio
        self._began = self._report_at = self._drop_at = asyncio.get_running_loop().time()
        self._pace = Pace(media, device.join, now=self._began, wall=time.time())
        self._chunk = self._chunks(self._began)
        self._dice = random.Random(0)  # noqa: S311 - the same garbage each time
        self._dripping = b""
        self._jumped: Jump | None = None
        self._shift = 0.0
        self._over = False
        self._lossy = False

    async def run(self) -> None:
        """Sends each unit when it is due; returns when the connection has ended."""
        loop = asyncio.get_running_loop()
        pace = self._pace
        while not self._writer.is_closing():
            await asyncio.sleep(max(0.0, pace.due - loop.time()))
            now = loop.time()
            if now - pace.due > LATE:
                pace.skip(now)
            else:
                self._tick(now)

    def _tick(self, now: float) -> None:
        """One unit's turn."""
        fault = self._fault(now)
        if self._switched(fault, now):
            return
        match fault:
            case Fin():
                self._writer.close()
            case Reset():
                reset(self._writer)
            case Garbage():
                self._writer.write(garbage(self._dice, fault))
            case Stall() | NoAnswer():
                pass
            case Bye():
                self._say_bye(now)
            case Drip():
                self._drip(fault, now)
            case _ if not self._over:
                self._send(fault, now)
        self._pace.advance()
        self._chunk = self._chunks(now)

    def _fault(self, now: float) -> Fault | None:
        """The fault that stands for this session now."""
        fault = self.ordered or self._device.fault
        return None if isinstance(fault, InStream) and now - self._began < fault.after else fault

    def _switched(self, fault: Fault | None, now: float) -> bool:
        """Whether other media begin here; a session does not outlive its codec."""
        media = fault.media if isinstance(fault, Switch) else self._device.media
        if media is self._pace.media:
            return False
        if media.spec.codec != self._pace.media.spec.codec:
            self._writer.close()
        self._pace.switch(media, now)
        return True

    def _send(self, fault: Fault | None, now: float) -> None:
        """This unit, and the audio and reports that are due with it."""
        if self._writer.transport.get_write_buffer_size() > UNREAD:
            self._lossy = True
            return
        if isinstance(fault, Jump) and fault is not self._jumped:
            self._jumped = fault
            self._shift += fault.seconds
        output = self._dripping + self._reports(now) + self._heard(now)
        self._dripping = b""
        key = self._pace.unit.key
        self._lossy = self._lossy and not key
        if not (self._lossy or (key and isinstance(fault, NoKeyframes))):
            output += self._seen()
        if output:
            self._writer.write(output)

    def _seen(self) -> bytes:
        """The packets of this unit."""
        return self._video.stamp(
            self._pace.unit.packets, round((self._pace.shown + self._shift) * VIDEO_RATE)
        )

    def _heard(self, now: float) -> bytes:
        """The packets of the audio frames that are complete since the last turn."""
        audio, sound = self._audio, self._sound
        if audio is None or sound is None:
            return b""
        shift = round(self._shift * sound.rate)
        loop = sound.packets
        chunks = range(self._chunk, self._chunks(now))
        return b"".join(audio.stamp(loop[n % len(loop)], n * sound.samples + shift) for n in chunks)

    def _chunks(self, now: float) -> int:
        """How many audio frames are complete at `now`."""
        return (
            0
            if self._sound is None
            else int(self._pace.position(now) * self._sound.rate / self._sound.samples)
        )

    def _reports(self, now: float) -> bytes:
        """Sender reports, when it is time for them."""
        if now < self._report_at:
            return b""
        self._report_at = now + REPORT_EVERY
        return b"".join(stream.report(*moment) for stream, moment in self._moments(now))

    def _say_bye(self, now: float) -> None:
        if not self._over:
            self._over = True
            self._writer.write(b"".join(stream.bye(*moment) for stream, moment in self._moments(now)))

    def _moments(self, now: float) -> Iterator[tuple[RtpStream, tuple[int, float]]]:
        """Each track with the time of its next packet, in ticks and on the wall clock."""
        positions = [(self._video, self._pace.shown)]
        if self._audio is not None and self._sound is not None:
            positions.append((self._audio, self._chunk * self._sound.samples / self._sound.rate))
        for stream, position in positions:
            ticks = round((position + self._shift) * stream.rate)
            yield stream, (ticks, time.time() - self._pace.position(now) + position)

    def _drip(self, fault: Drip, now: float) -> None:
        self._dripping = self._dripping or self._seen()
        if now >= self._drop_at:
            self._drop_at = now + fault.every
            self._writer.write(self._dripping[:1])
            self._dripping = self._dripping[1:]


def garbage(dice: random.Random, fault: Garbage) -> bytes:
    """What comes in place of a unit, or of an answer."""
    block = dice.randbytes(GARBAGE)
    return block if fault.any_kind else block.translate(NO_LINE_END)


def reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection with RST."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
