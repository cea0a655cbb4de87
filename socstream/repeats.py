"""Log lines that repeat themselves: so many of a kind in a minute are written, the rest is counted."""

import logging
from collections.abc import Iterator

from attrs import define

_MINUTE = 60.0

_MOST_KINDS = 1000
"""Kinds that are counted at a time. Some are made up as they are logged; one more of them is just written."""

_Kind = tuple[str, str, str | None]


@define
class _Count:
    """Of one kind since `began` (monotonic seconds); `last`: the newest one that was left out."""

    began: float
    written: int = 0
    left_out: int = 0
    last: logging.LogRecord | None = None


class Repeats:
    """Knows a kind by its logger, the text before its values are filled in, and the camera it is about."""

    def __init__(self, most: int) -> None:
        self.most = most
        """Lines of one kind in a minute; 0: as many as there are."""
        self._counts: dict[_Kind, _Count] = {}
        self._next_due = float("inf")

    def admits(self, record: logging.LogRecord, camera_id: str | None, now: float) -> bool:
        """False for one that is only counted. What is critical is always written."""
        if not self.most or record.levelno >= logging.CRITICAL:
            return True
        kind = (record.name, str(record.msg), camera_id)
        count = self._counts.get(kind)
        if count is None:
            if len(self._counts) >= _MOST_KINDS:
                return True
            count = self._counts[kind] = _Count(now)
            self._next_due = min(self._next_due, now + _MINUTE)
        if count.written < self.most:
            count.written += 1
            return True
        count.left_out, count.last = count.left_out + 1, record
        return False

    def due(self, now: float) -> Iterator[logging.LogRecord]:
        """What to write first: of each kind whose minute is over, how many were left out.

        Asked with each line, so it may come late when nothing else is logged.
        """
        if now < self._next_due:
            return
        over = {kind: count for kind, count in self._counts.items() if now - count.began >= _MINUTE}
        for kind in over:
            del self._counts[kind]
        self._next_due = min((count.began for count in self._counts.values()), default=float("inf")) + _MINUTE
        for (_, _, camera_id), count in over.items():
            if count.last is not None:
                yield _summary(count.last, count.left_out, camera_id)


def _summary(last: logging.LogRecord, left_out: int, camera_id: str | None) -> logging.LogRecord:
    summary = logging.LogRecord(
        last.name,
        last.levelno,
        last.pathname,
        last.lineno,
        "%d more like this within a minute were left out, the last: %s",
        (left_out, last.getMessage()),
        None,
    )
    summary.camera = camera_id
    return summary
