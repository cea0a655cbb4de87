"""One child from spawn to reaped, with stand-ins that do what an FFmpeg should not."""

import asyncio
import os
import resource
import shutil
import signal
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from socstream.ffmpeg.command import Command
from socstream.ffmpeg.diagnosis import LiveTrouble
from socstream.ffmpeg.process import LIMITS, TERMINATE_GRACE
from socstream.model.errors import FFmpegMissing
from socstream.model.failure import FailureCode
from socstream.model.stream import Media
from tests.ffmpeg.stand_in import ended, shell, started

SETPRIV = shutil.which("setpriv")

needs_setpriv = pytest.mark.skipif(SETPRIV is None, reason="this box has no setpriv")

SLEEPS = shell("echo ready >&2; exec sleep 60")
# Signals that are ignored stay ignored over exec, so that sleep itself does not end either.
IGNORES_SIGTERM = shell("trap '' TERM; echo ready >&2; exec sleep 60")
pytestmark = pytest.mark.both_loops

NEEDS_TWO = Command(
    (
        *(sys.executable, "-I", "-c"),
        """
import signal, sys, time
terms = []
signal.signal(signal.SIGTERM, lambda *_: terms.append(1) or len(terms) > 1 and sys.exit(0))
print("[error] ready", file=sys.stderr, flush=True)
while True: time.sleep(60)
""",
    ),
    b"",
)


