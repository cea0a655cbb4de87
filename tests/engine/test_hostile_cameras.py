"""Cameras that send without end: each fails alone, with a reason, and in bounded memory."""

import asyncio

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import EndlessHeader, Fault, HugeSdp
from socstream.ffmpeg.binary import locate
from tests.faults.site import LOGIN, Lab, Site
from tests.rigs import processes

pytestmark = [pytest.mark.engine, pytest.mark.timeout(90)]

MORE = 48e6
"""Bytes that the server may have more: 20 MB while a viewer logs in, and next to nothing of what is sent."""
RATE = 8 << 20
"""Bytes a second of a header, which come to 160 MB until the camera is given up."""
FFMPEG = 256e6
"""Bytes of an FFmpeg; one of them is told to read four times as much."""


class Gauge:
    """The most memory that the server, and each FFmpeg of somebody else than the bystander, ever had."""

    def __init__(self, site: Site) -> None:
        self._server = site.server
        self.before = self.server = processes.resident_memory(self._server.pid)
        self.ffmpeg = 0

    async def run(self, bystander: list[int]) -> None:
        """Until cancelled."""
        while True:
            self.server = max(self.server, processes.resident_memory(self._server.pid))
            for pid in set(self._server.ffmpegs()) - set(bystander):
                try:
                    self.ffmpeg = max(self.ffmpeg, processes.resident_memory(pid))
                except OSError:  # it has just ended
                    continue
            await asyncio.sleep(0.05)


async def test_a_flood_of_words_harms_nobody_else(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    lab = Lab(tmp_path_factory.mktemp("lab"), locate(), tmp_path_factory.getbasetemp() / "media")

    async def fails(site: Site, fault: Fault, *codes: str) -> None:
        async with VirtualCamera(type(fault).__name__, await site.media(), credentials=LOGIN) as device:
            await device.order(fault)
            async with site.watched(device) as camera:
                print(f"{device.name}: {await camera.failing(*codes):.1f} s, {camera.now.code}")
                assert camera.now.remedy
                assert not camera.witness.segments

    async with lab.site() as site, site.bystander() as bystander:
        gauge = Gauge(site)
        looking = asyncio.create_task(gauge.run(bystander.pids()))
        try:
            await asyncio.gather(
                fails(site, HugeSdp(size=1 << 30), "protocol", "crashed"),
                fails(site, EndlessHeader(RATE), "no_media"),
            )
        finally:
            looking.cancel()
            await asyncio.wait({looking})
        print(f"server {(gauge.server - gauge.before) / 1e6:.0f} MB more, FFmpeg {gauge.ffmpeg / 1e6:.0f} MB")
        assert gauge.server - gauge.before < MORE
        assert 0 < gauge.ffmpeg < FFMPEG
