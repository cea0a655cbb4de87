"""What deserves a person's attention: outages that last, cameras that flap, and trouble of the box itself."""

import logging
from collections import deque
from collections.abc import Callable
from enum import StrEnum

from attrs import define, field

from socstream.board import StreamBoard
from socstream.clock import Clock
from socstream.events.hub import Kind
from socstream.model.backoff import Lane, lane_of
from socstream.model.failure import Failure, FailureCode
from socstream.model.stream import StreamState, StreamStatus

log = logging.getLogger(__name__)

FLAPS = 4
FLAPPING_WITHIN = 600.0
"""So many outages within so many seconds are flapping; as long without a new one ends the episode."""

_LOOK_EVERY = 0.5

_BOX_HOLD_OFF = 3.0
"""Seconds at most that trouble of the box has to last: every camera is dark, and only a person can help."""

_OVER = {
    FailureCode.FFMPEG_MISSING: "FFmpeg is found again",
    FailureCode.DISK_FULL: "The server's disk has room again",
    FailureCode.OUTPUT: "The segments can be written again",
}
"""The end of each trouble that is not the camera's but the box's."""


class AlertType(StrEnum):
    """What an alert is about. Trouble of the box has its failure's code instead, and that with “_over”."""

    CAMERA_DOWN = "camera_down"
    CAMERA_RECOVERED = "camera_recovered"
    FLAPPING = "flapping"
    DATABASE_RESTORED = "database_restored"
    BACKUP_FAILED = "backup_failed"
    SPACE_LOW = "space_low"
    DATA_SPACE_LOW = "data_space_low"


@define
class _Outage:
    """A camera that is down; since when for its present reason, too."""

    since: float
    failure: Failure
    failing_so_since: float
    is_told: bool = False


@define
class _Flaps:
    """When the last outages of a camera began."""

    began: deque[float] = field(factory=lambda: deque(maxlen=FLAPS))
    is_told: bool = False


class Alerts:
    """Takes in every change of a stream; `run` tells what has lasted for `hold_off` seconds."""

    def __init__(
        self,
        board: StreamBoard,
        clock: Clock,
        hold_off: float,
        publish: Callable[[Kind, object, str | None], None],
        name_of: Callable[[str], str],
    ) -> None:
        self._board = board
        self._clock = clock
        self.hold_off = hold_off
        self._publish = publish
        self._name_of = name_of
        self._outages: dict[str, _Outage] = {}
        self._flaps: dict[str, _Flaps] = {}
        self._box: set[FailureCode] = set()

    async def run(self) -> None:
        """Tell what is due; ends only by being cancelled."""
        while True:
            await self._clock.sleep(_LOOK_EVERY)
            self._look_at_cameras()
            self._look_at_box()

    def stream_changed(self, camera_id: str, status: StreamStatus | None) -> None:
        """Listens to the board."""
        if status is not None and status.failure is not None:
            self._failed(camera_id, status.failure)
        elif camera_id in self._outages:
            self._ended(camera_id, is_live=status is not None and status.state is StreamState.LIVE)
        if status is None:
            self._flaps.pop(camera_id, None)

    def notice(self, alert_type: AlertType, message: str) -> None:
        """Tell of trouble of the box that somebody else has found."""
        self._tell(logging.ERROR, None, alert_type, message)

    def all_clear(self, alert_type: AlertType, message: str) -> None:
        """Tell that such trouble is over."""
        self._tell(logging.INFO, None, f"{alert_type}_over", message)

    def _failed(self, camera_id: str, failure: Failure) -> None:
        now, outage = self._clock.monotonic(), self._outages.get(camera_id)
        if outage is None:
            self._outages[camera_id] = _Outage(now, failure, now)
            if not _is_of_box(failure):
                self._count(camera_id, now)
        elif outage.failure.code is not failure.code:
            outage.failure, outage.failing_so_since = failure, now

    def _ended(self, camera_id: str, is_live: bool) -> None:
        outage = self._outages.pop(camera_id)
        if is_live and outage.is_told:
            lasted = _words(self._clock.monotonic() - outage.since)
            message = f"Pictures arrive again, after {lasted} without"
            self._tell(logging.INFO, camera_id, AlertType.CAMERA_RECOVERED, message)

    def _count(self, camera_id: str, now: float) -> None:
        """One more outage that is the camera's own."""
        flaps = self._flaps.setdefault(camera_id, _Flaps())
        if flaps.began and now - flaps.began[-1] > FLAPPING_WITHIN:
            flaps.is_told = False
        flaps.began.append(now)
        is_flapping = len(flaps.began) == FLAPS and now - flaps.began[0] <= FLAPPING_WITHIN
        if is_flapping and not flaps.is_told:
            flaps.is_told = True
            message = f"The camera was lost {FLAPS} times within {_words(FLAPPING_WITHIN)}"
            self._tell(logging.WARNING, camera_id, AlertType.FLAPPING, message)

    def _look_at_cameras(self) -> None:
        now = self._clock.monotonic()
        for camera_id, outage in self._outages.items():
            is_due = not outage.is_told and now - outage.since >= self.hold_off
            if is_due and not _is_of_box(outage.failure):
                outage.is_told = True
                failure = outage.failure
                self._tell(logging.WARNING, camera_id, AlertType.CAMERA_DOWN, failure.message, failure.remedy)

    def _look_at_box(self) -> None:
        now, hold_off = self._clock.monotonic(), min(self.hold_off, _BOX_HOLD_OFF)
        present: dict[FailureCode, float] = {}
        for outage in self._outages.values():
            if _is_of_box(outage.failure):
                code = outage.failure.code
                present[code] = min(present.get(code, now), outage.failing_so_since)
        for code, since in present.items():
            if code not in self._box and now - since >= hold_off:
                self._box.add(code)
                failure = Failure(code)
                self._tell(logging.ERROR, None, code, failure.message, failure.remedy)
        # That no camera complains any more may also mean that none is wanted: a picture is the proof.
        over = self._box - present.keys()
        if over and any(status.state is StreamState.LIVE for status in self._board.statuses.values()):
            self._box -= over
            for code in sorted(over):
                self._tell(logging.INFO, None, f"{code}_over", _OVER[code])

    def _tell(
        self, level: int, camera_id: str | None, alert_type: str, message: str, remedy: str | None = None
    ) -> None:
        name = "this server" if camera_id is None else self._name_of(camera_id)
        what_to_do = f". {remedy}" if remedy else ""
        extra = {"camera": camera_id}
        log.log(level, "%s: %s (%s)%s", name, message, alert_type, what_to_do, extra=extra)
        data = {"cameraId": camera_id, "alertType": alert_type, "message": message, "remedy": remedy}
        self._publish(Kind.ALERT_TRIGGERED, data, camera_id)


def _is_of_box(failure: Failure) -> bool:
    return lane_of(failure.code) is Lane.BOX


def _words(seconds: float) -> str:
    """A duration for people, in its largest unit."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
