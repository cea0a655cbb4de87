"""The wanted set: which cameras there are. Store first, then memory, then supervision."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol
from uuid import uuid4

from attrs import evolve

from socstream.clock import Clock
from socstream.model.address import AddressPolicy
from socstream.model.camera import Camera, CameraDraft, CameraEdit, canonical_id
from socstream.model.ceiling import Ceiling
from socstream.model.errors import (
    CameraNotFound,
    FieldError,
    InMaintenance,
    InvalidInput,
    StoreUnavailable,
    VersionConflict,
)
from socstream.model.report import Report
from socstream.model.source import Source
from socstream.store.cameras import CameraStore
from socstream.turn import Turn


class Supervision(Protocol):
    """Whoever turns wishes into streams. Told of every camera, also of those that no FFmpeg of ours pulls."""

    def start(self, camera: Camera, ceiling: Ceiling) -> None:
        """The camera is wanted from now on; never blocks."""
        ...

    def replace(self, camera: Camera) -> None:
        """Its source, maintenance or mode changed; never blocks."""
        ...

    def update(self, camera: Camera) -> None:
        """It was edited in a way that its stream need not notice; never blocks."""
        ...

    def remove(self, camera_id: str) -> None:
        """It is gone for good; never blocks."""
        ...

    def watch(self, camera_id: str) -> None:
        """Somebody asked for its pictures; never blocks."""
        ...

    def retry(self, camera_id: str) -> None:
        """Try again now, if it waits for that; never blocks."""
        ...


Probe = Callable[[Source], Awaitable[Report]]
"""One look at an RTSP source, as the supervisor's FFmpeg would see it; raises FFmpegMissing, OSError."""

Listener = Callable[[str, Camera | None], None]
"""Is told the camera id and the camera as it is now, None when it is gone; returns at once, never raises."""


_CHECKED_WITHIN = 2.0
"""Seconds; a disk that takes longer to read one row is as good as gone."""


def _random_id() -> str:
    return str(uuid4())