def is_there(pid: int) -> bool:
    """True for a process that exists, also for a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until(condition: Callable[[], bool], within: float = 5.0) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 (the world outside has no event to wait for)
            await asyncio.sleep(0.01)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_leaving_the_block_ends_the_process_and_leaves_no_zombie() -> None:
    async with started(SLEEPS) as process:
        assert is_there(process.pid)
    assert not is_there(process.pid)


async def test_an_end_by_itself_is_noticed_and_told_apart_from_a_signal() -> None:
    async with started(shell("echo '[error] no' >&2; exit 0")) as process:
        await ended(process)
        failure = process.failure(streaming=True, silent_for=0.1, longer_probe=False)
    assert failure.code is FailureCode.SOURCE_ENDED
    assert failure.detail == "[error] no"


async def test_a_signal_from_elsewhere_is_a_crash() -> None:
    async with started(SLEEPS) as process:
        os.kill(process.pid, signal.SIGSEGV)
        await ended(process)
        failure = process.failure(streaming=True, silent_for=0.1, longer_probe=False)
    assert failure.code is FailureCode.CRASHED


async def test_the_script_arrives_on_standard_input_and_nothing_more(tmp_path: Path) -> None:
    async with started(shell('cat > "$1"', tmp_path / "script", stdin=b"file 'x'\n")) as process:
        await ended(process)
    assert (tmp_path / "script").read_bytes() == b"file 'x'\n"


async def test_a_child_that_ends_before_it_reads_its_script_is_no_error() -> None:
    async with started(shell("exec <&-; exit 3", stdin=b"x" * 500_000)) as process:
        await ended(process)


@pytest.mark.parametrize("leash", [None, pytest.param(SETPRIV, marks=needs_setpriv)])
async def test_the_environment_is_empty_and_the_session_its_own(tmp_path: Path, leash: str | None) -> None:
    program = "import os; print(dict(os.environ), os.getsid(0) == os.getpid())"
    code = shell('exec "$2" -I -c "$3" > "$1"', tmp_path / "told", sys.executable, program)
    async with started(code, setpriv=leash) as process:
        await ended(process)
    environment, own_session = (tmp_path / "told").read_text().rsplit(maxsplit=1)
    # What the shell itself sets, and two words to glibc, are all that there is.
    glibc = {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"}
    assert set(eval(environment)) <= {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"} | glibc
    assert own_session == "True"


async def test_no_file_of_ours_is_inherited(tmp_path: Path) -> None:
    with (tmp_path / "database").open("w") as database:
        os.set_inheritable(database.fileno(), True)
        async with started(shell('ls -l /proc/self/fd > "$1"', tmp_path / "told")) as process:
            await ended(process)
    assert "database" not in (tmp_path / "told").read_text()


async def test_its_standard_streams_are_all_that_it_has_open() -> None:
    inherited = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(inherited, True)
    try:
        async with started(SLEEPS, setpriv=SETPRIV) as process:
            directory = Path(f"/proc/{process.pid}")
            await until(lambda: (directory / "comm").read_text() == "sleep\n")
            assert {path.name for path in (directory / "fd").iterdir()} == {"0", "1", "2"}
    finally:
        os.close(inherited)


@pytest.mark.parametrize("leash", [None, pytest.param(SETPRIV, marks=needs_setpriv)])
async def test_it_is_limited_before_it_has_read_its_script(tmp_path: Path, leash: str | None) -> None:
    code = 'cat > "$1.script"; cat /proc/self/limits > "$1"; cat /proc/self/oom_score_adj > "$1.oom"'
    async with started(shell(code, tmp_path / "told", stdin=b"script"), setpriv=leash) as process:
        await ended(process)
    told = {line[:26].strip(): line[26:].split()[:2] for line in (tmp_path / "told").read_text().splitlines()}
    for name, limit in {
        "Max address space": LIMITS[resource.RLIMIT_AS],
        "Max data size": LIMITS[resource.RLIMIT_DATA],
        "Max file size": LIMITS[resource.RLIMIT_FSIZE],
        "Max open files": LIMITS[resource.RLIMIT_NOFILE],
        "Max core file size": 0,
    }.items():
        assert told[name] == [str(limit)] * 2, name
    assert (tmp_path / "told.oom").read_text() == "500\n"


async def test_a_file_without_end_is_a_failure_of_the_output(tmp_path: Path) -> None:
    beyond = LIMITS[resource.RLIMIT_FSIZE] + 1
    code = shell('cat > /dev/null; exec truncate -s "$2" "$1"', tmp_path / "segment", str(beyond))
    async with started(code) as process:
        await ended(process)
        failure = process.failure(streaming=True, silent_for=0.1, longer_probe=False)
    assert failure.code is FailureCode.OUTPUT
    assert "one file" in failure.detail


async def test_an_ffmpeg_without_memory_says_so() -> None:
    line = "[error] pipe:0: Cannot allocate memory"
    async with started(shell('echo "$1" >&2; exit 1', line)) as process:
        await ended(process)
        failure = process.failure(streaming=False, silent_for=0.1, longer_probe=False)
    assert failure.code is FailureCode.CRASHED
    assert "more memory than it may have" in failure.detail


async def test_one_that_ignores_sigterm_is_killed_after_the_grace() -> None:
    async with started(IGNORES_SIGTERM) as process:
        await until(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n")  # its trap is set
        began = now()
    assert TERMINATE_GRACE - 0.1 <= now() - began <= TERMINATE_GRACE + 1
    assert not is_there(process.pid)


async def test_a_stopped_one_ends_all_the_same() -> None:
    async with started(SLEEPS) as process:
        os.kill(process.pid, signal.SIGSTOP)
        began = now()
    assert now() - began <= TERMINATE_GRACE + 1
    assert not is_there(process.pid)


async def test_one_that_needs_a_second_sigterm_gets_it() -> None:
    log: deque[str] = deque()
    async with started(NEEDS_TWO, log=log) as process:
        await until(lambda: bool(log))
        began = now()
    assert now() - began < 2.0
    assert not is_there(process.pid)


@pytest.mark.parametrize("ignoring", ["true", "trap '' TERM"])
async def test_nobody_of_the_group_survives(tmp_path: Path, ignoring: str) -> None:
    code = shell(
        f'({ignoring}; exec sleep 60) & echo $! > "$1"; echo "[error] ready" >&2; wait', tmp_path / "child"
    )
    log: deque[str] = deque()
    async with started(code, log=log):
        await until(lambda: bool(log))
        child = int((tmp_path / "child").read_text())
        await until(lambda: Path(f"/proc/{child}/comm").read_text() == "sleep\n")
        began = now()
    assert now() - began < 2.0
    await until(lambda: not _runs(child))


def _runs(pid: int) -> bool:
    """True for a process that exists and is no zombie: an orphan is reaped by whoever is its parent now."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_cancelling_the_owner_ends_the_process() -> None:
    pids = []

    async def own() -> None:
        async with started(SLEEPS) as process:
            pids.append(process.pid)
            await asyncio.sleep(60)

    task = asyncio.create_task(own())
    await until(lambda: bool(pids))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_there(pids[0])


