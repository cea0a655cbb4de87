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
    checks,
    data_check,
    doctor,
    ffmpeg_check,
    platform_check,
    port_check,
    python_check,
    setpriv_check,
    streams_check,
)

NOBODY = 65534


def stand_in(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def test_this_machine_can_run_us(tmp_path: Path) -> None:
    results = await checks(load({}, {"--data-dir": str(tmp_path / "data"), "--port": "0"}))
    assert [check for check in results if not check.ok] == []
    assert [check.name for check in results] == [
        "platform",
        "Python",
        "FFmpeg",
        "setpriv",
        "stream directory",
        "data directory",
        "port 0",
    ]
    assert list(tmp_path.iterdir()) == []


def test_only_linux_will_do() -> None:
    assert platform_check("Linux", "6.1").ok
    assert not platform_check("Darwin", "23").ok


def test_python_has_to_be_new_enough() -> None:
    assert python_check((3, 11, 0)).ok
    assert not python_check((3, 10, 14)).ok


async def test_an_ffmpeg_that_is_not_there_is_told_with_its_remedy_once(tmp_path: Path) -> None:
    check = await ffmpeg_check(tmp_path / "none")
    assert not check.ok
    assert check.found == f"no FFmpeg: {tmp_path}/none is not an executable file"
    assert check.remedy == REMEDY


@pytest.mark.parametrize(
    ("version", "trouble"), [("4.4.2", "too old"), ("7.1", "lacks rtsp timeout, hls temp_file, ")]
)
async def test_an_ffmpeg_that_is_too_old_or_lacks_something_is_told(
    tmp_path: Path, version: str, trouble: str
) -> None:
    check = await ffmpeg_check(stand_in(tmp_path, "ffmpeg", f"echo ffmpeg version {version}"))
    assert not check.ok
    assert check.found.startswith(f"{version}, {tmp_path}/ffmpeg: {trouble}")


async def test_a_setpriv_that_is_missing_or_of_busybox_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not (await setpriv_check()).ok
    stand_in(tmp_path, "setpriv", '[ "$1" != --pdeathsig ]')
    check = await setpriv_check()
    assert not check.ok
    assert check.found == "none that knows --pdeathsig on PATH"


def test_the_stream_directory_is_the_one_that_the_server_would_choose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = root.choose_root(None, tmp_path)
    assert streams_check(None, tmp_path).found == f"{chosen.path} ({chosen.reason})"
    monkeypatch.setattr(root, "_SHARED_MEMORY", tmp_path)
    assert streams_check(None, tmp_path).found == f"{tmp_path}/streams (no tmpfs that we may write to)"
    assert streams_check(tmp_path / "mine", tmp_path).found == f"{tmp_path}/mine (as configured)"


def test_a_stream_directory_without_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=3 * 1024 * 1024))
    check = streams_check(tmp_path, tmp_path)
    assert not check.ok
    assert check.found == f"{tmp_path} (as configured): 3 MiB free, no room for a single camera"


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
    for check in (data_check(locked), streams_check(locked, locked)):
        assert not check.ok
        assert check.found.endswith(": Permission denied")


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    check = data_check(file / "data")
    assert not check.ok
    assert check.found == f"{file}/data: {file} is not a directory"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_that_is_taken_is_told(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        check = port_check(host, port)
    assert not check.ok
    assert check.found == f"{host}: Address already in use"
    assert port_check(host, port).ok


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert data_check(tmp_path).ok
    assert streams_check(tmp_path, tmp_path).ok
    assert sorted(tmp_path.iterdir()) == before


def test_into_a_pipe_it_prints_plain_lines_and_says_that_something_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    override = {"SOCSTREAM_FFMPEG": str(tmp_path / "none")}
    assert doctor(load(override, {"--data-dir": str(tmp_path), "--port": "0"})) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["ok", "ok", "no", "remedy:", "ok", "ok", "ok", "ok"]
    assert "socstream[ffmpeg]" in lines[3]


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
