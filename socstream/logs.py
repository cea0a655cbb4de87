"""Our log lines: each with its request and its camera, none with a credential or a forged line end.

Text for people, or one JSON object a line. What repeats itself too often is counted, and told once.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

from socstream.redaction import Secrets, redacted
from socstream.repeats import Repeats

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# A list, emptied at the end: tasks that a request started inherit it, and outlive the request.
_REQUEST: ContextVar[list[str] | None] = ContextVar("request", default=None)

_CAMERA: ContextVar[str | None] = ContextVar("camera", default=None)

# Control characters, and those that turn the order of letters round.
_VISIBLE = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0x2028,
        0x2029,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
}


NameOf = Callable[[str], str | None]
"""The name of the camera with this id; None when there is none."""


def _nameless(camera_id: str) -> str | None:
    return None


class SafeFormatter(logging.Formatter):
    """Text lines; `hide` takes the credentials out, of tracebacks too."""

    def __init__(self, hide: Callable[[str], str] = redacted) -> None:
        super().__init__(_FORMAT)
        self.hide = hide
        self.name_of: NameOf = _nameless

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, and its traceback below."""
        return self.hide(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        """The line alone."""
        request, camera_id = _REQUEST.get(), camera_of(record)
        place = f"[{request[0]}] " if request else ""
        name = self.name_of(camera_id) if camera_id is not None else None
        if name is not None and name not in record.message:
            place += f"{name}: ".translate(_VISIBLE)
        record.message = place + record.message.translate(_VISIBLE)
        return super().formatMessage(record)


class JSONFormatter(SafeFormatter):
    """One JSON object a line, in ASCII; what does not apply to a line is not in it."""

    def format(self, record: logging.LogRecord) -> str:
        """The object: time, level, logger, message; camera, camera_name, request_id, exception."""
        request, camera_id = _REQUEST.get(), camera_of(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, str] = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.hide(record.getMessage()),
        }
        if camera_id is not None:
            told["camera"] = camera_id
            if (name := self.name_of(camera_id)) is not None:
                told["camera_name"] = self.hide(name)
        if request:
            told["request_id"] = request[0]
        if record.exc_info:
            told["exception"] = self.hide(self.formatException(record.exc_info))
        return json.dumps(told)


_FORMATTERS: dict[str, type[SafeFormatter]] = {"text": SafeFormatter, "json": JSONFormatter}


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes lines, and leaves out what repeats itself too often."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.repeats = Repeats(0)

    def emit(self, record: logging.LogRecord) -> None:
        """Called one at a time, by logging's own lock."""
        now = time.monotonic()
        for summary in self.repeats.due(now):
            super().emit(summary)
        if self.repeats.admits(record, camera_of(record), now):
            super().emit(record)


def camera_of(record: logging.LogRecord) -> str | None:
    """The id of the camera that a line is about: as told (extra={"camera": …}), else whose task logs it."""
    told: str | None = getattr(record, "camera", None)
    return _CAMERA.get() if told is None else told


def set_up(stream: TextIO, level: str, style: str = "text", repeats: int = 0) -> None:
    """Write what is logged at `level` and above to `stream`; nothing changes when that was done before.

    `repeats`: how often a minute a line of one kind, about one camera, is written; 0: always.
    """
    handler = LineHandler(stream)
    handler.setFormatter(SafeFormatter())
    logging.basicConfig(handlers=[handler])
    change(level, style, repeats)


def change(level: str, style: str, repeats: int) -> None:
    """Log at another level or in another form from now on."""
    logging.getLogger().setLevel(level.upper())
    for handler in logging.getLogger().handlers:
        old = handler.formatter
        if isinstance(handler, LineHandler) and isinstance(old, SafeFormatter):
            new = _FORMATTERS[style](old.hide)
            new.name_of = old.name_of
            handler.setFormatter(new)
            handler.repeats.most = repeats


@contextmanager
def hiding(secrets: Secrets, name_of: NameOf = _nameless) -> Iterator[None]:
    """Take these secrets out of every line, too, and name its camera, for as long as the block."""
    for formatter in _ours():
        formatter.hide, formatter.name_of = secrets.redacted, name_of
    try:
        yield
    finally:
        for formatter in _ours():
            formatter.hide, formatter.name_of = redacted, _nameless


def _ours() -> Iterator[SafeFormatter]:
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, SafeFormatter):
            yield handler.formatter


@contextmanager
def of_camera(camera_id: str) -> Iterator[None]:
    """What is logged in this block, and by tasks that it starts, is about a camera."""
    token = _CAMERA.set(camera_id)
    try:
        yield
    finally:
        _CAMERA.reset(token)


class of_request:  # noqa: N801 (a context manager, and read as a verb; a generator costs each request 1 µs more)
    """What is logged in this block belongs to a request."""

    __slots__ = ("_holder", "_token")

    def __init__(self, request_id: str) -> None:
        self._holder = [request_id]

    def __enter__(self) -> None:
        self._token = _REQUEST.set(self._holder)

    def __exit__(self, *_: object) -> None:
        self._holder.clear()
        _REQUEST.reset(self._token)
