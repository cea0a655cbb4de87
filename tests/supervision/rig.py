"""Supervision as the server wires it, on stand-ins for time, disk, store, network and FFmpeg."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from socstream.board import StreamBoard
from socstream.hls.timeline import Timeline, Timelines, Window
from socstream.model.backoff import Backoff
from socstream.model.camera import Camera, CameraDraft, Mode
from socstream.model.ceiling import Ceiling
from socstream.model.failure import FailureCode
from socstream.model.source import parse_source
from socstream.model.stream import StreamState, StreamStatus
from socstream.supervision.ceilings import Ceilings, CeilingStore
from socstream.supervision.pacer import Pacer
from socstream.supervision.policy import Policy
from socstream.supervision.run import Timing
from socstream.supervision.supervisor import Supervisor
from socstream.supervision.worker import Tools, Worker
from tests.fakes import (
    NOON,
    FakeAddresses,
    FakeClock,
    FakeEdge,
    FakeEdges,
    FakeEncoder,
    FakeFFmpeg,
    FakeFiles,
    FakePorts,
    FakeStore,
    settle,
)


def camera(
    number: int = 1,
    url: str = "rtsp://viewer:s3cret@192.0.2.7/live",
    *,
    name: str = "Gate",
    maintenance: bool = False,
    mode: Mode = Mode.ALWAYS,
    idle_after: float = 60.0,
) -> Camera:
    """A camera of this number."""
    draft = CameraDraft(
        name, {}, "192.0.2.7", parse_source(url), maintenance=maintenance, mode=mode, idle_after=idle_after
    )
    return Camera.from_draft(str(UUID(int=number)), draft, datetime.fromtimestamp(NOON, UTC))


CAM = camera().camera_id


class Rig:
    """What a test turns and looks at. `jitter` is where in its bounds each random number falls."""

    def __init__(
        self, restored: dict[str, Window] | None = None, ceilings_in: CeilingStore | None = None
    ) -> None:
        self.clock = FakeClock()
        self.files = FakeFiles()
        self.edges = FakeEdges()
        self.encoder = FakeEncoder(self.clock, self.files)
        self.store = FakeStore()
        self.addresses = FakeAddresses()
        self.ports = FakePorts()
        self.board = StreamBoard()
        self.timelines = Timelines()
        self.jitter = 1.0
        self.policy = Policy(Backoff())
        self.history: list[tuple[str, StreamState]] = []
        self.board.listen(self._note)
        ceilings, pacer = Ceilings(ceilings_in or self.store), Pacer(self.clock, 20.0)
        self._tools = Tools(
            clock=self.clock,
            board=self.board,
            encoder=self.encoder,
            files=self.files,
            edges=self.edges,
            addresses=self.addresses,
            takes_connections=self.ports.takes_connections,
            ceilings=ceilings,
            pacer=pacer,
            policy=self.policy,
            uniform=lambda low, high: low + (high - low) * self.jitter,
            timing=Timing(),
            tls_verify=True,
        )
        self.supervisor = Supervisor(
            self._worker,
            board=self.board,
            timelines=self.timelines,
            disk=self.files,
            ceilings=ceilings,
            pacer=pacer,
            clock=self.clock,
            restored=restored or {},
        )

    def _worker(self, camera: Camera, timeline: Timeline) -> Worker:
        return Worker(camera, timeline, self._tools)

    def _note(self, camera_id: str, status: StreamStatus | None) -> None:
        if status is not None and self.states(camera_id)[-1:] != [status.state]:
            self.history.append((camera_id, status.state))

    def states(self, camera_id: str = CAM) -> list[StreamState]:
        """Every state that a camera had, in order."""
        return [state for each, state in self.history if each == camera_id]

    async def start(self, wanted: Camera | None = None, ceiling: Ceiling | None = None) -> FakeFFmpeg:
        """A camera is wanted; its first FFmpeg, started."""
        wanted = wanted or camera()
        self.supervisor.start(wanted, ceiling or Ceiling())
        await settle()
        return self.encoder.current(wanted.camera_id)

    @property
    def ffmpeg(self) -> FakeFFmpeg:
        """The FFmpeg that the first camera has now."""
        return self.encoder.current(CAM)

    @property
    def edge(self) -> FakeEdge:
        """The live edge of the first camera."""
        return self.edges.of(CAM)

    @property
    def status(self) -> StreamStatus:
        return self.status_of(CAM)

    def status_of(self, camera_id: str) -> StreamStatus:
        status = self.board.get(camera_id)
        assert status is not None
        return status

    @property
    def failure(self) -> FailureCode | None:
        """The code of what the first camera's status blames."""
        return None if self.status.failure is None else self.status.failure.code

    @property
    def timeline(self) -> Timeline:
        timeline = self.timelines.get(CAM)
        assert timeline is not None
        return timeline

    @property
    def listed(self) -> list[int]:
        """The numbers in the first camera's playlist."""
        return [segment.number for segment in self.timeline.window.listing]

    async def advance(self, seconds: float) -> None:
        await self.clock.advance(seconds)

    async def film(self, seconds: int, duration: float = 1.0) -> None:
        """The first camera's present FFmpeg makes segments for so long."""
        for _ in range(round(seconds / duration)):
            await self.advance(duration)
            self.ffmpeg.cut(duration)
        await self.advance(0.1)

    async def close(self) -> None:
        """Take all down, however long its FFmpegs need to end."""
        closing = asyncio.ensure_future(self.supervisor.close())
        while not closing.done():
            await self.clock.advance(1.0)
        await closing


@asynccontextmanager
async def rigged(restored: dict[str, Window] | None = None) -> AsyncIterator[Rig]:
    """A rig with its pacer running, taken down at the end."""
    rig = Rig(restored)
    rig.supervisor.open()
    try:
        yield rig
    finally:
        await rig.close()
