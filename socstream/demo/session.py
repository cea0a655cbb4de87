"""RTSP with one client (interleaved TCP only), with the faults that were ordered for the answers."""

import asyncio
import random
import re
import secrets
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from socstream.demo import sdp
from socstream.demo.auth import BASIC_CHALLENGE
from socstream.demo.device import Device
from socstream.demo.faults import (
    Drip,
    EndlessHeader,
    Fault,
    Fin,
    Garbage,
    HugeSdp,
    NoAnswer,
    Redirect,
    Reset,
    Silent,
    Status,
    UnknownCodec,
)
from socstream.demo.messages import NotRtsp, Request, Response, render, requests
from socstream.demo.rtp import RtpStream
from socstream.demo.sender import VIDEO_RATE, Sender, garbage, reset

BLOCK = 1 << 14  # bytes of a flood at a time
METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER"


class Session:
    """One connection, from accepted to closed."""

    def __init__(self, device: Device, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sender: Sender | None = None
        """Who plays to this client; None before PLAY."""
        self._device = device
        self._reader = reader
        self._writer = writer
        self._id = secrets.token_hex(8)
        self._media = device.described
        self._channels: dict[str, int] = {}
        self._playing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until the client or a fault ends it; the connection is closed when this returns or is cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                with suppress(
                    asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, NotRtsp
                ):
                    await self._converse(tasks)
                if self._playing is not None:
                    self._playing.cancel()
        finally:
            self._writer.close()
            if self._writer.transport.get_write_buffer_size():
                self._writer.transport.abort()  # else a client that does not read holds the socket open
            with suppress(OSError):
                await self._writer.wait_closed()

    async def _converse(self, tasks: asyncio.TaskGroup) -> None:
        async for request in requests(self._reader):
            self._device.counts.requests[request.method] += 1
            fault = self._device.fault
            if await self._disturbed(request, fault):
                continue
            response = self._answer(request, fault)
            self._device.counts.answers[response.status] += 1
            await self._deliver(render(response, request), fault)
            if request.method == "TEARDOWN":
                return
            if request.method == "PLAY" and response.status == 200 and self.sender is None:
                self.sender = self._make_sender()
                self._playing = tasks.create_task(self.sender.run())

    async def _disturbed(self, request: Request, fault: Fault | None) -> bool:
        """Whether a fault takes the place of the answer."""
        describing = request.method == "DESCRIBE"
        match fault:
            case NoAnswer():
                pass
            case Silent(method) if method in (None, request.method):
                pass
            case Fin(early=True):
                self._writer.close()
            case Reset(early=True):
                reset(self._writer)
            case Garbage(early=True):
                self._writer.write(garbage(random.Random(0), fault))  # noqa: S311 - the same each time
            case HugeSdp() if describing:
                await self._flood_sdp(request, fault)
            case EndlessHeader() if describing:
                await self._flood_header(request, fault)
            case _:
                return False
        return True

    def _answer(self, request: Request, fault: Fault | None) -> Response:
        device = self._device
        if isinstance(fault, Status) and fault.method in (None, request.method):
            return self._refusal() if fault.code == 401 else Response(fault.code)
        if isinstance(fault, Redirect) and request.method == "DESCRIBE":
            return Response(302, (("Location", fault.url),))
        if request.method == "OPTIONS":
            return Response(200, (("Public", METHODS),))
        login = request.headers.get("authorization", "")
        if device.guard is not None and not device.guard.admits(login, request.method, request.url):
            device.counts.wrong_logins += bool(login)
            return self._refusal()
        path, _, track = unquote(urlsplit(request.url).path).partition(device.path)
        if path or track.strip("/") not in ("", sdp.VIDEO_TRACK, sdp.AUDIO_TRACK):
            return Response(404)
        if request.headers.get("session", self._id).partition(";")[0] != self._id:
            return Response(454)
        return self._perform(request, fault)

    def _refusal(self) -> Response:
        guard = self._device.guard
        return Response(401, (("WWW-Authenticate", BASIC_CHALLENGE if guard is None else guard.challenge()),))

    def _perform(self, request: Request, fault: Fault | None) -> Response:
        """The answer to a client that may ask."""
        session = ("Session", f"{self._id};timeout=60")
        match request.method:
            case "DESCRIBE":
                return self._describe(request, fault)
            case "SETUP":
                return self._set_up(request, session)
            case "PLAY" if sdp.VIDEO_TRACK in self._channels:
                return Response(200, (session, ("Range", "npt=0.000-")))
            case "PLAY":
                return Response(455)
            case "TEARDOWN" | "GET_PARAMETER" | "SET_PARAMETER":
                return Response(200, (session,))
            case _:
                return Response(501)

    def _describe(self, request: Request, fault: Fault | None) -> Response:
        self._media = self._device.described
        codec = fault.codec if isinstance(fault, UnknownCodec) else None
        body = sdp.describe(self._media, parameter_sets=self._device.parameter_sets != "band", codec=codec)
        base = request.url.rstrip("/") + "/"
        return Response(200, (("Content-Type", "application/sdp"), ("Content-Base", base)), body)

    def _set_up(self, request: Request, session: tuple[str, str]) -> Response:
        track = request.url.rstrip("/").rpartition("/")[2]
        if track != sdp.VIDEO_TRACK and (track != sdp.AUDIO_TRACK or self._media.audio is None):
            return Response(404)
        channels = re.search(r"RTP/AVP/TCP.*interleaved=(\d{1,3})-", request.headers.get("transport", ""))
        if channels is None or int(channels[1]) > 254:
            return Response(461)
        channel = self._channels[track] = int(channels[1])
        return Response(
            200, (session, ("Transport", f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"))
        )

    def _make_sender(self) -> Sender:
        video = RtpStream(self._channels[sdp.VIDEO_TRACK], VIDEO_RATE)
        channel, sound = self._channels.get(sdp.AUDIO_TRACK), self._media.audio
        audio = None if channel is None or sound is None else RtpStream(channel, sound.rate)
        return Sender(self._device, self._media, self._writer, video, audio)

    async def _deliver(self, data: bytes, fault: Fault | None) -> None:
        """An answer, dripping while that is ordered."""
        if isinstance(fault, Drip) and fault.early:
            while len(data) > 1 and self._device.fault is fault and not self._writer.is_closing():
                self._writer.write(data[:1])
                data = data[1:]
                await asyncio.sleep(fault.every)
        self._writer.write(data)

    async def _flood_sdp(self, request: Request, fault: HugeSdp) -> None:
        line = b"a=x-padding:".ljust(BLOCK - 2, b"0") + b"\r\n"
        body = sdp.describe(self._media)
        blocks = fault.size // BLOCK
        length = ("Content-Length", str(len(body) + blocks * BLOCK))
        response = Response(200, (("Content-Type", "application/sdp"), length))
        self._writer.write(render(response, request) + body)
        for _ in range(blocks):
            self._writer.write(line)
            await self._writer.drain()

    async def _flood_header(self, request: Request, fault: EndlessHeader) -> None:
        self._writer.write(render(Response(200), request)[:-2] + b"X-Endless: ")
        while self._device.fault is fault and not self._writer.is_closing():
            self._writer.write(b"0" * BLOCK)
            await self._writer.drain()
            await asyncio.sleep(BLOCK / fault.rate)
        self._writer.close()
