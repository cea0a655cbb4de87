"""Rows 5 and 14: an FFmpeg that does not do as it is told, or is not there."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from socstream.demo.faults import Stall
from tests.faults.site import Lab, Site
from tests.faults.stand_in import CRASH, DEAF, LOUD, PATIENT, write_stand_in
from tests.faults.trial import Times, Trial
from tests.rigs import processes
from tests.rigs.patience import until


@asynccontextmanager
async def odd_site(lab: Lab) -> AsyncIterator[Site]:
    """A server whose FFmpeg can be told by the path of a camera to misbehave."""
    stand_in = write_stand_in(lab.root / "ffmpeg", lab.ffmpeg)
    async with lab.shared_site({"SOCSTREAM_FFMPEG": str(stand_in)}) as site:
        yield site


async def silence_that_ffmpeg_waits_out_for_ever(site: Site) -> Times:
    """Our own watch alone finds it."""
    async with site.camera("Patient", path=PATIENT) as camera:
        await camera.plays()
        began = time.monotonic()
        await camera.device.order(Stall())
        return Times(await camera.failing("stalled", since=began))


async def an_ffmpeg_that_ignores_sigterm(site: Site) -> Times:
    """Deleting its camera ends it all the same."""
    async with site.camera("Deaf", path=DEAF) as camera:
        await until("it runs", lambda: _is(bool(camera.pids())), within=5)
        await asyncio.sleep(1)  # so that it has come to ignoring the signal
        [deaf] = camera.pids()
        began = time.monotonic()
        await site.http.ask("PATCH", f"cameras/{camera.camera_id}", body={"status": "maintenance"})
        await until("it is gone", lambda: _is(deaf not in camera.pids()), within=8, every=0.02)
        return Times(time.monotonic() - began)


async def an_ffmpeg_that_crashes_at_once_for_ever(site: Site) -> Times:
    """Told as what it is, and started ever more seldom; `test_policy` counts the starts of two minutes."""
    async with site.camera("Crash", path=CRASH) as camera:
        began = time.monotonic()
        detect = await camera.failing("crashed", since=began)
        await camera.until("the fifth failure", lambda stream: stream.failures == 5)
        assert time.monotonic() - began > 0.5 + 1 + 2, "0, then half of 1, 2 and 4 s at least"
        return Times(detect)


async def an_ffmpeg_that_floods_its_standard_error(site: Site) -> Times:
    """All of it is read, next to nothing is kept, and the stream goes on."""
    server = site.server.pid
    before, heard = processes.resident_memory(server), processes.bytes_read(server)
    async with site.camera("Loud", path=LOUD) as camera:
        await camera.back()
        for _ in range(3):
            await camera.plays(2)
            asked = time.monotonic()
            assert (await site.http.get("/healthz")).status == 200
            assert time.monotonic() - asked < 0.5
            assert processes.resident_memory(server) - before < 20e6
        assert camera.now.run == 1
        status = (await site.http.get(f"cameras/{camera.camera_id}/stream-status")).json
        assert max(map(len, status["log"])) <= 500
        assert processes.bytes_read(server) - heard > 100e6, "that was no flood"
        return Times()


async def an_ffmpeg_that_is_stopped(site: Site) -> Times:
    """SIGSTOP: it neither makes segments nor ends when asked."""
    async with site.camera("Stopped") as camera:
        await camera.plays()
        [stopped] = camera.pids()
        began = time.monotonic()
        os.kill(stopped, signal.SIGSTOP)
        await camera.failing("stalled", since=began)
        await until("it is gone", lambda: _is(stopped not in camera.pids()), within=8, every=0.02)
        detect = time.monotonic() - began
        await camera.back()
        return Times(detect)


async def _is(condition: bool) -> bool:
    return condition


TRIALS: tuple[Trial[Site], ...] = (
    Trial(5, silence_that_ffmpeg_waits_out_for_ever, Times(12)),
    Trial(14, an_ffmpeg_that_ignores_sigterm, Times(5)),
    Trial(14, an_ffmpeg_that_crashes_at_once_for_ever),
    Trial(14, an_ffmpeg_that_floods_its_standard_error),
    Trial(14, an_ffmpeg_that_is_stopped, Times(12)),
)
