"""A server with cameras, one of which nothing is done to, and what holds whatever is done to the others."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from attrs import field, frozen

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media, Spec
from socstream.demo.prepare import prepare
from tests.faults.monitor import Monitor, Stream
from tests.faults.viewer import Viewer
from tests.rigs import processes
from tests.rigs.client import Client, client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess, served
from tests.rigs.witness import Witness

SECRET = "open-sesame-4711"
"""The password of every camera, and of nobody else: where it shows, it leaked."""

LOGIN = ("viewer", SECRET)

SMALL = Spec("TEST", width=320, height=180, loop_seconds=10)
"""What a camera sends unless another picture is asked for; a keyframe each second."""

MOST_HELD = 14
"""Segments and init files of one camera that are open at the same time: what is listed, and lately was."""

PATIENCE = 45.0
"""Seconds after which what is waited for does not come; every bound of the table is shorter."""


@frozen
class Lab:
    """Where servers and pictures are made; every server has a directory of its own."""

    root: Path
    ffmpeg: Path
    cache: Path
    _number: "count[int]" = field(factory=count)

    async def media(self, spec: Spec = SMALL) -> Media:
        """Pictures, prepared once for each Spec."""
        return await prepare(self.ffmpeg, spec, self.cache)

    def home(self) -> Path:
        """A new directory."""
        home = self.root / f"site-{next(self._number)}"
        home.mkdir()
        return home

    @asynccontextmanager
    async def site(
        self, environ: Mapping[str, str] | None = None, *, home: Path | None = None, module: str = "socstream"
    ) -> AsyncIterator["Site"]:
        """A new server, observed; no password of a camera is in what it said when this is left."""
        async with (
            served(home or self.home(), environ, module) as server,
            client(server, patience=30) as http,
        ):
            monitor = Monitor(http)
            looking = asyncio.create_task(monitor.run(), name="monitor")
            try:
                yield Site(self, server, http, monitor)
                assert not looking.done(), looking.result()
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
            assert SECRET not in server.log
            assert SECRET not in monitor.said

    @asynccontextmanager
    async def shared_site(self, environ: Mapping[str, str] | None = None) -> AsyncIterator["Site"]:
        """A site with a bystander that is live; whatever is done to others, it is untouched in the end."""
        async with self.site(environ) as site, site.bystander():
            yield site


class Subject:
    """A camera with a viewer; faults are ordered from its `device`."""

    def __init__(self, site: "Site", device: VirtualCamera, camera_id: str, http: Client) -> None:
        self._site = site
        self.device = device
        self.camera_id = camera_id
        self._viewer = Viewer(http, camera_id)
        self._watching = asyncio.create_task(self._viewer.run(), name=f"viewer of {device.name}")

    @property
    def witness(self) -> Witness:
        """What its viewer was told."""
        return self._viewer.witness

    @property
    def now(self) -> Stream:
        """The stream's condition."""
        stream = self._site.monitor.now(self.camera_id)
        assert stream is not None
        return stream

    @property
    def history(self) -> list[Stream]:
        """Every condition that it was seen in."""
        return self._site.monitor.history(self.camera_id)

    @property
    def directory(self) -> Path:
        """Where its files are."""
        return self._site.server.stream_dir / self.camera_id

    def pids(self) -> list[int]:
        """Its FFmpegs."""
        return processes.working_in(self.directory)

    async def until(
        self, what: str, is_so: Callable[[Stream], bool], since: float | None = None, within: float = PATIENCE
    ) -> float:
        """When the stream is so; how long after `since` (monotonic seconds; None: now)."""
        began = time.monotonic() if since is None else since
        return await self._site.monitor.until(
            f"{self.device.name}: {what}", self.camera_id, is_so, began, within
        )

    async def failing(self, *codes: str, since: float | None = None, within: float = PATIENCE) -> float:
        """When an operator is told one of these reasons; how long after `since`.

        The first wait may be too short to be seen; the next try tells what ended the one before, too.
        """
        return await self.until(
            f"down, {' or '.join(codes)}",
            lambda stream: stream.code in codes and (stream.is_down or stream.failures > 0),
            since,
            within,
        )

    async def back(self, since: float | None = None, within: float = PATIENCE) -> float:
        """When a segment has come that is newer than `since`; how long after it."""
        began = time.monotonic() if since is None else since
        wall = time.time() - (time.monotonic() - began)

        def has_news(stream: Stream) -> bool:
            return stream.state == "live" and (stream.last_segment_at or 0.0) > wall

        return await self.until("a new segment", has_news, began, within)

    async def plays(self, segments: int = 4, within: float = PATIENCE) -> float:
        """When its viewer has met so many segments more than now; how long that took."""
        wanted = len(self.witness.segments) + segments

        async def has_met() -> bool:
            if self._watching.done():
                self._watching.result()  # raises what the viewer found
            return len(self.witness.segments) >= wanted

        _, waited = await until(f"{self.device.name}: {segments} segments more", has_met, within)
        return waited

    def may_lose_files(self) -> None:
        """From now on the viewer does not mind when a listed file is not there."""
        self._viewer.may_lose_files = True

    async def leave(self) -> None:
        """Delete the camera; nothing of it is left, and its viewer has seen nothing wrong."""
        http = self._site.http
        status = await http.get(f"cameras/{self.camera_id}/stream-status")
        shown = [" ".join(processes.arguments(pid)) for pid in self.pids()]
        self._viewer.leaves = True
        assert (await http.ask("DELETE", f"cameras/{self.camera_id}")).status == 204

        async def is_gone() -> bool:
            return not self.pids() and not self.directory.exists()

        await until(f"nothing is left of {self.device.name}", is_gone, within=8)
        await self._watching
        assert SECRET not in "".join([status.text, *shown, *self._viewer.refusals])

    async def close(self) -> None:
        """End the viewer, whatever it does."""
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)

    async def retry(self) -> None:
        """As the operator's button."""
        await self._site.http.ask("POST", f"cameras/{self.camera_id}/retry")


