"""Room on a disk: what is given up, step by step, before it is full, and taken up again."""

import asyncio
import logging
import shutil
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

from attrs import frozen

from socstream.clock import Clock

log = logging.getLogger(__name__)

_LOOK_EVERY = 2.0
_MEBIBYTE = 1024 * 1024

_SPARE = 1.5
"""A step is taken back when there is so many times the room at which it was taken."""

_CALM = (60.0, 3600.0)
"""Seconds for which there must be so much room: at first, and at most. What is taken up again needs room."""

_RELAPSE = 600.0
"""A step that follows so many seconds after one was taken back doubles the calm that the next one needs."""


class Step(IntEnum):
    """What has been given up; each with all before it."""

    NOTHING = 0
    LONG_WINDOWS = 1
    PICTURES = 2
    UNWATCHED_CAMERAS = 3


@frozen
class Purpose:
    """What the room is for, and what each step says."""

    name: str
    steps: tuple[str, str, str, str]


STREAMS = Purpose(
    "for the streams",
    (
        "everything is as it was",
        "less of each stream is kept",
        "no pictures are made",
        "cameras that nobody watches are stopped",
    ),
)

DATA = Purpose(
    "for the database and the pictures",
    (
        "everything is as it was",
        "nothing is given up yet",
        "no pictures are made",
        "soon nothing can be changed any more; the streams go on",
    ),
)
"""Where that is another disk: stopping a camera would leave no more of it."""


@frozen
class Room:
    """Bytes that are free, and all that there are."""

    free: int
    size: int


@frozen
class Marks:
    """The first mark: this share of all, but not more than so many bytes; 0 or 0: never."""

    share: float
    most: int

    def at(self, step: Step, room: Room) -> float:
        """Bytes below which this step is taken: at the first mark, at two thirds and at a third of it."""
        return min(self.share * room.size, self.most) * (4 - step) / 3

    def step(self, room: Room) -> Step:
        """The step that so little room asks for."""
        return max((step for step in Step if step and room.free < self.at(step, room)), default=Step.NOTHING)


def is_same_disk(one: Path, other: Path) -> bool:
    """Whether what fills one of these directories fills the other, too; OSError when one is not there."""
    return one.stat().st_dev == other.stat().st_dev


def room_in(directory: Path) -> Room | None:
    """As the file system says; blocks. None when it cannot be asked."""
    try:
        usage = shutil.disk_usage(directory)
    except OSError:
        return None
    return Room(usage.free, usage.total)


class SpaceWatch:
    """Takes steps at once and takes them back slowly, one by one.

    `apply` is told of each; `tell` of the first one, in words, and when all is over (None).
    """

    def __init__(
        self,
        marks: Marks,
        clock: Clock,
        look: Callable[[], Room | None],
        apply: Callable[[Step], None],
        tell: Callable[[str | None], None],
        purpose: Purpose = STREAMS,
    ) -> None:
        self.marks = marks
        self._purpose = purpose
        self._clock = clock
        self._look = look
        self._apply = apply
        self._tell = tell
        self.step = Step.NOTHING
        self._calm = _CALM[0]
        self._roomy_since: float | None = None
        self._eased_at = float("-inf")

    async def run(self) -> None:
        """Ends only by being cancelled."""
        while True:
            room = await asyncio.to_thread(self._look)
            if room is not None:
                self.judge(room)
            await self._clock.sleep(_LOOK_EVERY)

    def judge(self, room: Room) -> None:
        """Do what this room asks for."""
        now, wanted = self._clock.monotonic(), self.marks.step(room)
        if wanted > self.step:
            is_relapse = now - self._eased_at < _RELAPSE
            self._calm = min(_CALM[1], 2 * self._calm) if is_relapse else _CALM[0]
            self._roomy_since = None
            self._go(wanted, room)
        elif self.step is Step.NOTHING or room.free < _SPARE * self.marks.at(self.step, room):
            self._roomy_since = None
        elif self._roomy_since is None:
            self._roomy_since = now
        elif now - self._roomy_since >= self._calm:
            self._roomy_since, self._eased_at = now, now
            self._go(Step(self.step - 1), room)

    def _go(self, step: Step, room: Room) -> None:
        before, self.step = self.step, step
        text = f"{room.free // _MEBIBYTE} of {room.size // _MEBIBYTE} MiB are free {self._purpose.name}"
        level = logging.WARNING if step > before else logging.INFO
        log.log(level, "%s: %s", text, self._purpose.steps[step])
        self._apply(step)
        if before is Step.NOTHING:
            self._tell(f"Room is short: {text}")
        elif step is Step.NOTHING:
            self._tell(None)
