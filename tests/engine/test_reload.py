"""A server whose settings change: streams and viewers notice nothing."""

import signal
from pathlib import Path

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.media import Media
from tests.rigs.client import client
from tests.rigs.patience import until
from tests.rigs.server import served
from tests.rigs.witness import Witness

pytestmark = pytest.mark.engine


async def test_new_settings_touch_no_stream(tmp_path: Path, media: Media) -> None:
    file = tmp_path / "socstream.toml"
    file.write_text('[log]\nlevel = "info"\n')
    witness = Witness()
    async with (
        VirtualCamera("Gate", media) as gate,
        served(tmp_path, {"SOCSTREAM_CONFIG": str(file)}) as server,
        client(server) as http,
    ):
        camera_id = await http.add(gate)
        await http.meet(camera_id, witness, 3, within=20)
        [ffmpeg] = server.ffmpegs()

        async def says(text: str) -> bool:
            await http.look(camera_id, witness)  # often enough to hear of every segment
            return text in server.log

        file.write_text('[log]\nformat = "json"\n[streams]\nbackoff_maximum = 9\nsegment_seconds = 2\n')
        server.signal(signal.SIGHUP)
        await until("SIGHUP is heard", lambda: says("in force from now on: log.format"), 5, every=0.05)
        assert '"message": "needs a restart: streams.segment_seconds"' in server.log
        file.write_text("[log]\nformat = 7\n")
        await until("a wrong file is told", lambda: says("the old ones stay: log.format"), 10, every=0.1)
        file.write_text('[log]\nformat = "text"\n[cameras]\nallowed_networks = ["192.0.2.0/24"]\n')
        await until("a right one is heard", lambda: says("cameras.allowed_networks, log."), 10, every=0.1)
        outside = {
            "name": "Far",
            "location": "Lab",
            "ip_address": "192.0.2.7",
            "stream_url": "rtsp://198.51.100.7/",
        }
        refused = await http.ask("POST", "cameras", body=outside)
        assert refused.status == 422, refused.text
        assert "outside of the networks" in refused.text
        count = len(witness.segments)
        await http.meet(camera_id, witness, count + 3, within=10)
        assert server.ffmpegs() == [ffmpeg]
        assert (await http.stream(camera_id))["run"] == 1
        await server.stop()