class Site:
    """A server, who watches it, and its cameras."""

    def __init__(self, lab: Lab, server: ServerProcess, http: Client, monitor: Monitor) -> None:
        self._lab = lab
        self.server = server
        self.http = http
        self.monitor = monitor

    @property
    def ffmpeg(self) -> Path:
        """The real one."""
        return self._lab.ffmpeg

    async def media(self, spec: Spec = SMALL) -> Media:
        """Pictures for a camera."""
        return await self._lab.media(spec)

    @asynccontextmanager
    async def camera(self, name: str, spec: Spec = SMALL, **options: Any) -> AsyncIterator[Subject]:
        """A virtual camera that the server was told of, with a password, and a viewer."""
        device = VirtualCamera(name, await self.media(spec), credentials=LOGIN, **options)
        async with device, self.watched(device) as subject:
            yield subject

    @asynccontextmanager
    async def watched(self, device: VirtualCamera, **fields: object) -> AsyncIterator[Subject]:
        """A camera added to the server, with a viewer, until it is deleted again, without a trace."""
        login = {"credentials": {"username": LOGIN[0], "password": SECRET}}
        camera_id = await self.http.add(device, **{**login, **fields})
        # Held requests are counted by token: each viewer has its own, like people at their own desks.
        async with client(self.server, patience=30) as viewer:
            subject = Subject(self, device, camera_id, viewer)
            try:
                await subject.until("known", lambda _: True)
                yield subject
                await subject.leave()
            finally:
                await subject.close()

    @asynccontextmanager
    async def bystander(self) -> AsyncIterator[Subject]:
        """A camera that nothing is done to; nothing but it is left of the site in the end."""
        async with self.camera("Bystander") as bystander:
            await bystander.back()
            pids, before = bystander.pids(), processes.descriptors(self.server.pid)
            yield bystander
            await _was_left_alone(bystander, pids)
            await _is_clean(self, bystander, before)


async def _was_left_alone(bystander: Subject, pids: list[int]) -> None:
    """Nothing that was done to the others touched this camera."""
    await bystander.back()
    witness = bystander.witness
    assert bystander.pids() == pids, "another camera's FFmpeg was replaced"
    assert bystander.now.run == 1
    assert [stream.state for stream in bystander.history][-1] == "live"
    assert not any(stream.is_down for stream in bystander.history)
    assert list(witness.segments) == list(range(witness.newest + 1)), "another camera's sequence has a gap"
    assert witness.discontinuities == witness.segments[0].discontinuities


async def _is_clean(site: Site, bystander: Subject, before: Counter[str]) -> None:
    """No process, no directory and no descriptor but those of the bystander."""
    server = site.server
    left = {path.name for path in server.stream_dir.iterdir()}
    assert left == {bystander.camera_id, "lock", ".socstream"}

    async def are_gone() -> bool:
        # A camera that went dark just now gets its last picture from an FFmpeg of a moment.
        return sorted(processes.children(server.pid)) == sorted(bystander.pids() + server.watchers())

    await until("no processes but the bystander's", are_gone, within=5)

    # Segments are open for as long as somebody may read them: other ones as time goes on, but never more.
    mine = f"{server.stream_dir}/{bystander.camera_id}/"

    extra: Counter[str] = Counter()

    async def are_closed() -> bool:
        nonlocal extra
        now = processes.descriptors(server.pid)
        extra = now - before
        held = [name for name in now.elements() if name.startswith(mine)]
        return len(held) <= MOST_HELD and all(name.startswith(mine) for name in extra)

    try:
        await until("descriptors as at first", are_closed, within=5)
    except AssertionError as error:
        raise AssertionError(f"descriptors that were not there at first: {extra}") from error