class Cameras:
    """Every camera, in memory and in the store alike. What returns is durable; what raises changed nothing.

    No method but `probe` touches the network. Writes take turns, and one that has begun
    ends, whoever cancels it.
    """

    def __init__(
        self,
        store: CameraStore,
        supervision: Supervision,
        clock: Clock,
        policy: AddressPolicy,
        probe: Probe,
        new_id: Callable[[], str] = _random_id,
    ) -> None:
        self._store = store
        self._supervision = supervision
        self._clock = clock
        self._policy = policy
        self._probe = probe
        self._new_id = new_id
        self._cameras: dict[str, Camera] | None = None
        self._listeners: list[Listener] = []
        self._turn = Turn()

    async def load(self) -> None:
        """Read the store and start every camera; raises StoreUnavailable, and may then be tried again."""
        stored = await self._store.all()
        self._cameras = {each.camera.camera_id: each.camera for each in stored}
        for each in stored:
            self._supervision.start(each.camera, each.ceiling)

    async def check(self) -> None:
        """Raises StoreUnavailable when the store was never read, or cannot be read now, within 2 s."""
        self._loaded()
        try:
            async with asyncio.timeout(_CHECKED_WITHIN):
                await self._store.check()
        except TimeoutError as error:
            raise StoreUnavailable("The database does not answer.") from error

    def all(self) -> Sequence[Camera]:
        """Every camera, by name; raises StoreUnavailable before a successful load."""
        return sorted(self._loaded().values(), key=lambda camera: (camera.name.casefold(), camera.camera_id))

    def get(self, camera_id: str) -> Camera:
        """One camera, by its id in any spelling; raises CameraNotFound, StoreUnavailable before a load."""
        cameras = self._loaded()
        camera = cameras.get(camera_id) or cameras.get(canonical_id(camera_id) or "")
        if camera is None:
            raise CameraNotFound(camera_id)
        return camera

    def listen(self, listener: Listener) -> None:
        """Call `listener` from now on when an operator has added, edited or removed a camera."""
        self._listeners.append(listener)

    def check_source(self, source: Source) -> None:
        """Raises InvalidInput for one that no camera may have."""
        refusal = self._policy.refusal_of_source(source)
        if refusal is not None:
            raise InvalidInput(FieldError("stream_url", refusal))

    async def add(self, draft: CameraDraft) -> Camera:
        """A new camera; raises CameraExists, InvalidInput, StoreUnavailable."""
        (camera,) = await self.add_all([draft])
        return camera

    async def add_all(self, drafts: Sequence[CameraDraft]) -> Sequence[Camera]:
        """New cameras, all or none of them; raises what `add` raises."""
        for draft in drafts:
            self.check_source(draft.source)
        return await self._turn.take(lambda: self._add_all(drafts))

    async def edit(self, camera_id: str, edit: CameraEdit) -> Camera:
        """The next version; raises CameraNotFound, VersionConflict, CameraExists, and what `add` raises."""
        if edit.source is not None:
            self.check_source(edit.source)
        return await self._turn.take(lambda: self._edit(camera_id, edit))

    async def remove(self, camera_id: str) -> None:
        """Forget a camera; raises CameraNotFound, StoreUnavailable."""
        await self._turn.take(lambda: self._remove(camera_id))

    def watch(self, camera_id: str) -> None:
        """Somebody asked for this camera's pictures: an on-demand one starts, or goes on."""
        self._supervision.watch(camera_id)

    def retry(self, camera_id: str) -> Camera:
        """Try again now instead of at the end of a backoff; raises CameraNotFound, InMaintenance."""
        camera = self.get(camera_id)
        if camera.maintenance:
            raise InMaintenance
        self._supervision.retry(camera.camera_id)
        return camera

    async def probe(self, source: Source) -> Report:
        """What the camera at `source` shows right now; stores nothing. InvalidInput, FFmpegMissing."""
        self.check_source(source)
        if not source.is_rtsp:
            raise InvalidInput(FieldError("stream_url", "can be probed for rtsp and rtsps only"))
        return await self._probe(source)

    async def heartbeat(self, camera_id: str) -> datetime:
        """Note that the device reported just now; raises CameraNotFound, StoreUnavailable."""
        return await self._turn.take(lambda: self._heartbeat(camera_id))

    async def _add_all(self, drafts: Sequence[CameraDraft]) -> Sequence[Camera]:
        cameras, at = self._loaded(), self._now()
        added = [Camera.from_draft(self._new_id(), draft, at) for draft in drafts]
        await self._store.insert(*added)
        for camera in added:
            cameras[camera.camera_id] = camera
            self._supervision.start(camera, Ceiling())
            self._tell(camera.camera_id, camera)
        return added

    async def _edit(self, camera_id: str, edit: CameraEdit) -> Camera:
        old = self.get(camera_id)
        if edit.version is not None and edit.version != old.version:
            raise VersionConflict(edit.version, old.version)
        camera = old.edited(edit, self._now())
        await self._store.update(camera)
        self._loaded()[camera.camera_id] = camera
        if camera.streams_like(old):
            self._supervision.update(camera)
        else:
            self._supervision.replace(camera)
        self._tell(camera.camera_id, camera)
        return camera

    async def _remove(self, camera_id: str) -> None:
        camera = self.get(camera_id)
        await self._store.delete(camera.camera_id)
        del self._loaded()[camera.camera_id]
        self._supervision.remove(camera.camera_id)
        self._tell(camera.camera_id, None)

    async def _heartbeat(self, camera_id: str) -> datetime:
        camera, at = self.get(camera_id), self._now()
        await self._store.note_heartbeat(camera.camera_id, at)
        self._loaded()[camera.camera_id] = evolve(camera, last_heartbeat=at)
        return at

    def _tell(self, camera_id: str, camera: Camera | None) -> None:
        for listener in self._listeners:
            listener(camera_id, camera)

    def _loaded(self) -> dict[str, Camera]:
        if self._cameras is None:
            raise StoreUnavailable("The list of cameras has not been read yet.")
        return self._cameras

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.wall(), UTC)
