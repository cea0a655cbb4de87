"""Rows 14 and 19 to 23: what the box under the server lacks, and what it puts in the server's way."""

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from socstream.hls.root import MEBIBYTE
from socstream.supervision.run import Timing
from tests.faults.lives import cameras
from tests.faults.site import MOST_HELD, Lab, Site, Subject
from tests.faults.stand_in import write_stand_in
from tests.faults.trial import Times, Trial
from tests.rigs.client import Client, client
from tests.rigs.patience import until
from tests.rigs.server import ServerProcess

SMALL_DISK = "24m"

BOX = ("output", "disk_full", "ffmpeg_missing")
"""What an operator is told when the box is to blame, and not the camera."""


async def no_ffmpeg_any_more(lab: Lab) -> Times:
    """The program is gone: whoever plays goes on, the box is blamed, and it is looked for again."""
    ffmpeg = write_stand_in(lab.home() / "ffmpeg", lab.ffmpeg)
    async with (
        lab.site({"SOCSTREAM_FFMPEG": str(ffmpeg)}) as site,
        site.bystander(),
        cameras(site, "Gate", "Yard") as subjects,
    ):
        away = ffmpeg.with_name("away")
        ffmpeg.rename(away)
        began = time.monotonic()
        for subject in subjects:
            os.kill(subject.pids()[0], signal.SIGKILL)
        for subject in subjects:
            await subject.failing("ffmpeg_missing", since=began)
        detect = time.monotonic() - began
        await asyncio.sleep(10)
        assert _warnings(site, "ffmpeg_missing") == 1, "one line for the box, not one for each camera and try"
        returned = time.monotonic()
        away.rename(ffmpeg)
        for subject in subjects:
            await subject.back(returned)
        return Times(detect, time.monotonic() - returned)


def _warnings(site: Site, code: str) -> int:
    lines = site.server.log.splitlines()
    return sum(
        code in line and any(level in line for level in (" WARNING ", " ERROR ", " CRITICAL "))
        for line in lines
    )


async def a_full_disk(lab: Lab) -> Times:
    """FFmpeg says nothing of it and goes on; no viewer gets an empty or cut file."""
    with _small_disk(lab.home()) as home:
        async with lab.site(home=home) as site, cameras(site, "Gate", "Yard") as subjects:
            filler = site.server.stream_dir / "filler"
            began = time.monotonic()
            _fill(filler)
            for subject in subjects:
                await subject.failing("disk_full", since=began)
            detect = time.monotonic() - began
            assert (await site.http.get("/readyz")).status == 503
            refused = await until("503", lambda: _is_refused(subjects[0], site), within=12)
            print(f"disk full: 503 after {time.monotonic() - began:.1f} s, {refused[1]:.1f} s later")
            await asyncio.sleep(5)
            assert _warnings(site, "disk_full") == 1, "one line for the box, not one for each camera and try"
            freed = time.monotonic()
            filler.unlink()
            for subject in subjects:
                await subject.back(freed)
            recover = time.monotonic() - freed
            for subject in subjects:
                await subject.plays(3)
            assert (await site.http.get("/readyz")).status == 200
            return Times(detect, recover)


