"""The owner of all tasks: which cameras have a worker, and that no camera ever has two."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from socstream.board import StreamBoard
from socstream.clock import Clock
from socstream.hls.timeline import Timeline, Timelines, Window
from socstream.logs import of_camera
from socstream.model.camera import Camera
from socstream.model.ceiling import Ceiling
from socstream.model.stream import StreamState, StreamStatus
from socstream.supervision.ceilings import Ceilings, is_newest
from socstream.supervision.pacer import Pacer

log = logging.getLogger(__name__)


class Keeper(Protocol):
    """Keeps one stream, or its status, alive: a worker, or a follower of somebody else's playlist."""

    @property
    def log(self) -> Sequence[str]: ...
    def update(self, camera: Camera) -> None: ...
    def watch(self) -> None: ...
    def retry(self) -> None: ...
    def look_again(self) -> None: ...
    async def run(self) -> None: ...


class Directories(Protocol):
    """What is asked of the disk (`hls/disk.py`)."""

    async def delete(self, camera_id: str) -> None: ...


MakeKeeper = Callable[[Camera, Timeline], Keeper]


class Supervisor:
    """Starts, replaces and ends the tasks of cameras. Wishes return at once; `close` waits."""

    def __init__(
        self,
        make_keeper: MakeKeeper,
        *,
        board: StreamBoard,
        timelines: Timelines,
        disk: Directories,
        ceilings: Ceilings,
        pacer: Pacer,
        clock: Clock,
        restored: dict[str, Window],
    ) -> None:
        self._make_keeper = make_keeper
        self._board = board
        self._timelines = timelines
        self._disk = disk
        self._ceilings = ceilings
        self._pacer = pacer
        self._clock = clock
        self._restored = restored
        self._cameras: dict[str, Camera] = {}
        self._keepers: dict[str, Keeper] = {}
        self._tasks: dict[str, list[asyncio.Task[None]]] = {}
        self._pacing: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """True from `open` to `close`."""
        return self._pacing is not None and not self._pacing.done()

    def open(self) -> None:
        """Begin to let workers spawn."""
        self._pacing = asyncio.create_task(self._pacer.run(), name="pacer")

    def start(self, camera: Camera, ceiling: Ceiling) -> None:
        """A camera is wanted from now on, with the ceiling that the store knows."""
        now = self._clock.monotonic()
        self._board.put(camera.camera_id, StreamStatus(StreamState.STOPPED, now))
        restored = self._restored.pop(camera.camera_id, None)
        if restored is not None and not is_newest(restored, ceiling):
            restored = None
        self._timelines.put(camera.camera_id, Timeline(ceiling, restored, now))
        self._ceilings.know(camera.camera_id, ceiling)
        self._succeed(camera)

    def replace(self, camera: Camera) -> None:
        """Its source, maintenance or mode changed: what runs ends, and what should run begins."""
        timeline = self._timelines.get(camera.camera_id)
        if timeline is not None and camera.source.url != self._cameras[camera.camera_id].source.url:
            timeline.forget_target_duration()
        self._succeed(camera)

    def update(self, camera: Camera) -> None:
        """It was edited in a way that its stream need not notice."""
        self._cameras[camera.camera_id] = camera
        keeper = self._keepers.get(camera.camera_id)
        if keeper is not None:
            keeper.update(camera)

    def remove(self, camera_id: str) -> None:
        """A camera is gone for good, and so are its files once its worker has ended."""
        self._cameras.pop(camera_id, None)
        self._keepers.pop(camera_id, None)
        self._timelines.drop(camera_id)
        self._put_task(camera_id, lambda: self._forget(camera_id))

    def watch(self, camera_id: str) -> None:
        """Somebody asked for this camera's pictures."""
        keeper = self._keepers.get(camera_id)
        if keeper is not None:
            keeper.watch()

    def retry(self, camera_id: str) -> None:
        """End a backoff now; harmless in any other state."""
        keeper = self._keepers.get(camera_id)
        if keeper is not None:
            keeper.retry()

    def pace(self, per_second: float) -> None:
        """Start so many FFmpegs in a second from now on, at most."""
        self._pacer.per_second = per_second

    def look_again(self) -> None:
        """The policy is another one: streams that wait may be wanted, and others not."""
        for keeper in self._keepers.values():
            keeper.look_again()

    def log_of(self, camera_id: str) -> Sequence[str]:
        """The last redacted lines of this camera's FFmpeg, oldest first."""
        keeper = self._keepers.get(camera_id)
        return tuple(keeper.log) if keeper is not None else ()

    async def close(self) -> None:
        """End all workers at the same time; returns when every FFmpeg is gone."""
        tasks = [task for tasks in self._tasks.values() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._ceilings.close()
        if self._pacing is not None:
            self._pacing.cancel()
            await asyncio.gather(self._pacing, return_exceptions=True)

    def _succeed(self, camera: Camera) -> None:
        """Put a keeper for this camera, or nobody, in the place of the one that it has."""
        camera_id = camera.camera_id
        self._cameras[camera_id] = camera
        self._keepers.pop(camera_id, None)
        timeline = self._timelines.get(camera_id)
        if camera.maintenance or timeline is None:
            self._put_task(camera_id, None)
        else:
            self._keepers[camera_id] = keeper = self._make_keeper(camera, timeline)
            self._put_task(camera_id, keeper.run)

    def _put_task(self, camera_id: str, work: Callable[[], Coroutine[Any, Any, None]] | None) -> None:
        """Cancel what is done for a camera, and do `work` once all of it has ended."""
        earlier = [task for task in self._tasks.get(camera_id, ()) if not task.done()]
        if earlier:
            earlier[-1].cancel()  # the ones before it were cancelled in their turn
        task = asyncio.create_task(_after(earlier, work, camera_id), name=f"camera {camera_id}")
        task.add_done_callback(_tell_of_bugs)
        self._tasks[camera_id] = [*earlier, task]

    async def _forget(self, camera_id: str) -> None:
        self._board.drop(camera_id)
        del self._tasks[camera_id]
        try:
            await self._disk.delete(camera_id)
        except OSError as error:
            log.warning("camera %s: its files stay until the next start: %s", camera_id, error.strerror)


def _tell_of_bugs(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s: a bug ended its task", task.get_name(), exc_info=error)


async def _after(
    earlier: Sequence[asyncio.Task[None]],
    work: Callable[[], Coroutine[Any, Any, None]] | None,
    camera_id: str,
) -> None:
    if earlier:
        # All of them, not just the last: one that is cancelled before its first step waits for nobody.
        await asyncio.wait(earlier)
    if work is not None:
        with of_camera(camera_id):
            await work()
