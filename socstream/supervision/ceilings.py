"""Keeps every published number below a ceiling that is safely stored."""

import asyncio
import logging
from typing import Protocol

from socstream.hls.timeline import Window
from socstream.model.ceiling import Ceiling
from socstream.model.errors import StoreUnavailable

log = logging.getLogger(__name__)

STEP = 64
"""Numbers that one write to the store pays for."""

_WAIT = 2.0
"""Seconds that a segment waits for the store; then it is published all the same: a store that cannot be
written leaves the streams running, and only a power cut in these minutes could make a number go back."""


def is_newest(window: Window, ceiling: Ceiling) -> bool:
    """False for a restored window that a later life of ours has gone beyond: a stream directory that was
    ours, then another one was, and now it is again.
    """
    # While the window was the newest, its numbers were at most a step below the ceiling, give or take a
    # look; a life that began at that ceiling has raised it by another step.
    return ceiling.media_sequence < window.segments[-1].number + STEP + STEP // 2


class CeilingStore(Protocol):
    """What is needed of the store."""

    async def raise_ceiling(self, camera_id: str, ceiling: Ceiling) -> None:
        """Save it durably, never lowering a number; StoreUnavailable when that fails."""
        ...


class Ceilings:
    """The ceiling of each camera; raised early and in the background, waited for only when reached."""

    def __init__(self, store: CeilingStore) -> None:
        self._store = store
        self._saved: dict[str, Ceiling] = {}
        self._saving: dict[str, asyncio.Task[None]] = {}

    def know(self, camera_id: str, ceiling: Ceiling) -> None:
        """The ceiling that is stored already."""
        self._saved[camera_id] = ceiling

    async def cover(self, camera_id: str, window: Window) -> None:
        """Return when the window may be published."""
        saved = self._saved.get(camera_id, Ceiling())
        number = window.segments[-1].number
        is_reached = number >= saved.media_sequence or window.discontinuities >= saved.discontinuity_sequence
        is_changed = window.target_duration != saved.target_duration
        if is_reached or is_changed or number + STEP // 2 >= saved.media_sequence:
            self._raise(camera_id, window)
        if is_reached:
            await asyncio.wait({self._saving[camera_id]}, timeout=_WAIT)

    async def close(self) -> None:
        """Wait for what is being saved."""
        await asyncio.gather(*self._saving.values(), return_exceptions=True)

    def _raise(self, camera_id: str, window: Window) -> None:
        if camera_id in self._saving and not self._saving[camera_id].done():
            return
        # A run of one segment costs one of either number, so equal steps keep both ahead.
        ceiling = Ceiling(
            window.segments[-1].number + STEP, window.discontinuities + STEP, window.target_duration
        )
        self._saving[camera_id] = asyncio.create_task(self._save(camera_id, ceiling))

    async def _save(self, camera_id: str, ceiling: Ceiling) -> None:
        try:
            await self._store.raise_ceiling(camera_id, ceiling)
        except StoreUnavailable as error:
            log.warning(
                "%s: its sequence numbers could not be saved: %s",
                camera_id,
                error,
                extra={"camera": camera_id},
            )
        else:
            self._saved[camera_id] = ceiling