async def test_cancelling_again_and_again_while_it_ends_still_reaps_it() -> None:
    pids: list[int] = []
    log: deque[str] = deque()

    async def own() -> None:
        async with started(NEEDS_TWO, log=log) as process:
            pids.append(process.pid)
            await asyncio.sleep(60)

    tasks_before = asyncio.all_tasks()
    task = asyncio.create_task(own())
    await until(lambda: bool(log))
    cancellations = 0
    while not task.done():
        task.cancel()
        cancellations += 1
        await asyncio.sleep(0.1)
    assert task.cancelled()
    assert cancellations >= 2  # the second one met the end that the first had begun
    assert not is_there(pids[0])
    assert asyncio.all_tasks() == tasks_before


async def test_cancelling_during_a_start_leaves_nothing(tmp_path: Path) -> None:
    before = descriptors()
    for turns in range(12):

        async def own() -> None:
            async with started(shell('echo $$ > "$1"; exec sleep 60', tmp_path / "pid")):
                await asyncio.sleep(60)

        task = asyncio.create_task(own())
        for _ in range(turns):
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        if (tmp_path / "pid").exists():
            pid = (tmp_path / "pid").read_text().strip()
            assert not pid or not is_there(int(pid))
    await until(lambda: descriptors() <= before)


async def test_twenty_lives_leave_no_descriptor_and_no_child() -> None:
    async with started(SLEEPS):
        pass  # the first one opens what asyncio keeps
    before = descriptors()
    for _ in range(20):
        async with started(shell("exit 0")):
            pass
    await until(lambda: descriptors() <= before)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


async def test_a_grandchild_that_holds_the_pipe_does_not_hold_us(tmp_path: Path) -> None:
    # setsid, so that the signal to the group does not reach it.
    code = shell('setsid sleep 60 & echo $! > "$1"; echo "[error] ready" >&2; wait', tmp_path / "child")
    log: deque[str] = deque()
    before = descriptors()
    async with started(code, log=log):
        await until(lambda: bool(log))
        began = now()
    assert now() - began < 2.5
    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
    await until(lambda: descriptors() <= before)


