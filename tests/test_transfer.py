"""`socstream export|import` as a shell sees it: nothing is lost, and no password leaves by accident."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from socstream import foreign, transfer
from socstream.config import load
from socstream.foreign import Found, Skipped
from socstream.model.errors import StoreUnavailable
from socstream.store.audit import AuditStore
from socstream.store.database import Database
from tests.rigs.server import served

PASSWORD = "p@ss'w\u00f6rd/%#"

GATE: dict[str, Any] = {
    "camera_id": "7f9c24e8-3b12-4c55-9d0e-0123456789ab",
    "name": "Gate",
    "location": {"label": "North", "floor": 2},
    "ip_address": "192.0.2.7",
    "stream_url": "rtsp://192.0.2.7/live",
    "credentials": {"username": "viewer", "password": PASSWORD},
    "status": "maintenance",
    "is_recording": True,
    "motion_detection_enabled": False,
    "mode": "on_demand",
    "idle_after": 90.0,
}
HALL: dict[str, Any] = {
    "camera_id": "7f9c24e8-3b12-4c55-9d0e-0123456789ac",
    "name": "hall",
    "location": {"label": ""},
    "ip_address": "192.0.2.8",
    "stream_url": "rtsp://192.0.2.8/",
    "status": "online",
    "is_recording": False,
    "motion_detection_enabled": True,
    "mode": "always",
    "idle_after": 60.0,
}


def socstream(home: Path, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    home.mkdir(exist_ok=True)
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "COLUMNS": "200", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "socstream", *words, "--data-dir", str(home / "data")],
        env=environ,
        input=given,
        capture_output=True,
        text=True,
        timeout=40,
    )


def written(path: Path, data: object) -> str:
    path.write_text(json.dumps(data) if path.suffix == ".json" else yaml.safe_dump(data))
    return str(path)


def ours(*cameras: dict[str, Any]) -> dict[str, Any]:
    return {"socstream": "0.1.0", "cameras": list(cameras)}


def fates(output: str) -> dict[str, str]:
    rows = [line.split("  ") for line in output.splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    return {row[0]: row[1] for row in cells if len(row) > 1 and row[0] != "Camera"}


def test_what_was_exported_is_imported_as_it_was(tmp_path: Path) -> None:
    given = written(tmp_path / "given.json", ours(GATE, HALL))
    done = socstream(tmp_path / "one", "import", given)
    assert (done.returncode, fates(done.stdout)) == (0, {"Gate": "added", "hall": "added"}), done.stderr
    secret = tmp_path / "secret.json"
    assert socstream(tmp_path / "one", "export", str(secret), "--secrets").returncode == 0
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert json.loads(secret.read_text())["cameras"] == [GATE, HALL]
    assert socstream(tmp_path / "two", "import", str(secret)).returncode == 0
    again = tmp_path / "again.json"
    socstream(tmp_path / "two", "export", str(again), "--secrets")
    assert json.loads(again.read_text())["cameras"] == [GATE, HALL]
    repeated = socstream(tmp_path / "two", "import", str(secret))
    assert fates(repeated.stdout) == {"Gate": "there already", "hall": "there already"}
    assert repeated.returncode == 0


def test_no_password_leaves_unless_it_is_asked_for(tmp_path: Path) -> None:
    socstream(tmp_path / "one", "import", written(tmp_path / "given.json", ours(GATE)))
    plain = socstream(tmp_path / "one", "export")
    (camera,) = json.loads(plain.stdout)["cameras"]
    assert camera["credentials"] == {"username": "viewer"}
    asked = socstream(tmp_path / "one", "export", "--secrets")
    assert (asked.returncode, asked.stdout) == (2, "")
    there = tmp_path / "there.json"
    there.write_text("mine")
    assert socstream(tmp_path / "one", "export", str(there), "--secrets").returncode == 1
    assert there.read_text() == "mine"
    for done in (plain, asked):
        assert PASSWORD not in done.stdout + done.stderr


def test_a_file_that_we_may_not_read_is_handed_in(tmp_path: Path) -> None:
    done = socstream(tmp_path / "one", "import", "-", given=json.dumps(ours(GATE, HALL)))
    assert (done.returncode, fates(done.stdout)) == (0, {"Gate": "added", "hall": "added"}), done.stderr
    nonsense = socstream(tmp_path / "one", "import", "-", given="a: [")
    assert (nonsense.returncode, nonsense.stderr) == (
        2,
        "socstream: standard input is neither JSON nor YAML\n",
    )


async def deeds(home: Path) -> list[tuple[str, str, str]]:
    async with Database.open(home / "data" / "socstream.db") as database:
        entries = await AuditStore(database).entries(0, 2**60, 10)
    assert {entry.deed.via for entry in entries} <= {"shell"}
    return sorted((entry.deed.action, entry.deed.target, entry.deed.detail) for entry in entries)


async def test_who_carries_cameras_in_or_passwords_out_is_noted(tmp_path: Path) -> None:
    home, given = tmp_path / "one", written(tmp_path / "given.json", ours(GATE, HALL))
    socstream(home, "import", given, "--dry-run")
    socstream(home, "export", str(tmp_path / "plain.json"))
    assert await deeds(home) == []
    socstream(home, "import", given)
    noted = [
        ("camera.add", GATE["camera_id"], "Gate"),
        ("camera.add", HALL["camera_id"], "hall"),
        ("camera.import", "", "2 cameras from a file of socstream"),
    ]
    assert await deeds(home) == noted
    socstream(home, "import", given)
    assert await deeds(home) == noted, "they were there already"
    assert socstream(home, "export", "--secrets", str(tmp_path / "secret.json")).returncode == 0
    assert await deeds(home) == sorted([*noted, ("camera.export", "", "2 cameras with their passwords")])


def test_passwords_that_cannot_be_noted_do_not_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise StoreUnavailable("full")

    socstream(tmp_path / "one", "import", written(tmp_path / "given.json", ours(GATE)))
    monkeypatch.setattr(transfer, "note_in_audit", fail)
    config = load({"HOME": str(tmp_path / "one")}, {"--data-dir": str(tmp_path / "one" / "data")})
    with pytest.raises(StoreUnavailable):
        transfer.export(config, str(tmp_path / "secret.json"), with_secrets=True)
    assert not (tmp_path / "secret.json").exists()


def test_a_dry_run_adds_nothing(tmp_path: Path) -> None:
    given = written(tmp_path / "given.json", ours(GATE))
    assert fates(socstream(tmp_path / "one", "import", given, "--dry-run").stdout) == {
        "Gate": "would be added"
    }
    assert json.loads(socstream(tmp_path / "one", "export").stdout)["cameras"] == []


def test_what_is_wrong_is_told_for_each_and_the_others_are_added(tmp_path: Path) -> None:
    bad = {
        "name": "bad",
        "location": "",
        "ip_address": "x y",
        "stream_url": "ftp://a/",
        "credentials": {"password": PASSWORD},
    }
    local = HALL | {"name": "local", "stream_url": "rtsp://127.0.0.1/"}
    twice = HALL | {"name": "HALL"}
    given = written(tmp_path / "given.json", ours(bad, local, HALL, twice))
    done = socstream(tmp_path / "one", "import", given)
    assert done.returncode == 1
    assert fates(done.stdout) == {
        "bad": "invalid",
        "local": "invalid",
        "hall": "added",
        "HALL": "there already",
    }
    assert "stream_url: must begin with rtsp://" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "[]"), ("a.yml", "x: 1"), ("a.yml", "{"), ("a.yml", ""), ("a.bin", "\x00")]
)
def test_a_file_of_nobody_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    done = socstream(tmp_path / "one", "import", str(tmp_path / name))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1


async def test_nothing_is_imported_behind_the_back_of_a_server(tmp_path: Path) -> None:
    async with served(tmp_path) as server:
        done = socstream(tmp_path, "import", written(tmp_path / "given.json", ours(GATE)))
        assert done.returncode == 1
        assert str(server.data_dir) in done.stderr
        assert json.loads(socstream(tmp_path, "export").stdout)["cameras"] == []


MEDIAMTX = """
rtspAddress: :8554
pathDefaults: {record: no, rtspTransport: automatic}
paths:
  gate: {source: "rtsp://u:p@192.0.2.7/a", sourceOnDemand: yes}
  hall: {source: rtsps://192.0.2.8/b, rtspTransport: udp, readPass: s3cret, sourceOnDemand: no}
  yard: {source: rtsp://192.0.2.9/c, rtspTransport: tcp}
  pushed: {}
  proxied: {source: publisher}
  box: {source: rpiCamera}
  all_others:
  "~^x(.*)$": {source: rtsp://192.0.2.9/$G1}
"""
MEDIAMTX_WITH_DEFAULTS = """
pathDefaults: {rtspTransport: multicast, sourceOnDemand: yes, recordPath: /x}
paths:
  gate: {source: "rtsp://192.0.2.7/a"}
  hall: {source: "rtsp://192.0.2.8/a", rtspTransport: tcp, sourceOnDemand: no}
"""
GO2RTC = """
api: {listen: ":1984"}
streams:
  gate: rtsp://192.0.2.7/a#backchannel=0
  hall: ["ffmpeg:hall#video=h264", "rtsp://192.0.2.8/b#media=video", "rtsp://u:s3cret@192.0.2.8/sub"]
  usb: ffmpeg:device?video=0
  odd: 5
"""
FRIGATE = """
go2rtc:
  streams:
    hall: ["rtsp://192.0.2.8/main", "ffmpeg:hall#audio=opus"]
cameras:
  gate:
    ffmpeg:
      inputs:
        - {path: "rtsp://192.0.2.7/sub", roles: [detect]}
        - {path: "rtsp://192.0.2.7/main", roles: [record]}
        - {path: "http://192.0.2.7/x.mjpg"}
  hall: {ffmpeg: {inputs: [{path: "rtsp://127.0.0.1:8554/hall", roles: [record]}]}, enabled: false}
  blank: {ffmpeg: {inputs: [{path: "rtsp://{FRIGATE_RTSP_USER}:{FRIGATE_RTSP_PASSWORD}@192.0.2.9/"}]}}
  jpeg: {ffmpeg: {inputs: [{path: "http://192.0.2.10/x.mjpg"}]}}
  empty:
"""


@pytest.mark.parametrize(
    ("text", "program", "found", "skipped"),
    [
        (
            MEDIAMTX,
            "MediaMTX",
            [
                Found("gate", "rtsp://u:p@192.0.2.7/a", on_demand=True),
                Found("hall", "rtsps://192.0.2.8/b", note="also had: rtspTransport, readPass, not taken"),
                Found("yard", "rtsp://192.0.2.9/c"),
            ],
            ["pushed", "proxied", "box", "all_others", "~^x(.*)$"],
        ),
        (
            MEDIAMTX_WITH_DEFAULTS,
            "MediaMTX",
            [
                Found(
                    "gate",
                    "rtsp://192.0.2.7/a",
                    on_demand=True,
                    note="also had: rtspTransport, not taken",
                ),
                Found("hall", "rtsp://192.0.2.8/a"),
            ],
            [],
        ),
        (
            GO2RTC,
            "go2rtc",
            [
                Found("gate", "rtsp://192.0.2.7/a", note="without “#backchannel=0”"),
                Found(
                    "hall",
                    "rtsp://192.0.2.8/b",
                    note="without “#media=video”; also had: ffmpeg:…, rtsp:…, not taken",
                ),
            ],
            ["usb", "odd"],
        ),
        (
            FRIGATE,
            "Frigate",
            [
                Found(
                    "gate",
                    "rtsp://192.0.2.7/main",
                    note="also had: an input for detect, an input for nothing, not taken",
                ),
                Found(
                    "hall",
                    "rtsp://192.0.2.8/main",
                    maintenance=True,
                    note="also had: ffmpeg:…, not taken",
                ),
            ],
            ["blank", "jpeg", "empty"],
        ),
    ],
)
def test_files_of_others_are_understood(
    text: str, program: str, found: list[Found], skipped: list[str]
) -> None:
    read = foreign.cameras_in(yaml.safe_load(text))
    assert read is not None
    assert read[0] == program
    assert [line for line in read[1] if isinstance(line, Found)] == found
    assert [line.name for line in read[1] if isinstance(line, Skipped)] == skipped


def test_a_file_of_another_program_is_imported_with_a_report(tmp_path: Path) -> None:
    file = tmp_path / "mediamtx.yml"
    file.write_text(MEDIAMTX)
    done = socstream(tmp_path / "one", "import", str(file))
    assert done.returncode == 1, "not all of it was taken, and a script should know"
    assert fates(done.stdout)["gate"] == "added"
    assert "also had: rtspTransport, readPass, not taken" in done.stdout
    assert "s3cret" not in done.stdout
    assert "From a file of MediaMTX: 3 added, 5 skipped." in done.stdout
    assert json.loads(socstream(tmp_path / "one", "export").stdout)["cameras"][0]["mode"] == "on_demand"
