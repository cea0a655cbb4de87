"""VirtualCamera: an IP camera on a loopback port that does as it is told, faults included."""

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import quote

from socstream.demo.auth import Guard, Scheme
from socstream.demo.device import Counts, Device, Join, ParameterSets
from socstream.demo.faults import Fault, InStream, NoAnswer, Refuse
from socstream.demo.media import Media
from socstream.demo.port import Port
from socstream.demo.session import Session


class VirtualCamera:
    """Serves prepared media over RTSP while its `async with` is open; the port stays the same all the time.

    The name is for people; what the picture shows is the media's. Any number of cameras may share one media.
    """

    def __init__(
        self,
        name: str,
        media: Media,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        path: str = "/live",
        credentials: tuple[str, str] | None = None,
        auth: Scheme = "basic",
        join: Join = "key",
        parameter_sets: ParameterSets = "both",
    ) -> None:
        self.name = name
        self._host = host
        self._number = port
        self._credentials = credentials
        guard = None if credentials is None else Guard(credentials, auth)
        played = media.without_parameter_sets() if parameter_sets == "sdp" else media
        self._device = Device(path, played, guard, join, parameter_sets)
        self._port: Port | None = None
        self._sessions: dict[asyncio.Task[None], Session] = {}
        self._bugs: list[BaseException] = []

    async def __aenter__(self) -> Self:
        self._port = Port(self._host, self._number)
        self._number = self._port.number
        await self._apply()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Closes the port and every connection; raises what went wrong in a session by our own fault."""
        if self._port is not None:
            self._port.release()
            self._port = None
        await self._end_sessions()
        if self._bugs and error is None:
            raise self._bugs[0]

    @property
    def port(self) -> int:
        """The TCP port; 0 before the first start when any was asked for."""
        return self._number

    @property
    def url(self) -> str:
        """The RTSP URL, without credentials."""
        return f"rtsp://{self._address}{quote(self._device.path)}"

    @property
    def login_url(self) -> str:
        """The RTSP URL with the credentials in it, percent-encoded; not fit for any log."""
        if self._credentials is None:
            return self.url
        user, password = (quote(part, safe="") for part in self._credentials)
        return f"rtsp://{user}:{password}@{self._address}{quote(self._device.path)}"

    @property
    def counts(self) -> Counts:
        """What clients did so far."""
        return self._device.counts

    @property
    def connected(self) -> int:
        """Open connections."""
        return len(self._sessions)

    @property
    def playing(self) -> int:
        """Sessions that have reached PLAY."""
        return sum(session.sender is not None for session in self._sessions.values())

    @property
    def fault(self) -> Fault | None:
        """What was ordered last."""
        return self._device.fault

    async def order(self, fault: Fault) -> None:
        """From now on this fault, for running sessions and new ones; it takes the place of any other."""
        self._device.fault = fault
        await self._apply()

    def order_once(self, fault: InStream) -> None:
        """This fault for the sessions that run now; new ones are well."""
        for session in self._sessions.values():
            if session.sender is not None:
                session.sender.ordered = fault

    async def hang_up(self) -> None:
        """End every session, as a camera does that starts again: who comes back meets what was ordered."""
        await self._end_sessions()

    async def clear(self) -> None:
        """No fault from now on; sessions that still stand go on with now."""
        self._device.fault = None
        for session in self._sessions.values():
            if session.sender is not None:
                session.sender.ordered = None
        await self._apply()

    @property
    def _address(self) -> str:
        return f"[{self._host}]:{self._number}" if ":" in self._host else f"{self._host}:{self._number}"

    async def _apply(self) -> None:
        """Brings the port into the state that the fault wants."""
        if self._port is None:
            return
        match self._device.fault:
            case Refuse():
                self._port.refuse()
                await self._end_sessions()
            case NoAnswer():
                await self._port.ignore()
            case _:
                await self._port.listen(self._accept)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._device.counts.accepted += 1
        session = Session(self._device, reader, writer)
        task = asyncio.get_running_loop().create_task(session.run(), name=f"rtsp session of {self.name}")
        self._sessions[task] = session
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._sessions[task]
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._bugs.append(bug)

    async def _end_sessions(self) -> None:
        sessions = list(self._sessions)
        for session in sessions:
            session.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)
