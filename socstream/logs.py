"""Our log lines: each with the request that it belongs to, none with a credential or a forged line end."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

from socstream.redaction import Secrets, redacted

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# A list, emptied at the end: tasks that a request started inherit it, and outlive the request.
_REQUEST: ContextVar[list[str] | None] = ContextVar("request", default=None)

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


class SafeFormatter(logging.Formatter):
    """Text lines; `hide` takes the credentials out, of tracebacks too."""

    def __init__(self, hide: Callable[[str], str] = redacted) -> None:
        super().__init__(_FORMAT)
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, and its traceback below."""
        return self._hide(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        """The line alone."""
        request = _REQUEST.get()
        place = f"[{request[0]}] " if request else ""
        record.message = place + record.message.translate(_VISIBLE)
        return super().formatMessage(record)


def set_up(level: str, stream: TextIO) -> None:
    """Write what is logged at `level` and above to `stream`; nothing changes when that was done before."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SafeFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler])


@contextmanager
def hiding(secrets: Secrets) -> Iterator[None]:
    """Take these secrets out of every line, too, for as long as the block."""
    ours = [one for one in logging.getLogger().handlers if isinstance(one.formatter, SafeFormatter)]
    for handler in ours:
        handler.setFormatter(SafeFormatter(secrets.redacted))
    try:
        yield
    finally:
        for handler in ours:
            handler.setFormatter(SafeFormatter())


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
