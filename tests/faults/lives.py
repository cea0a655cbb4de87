"""Rows 15, 16 and 18: the server is killed, asked to stop, stopped for a while, or told another time."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Silent
from socstream.supervision.run import Timing
from tests.faults import observed
from tests.faults.site import Lab, Site, Subject
from tests.faults.trial import Times, Trial
from tests.rigs.clerk import Clerk
from tests.rigs.client import client
from tests.rigs.server import Ended, ServerProcess

KILLS = 5


@asynccontextmanager
async def cameras(site: Site, *names: str) -> AsyncIterator[list[Subject]]:
    """Cameras that are live."""
    async with AsyncExitStack() as stack:
        subjects = [await stack.enter_async_context(site.camera(name)) for name in names]
        for subject in subjects:
            await subject.back()
        yield subjects


async def a_server_that_is_killed(lab: Lab, times: int = KILLS) -> Times:
    """No FFmpeg outlives it; cameras, timelines and every acknowledged write are there again."""
    slowest = 0.0
    async with lab.site() as site, cameras(site, "Gate", "Yard") as subjects:
        clerks = [Clerk(site.http, f"Clerk {number}") for number in range(2)]
        for _ in range(times):
            work = [asyncio.create_task(clerk.work()) for clerk in clerks]
            await asyncio.sleep(0.5)
            await site.server.kill()
            await site.server.gone(within=1)
            await asyncio.gather(*work)
            await site.server.start()
            began = time.monotonic()
            listed = (await site.http.get("cameras")).json
            for clerk in clerks:
                clerk.check(listed)
            for subject in subjects:
                await subject.plays(1)
            slowest = max(slowest, time.monotonic() - began)
        print(f"{sum(clerk.writes for clerk in clerks)} acknowledged writes, {times} times kill -9")
        for subject in subjects:
            numbers = list(subject.witness.segments)
            assert numbers == list(range(numbers[0], subject.witness.newest + 1)), "a gap in the sequence"
        for clerk in clerks:
            await clerk.clear()
    return Times(recover=slowest)


async def a_server_that_is_asked_to_stop_under_load(lab: Lab) -> Times:
    return await _stopped(lab, ask_twice=False)


async def a_server_that_is_asked_to_stop_twice(lab: Lab) -> Times:
    return await _stopped(lab, ask_twice=True)


async def _stopped(lab: Lab, *, ask_twice: bool) -> Times:
    """Viewers, a held request, a client that asks all the time, and an FFmpeg that does not hear."""
    unlimited = {"SOCSTREAM_SERVER_REQUESTS_PER_SECOND": "10000", "SOCSTREAM_SERVER_REQUEST_BURST": "10000"}
    async with lab.site(unlimited) as site, AsyncExitStack() as stack:
        server = site.server
        subjects = await stack.enter_async_context(cameras(site, "Gate", "Yard", "Roof", "Dock"))
        mute = await stack.enter_async_context(VirtualCamera("Mute", await site.media()))
        await mute.order(Silent())
        held = asyncio.create_task(site.http.playlist(await site.http.add(mute)))
        asking = asyncio.create_task(_ask_for_ever(server))
        await asyncio.sleep(1)
        os.kill(subjects[0].pids()[0], signal.SIGSTOP)
        began = time.monotonic()
        ending = asyncio.create_task(server.stop())
        if ask_twice:
            await asyncio.sleep(0.3)
            began = time.monotonic()
            server.signal(signal.SIGTERM)
        ended = await ending
        took = time.monotonic() - began
        await server.gone(within=1)
        asking.cancel()
        await asyncio.gather(held, asking, return_exceptions=True)
        _ended_well(site, ended)
        assert ("stopped at once" in ended.log) is ask_twice, "only after the second signal"
        await server.start()
        for subject in subjects:
            await subject.plays(1)
        await site.http.ask("DELETE", f"cameras/{(await _id_of(site, 'Mute'))}")
    return Times(took)


def _ended_well(site: Site, ended: Ended) -> None:
    assert (ended.code, ended.output) == (0, "")
    playlists = [path.read_text() for path in site.server.stream_dir.rglob("*.m3u8")]
    assert playlists
    assert not any("ENDLIST" in text for text in playlists)


async def _ask_for_ever(server: ServerProcess) -> None:
    """As many requests as fit, one after the other."""
    async with client(server) as http:
        while True:
            await http.get("cameras")


async def _id_of(site: Site, name: str) -> str:
    [camera] = [camera for camera in (await site.http.get("cameras")).json if camera["name"] == name]
    return str(camera["camera_id"])


async def a_server_that_is_stopped_for_half_a_minute(lab: Lab) -> Times:
    """SIGSTOP and SIGCONT: the silence was ours, and no FFmpeg is restarted for it."""
    async with lab.site() as site, cameras(site, "Gate", "Yard") as subjects:
        pids = [subject.pids() for subject in subjects]
        for subject in subjects:
            subject.may_lose_files()  # what it asks for now is answered in half a minute
        site.server.signal(signal.SIGSTOP)
        await asyncio.sleep(30)
        site.server.signal(signal.SIGCONT)
        for subject in subjects:
            await subject.plays(8)
            assert subject.now.run == 1
        assert [subject.pids() for subject in subjects] == pids
    return Times()


async def a_machine_that_sleeps(lab: Lab) -> Times:
    """Nobody runs for longer than a silent FFmpeg is borne, and we are the first to wake up."""
    async with lab.site() as site, cameras(site, "Gate", "Yard") as subjects:
        for subject in subjects:
            await subject.plays(3)
        pids = [subject.pids() for subject in subjects]
        ffmpegs = [pid for own in pids for pid in own]
        for pid in (site.server.pid, *ffmpegs):
            os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(Timing().stall_floor + 3)
        site.server.signal(signal.SIGCONT)
        await asyncio.sleep(0.3)
        for pid in ffmpegs:
            os.kill(pid, signal.SIGCONT)
        for subject in subjects:
            await subject.plays(4)
            assert subject.now.run == 1
        assert [subject.pids() for subject in subjects] == pids
    return Times()


async def a_wall_clock_that_jumps(lab: Lab) -> Times:
    """An hour ahead, and two back: nobody is restarted, and nobody's stream stops."""
    async with lab.site(module=observed.__name__) as site, cameras(site, "Gate", "Yard") as subjects:
        pids = [subject.pids() for subject in subjects]
        for _ in range(2):
            site.server.signal(signal.SIGUSR2)
            for subject in subjects:
                await subject.plays(6)
                assert subject.now.run == 1
        assert [subject.pids() for subject in subjects] == pids
        for subject in subjects:
            dates = [told.began for told in subject.witness.segments.values()]
            assert (max(dates) - min(dates)).total_seconds() > 7000, "that was no jump"
            assert not any(stream.is_down for stream in subject.history)
    return Times()


TRIALS: tuple[Trial[Lab], ...] = (
    Trial(15, a_server_that_is_killed),
    Trial(16, a_server_that_is_asked_to_stop_under_load, Times(12)),
    Trial(16, a_server_that_is_asked_to_stop_twice, Times(3)),
    Trial(18, a_server_that_is_stopped_for_half_a_minute),
    Trial(18, a_machine_that_sleeps),
    Trial(18, a_wall_clock_that_jumps),
)
