"""The live edges of all cameras, and the numbers of their streams on the wire."""

from collections import deque
from itertools import count

from socstream.clock import Clock
from socstream.live.edge import Edge
from socstream.model.camera import Camera
from socstream.model.errors import CameraNotFound

_NUMBERS = 1 << 16


class Edges:
    """Camera id → its edge, made when it is first asked for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._edges: dict[str, Edge] = {}
        self._next_number = count()
        self._free_numbers: deque[int] = deque()

    @property
    def watchers(self) -> int:
        """Subscriptions to any camera: somebody with sixteen tiles has sixteen."""
        return sum(edge.watchers for edge in self._edges.values())

    def of(self, camera_id: str) -> Edge:
        """The edge of a camera, which may or may not run."""
        edge = self._edges.get(camera_id)
        if edge is None:
            edge = self._edges[camera_id] = Edge(camera_id, self._clock, self._new_number)
        return edge

    def drop(self, camera_id: str) -> None:
        """The camera is gone: who watched it is told what everybody hears who asks for it now."""
        edge = self._edges.pop(camera_id, None)
        if edge is not None:
            self._free_numbers += edge.close("camera_not_found", str(CameraNotFound(camera_id)))

    def camera_changed(self, camera_id: str, camera: Camera | None) -> None:
        """Listens to the cameras."""
        if camera is None:
            self.drop(camera_id)

    def _new_number(self) -> int:
        """As late as possible one that had another meaning before."""
        number = next(self._next_number)
        return number if number < _NUMBERS else self._free_numbers.popleft()
