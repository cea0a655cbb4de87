"""What the doctor finds on this machine, and what it says of one that lacks something."""

import os
import pty
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from socstream.config import load
from socstream.ffmpeg.binary import REMEDY
from socstream.hls import root
from socstream.ops.doctor import (
    data_found,
    doctor,
    ffmpeg_found,
    key_found,
    look,
    loop_found,
    platform_found,
    port_found,
    ports_found,
    python_found,
    setpriv_found,
    streams_found,
)
from socstream.ops.finding import Finding, Verdict, ok
from socstream.ops.unit import Place

NOBODY = 65534


def stand_in(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def test_this_machine_can_run_us(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "SOCSTREAM_STORE_KEY_FILE": str(tmp_path / "keys" / "master.key")}
    results = await look(load(environ, {"--data-dir": str(tmp_path / "data"), "--port": "0"}), 4)
    assert [each for each in results if each.verdict is Verdict.BAD] == []
    assert [each.name for each in results][:13] == [
        "platform",
        "Python",
        "event loop",
        "FFmpeg",
        "setpriv",
        "stream directory",
        "data directory",
        "master key",
        "port 0",
        "memory",
        "processors",
        "open files",
        "clock",
    ]
    assert list(tmp_path.iterdir()) == []


def test_only_linux_will_do() -> None:
    assert platform_found("Linux", "6.1").verdict is Verdict.OK
    assert platform_found("Darwin", "23").verdict is Verdict.BAD


def test_python_has_to_be_new_enough() -> None:
    assert python_found((3, 11, 0)).verdict is Verdict.OK
    assert python_found((3, 10, 14)).verdict is Verdict.BAD


@pytest.mark.parametrize(
    ("wanted", "has_uvloop", "found"),
    [
        ("auto", True, ok("event loop", "uvloop")),
        ("uvloop", True, ok("event loop", "uvloop")),
        ("asyncio", True, ok("event loop", "asyncio")),
        ("auto", False, ok("event loop", "asyncio (uvloop, of socstream[fast], needs less CPU)")),
    ],
)
def test_the_event_loop_is_the_one_that_the_server_would_take(
    wanted: str, has_uvloop: bool, found: Finding
) -> None:
    assert loop_found(wanted, has_uvloop) == found


def test_a_loop_that_is_wanted_and_not_there_is_told() -> None:
    assert loop_found("uvloop", False).verdict is Verdict.BAD


async def test_an_ffmpeg_that_is_not_there_is_told_with_its_remedy_once(tmp_path: Path) -> None:
    check = await ffmpeg_found(tmp_path / "none")
    assert check.verdict is Verdict.BAD
    assert check.found == f"no FFmpeg: {tmp_path}/none is not an executable file"
    assert check.remedy == REMEDY


@pytest.mark.parametrize(
    ("version", "trouble"), [("4.4.2", "too old"), ("7.1", "lacks rtsp timeout, hls temp_file, ")]
)
async def test_an_ffmpeg_that_is_too_old_or_lacks_something_is_told(
    tmp_path: Path, version: str, trouble: str
) -> None:
    check = await ffmpeg_found(stand_in(tmp_path, "ffmpeg", f"echo ffmpeg version {version}"))
    assert check.verdict is Verdict.BAD
    assert check.found.startswith(f"{version}, {tmp_path}/ffmpeg: {trouble}")


async def test_a_setpriv_that_is_missing_or_of_busybox_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await setpriv_found()).verdict is Verdict.BAD
    stand_in(tmp_path, "setpriv", '[ "$1" != --pdeathsig ]')
    check = await setpriv_found()
    assert check.verdict is Verdict.BAD
    assert check.found == "none that knows --pdeathsig on PATH"


def test_the_stream_directory_is_the_one_that_the_server_would_choose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = root.choose_root(None, tmp_path)
    assert streams_found(None, tmp_path, 4).found == f"{chosen.path} ({chosen.reason})"
    monkeypatch.setattr(root, "_SHARED_MEMORY", tmp_path)
    assert streams_found(None, tmp_path, 4).found == f"{tmp_path}/streams (no tmpfs that we may write to)"
    assert streams_found(tmp_path / "mine", tmp_path, 4).found == f"{tmp_path}/mine (as configured)"


def test_a_stream_directory_without_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=3 * 1024 * 1024))
    check = streams_found(tmp_path, tmp_path, 4)
    assert check.verdict is Verdict.BAD
    assert check.found == f"{tmp_path} (as configured): 3 MiB free, no room for a single camera"


def test_room_for_fewer_cameras_than_are_to_come_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100 * 1024 * 1024))
    check = streams_found(tmp_path, tmp_path, 8)
    assert check.verdict is Verdict.NOTE
    assert check.found == f"{tmp_path} (as configured): room for 7 of 8 cameras"
    assert streams_found(tmp_path, tmp_path, 7).verdict is Verdict.OK