def _fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        block = bytes(64 * 1024)
        while block:
            try:
                file.write(block)
            except OSError:
                block = block[: len(block) // 2]


async def _is_refused(subject: Subject, site: Site) -> bool:
    return (await site.http.playlist(subject.camera_id)).status == 503


@contextmanager
def _small_disk(home: Path, name: str = "streams") -> Iterator[Path]:
    """`home` with a file system of its own for what a server keeps in `name`."""
    if os.getuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = home / name
    place.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=0700", "none", place], check=True)
    try:
        yield home
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


async def a_locked_database(lab: Lab) -> Times:
    """Writes are refused in time, reads and streams go on, and nothing is half done."""
    async with lab.site() as site, site.bystander():
        before = (await site.http.get("cameras")).json
        with closing(sqlite3.connect(site.server.data_dir / "socstream.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            asked = time.monotonic()
            refused = await _add(site, "Late")
            assert refused == 503
            assert time.monotonic() - asked < 9, "clients give up after 10 s"
            listed = (await site.http.get("cameras")).json
            assert [camera["camera_id"] for camera in listed] == [camera["camera_id"] for camera in before]
            other.execute("ROLLBACK")
        began = time.monotonic()
        assert await _add(site, "Late") == 201
        recover = time.monotonic() - began
        await _remove(site, "Late")
        return Times(recover=recover)


async def a_full_disk_under_the_database(lab: Lab) -> Times:
    """Writes are refused, the list and the streams stay, and what was acknowledged survives the next kill."""
    with _small_disk(lab.home(), "data") as home:
        async with lab.site(home=home) as site, cameras(site, "Gate") as [gate]:
            filler = site.server.data_dir / "filler"
            _fill(filler)
            known = {"Gate"}
            while (status := await _add(site, f"Late {len(known)}")) == 201:
                known.add(f"Late {len(known)}")  # the write-ahead log has room for a few
            assert status == 503
            assert await _names(site) == known
            await gate.plays(3)
            assert gate.now.run == 1
            filler.unlink()
            assert await _add(site, "Latest") == 201
            await site.server.kill()
            await site.server.start()
            assert await _names(site) == known | {"Latest"}
    return Times()


async def a_disk_that_turns_read_only(lab: Lab) -> Times:
    """Writes are refused; the list and the streams stay, beyond the last number that could be saved, too."""
    with _failing_disk(lab.home()) as home:
        async with lab.site(home=home) as site, cameras(site, "Gate") as [gate]:
            await site.server.stop()
            ceiling = gate.witness.newest + 3
            with closing(sqlite3.connect(site.server.data_dir / "socstream.db")) as database, database:
                database.execute("UPDATE camera SET media_sequence = ?", (ceiling,))
            await site.server.start()
            _turn_read_only(site.server.data_dir)  # before the first segment asks for a higher one
            assert await _add(site, "Late") == 503
            await gate.plays(1)
            run, pids = gate.now.run, gate.pids()
            await gate.plays(5)
            assert gate.witness.newest > ceiling
            assert "sequence numbers could not be saved" in site.server.log
            assert (gate.now.run, gate.pids()) == (run, pids), "its FFmpeg has nothing to do with that disk"
            assert await _names(site) == {"Gate"}
            assert await _add(site, "Late") == 503
            await site.server.stop()
            _mend(site.server.data_dir)
            await site.server.start()
            assert await _names(site) == {"Gate"}
            await gate.plays(1)
    return Times()


@contextmanager
def _failing_disk(home: Path) -> Iterator[Path]:
    """`home` with the data of a server on a file system that can end up read-only while it is in use."""
    place, image = home / "data", home / "image"
    with image.open("wb") as file:
        file.truncate(32 * MEBIBYTE)
    place.mkdir(mode=0o700)
    made = (
        subprocess.run(["mkfs.ext4", "-q", image]) if shutil.which("mkfs.ext4") and os.getuid() == 0 else None
    )
    if made is None or subprocess.run(["mount", "-o", "loop", image, place]).returncode:
        pytest.skip("a disk in a file needs root, mkfs.ext4 and a loop device")
    try:
        place.chmod(0o700)
        yield home
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def _turn_read_only(place: Path) -> None:
    """As the kernel does when a disk fails; asked to be mounted so, it would be busy with open files."""
    subprocess.run(["mount", "-o", "remount,abort", place], check=True)


def _mend(place: Path) -> None:
    subprocess.run(["umount", place], check=True)
    subprocess.run(["mount", "-o", "loop", place.with_name("image"), place], check=True)


async def a_read_only_disk_at_boot(lab: Lab) -> Times:
    with _small_disk(lab.home(), "data") as home:
        server = await _server_with_a_camera(home)
        _remount(server.data_dir, "ro")
        await _refuses_to_start(server, str(server.data_dir))
        _remount(server.data_dir, "rw")
        await _starts_with_its_camera(server)
    return Times()


async def a_corrupt_database_at_boot(lab: Lab) -> Times:
    """No start with an empty list: the file is named, and left as it is."""
    server = await _server_with_a_camera(lab.home())
    database = server.data_dir / "socstream.db"
    good = database.read_bytes()
    shortened, emptied = good[: len(good) // 2], good[:100] + bytes(len(good) - 100)
    with closing(sqlite3.connect(database)) as connection:  # a page of a table that no start reads
        [(page,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'audit'")
    lost_page = good[: (page - 1) * 4096] + bytes(4096) + good[page * 4096 :]
    for bad in (b"no database at all" * 1000, emptied, shortened, lost_page):
        database.write_bytes(bad)
        await _refuses_to_start(server, str(database))
        assert database.read_bytes() == bad
    database.write_bytes(good)
    await _starts_with_its_camera(server)
    return Times()


async def _server_with_a_camera(home: Path) -> ServerProcess:
    """A server that ran, knows one camera, and has stopped."""
    server = ServerProcess(home)
    await server.start()
    async with client(server) as http:
        assert await _post(http, "Gate") == 201
    assert (await server.stop()).code == 0
    return server


async def _refuses_to_start(server: ServerProcess, reason: str) -> None:
    """It ends with one line that holds `reason`."""
    before = len(server.log)
    ended = await server.run()
    assert (ended.code, ended.output) == (1, "")
    [line] = [line for line in ended.log[before:].splitlines() if line.startswith("socstream: ")]
    assert reason in line
    assert "Traceback" not in ended.log


async def _starts_with_its_camera(server: ServerProcess) -> None:
    await server.start()
    async with client(server) as http:
        assert [camera["name"] for camera in (await http.get("cameras")).json] == ["Gate"]
    assert (await server.stop()).code == 0


async def no_more_descriptors(lab: Lab) -> Times:
    """Whoever plays goes on; a camera that has to start blames the box, and starts when it can."""
    async with lab.site() as site, site.bystander(), cameras(site, "Gate") as [gate]:
        await gate.plays(MOST_HELD)  # from now on a segment is closed for each that is opened
        pid = site.server.pid
        open_now = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_now + 3, limits[1]))
        began = time.monotonic()
        os.kill(gate.pids()[0], signal.SIGKILL)
        await gate.until("blames the box", lambda stream: stream.is_down and stream.code in BOX, since=began)
        detect = time.monotonic() - began
        assert gate.device.counts.accepted == 1, "the camera has nothing to do with it"
        await asyncio.sleep(5)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        restored = time.monotonic()
        return Times(detect, await gate.back(restored))


async def a_stream_directory_that_is_deleted(lab: Lab) -> Times:
    """First a camera's, then the whole of it: made again, for us alone."""
    async with lab.site() as site, cameras(site, "Gate", "Yard") as [gate, yard]:
        gate.may_lose_files()
        yard.may_lose_files()
        run = yard.now.run
        slowest = await _after_its_loss(gate, gate.directory)
        assert yard.now.run == run, "another camera's directory is no business of this one"
        slowest = max(slowest, await _after_its_loss(gate, site.server.stream_dir))
        await yard.plays(2)
        assert stat.S_IMODE(site.server.stream_dir.stat().st_mode) == 0o700
    return Times(recover=slowest)


async def _after_its_loss(subject: Subject, directory: Path) -> float:
    """Deletes a directory; seconds until a run has begun that did not see it, and has made a segment."""
    run = subject.now.run
    began = time.monotonic()
    shutil.rmtree(directory)
    await subject.until("blames the box", lambda stream: stream.code in BOX)
    await _new_run(subject, run)
    took = time.monotonic() - began
    await subject.plays(2)
    return took


async def _new_run(subject: Subject, old: int) -> None:
    await subject.until("a new run", lambda stream: stream.run > old and stream.state == "live")


async def a_stream_directory_that_is_a_link(lab: Lab) -> Times:
    """It is replaced: nothing is deleted where it leads, and FFmpeg is ended before it writes much there."""
    slowest = 0.0
    async with lab.site() as site, cameras(site, "Gate") as [gate]:
        gate.may_lose_files()
        for victim in (gate.directory, site.server.stream_dir):
            elsewhere = lab.home()
            precious = [elsewhere / "0.m4s", elsewhere / gate.camera_id / "0.m4s"]
            for path in precious:
                path.parent.mkdir(exist_ok=True)
                path.write_text("somebody's")
            began = time.monotonic()
            victim.rename(victim.with_name("moved"))
            victim.symlink_to(elsewhere, target_is_directory=True)
            await _new_run(gate, gate.now.run)
            slowest = max(slowest, time.monotonic() - began)
            await gate.plays(2)
            assert not victim.is_symlink()
            assert {path.read_text() for path in precious} == {"somebody's"}
            assert len(list(elsewhere.rglob("*.m4s"))) <= len(precious) + 2
            shutil.rmtree(victim.with_name("moved"))
    return Times(recover=slowest)


async def old_files_in_the_way(lab: Lab) -> Times:
    """Files of another life under the names of the next segments: never shown, and swept."""
    async with lab.site() as site, cameras(site, "Gate") as [gate]:
        await gate.plays(3)
        newest = gate.witness.newest
        lies = {f"{number}.m4s" for number in range(newest + 3, newest + 60)} | {"x" * 40, "window.tmp"}
        began = time.monotonic()
        for name in lies:
            (gate.directory / name).write_bytes(b"a lie")
        (gate.directory / "nested").mkdir()
        os.kill(gate.pids()[0], signal.SIGKILL)
        recover = await gate.back(began)
        await gate.plays(3)  # the viewer reads every file: whoever lies is caught
        left = {
            path.name for path in gate.directory.iterdir() if path.is_dir() or path.read_bytes() == b"a lie"
        }
        assert left == set()
    return Times(recover=recover)


async def a_playlist_on_disk_that_lies(lab: Lab) -> Times:
    """Cut, garbage, foreign, huge, with a gap, or of a file that is cut or not there: not believed, and 503
    in place of what is old, until a good one comes.
    """
    async with lab.site() as site, site.bystander(), cameras(site, "Gate") as [gate]:
        playlist = gate.directory / "encoder.m3u8"
        for lie in LIES:
            await gate.plays(2)
            [ffmpeg] = gate.pids()
            os.kill(ffmpeg, signal.SIGSTOP)
            await asyncio.sleep(0.2)  # what it hinted at is told by now
            told = (await site.http.playlist(gate.camera_id)).text
            _tell_a_lie(lie, playlist)
            await asyncio.sleep(Timing().poll + 0.2)
            answer = await site.http.playlist(gate.camera_id)
            assert answer.text == told, f"{lie} is believed"
            os.kill(ffmpeg, signal.SIGCONT)
        await gate.plays(2)
        assert gate.now.run == 1
        os.kill(gate.pids()[0], signal.SIGSTOP)
        _tell_a_lie("garbage", playlist)
        await until("503", lambda: _is_refused(gate, site), within=12)
        began = time.monotonic()
        await gate.plays(3)
        return Times(recover=time.monotonic() - began)


LIES = ("cut", "garbage", "foreign", "huge", "a gap", "a cut file", "no file")


def _tell_a_lie(lie: str, playlist: Path) -> None:
    """A playlist that would be news, had it not this one fault."""
    good = playlist.read_bytes()
    number = int(good.split()[-1].split(b".")[0])
    old, new = f"{number}.m4s".encode(), f"{number + 1}.m4s".encode()
    news = good + good[good.rindex(b"#EXTINF") :].replace(old, new)
    lies = {
        "cut": good[: len(good) // 2],
        "garbage": os.urandom(2000),
        "foreign": news.replace(b"#EXTM3U", b"#EXTM3V"),
        "huge": news + b"#\n" * 1_000_000,
        "a gap": good.replace(old, new),
    }
    whole = playlist.with_name(old.decode()).read_bytes()
    if lie != "no file":
        playlist.with_name(new.decode()).write_bytes(whole[:-100] if lie == "a cut file" else whole)
    beside = playlist.with_suffix(".planted")
    beside.write_bytes(lies.get(lie, news))
    beside.replace(playlist)


async def _add(site: Site, name: str) -> int:
    return await _post(site.http, name)


async def _post(http: Client, name: str) -> int:
    """Adds a camera that nothing is pulled from; the status."""
    body = {"name": name, "location": "Lab", "ip_address": "127.0.0.1", "status": "maintenance"}
    return (await http.ask("POST", "cameras", body=body | {"stream_url": "rtsp://127.0.0.1/x"})).status


async def _remove(site: Site, name: str) -> None:
    [camera] = [camera for camera in (await site.http.get("cameras")).json if camera["name"] == name]
    assert (await site.http.ask("DELETE", f"cameras/{camera['camera_id']}")).status == 204


async def _names(site: Site) -> set[str]:
    return {camera["name"] for camera in (await site.http.get("cameras")).json}


def _remount(place: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode},size={SMALL_DISK}", place], check=True)


TRIALS: tuple[Trial[Lab], ...] = (
    Trial(14, no_ffmpeg_any_more),
    Trial(19, a_full_disk, Times(6, 10)),
    Trial(20, a_locked_database),
    Trial(20, a_full_disk_under_the_database),
    Trial(20, a_disk_that_turns_read_only),
    Trial(20, a_read_only_disk_at_boot),
    Trial(20, a_corrupt_database_at_boot),
    Trial(21, no_more_descriptors),
    Trial(22, a_stream_directory_that_is_deleted, Times(recover=12)),
    Trial(22, a_stream_directory_that_is_a_link, Times(recover=12)),
    Trial(22, old_files_in_the_way, Times(recover=12)),
    Trial(23, a_playlist_on_disk_that_lies),
)
