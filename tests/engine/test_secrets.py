"""A camera's password goes to the camera, and nowhere else."""

from functools import partial
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from socstream.demo.camera import VirtualCamera
from socstream.demo.faults import Status
from socstream.demo.media import Media
from tests.rigs import processes
from tests.rigs.client import Client
from tests.rigs.client import client as client_of
from tests.rigs.patience import until
from tests.rigs.server import served

pytestmark = pytest.mark.engine

PASSWORD = "hunter2' %/&?#@:\\\"é"
"""With all that has to be quoted somewhere; "hunter2" stands in every form of it."""

TRACE = "hunter2"


async def test_nobody_sees_a_password(tmp_path: Path, media: Media) -> None:
    assert all(TRACE in form for form in (PASSWORD, quote(PASSWORD, safe=""), quote_plus(PASSWORD)))
    login = {"credentials": {"username": "viewer", "password": PASSWORD}}
    good = VirtualCamera("Gate", media, credentials=("viewer", PASSWORD), auth="digest")
    lost = VirtualCamera("Yard", media, credentials=("viewer", PASSWORD))
    wrong = VirtualCamera("Roof", media, credentials=("viewer", "another"))
    async with (
        served(tmp_path, {"SOCSTREAM_LOG_LEVEL": "debug"}) as server,
        client_of(server) as http,
        good,
        lost,
        wrong,
    ):
        await lost.order(Status(404))
        ids = [await http.add(camera, **login) for camera in (good, lost, wrong)]
        ids.append(await _add_by_url(http, good.login_url.replace("/live", "/other")))
        first = await http.playlist(ids[0])
        for camera_id, code in zip(ids[1:], ("not_found", "unauthorized", "not_found"), strict=True):
            await until(code, partial(_fails, http, camera_id, code), within=15)
        started = processes.children(server.pid)
        assert started, "FFmpeg runs, so there is something to look at"
        seen = [" ".join(processes.arguments(pid)) + processes.environment(pid) for pid in started]
        edit = {"credentials": {"username": "viewer", "password": f"{TRACE}-new"}}
        assert (await http.ask("PATCH", f"cameras/{ids[0]}", body=edit)).status == 200
        await until("a refusal", partial(_fails, http, ids[0], "unauthorized"), within=15)
        answers = [first, await http.get("cameras"), await http.get("/openapi.json")]
        for camera_id in ids:
            for path in ("", "/stream-status", "/hls/index.m3u8", "/hls/x", "/stream", "/last-image"):
                answers.append(await http.get(f"cameras/{camera_id}{path}"))
        answers.append(await http.ask("POST", "cameras", body={**login, "name": "", "stream_url": "x"}))
        files = [path for path in server.stream_dir.rglob("*") if path.is_file()]
        texts = {
            "an answer": "\n".join(f"{answer.headers}\n{answer.body!r}" for answer in answers),
            "ps": "\n".join(seen),
            "the stream directory": "\n".join(f"{path} {path.read_bytes()!r}" for path in files),
            "the log": server.log,
        }
    assert first.status == 200, "the password lets us in"
    assert files
    assert [place for place, text in texts.items() if TRACE in text] == []


async def _add_by_url(http: Client, url: str) -> str:
    body = {"name": "Dock", "location": "Lab", "ip_address": "127.0.0.1", "stream_url": url}
    answer = await http.ask("POST", "cameras", body=body)
    assert answer.status == 201, answer.text
    return str(answer.json["camera_id"])


async def _fails(http: Client, camera_id: str, code: str) -> bool:
    failure = (await http.stream(camera_id))["failure"]
    return failure is not None and failure["code"] == code