@pytest.fixture
def locked() -> Iterator[Path]:
    """A directory that we may look into but not write to, even if the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        if os.geteuid() == 0:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if os.getuid() == 0:
                os.seteuid(0)


def test_a_directory_that_cannot_be_written_is_told(locked: Path) -> None:
    for check in (data_found(locked), streams_found(locked, locked, 4)):
        assert check.verdict is Verdict.BAD
        assert check.found.endswith(": Permission denied")


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    check = data_found(file / "data")
    assert check.verdict is Verdict.BAD
    assert check.found == f"{file}/data: {file} is not a directory"


def test_a_key_that_cannot_be_made_is_told(locked: Path) -> None:
    assert key_found(locked / "master.key").found == f"{locked}/master.key: Permission denied"
    assert key_found(locked / "keys" / "master.key").verdict is Verdict.BAD


def test_a_key_is_one_that_can_be_read_or_made(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "master.key"
    assert key_found(key).found == f"{key} (will be made)"
    key.parent.mkdir()
    key.write_text("f" * 64)
    assert key_found(key) == ok("master key", str(key))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_that_is_taken_is_told(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        check = port_found(host, port)
    assert check.verdict is Verdict.BAD
    assert check.found == f"{host}: Address already in use"
    assert port_found(host, port).verdict is Verdict.OK


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of the loopback at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_the_running_server_has_is_well(tmp_path: Path, taken: int) -> None:
    nobody = Place(tmp_path, None, has_cgroups=True)
    [alien] = ports_found("127.0.0.1", taken, nobody, is_running=False)
    assert (alien.verdict, "running" in alien.remedy) == (Verdict.BAD, False)
    [ours] = ports_found("127.0.0.1", taken, nobody, is_running=True)
    assert ours == ok(f"port {taken}", "taken on 127.0.0.1, and a socstream runs on this data")


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("active", Verdict.OK),
        ("", Verdict.NOTE),
        ("inactive", Verdict.BAD),
        ("failed", Verdict.BAD),
    ],
)
def test_a_port_that_our_socket_unit_has_is_well_if_it_runs(
    tmp_path: Path, taken: int, state: str, verdict: Verdict
) -> None:
    place = Place(tmp_path, 252, has_cgroups=True, socket=state)
    unit = next(place.units())
    unit.parent.mkdir(parents=True)
    unit.write_text(f"[Socket]\nListenStream=127.0.0.1:{taken}\n")
    [found] = ports_found("127.0.0.1", 1, place, is_running=False)
    assert (found.name, found.verdict) == (f"port {taken}", verdict), "the unit's, not the settings'"
    unit.with_name("socstream.socket.d").mkdir()
    (unit.parent / "socstream.socket.d" / "mine.conf").write_text(
        "[Socket]\nListenStream=\nListenStream=/run/x\nListenStream=[::1]:0\n"
    )
    [moved] = ports_found("127.0.0.1", 1, place, is_running=False)
    assert moved == ok("port 0", "any free one on ::1")


def test_a_server_that_runs_is_seen_by_its_lock_and_not_disturbed(tmp_path: Path) -> None:
    assert not root.is_claimed(tmp_path / "none")
    with root.claimed(tmp_path):
        assert root.is_claimed(tmp_path)
    assert not root.is_claimed(tmp_path)
    with root.claimed(tmp_path):
        pass


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert data_found(tmp_path).verdict is Verdict.OK
    assert streams_found(tmp_path, tmp_path, 4).verdict is Verdict.OK
    assert sorted(tmp_path.iterdir()) == before


def test_into_a_pipe_it_prints_plain_lines_and_says_that_something_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    override = {"SOCSTREAM_FFMPEG": str(tmp_path / "none")}
    override["SOCSTREAM_STORE_KEY_FILE"] = str(tmp_path / "master.key")
    assert doctor(load(override, {"--data-dir": str(tmp_path), "--port": "0"}), 4) == 1
    lines = capsys.readouterr().out.splitlines()
    words = [line.split()[0] for line in lines]
    assert words[:9] == ["ok", "ok", "ok", "no", "remedy:", "ok", "ok", "ok", "ok"]
    assert "socstream[ffmpeg]" in lines[4]


def test_on_a_terminal_it_draws_a_table_that_swallows_no_brackets(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb") as terminal:
        done = subprocess.run(
            [sys.executable, "-m", "socstream", "doctor", "--port", "0", "--data-dir", str(tmp_path)],
            stdout=follower,
            env={**os.environ, "SOCSTREAM_FFMPEG": str(tmp_path / "none"), "COLUMNS": "300", "TERM": "xterm"},
            timeout=30,
        )
        shown = os.read(terminal.fileno(), 65536).decode()
        os.close(follower)
    assert done.returncode == 1
    assert "│" in shown
    assert "socstream[ffmpeg]" in shown
