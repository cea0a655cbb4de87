"""What Prometheus scrapes: looked up in memory when it asks, in a registry of our own."""

import asyncio
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from attrs import frozen
from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from socstream.board import StreamBoard
from socstream.cameras import Cameras
from socstream.clock import Clock
from socstream.hls.timeline import Timelines
from socstream.model.camera import Camera
from socstream.model.errors import StoreUnavailable
from socstream.model.stream import StreamState
from socstream.ops.tallies import Lag, Stalls, Traffic, Viewers

_LABELS = ("camera_id", "name")
_ALWAYS_TOLD = frozenset({StreamState.LIVE})


@frozen
class Figure:
    """One number of the server itself; `read` gives it as it is now. Counters only ever rise."""

    name: str
    text: str
    read: Callable[[], float]
    is_counter: bool = False


class Metrics:
    """All of them. `figures` are told by those who have them; directories: label → where."""

    def __init__(
        self,
        version: str,
        cameras: Cameras,
        board: StreamBoard,
        timelines: Timelines,
        clock: Clock,
        directories: dict[str, Path],
        figures: Iterable[Figure] = (),
    ) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self.traffic = Traffic()
        self.viewers = Viewers(clock)
        self.lag = Lag(clock, self._registry)
        self._disks = _Disks(directories)
        streams = _Streams(cameras, board, timelines, clock, Stalls(board), self.viewers)
        for collector in (streams, _Server(version, self.traffic, tuple(figures)), self._disks):
            self._registry.register(collector)
        ProcessCollector(registry=self._registry)

    async def render(self, accept: str) -> tuple[bytes, str]:
        """The text for a client that accepts this, and its content type."""
        await asyncio.to_thread(self._disks.look)
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _Streams(Collector):
    """A camera's figures, each with its id and name: as many series as there are cameras now."""

    def __init__(
        self,
        cameras: Cameras,
        board: StreamBoard,
        timelines: Timelines,
        clock: Clock,
        stalls: Stalls,
        viewers: Viewers,
    ) -> None:
        self._cameras = cameras
        self._board = board
        self._timelines = timelines
        self._clock = clock
        self._stalls = stalls
        self._viewers = viewers
        self._told: dict[str, frozenset[StreamState]] = {}

    def collect(self) -> Iterator[Metric]:
        """Nothing before the store was read: absent is not zero."""
        try:
            cameras = self._cameras.all()
        except StoreUnavailable:
            return
        families = _Families()
        # Who was told 1 of a state has to be told 0 later; all six of each camera would be half of all lines.
        self._told = {
            camera.camera_id: self._told.get(camera.camera_id, _ALWAYS_TOLD) | self._state_of(camera)
            for camera in cameras
        }
        for camera in cameras:
            self._add(families, camera)
        yield GaugeMetricFamily("socstream_cameras", "Cameras that there are.", len(cameras))
        yield from families.all()

    def _add(self, families: "_Families", camera: Camera) -> None:
        camera_id = camera.camera_id
        labels = (camera_id, camera.name)
        status = self._board.get(camera_id)
        if status is not None:
            for state in sorted(self._told[camera_id]):
                families.state.add_metric((*labels, state.value), state is status.state)
            if status.failure is not None:
                families.failure.add_metric((*labels, status.failure.code.value), 1)
            families.restarts.add_metric(labels, max(0, status.run - 1))
        families.stalls.add_metric(labels, self._stalls.counts[camera_id])
        families.viewers.add_metric(labels, self._viewers.count(camera_id))
        timeline = self._timelines.get(camera_id)
        if timeline is not None and camera.source.is_rtsp:
            families.segments.add_metric(labels, timeline.published)
            families.bytes.add_metric(labels, timeline.published_bytes)
            if timeline.newest_at is not None:
                families.age.add_metric(labels, self._clock.monotonic() - timeline.newest_at)

    def _state_of(self, camera: Camera) -> frozenset[StreamState]:
        status = self._board.get(camera.camera_id)
        return frozenset() if status is None else frozenset({status.state})


class _Families:
    """The figures that every camera has, still empty."""

    def __init__(self) -> None:
        self.state = GaugeMetricFamily(
            "socstream_camera_state",
            "1 for the state that the stream is in, 0 for live otherwise, and for what was told before.",
            labels=(*_LABELS, "state"),
        )
        self.failure = GaugeMetricFamily(
            "socstream_camera_failure",
            "1 for the present failure; absent without one.",
            labels=(*_LABELS, "code"),
        )
        self.segments = CounterMetricFamily(
            "socstream_camera_segments", "Segments published since the server's start.", labels=_LABELS
        )
        self.bytes = CounterMetricFamily(
            "socstream_camera_segment_bytes", "Bytes of these segments.", labels=_LABELS
        )
        self.age = GaugeMetricFamily(
            "socstream_camera_newest_segment_age_seconds",
            "Seconds since the newest segment was published; absent before the first.",
            labels=_LABELS,
        )
        self.restarts = CounterMetricFamily(
            "socstream_camera_restarts", "Tries after the first since the server's start.", labels=_LABELS
        )
        self.stalls = CounterMetricFamily(
            "socstream_camera_stalls", "Times that no new segment came for too long.", labels=_LABELS
        )
        self.viewers = GaugeMetricFamily(
            "socstream_camera_viewers", "Clients that asked for the playlist lately.", labels=_LABELS
        )

    def all(self) -> tuple[Metric, ...]:
        """In the order of the output."""
        return (
            *(self.state, self.failure, self.segments, self.bytes),
            *(self.age, self.restarts, self.stalls, self.viewers),
        )


class _Server(Collector):
    """The version, the requests, and whatever else was told."""

    def __init__(self, version: str, traffic: Traffic, figures: tuple[Figure, ...]) -> None:
        self._version = version
        self._traffic = traffic
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """As it is now."""
        build = GaugeMetricFamily("socstream_build_info", "The version that runs.", labels=("version",))
        build.add_metric((self._version,), 1)
        yield build
        requests = CounterMetricFamily(
            "socstream_http_requests",
            "Requests answered, by route and status; an empty route: no URL of ours.",
            labels=("method", "route", "status"),
        )
        for ((method, route), status), count in sorted(self._traffic.answers.items()):
            requests.add_metric((method, route, str(status)), count)
        yield requests
        for figure in self._figures:
            family = CounterMetricFamily if figure.is_counter else GaugeMetricFamily
            yield family(figure.name, figure.text, figure.read())


class _Disks(Collector):
    """The room in our directories, as `look` last saw it: a disk that hangs must not hold the event loop."""

    def __init__(self, directories: dict[str, Path]) -> None:
        self._directories = directories
        self._seen: dict[str, tuple[int, int]] = {}

    def look(self) -> None:
        """Ask the file systems; blocks. One that cannot be asked is absent."""
        seen = {}
        for label, path in self._directories.items():
            try:
                usage = shutil.disk_usage(path)
            except OSError:
                continue
            seen[label] = (usage.free, usage.total)
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        """As last seen."""
        free = GaugeMetricFamily(
            "socstream_directory_free_bytes", "Bytes that may still be written.", labels=("directory",)
        )
        size = GaugeMetricFamily(
            "socstream_directory_size_bytes", "Bytes of the file system.", labels=("directory",)
        )
        for label, (free_bytes, size_bytes) in self._seen.items():
            free.add_metric((label,), free_bytes)
            size.add_metric((label,), size_bytes)
        yield free
        yield size
