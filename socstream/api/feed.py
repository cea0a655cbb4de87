"""What the clients of our WebSockets are told: words for what happens to cameras, streams and counts."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import msgspec
from attrs import fields, has

from socstream.api.schema import CameraAnswer, CameraStatus, MetricsAnswer
from socstream.api.snapshots import Snapshots
from socstream.api.texts import Texts
from socstream.api.times import WallTimes
from socstream.cameras import Cameras
from socstream.clock import Clock
from socstream.events.hub import Hub, Kind
from socstream.model.account import Scope
from socstream.model.camera import Camera
from socstream.model.errors import CameraNotFound
from socstream.model.stream import StreamStatus, essence
from socstream.model.wall import Wall

_METRICS_EVERY = 1.0


def encode_camera(camera: CameraAnswer) -> bytes:
    """A camera as clients of the WebSocket know it: its id as `id`, all names in camelCase."""
    shown = _camel(camera)
    return msgspec.json.encode({"id": shown.pop("cameraId"), **shown})


class Feed:
    """Takes in every change, and tells it if somebody listens; `run` tells the counts."""

    def __init__(
        self,
        cameras: Cameras,
        hub: Hub,
        texts: Texts,
        snapshots: Snapshots,
        times: WallTimes,
        clock: Clock,
        count: Callable[[Scope], MetricsAnswer],
    ) -> None:
        self._cameras = cameras
        self._hub = hub
        self._texts = texts
        self._snapshots = snapshots
        self._times = times
        self._clock = clock
        self._count = count
        self._essences: dict[str, object] = {}
        self._told: dict[Scope, MetricsAnswer] = {}

    def camera_changed(self, camera_id: str, camera: Camera | None) -> None:
        """Listens to the cameras."""
        self._snapshots.cameras_changed()
        if camera is None:
            self._hub.publish(Kind.CAMERA_DELETED, {"cameraId": camera_id}, camera_id)
        else:
            self._tell(camera)

    def wall_changed(self, wall_id: str, wall: Wall | None) -> None:
        """Listens to the walls. Not everybody may see each: who shows it asks for it again."""
        self._hub.publish(
            Kind.WALL_CHANGED, {"wallId": wall_id, "version": None if wall is None else wall.version}
        )

    def status_changed(self, camera_id: str, status: CameraStatus) -> None:
        """Listens to the public status of each camera."""
        self._hub.publish(Kind.STATUS_CHANGED, {"cameraId": camera_id, "status": status}, camera_id)

    def stream_changed(self, camera_id: str, status: StreamStatus | None) -> None:
        """Listens to the board, which also tells of each segment."""
        if status is None:
            self._essences.pop(camera_id, None)
            return
        changed = essence(status)
        if self._essences.get(camera_id) != changed:
            self._essences[camera_id] = changed
            self._snapshots.stream_changed()
            with suppress(CameraNotFound):  # deleted, and its stream is just ending
                self._tell(self._cameras.get(camera_id))

    def snapshot(self, kinds: frozenset[Kind], scope: Scope) -> Iterator[bytes]:
        """How everything in this scope is now, for a client that knows these kinds."""
        yield from self._snapshots.messages(kinds, scope)
        if scope not in self._told:
            self._told[scope] = self._count(scope)
        yield self._hub.message(Kind.METRICS_UPDATED, _metrics(self._told[scope]))

    async def run(self) -> None:
        """Tell the counts when they have changed; ends only by being cancelled."""
        while True:
            await self._clock.sleep(_METRICS_EVERY)
            scopes = self._hub.scopes
            for gone in self._told.keys() - scopes:
                del self._told[gone]
            if not scopes:
                self._snapshots.forget()
            for scope in scopes:
                if (now := self._count(scope)) != self._told.get(scope):
                    self._told[scope] = now
                    self._hub.publish_to(scope, Kind.METRICS_UPDATED, _metrics(now))

    def _tell(self, camera: Camera) -> None:
        if self._hub.is_heard:
            self._times.refresh()
            text = msgspec.Raw(self._texts.of(camera))
            self._hub.publish(Kind.CAMERA_UPDATED, {"camera": text}, camera.camera_id)


def _metrics(metrics: MetricsAnswer) -> dict[str, object]:
    return {"metrics": _camel(metrics)}


def _camel(value: Any) -> Any:
    """An answer with its names in camelCase; what it holds for others (a location) stays as it is."""
    if has(type(value)):
        return {_in_camel_case(own.name): _camel(getattr(value, own.name)) for own in fields(type(value))}
    return [_camel(item) for item in value] if isinstance(value, tuple) else value


@cache
def _in_camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
