"""What a server says of its cameras, looked at ten times a second."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import aiohttp
from attrs import evolve, frozen

from tests.rigs.client import Client
from tests.rigs.patience import until

EVERY = 0.1


@frozen
class Stream:
    """The condition of a stream as the list shows it; times are wall seconds."""

    state: str
    code: str | None
    remedy: str | None
    run: int
    failures: int
    since: float
    failing_since: float | None
    retry_at: float | None
    last_segment_at: float | None

    @property
    def is_down(self) -> bool:
        """Whether an operator is told that something is wrong, rather than that it begins."""
        return self.state in ("stalled", "backoff")


class Monitor:
    """Asks for the list of cameras and remembers each change. `run` is its task."""

    def __init__(self, http: Client) -> None:
        self._http = http
        self._now: dict[str, Stream] = {}
        self._history: dict[str, list[Stream]] = {}
        self.said = ""
        """The last list, as text."""

    async def run(self) -> None:
        """Until cancelled; a server that does not answer has nothing to tell."""
        while True:
            try:
                answer = await self._http.get("cameras")
            except (aiohttp.ClientError, OSError):
                self._now = {}
            else:
                assert answer.status == 200, answer.text
                self.said = answer.text
                self._hear(answer.json)
            await asyncio.sleep(EVERY)

    def _hear(self, cameras: list[dict[str, Any]]) -> None:
        self._now = {camera["camera_id"]: _stream(camera["stream"]) for camera in cameras}
        for camera_id, stream in self._now.items():
            history = self._history.setdefault(camera_id, [])
            if not history or not _same(history[-1], stream):
                history.append(stream)

    def now(self, camera_id: str) -> Stream | None:
        """The condition of one stream; None before it is known, and when it is gone."""
        return self._now.get(camera_id)

    def history(self, camera_id: str) -> list[Stream]:
        """Every condition that was seen, the oldest first; new segments alone are no change."""
        return self._history.get(camera_id, [])

    async def until(
        self, what: str, camera_id: str, is_so: Callable[[Stream], bool], since: float, within: float
    ) -> float:
        """When a stream is so for the first time from now on: how long after `since` (monotonic)."""

        async def look() -> bool:
            stream = self._now.get(camera_id)
            return stream is not None and is_so(stream)

        try:
            await until(what, look, within, every=EVERY / 2)
        except AssertionError as error:
            seen = "\n".join(map(str, self.history(camera_id)[-8:]))
            raise AssertionError(f"{error}; seen last:\n{seen}") from error
        return time.monotonic() - since


def _same(one: Stream, other: Stream) -> bool:
    return evolve(one, last_segment_at=None) == evolve(other, last_segment_at=None)


def _stream(told: dict[str, Any]) -> Stream:
    failure = told["failure"] or {}
    return Stream(
        state=told["state"],
        code=failure.get("code"),
        remedy=failure.get("remedy"),
        run=told["run"],
        failures=told["failures"],
        since=_wall(told["since"]) or 0.0,
        failing_since=_wall(failure.get("since")),
        retry_at=_wall(told["retry_at"]),
        last_segment_at=_wall(told["last_segment_at"]),
    )


def _wall(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()
