"""How long until there is a picture: a new camera, a source that comes back, an FFmpeg that was killed."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from attrs import field, frozen

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Refuse
from socstream.ffmpeg.binary import Binary
from tests.bench.raw import raw_ffmpeg
from tests.bench.serving import Player, Serving

OUTAGE = 10.0
"""Seconds that the camera's port is closed."""

GOP = 1.0
"""Seconds from keyframe to keyframe; those of a virtual camera fall on whole seconds of the wall clock."""

_STABLE = 11.0
"""Seconds of media after which the server has forgotten earlier failures."""

_WITHIN = 60.0
"""Seconds after which a picture will not come any more."""


@frozen
class Delays:
    """Seconds; each round has one of ours and one of raw FFmpeg, at the same phase of the camera's clock."""

    ours: list[float] = field(factory=list)
    raw: list[float] = field(factory=list)


@frozen
class Rig:
    """What is measured with: one server, one camera, and FFmpeg with a directory for it."""

    server: Serving
    camera: VirtualCamera
    binary: Binary
    root: Path

    async def joins(self, rounds: int) -> Delays:
        """POST camera → a player could show a picture; in turn with raw FFmpeg, spawn → the same."""
        delays = Delays()
        for phase in _phases(rounds):
            await _wait_for(phase)
            delays.ours.append(await self._join())
            await _wait_for(phase)
            delays.raw.append(await self._raw())
        return delays

    async def returns(self, rounds: int) -> Delays:
        """The camera's port opens after an outage → a new segment; raw FFmpeg is started as it opens."""

        async def close_and_open(phase: float) -> None:
            await self.camera.order(Refuse())
            await asyncio.sleep(OUTAGE)
            await _wait_for(phase)
            await self.camera.clear()

        return await self._recoveries(rounds, close_and_open)

    async def kills(self, rounds: int) -> Delays:
        """The server's FFmpeg is killed → a new segment; raw FFmpeg is started as it dies."""

        async def kill(phase: float) -> None:
            await _wait_for(phase)
            (pid,) = self.server.process.ffmpegs()
            os.kill(pid, signal.SIGKILL)

        return await self._recoveries(rounds, kill)

    async def _join(self) -> float:
        began = time.monotonic()
        player = await self.server.add("bench", self.camera.url)
        await player.play(_WITHIN)
        delay = time.monotonic() - began
        await self.server.remove(player, _WITHIN)
        return delay

    async def _raw(self) -> float:
        began = time.monotonic()
        async with raw_ffmpeg(self.binary, self.root, "raw", self.camera.url) as raw:
            await raw.first_segment(_WITHIN)
            return time.monotonic() - began

    async def _recoveries(self, rounds: int, disturb: Callable[[float], Awaitable[None]]) -> Delays:
        """From the end of `disturb` to the first segment of the next run, each time out of a stable run."""
        delays = Delays()
        player = await self.server.add("bench", self.camera.url)
        await player.play(_WITHIN)
        for phase in _phases(rounds):
            await asyncio.sleep(_STABLE)
            before = await player.runs()
            await disturb(phase)
            ours, raw = await asyncio.gather(self._next_run(player, before), self._raw())
            delays.ours.append(ours)
            delays.raw.append(raw)
        await self.server.remove(player, _WITHIN)
        return delays

    async def _next_run(self, player: Player, before: frozenset[str]) -> float:
        began = time.monotonic()
        await player.next_run(before, _WITHIN)
        return time.monotonic() - began


def _phases(rounds: int) -> list[float]:
    """Random seconds within a group of pictures, one out of each equal part of it, in random order."""
    phases = [(index + random.random()) / rounds * GOP for index in range(rounds)]
    random.shuffle(phases)
    return phases


async def _wait_for(phase: float) -> None:
    """Return when the wall clock is next so far into a group of pictures."""
    await asyncio.sleep((phase - time.time()) % GOP)
