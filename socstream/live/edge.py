"""The live edge of one camera, over all runs of its FFmpeg: takes access units, passes them on at once."""

from collections.abc import Callable, Sequence

from socstream.clock import Clock
from socstream.live.group import Form, Group, Pace, Picture
from socstream.live.lane import Lane
from socstream.live.outlet import Outlet
from socstream.live.subscription import Subscription
from socstream.live.unit import AccessUnit, Configuration


class Edge:
    """Nothing here waits or raises: what a client cannot take now, it may never get."""

    def __init__(self, camera_id: str, clock: Clock, new_number: Callable[[], int]) -> None:
        self.camera_id = camera_id
        self._clock = clock
        self._new_number = new_number
        self._lanes: dict[Form, Lane] = {}
        self._group = Group()
        self._configuration: Configuration | None = None
        self._configured_at = 0.0
        self._run = 0
        self._pace = Pace()
        self._count = 0
        self._is_first = True
        self._refusal: dict[str, object] | None = None

    @property
    def is_watched(self) -> bool:
        """True when somebody subscribed."""
        return any(lane.watchers for lane in self._lanes.values())

    @property
    def watchers(self) -> int:
        """How many subscriptions there are."""
        return sum(lane.watchers for lane in self._lanes.values())

    def begin(self, run: int) -> None:
        """A new FFmpeg runs: its times begin anew."""
        self._run, self._pace, self._count = run, Pace(), 0
        self._configure(None)

    def take(self, items: Sequence[Configuration | AccessUnit]) -> None:
        """What came from FFmpeg, in its order."""
        for item in items:
            if isinstance(item, AccessUnit):
                self._take(item)
            elif item != self._configuration:
                self._configure(item)

    def end(self) -> None:
        """The run is over; what was not sent by now is not live any more."""
        self._configuration = None
        self._group.clear()
        for lane in self._lanes.values():
            lane.end()

    def refuse(self, reason: str | None, code: str = "no_edge") -> None:
        """Tell all who watch or come that this camera has no live edge for now, and why; None: it has one."""
        refusal: dict[str, object] | None = None if reason is None else {"code": code, "message": reason}
        if refusal == self._refusal:
            return
        self._refusal = refusal
        if refusal is not None:
            for lane in self._lanes.values():
                lane.tell("unavailable", **refusal)

    def subscribe(self, form: Form, outlet: Outlet) -> Subscription:
        """Send everything to this client: first the configuration and the current group, as far as known."""
        lane = self._lanes.get(form)
        if lane is None:
            lane = self._lanes[form] = Lane(self.camera_id, form, self._new_number(), self._group)
            lane.configure(self._configuration, self._run, self._configured_at)
        subscription = Subscription(lane, outlet)
        lane.join(subscription)
        subscription.tell("subscribed")
        if self._refusal is not None:
            subscription.tell("unavailable", **self._refusal)
        subscription.start()
        return subscription

    def close(self, code: str, message: str) -> tuple[int, ...]:
        """The camera is gone: let everybody go. The numbers of its streams, which nobody uses any more."""
        for lane in self._lanes.values():
            lane.close("refused", code=code, message=message)
        return tuple(lane.number for lane in self._lanes.values())

    def _configure(self, configuration: Configuration | None) -> None:
        self._configuration, self._configured_at = configuration, self._clock.wall()
        self._group.clear()
        self._is_first = True
        for lane in self._lanes.values():
            lane.configure(configuration, self._run, self._configured_at)

    def _take(self, unit: AccessUnit) -> None:
        duration = self._pace.duration(unit.decode_at)
        passed = self._group.count
        if self._configuration is None or not (unit.is_key or passed):
            return  # nobody could decode it
        self._count += 1
        picture = Picture(unit, self._count, duration, self._is_first)
        self._is_first = False
        self._group.add(picture)
        for lane in self._lanes.values():
            if unit.is_key:
                lane.pass_on_key(picture, passed)
            else:
                lane.pass_on(picture)
