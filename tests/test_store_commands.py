"""`socstream backup|restore|check` as a shell sees it, with and without a server."""

import asyncio
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from socstream.store.audit import AuditStore
from socstream.store.backups import Backups
from socstream.store.database import Database
from tests.rigs.server import served
from tests.store.test_backups import add, names, spoil

CAMERA = {"name": "Gate", "location": "", "ip_address": "192.0.2.7", "stream_url": "rtsp://192.0.2.7/"}


def socstream(data_dir: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SOCSTREAM_")}
    return subprocess.run(
        [sys.executable, "-m", "socstream", *words, "--data-dir", str(data_dir)],
        env=kept,
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.fixture
async def data_dir(tmp_path: Path) -> Path:
    async with Database.open(tmp_path / "data" / "socstream.db") as database:
        for number in range(200):
            await add(database, f"{number:03}")
    return tmp_path / "data"


async def test_there_and_back_again(data_dir: Path, tmp_path: Path) -> None:
    done = socstream(data_dir, "backup")
    assert (done.returncode, done.stderr) == (0, "")
    [kept] = Backups(data_dir / "socstream.db").all()
    assert str(kept.path) in done.stdout
    assert socstream(data_dir, "backup", str(tmp_path / "mine.db")).returncode == 0
    again = socstream(data_dir, "backup", str(tmp_path / "mine.db"))
    assert (again.returncode, "already" in again.stderr) == (1, True)
    async with Database.open(data_dir / "socstream.db") as database:
        await add(database, "later")
    restored = socstream(data_dir, "restore", str(tmp_path / "mine.db"))
    assert (restored.returncode, restored.stderr) == (0, "")
    assert "later" not in names(data_dir / "socstream.db")
    async with Database.open(data_dir / "socstream.db") as database:
        [entry] = await AuditStore(database).entries(0, 2**60, 10)
    assert (entry.deed.action, entry.deed.via, entry.deed.detail) == ("store.restore", "shell", "mine.db")


async def test_a_check_says_what_is_good_and_what_is_not(data_dir: Path) -> None:
    socstream(data_dir, "backup")
    good = socstream(data_dir, "check")
    assert (good.returncode, good.stderr) == (0, "")
    assert [line[:2] for line in good.stdout.splitlines()] == ["ok", "ok"]
    spoil(data_dir / "socstream.db")
    bad = socstream(data_dir, "check")
    assert bad.returncode == 1
    assert [line[:2] for line in bad.stdout.splitlines()] == ["no", "ok"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("backup",), "Copying the database"),
        (("check",), "Databases"),
        (("restore", "mine.db"), "Checking the copy"),
        (("doctor", "--port", "0"), "Looking at FFmpeg"),
        (("import", "cameras.json"), "Cameras"),
    ],
)
async def test_a_terminal_is_told_what_is_being_done_and_a_pipe_only_what_was(
    data_dir: Path, tmp_path: Path, words: tuple[str, ...], shown: str
) -> None:
    assert socstream(data_dir, "backup", str(tmp_path / "mine.db")).returncode == 0
    (tmp_path / "cameras.json").write_text(json.dumps({"socstream": "0", "cameras": [CAMERA]}))
    if words[0] == "import":
        data_dir = tmp_path / "fresh"  # what is in the other is good for backups only
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb") as terminal:
        done = subprocess.run(
            [sys.executable, "-m", "socstream", *words, "--data-dir", str(data_dir)],
            stdout=subprocess.PIPE,
            stderr=follower,
            env=os.environ | {"TERM": "xterm"},
            cwd=tmp_path,
            timeout=30,
        )
        seen = os.read(terminal.fileno(), 65536).decode()
        os.close(follower)
    assert done.returncode == 0
    assert shown in seen
    assert done.stdout
    assert b"\x1b" not in done.stdout
    assert shown.encode() not in done.stdout


async def test_what_is_no_backup_is_refused(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "holiday.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    before = (data_dir / "socstream.db").read_bytes()
    for file in ("holiday.db", "missing.db"):
        done = socstream(data_dir, "restore", str(tmp_path / file))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
    assert (data_dir / "socstream.db").read_bytes() == before
    assert socstream(tmp_path / "empty", "backup").returncode == 1


async def test_a_server_that_runs_is_copied_and_not_replaced(tmp_path: Path) -> None:
    async with served(tmp_path) as server:
        copied = await asyncio.to_thread(socstream, server.data_dir, "backup", str(tmp_path / "mine.db"))
        assert copied.returncode == 0
        refused = await asyncio.to_thread(socstream, server.data_dir, "restore", str(tmp_path / "mine.db"))
        assert refused.returncode == 1
        assert "lock" in refused.stderr


async def test_a_server_whose_database_is_lost_starts_with_the_copy_and_says_so(tmp_path: Path) -> None:
    async with served(tmp_path) as server:
        assert (await asyncio.to_thread(socstream, server.data_dir, "backup")).returncode == 0
        await server.kill()
        spoil(server.data_dir / "socstream.db")
        await server.start()
        assert "CRITICAL" in server.log
        assert "is missing" in server.log
        await server.stop()
        async with Database.open(server.data_dir / "socstream.db") as database:
            entries = await AuditStore(database).entries(0, 2**60, 10)
        assert "store.restore" in [entry.deed.action for entry in entries]