@needs_setpriv
async def test_a_killed_parent_takes_its_ffmpeg_along(tmp_path: Path) -> None:
    """The server is killed with -9: no handler of ours runs, the kernel ends the child."""
    program = f"""
import asyncio, sys
sys.path[:0] = {sys.path!r}
from tests.ffmpeg.stand_in import shell, started
async def main():
    async with started(shell("exec sleep 60"), setpriv={SETPRIV!r}) as process:
        print(process.pid, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""
    root = Path(__file__).parents[2]
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, cwd=root
    )
    assert server.stdout is not None
    pid = int(await server.stdout.readline())
    comm = Path(f"/proc/{pid}/comm")
    await until(lambda: comm.read_text() == "sleep\n")
    server.kill()
    await server.wait()
    await until(lambda: not _runs(pid), within=1.0)


async def test_fifty_megabytes_of_stderr_without_a_newline_stay_bounded() -> None:
    flood = shell("head -c 50000000 /dev/zero | tr '\\0' x >&2")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    log: deque[str] = deque()
    async with asyncio.timeout(20), started(flood, log=log) as process:
        await ended(process)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB
    assert log == deque()


async def test_a_flood_of_complaints_keeps_the_last_ones_and_their_beginning() -> None:
    flood = shell('i=0; while [ $i -lt 200 ]; do echo "[error] $i $1" >&2; i=$((i+1)); done', "x" * 3000)
    log: deque[str] = deque(maxlen=60)
    async with started(flood, log=log) as process:
        await ended(process)
        failure = process.failure(streaming=False, silent_for=0.1, longer_probe=False)
    assert log[-1].startswith("[error] 199 xxx")
    assert log[0].startswith("[error] 140 ")
    assert {len(line) for line in log} == {500}
    assert failure.detail == log[-1]


async def test_a_flood_does_not_starve_the_loop() -> None:
    flood = shell("exec yes '[error] the same line again and again' >&2")
    lags = []
    async with started(flood):
        for _ in range(10):
            before = now()
            await asyncio.sleep(0.01)
            lags.append(now() - before)
    assert sorted(lags)[5] < 0.1


async def test_a_line_that_comes_in_pieces_is_read_as_one() -> None:
    log: deque[str] = deque()
    pieces = shell("printf '[err' >&2; sleep 0.1; printf 'or] in two pieces\\n' >&2")
    async with started(pieces, log=log) as process:
        await ended(process)
    assert log == deque(["[error] in two pieces"])


async def test_bytes_that_are_no_text_are_no_error() -> None:
    log: deque[str] = deque()
    async with started(shell("printf '[error] \\377\\376\\n' >&2"), log=log) as process:
        await ended(process)
    assert log == deque(["[error] \ufffd\ufffd"])


async def test_a_finished_segment_asks_for_attention() -> None:
    line = "[hls @ 0x1] [info] Opening '/streams/7.m4s.tmp' for writing"
    log: deque[str] = deque()
    async with started(shell('echo "$1" >&2; exec sleep 60', line), log=log) as process:
        async with asyncio.timeout(5):
            await process.attention.wait()
        assert not process.exited
    assert log == deque()


async def test_a_redirect_asks_for_attention_at_once() -> None:
    line = "[rtsp @ 0x1] [info] Status 302: Redirecting to rtsp://u:hunter2@evil.example/"
    log: deque[str] = deque()
    async with started(shell('echo "$1" >&2; exec sleep 60', line), log=log) as process:
        async with asyncio.timeout(5):
            await process.attention.wait()
        assert process.redirected
    assert log == deque(["[rtsp] [info] Status 302: Redirecting to rtsp://***"])


async def test_trouble_with_the_live_output_asks_for_attention_and_outlives_a_segment() -> None:
    line = "[flv @ 0x1] [error] Video codec hevc not compatible with flv"
    async with started(shell('echo "$1" >&2; exec sleep 60', line)) as process:
        async with asyncio.timeout(5):
            await process.attention.wait()
        process.forgive()
        assert process.live_trouble is LiveTrouble.CODEC


async def test_the_media_is_what_the_camera_sends_and_not_what_ffmpeg_writes() -> None:
    said = (
        "[info] Input #0, concat, from 'pipe:0':",
        "[info]   Stream #0:0: Video: h264 (High), yuv420p, 1280x720, 25 fps, 25 tbr, 90k tbn",
        "[info] Output #0, hls, to 'encoder.m3u8':",
        "[info]   Stream #0:0: Video: copy, yuv420p, 640x360, q=2-31, 25 fps",
    )
    async with started(shell('printf "%s\\n" "$@" >&2', *said)) as process:
        await ended(process)
        failure = process.failure(streaming=False, silent_for=0.1, longer_probe=False)
    assert process.media == Media("h264", 1280, 720, 25.0)
    assert failure.code is FailureCode.SOURCE_ENDED  # it had opened the stream


async def test_a_forgiven_complaint_explains_nothing_any_more() -> None:
    line = "[hls @ 0x1] [error] No space left on device"
    log: deque[str] = deque()
    async with started(shell('echo "$1" >&2; sleep 0.2', line), log=log) as process:
        await until(lambda: bool(log))
        process.forgive()
        await ended(process)
        assert process.failure(streaming=True, silent_for=0.1, longer_probe=False).detail == ""
    assert log == deque(["[hls] [error] No space left on device"])


@pytest.mark.parametrize("what", ["absent", "not executable"])
async def test_an_ffmpeg_that_is_not_there_is_missing(tmp_path: Path, what: str) -> None:
    path = tmp_path / "ffmpeg"
    if what == "not executable":
        path.touch(mode=0o644)
    with pytest.raises(FFmpegMissing, match=str(path)):
        async with started(Command((str(path),), b"")):
            pass


@needs_setpriv
async def test_an_ffmpeg_that_setpriv_does_not_find_is_missing_as_well(tmp_path: Path) -> None:
    async with started(Command((str(tmp_path / "ffmpeg"),), b""), setpriv=SETPRIV) as process:
        await ended(process)
        failure = process.failure(streaming=False, silent_for=0.1, longer_probe=False)
    assert failure.code is FailureCode.FFMPEG_MISSING
    assert process.never_ran
